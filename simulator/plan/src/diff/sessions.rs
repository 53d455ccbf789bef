//! Cutting live sessions of a role: an inline Deny for tokens issued before an instant (§2.8). Needed before a role's permissions
//! widen for those who are being shut out of it (design §6.3).
//!
//! Written once before the door narrows or people leave the groups that enter, and dated again when that is seen, so that a
//! session begun in between ends too; its Sid tells which of the two it is. Removed when no older session can live any more.

use super::Work;
use super::draft::{Id, Part, Rank};
use super::narrow::{may_allow, may_deny};
use crate::admit::View;
use crate::naming::{REVOKE_POLICY, fixed_policy_name};
use crate::step::{Action, Cause, Effect};
use jiff::{SignedDuration, Timestamp};
use rolegate_iam::policy::{
    ActionClause, BaseOperator, Condition, Effect as PolicyEffect, Operator, PrincipalClause, ResourceClause,
    Span, Version,
};
use rolegate_iam::snapshot::Role;
use rolegate_iam::{Document, Policy, Statement};
use smol_str::format_smolstr;
use std::collections::BTreeSet;

const BEGUN: &str = "RgCutBegun";
const DONE: &str = "RgCutDone";

/// No session outlives the longest maximum that a role can have (§2.10).
const LONGEST_SESSION: SignedDuration = SignedDuration::from_hours(12);

/// What stands in the role's policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    None,
    Begun(Timestamp),
    Done(Timestamp),
    /// Somebody changed it.
    Unreadable,
}

fn document(sid: &str, now: Timestamp) -> Document {
    let condition = Condition {
        operator: Operator::plain(BaseOperator::DateLessThan),
        key: "aws:TokenIssueTime".into(),
        values: vec![format_smolstr!("{now}")],
    };
    let statement = Statement {
        sid: Some(sid.into()),
        effect: PolicyEffect::Deny,
        principal: PrincipalClause::Absent,
        action: ActionClause::Is(vec!["*".into()]),
        resource: ResourceClause::Is(vec!["*".into()]),
        conditions: vec![condition],
        span: Span::default(),
    };
    Document::from_policy(Policy { version: Version::V2012, statements: vec![statement], broken: Vec::new() })
}

fn read(role: &Role) -> Cut {
    let found = fixed_policy_name(REVOKE_POLICY).and_then(|name| role.inline.get(&name));
    let Some(found) = found else { return Cut::None };
    let [statement] = found.policy().statements.as_slice() else { return Cut::Unreadable };
    let date = statement.conditions.first().and_then(|condition| condition.values.first());
    let Some(date) = date.and_then(|date| date.parse::<Timestamp>().ok()) else { return Cut::Unreadable };
    match statement.sid.as_deref() {
        Some(BEGUN) if *found == document(BEGUN, date) => Cut::Begun(date),
        Some(DONE) if *found == document(DONE, date) => Cut::Done(date),
        _ => Cut::Unreadable,
    }
}

/// What a role's sessions have to fear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Its permissions do not widen.
    None,
    /// They do, and nobody leaves.
    Widens,
    /// They do while somebody is being shut out.
    Leaving,
    /// They do, and nobody may enter since this time: whoever entered before may still be inside.
    AsleepSince(Timestamp),
}

/// Drafts what the cut needs. `people` are the AccessGroups that enter the role: nothing is given back before their leavers are
/// seen gone.
pub(super) fn cut(
    work: &mut Work<'_>,
    view: &View<'_>,
    role: &Role,
    reason: Reason,
    people: &BTreeSet<Part>,
) {
    let now = work.options.now;
    let found = read(role);
    if reason == Reason::Leaving {
        if !matches!(found, Cut::Begun(_)) {
            put(work, view, role, BEGUN, Rank::Cut, people);
        }
        return put(work, view, role, DONE, Rank::Owner, people);
    }
    match found {
        Cut::Begun(_) if reason != Reason::None => put(work, view, role, DONE, Rank::Owner, people),
        Cut::None => {
            if matches!(reason, Reason::AsleepSince(date) if now.duration_since(date) <= LONGEST_SESSION) {
                put(work, view, role, DONE, Rank::Owner, people);
            }
        }
        Cut::Begun(date) | Cut::Done(date) if now.duration_since(date) <= LONGEST_SESSION => {}
        Cut::Begun(_) | Cut::Done(_) | Cut::Unreadable => {
            let Some(policy) = fixed_policy_name(REVOKE_POLICY) else { return };
            let action = Action::DeleteRolePolicy { role: role.name.clone(), policy: policy.clone() };
            let document = role.inline.get(&policy);
            let cause = if found == Cut::Unreadable { Cause::Drift } else { Cause::Ownership };
            let (rank, effect) = if may_deny(document) {
                (Rank::Permissions, Effect::Widens)
            } else {
                (Rank::Narrow, Effect::Narrows)
            };
            let step = work.drafts.push(view.account.id, rank, action, effect, cause);
            let part = Part::Permissions(view.account.id, role.name.clone());
            work.drafts.about(step, [part.clone()]);
            if may_allow(document) {
                work.drafts.takes(step);
                work.drafts.meets(step, people.iter().cloned());
            }
            if effect == Effect::Narrows {
                return;
            }
            work.drafts.wait_narrowed(step, [part, Part::Trust(view.account.id, role.name.clone())]);
            work.drafts.wait_narrowed(step, people.iter().cloned());
        }
    }
}

/// Ends what is left of a role's sessions before it is stripped to be deleted: its policies go one by one, and one that denies may
/// go before one that allows. Returns the step, unless no session can live any more or the cut stands.
pub(super) fn end(work: &mut Work<'_>, view: &View<'_>, role: &Role, asleep_since: Timestamp) -> Option<Id> {
    let now = work.options.now;
    let stands = matches!(read(role), Cut::Done(date) if date >= asleep_since);
    if stands || now.duration_since(asleep_since) > LONGEST_SESSION {
        return None;
    }
    let action = Action::PutRolePolicy {
        role: role.name.clone(),
        policy: fixed_policy_name(REVOKE_POLICY)?,
        document: document(DONE, now),
    };
    let step = work.drafts.push(view.account.id, Rank::Cut, action, Effect::Narrows, Cause::Ownership);
    work.drafts.about(step, [Part::Permissions(view.account.id, role.name.clone())]);
    Some(step)
}

fn put(work: &mut Work<'_>, view: &View<'_>, role: &Role, sid: &str, rank: Rank, people: &BTreeSet<Part>) {
    let Some(policy) = fixed_policy_name(REVOKE_POLICY) else { return };
    let document = document(sid, work.options.now);
    let action = Action::PutRolePolicy { role: role.name.clone(), policy, document };
    let step = work.drafts.push(view.account.id, rank, action, Effect::Narrows, Cause::Ownership);
    work.drafts.about(step, [Part::Permissions(view.account.id, role.name.clone())]);
    if rank != Rank::Cut {
        work.drafts.wait_narrowed(step, [Part::Trust(view.account.id, role.name.clone())]);
        work.drafts.wait_narrowed(step, people.iter().cloned());
    }
}
