//! Where iam-simulate differs from AWS, one row for each point: the table in `docs/judges.md` says which page decides it.
//!
//! A row does not merely recognise a difference: it puts the same question again so that this one point cannot matter. Only if
//! they then agree with us is the difference explained by it.

use rolegate_engine::Decision;
use serde_json::Value;

use super::scene::{ROLES, Scene, USERS};
use super::theirs::{Asked, Keys};

/// A point in which they differ.
pub(crate) struct Row {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// Takes the point out of a question; our answer to it is known.
    pub(crate) without: fn(&mut Asked, &Decision),
}

pub(crate) const ROWS: [Row; 4] = [
    Row { name: "unique ids", without: ids_as_arns },
    Row { name: "variable without a value", without: no_empty_variables },
    Row { name: "session policy beside a grant that needs none", without: wide_session_policy },
    Row { name: "keys of the extra actions", without: all_keys },
];

/// They compare a unique id with an ARN as texts; the world knows whose id it is.
fn ids_as_arns(asked: &mut Asked, _: &Decision) {
    let users = USERS.iter().map(|who| (who.id, who.arn("user")));
    let known: Vec<(&str, String)> = users.chain(ROLES.iter().map(|who| (who.id, who.arn("role")))).collect();
    for statement in &mut asked.scene.trust {
        let principal = &mut statement["Principal"]["AWS"];
        if let Some((_, arn)) = known.iter().find(|(id, _)| principal == id) {
            *principal = arn.as_str().into();
        }
    }
}

/// They let no condition match whose variable has no value, negated ones neither. A text that nothing is equal to is the same.
fn no_empty_variables(asked: &mut Asked, _: &Decision) {
    let scene = &asked.scene;
    let mut empty = Vec::new();
    if scene.caller.is_role() {
        empty.push("${aws:username}");
    }
    if !scene.has_target_tag("team") {
        empty.push("${aws:ResourceTag/team}");
    }
    if !scene.tags.iter().any(|(key, _)| *key == "team") {
        empty.push("${aws:RequestTag/team}");
    }
    for statement in asked.scene.statements_mut() {
        if let Some(condition) = statement.get_mut("Condition") {
            replace(condition, &empty);
        }
    }
}

fn replace(value: &mut Value, variables: &[&str]) {
    match value {
        Value::String(text) => {
            for variable in variables {
                *text = text.replace(variable, "no-value-at-all");
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| replace(one, variables)),
        Value::Object(all) => all.values_mut().for_each(|one| replace(one, variables)),
        _ => {}
    }
}

/// They ask the session policy for an Allow where the trust policy names the session, or everybody, in its own account.
/// Only such grants are left in, so that a wide session policy helps no other.
fn wide_session_policy(asked: &mut Asked, _: &Decision) {
    let session = asked.scene.caller.arn();
    if !asked.scene.same_account() {
        return;
    }
    let Some(statements) = &mut asked.scene.session else { return };
    statements.push(super::pools::wide());
    asked.scene.trust.retain(|statement| {
        let principal = &statement["Principal"]["AWS"];
        statement["Effect"] == "Deny" || principal == "*" || *principal == session.as_str()
    });
}

/// They leave keys out that are not listed for `sts:TagSession` and `sts:SetSourceIdentity`.
fn all_keys(asked: &mut Asked, _: &Decision) {
    asked.keys = Keys::Given;
}

impl Scene {
    fn has_target_tag(&self, name: &str) -> bool {
        self.target_tags.iter().any(|(key, _)| *key == name)
    }

    /// Every statement of every policy.
    pub(crate) fn statements_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        let own = self.identity.iter_mut().chain(&mut self.boundary).chain(&mut self.session);
        let nodes = self.tree.iter_mut().flat_map(|tree| &mut tree.nodes);
        let controls = nodes.flat_map(|node| node.scps.iter_mut().chain(&mut node.rcps));
        self.trust.iter_mut().chain(own.chain(&mut self.endpoint).chain(controls).flatten())
    }
}
