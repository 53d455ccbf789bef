//! Canonical form: two policies with the same canonical form mean the same to AWS (§4.3). The reverse is not promised.
//!
//! Where it is not certain that two spellings mean the same, they stay distinct. Evaluates nothing.

use super::condition::Condition;
use super::principal::Kind;
use super::write::{json_list, json_string};
use super::{
    ActionClause, BaseOperator, Broken, Effect, Operator, Policy, Principal, PrincipalClause, ResourceClause,
    Statement, Version,
};
use crate::account::Partition;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// The meaning of a policy, independent of spelling: scalar or list, order, root ARN or account id, case of action names
/// and of condition keys, `Sid`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalPolicy {
    /// Whether policy variables are expanded; `true` where no statement holds one, because then it does not matter.
    pub variables: bool,
    /// The statements as a set: order and repetition do not matter. Statements without effect (§1.1, empty lists) are
    /// left out; broken ones are in it, as their text.
    pub statements: BTreeSet<CanonicalStatement>,
}

/// One statement in canonical form: compact JSON with sorted members, without `Sid`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalStatement(pub String);

impl Policy {
    /// The canonical form.
    pub fn canonical(&self) -> CanonicalPolicy {
        let Self { version, statements, broken } = self;
        let mut statements: BTreeSet<_> =
            statements.iter().filter(|statement| !statement.is_void()).map(Statement::canonical).collect();
        // `${` is written the same way in JSON, so looking for it in the canonical text misses no variable. In a broken
        // statement it may be written in other ways.
        let without = broken.is_empty() && !statements.iter().any(|statement| statement.0.contains("${"));
        let variables = *version == Version::V2012 || without;
        statements.extend(broken.iter().map(Broken::canonical));
        CanonicalPolicy { variables, statements }
    }
}

impl Broken {
    /// What is not understood equals only its own text.
    fn canonical(&self) -> CanonicalStatement {
        CanonicalStatement(format!("{{\"Broken\":{}}}", json_string(&self.source)))
    }
}

impl Statement {
    /// The canonical form of one statement; the source of the Sids that Rolegate writes.
    pub fn canonical(&self) -> CanonicalStatement {
        let Self { sid: _, effect, principal, action, resource, conditions, span: _ } = self;
        let mut members: BTreeMap<&str, String> = BTreeMap::new();
        let effect = match effect {
            Effect::Allow => "\"Allow\"",
            Effect::Deny => "\"Deny\"",
        };
        members.insert("Effect", effect.to_owned());
        match action {
            ActionClause::Is(actions) => members.insert("Action", lower_set(actions)),
            ActionClause::IsNot(actions) => members.insert("NotAction", lower_set(actions)),
        };
        match principal {
            PrincipalClause::Absent => None,
            PrincipalClause::Is(principals) => members.insert("Principal", principal_set(principals)),
            PrincipalClause::IsNot(principals) => members.insert("NotPrincipal", principal_set(principals)),
        };
        match resource {
            ResourceClause::Absent => None,
            ResourceClause::Is(resources) => members.insert("Resource", set(resources)),
            ResourceClause::IsNot(resources) => members.insert("NotResource", set(resources)),
        };
        if !conditions.is_empty() {
            members.insert("Condition", condition_set(conditions));
        }
        let members: Vec<String> =
            members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        CanonicalStatement(format!("{{{}}}", members.join(",")))
    }

    /// Whether it never applies, whatever the request: a list of what it is about is empty (§1.1). An empty `Not…` list is
    /// another matter, and kept.
    fn is_void(&self) -> bool {
        matches!(&self.principal, PrincipalClause::Is(principals) if principals.is_empty())
            || matches!(&self.action, ActionClause::Is(actions) if actions.is_empty())
            || matches!(&self.resource, ResourceClause::Is(resources) if resources.is_empty())
    }
}

fn set(values: &[SmolStr]) -> String {
    json_list(values.iter().map(SmolStr::as_str).collect::<BTreeSet<_>>())
}

fn lower_set(values: &[SmolStr]) -> String {
    let values: BTreeSet<String> = values.iter().map(|value| value.to_ascii_lowercase()).collect();
    json_list(values.iter().map(String::as_str))
}

/// Values by type. An account without partition is written by its ARN in `aws`, as IAM may do; the bare `*` keeps a type of its
/// own.
fn principal_set(principals: &[Principal]) -> String {
    let mut types: BTreeMap<&str, BTreeSet<SmolStr>> = BTreeMap::new();
    for principal in principals {
        let (kind, text) = match principal {
            Principal::Account { partition: None, id } => {
                Principal::Account { partition: Some(Partition::Aws), id: *id }.written()
            }
            principal => principal.written(),
        };
        let kind = match principal {
            Principal::BareStar => "*",
            _ => Kind::as_str(kind),
        };
        types.entry(kind).or_default().insert(text);
    }
    let types: Vec<String> = types
        .into_iter()
        .map(|(kind, texts)| format!("\"{kind}\":{}", json_list(texts.iter().map(SmolStr::as_str))))
        .collect();
    format!("{{{}}}", types.join(","))
}

/// Triples of operator, key and values: two pairs that differ only in spelling are both required, so their values are
/// never merged.
fn condition_set(conditions: &[Condition]) -> String {
    let triples: BTreeSet<String> = conditions
        .iter()
        .map(|Condition { operator, key, values }| {
            let operator = json_string(&canonical_operator(operator).to_string());
            format!("[{operator},{},{}]", json_string(&key.to_ascii_lowercase()), set(values))
        })
        .collect();
    format!("[{}]", triples.into_iter().collect::<Vec<_>>().join(","))
}

fn canonical_operator(operator: &Operator) -> Operator {
    let base = match &operator.base {
        BaseOperator::ArnEquals => BaseOperator::ArnLike,
        BaseOperator::ArnNotEquals => BaseOperator::ArnNotLike,
        base => base.clone(),
    };
    Operator { base, ..operator.clone() }
}
