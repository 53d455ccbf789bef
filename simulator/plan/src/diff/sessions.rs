//! When live sessions of a role end: before its permissions widen for those who are being shut out of it (design §6.3), and with the
//! access of those whose binding says so (design §5).
//!
//! The cut is written once before the door narrows or people leave the groups that enter, and dated again when that is seen, so
//! that a session begun in between ends too. Removed when no older session can live any more.

use super::Work;
use super::cut::{Cut, Found, LONGEST_SESSION, Stage, Stamp, Whose};
use super::draft::{Id, Part, Rank};
use super::narrow::{may_allow, may_deny};
use crate::admit::View;
use crate::naming::{REVOKE_POLICY, fixed_policy_name};
use crate::step::{Action, Cause, Effect};
use jiff::Timestamp;
use rolegate_iam::snapshot::Role;
use std::collections::BTreeSet;

/// What a role's sessions have to fear of its permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// They do not widen.
    None,
    /// They do, and nobody leaves.
    Widens,
    /// They do while somebody is being shut out.
    Leaving,
    /// They do, and nobody may enter since this time: whoever entered before may still be inside.
    AsleepSince(Timestamp),
}

/// Drafts what the cut needs. `ends` are the sessions that end with the access of their people; `people` those who enter the role:
/// nothing is given back before their leavers are seen gone.
pub(super) fn cut(
    work: &mut Work<'_>,
    view: &View<'_>,
    role: &Role,
    (reason, ends): (Reason, Option<&Whose>),
    people: &BTreeSet<Part>,
) {
    let now = work.options.now;
    let (found, reason) = match Cut::read(role) {
        Found::Cut(found) => (found, reason),
        // What others wrote there goes with everybody's sessions.
        Found::Unreadable if reason == Reason::Leaving || ends.is_some() => (Cut::default(), Reason::Leaving),
        Found::Unreadable => return remove(work, view, role, None, people),
    };
    let mut first = found.clone();
    if reason == Reason::Leaving && first.whole.is_none_or(|stamp| stamp.stage == Stage::Done) {
        first.whole = Some(Stamp { stage: Stage::Begun, date: now });
    }
    if let Some(whose) = ends {
        first.begin(whose, now);
    }
    if first != found {
        put(work, view, role, (&found, &first), Rank::Cut, people);
    }
    let mut last = first.clone();
    last.whole = finished(last.whole, reason, now);
    last.finish(now);
    let mut kept = last.clone();
    kept.prune(now);
    if last != first {
        put(work, view, role, (&first, &kept), Rank::Owner, people);
    } else if kept != last {
        remove(work, view, role, Some(&kept), people);
    }
}

/// What the cut for the sake of permissions is when the door is seen narrowed.
fn finished(begun: Option<Stamp>, reason: Reason, now: Timestamp) -> Option<Stamp> {
    let done = Some(Stamp { stage: Stage::Done, date: now });
    match (begun.map(|stamp| stamp.stage), reason) {
        (_, Reason::Leaving) | (Some(Stage::Begun), Reason::Widens | Reason::AsleepSince(_)) => done,
        (None, Reason::AsleepSince(date)) if now.duration_since(date) <= LONGEST_SESSION => done,
        (_, Reason::None | Reason::Widens | Reason::AsleepSince(_)) => begun,
    }
}

/// Takes off what no session can be older than, or what others wrote: `kept` stays.
fn remove(work: &mut Work<'_>, view: &View<'_>, role: &Role, kept: Option<&Cut>, people: &BTreeSet<Part>) {
    let Some(policy) = fixed_policy_name(REVOKE_POLICY) else { return };
    let document = role.inline.get(&policy);
    let action = match kept.and_then(Cut::document) {
        Some(document) => Action::PutRolePolicy { role: role.name.clone(), policy: policy.clone(), document },
        None => Action::DeleteRolePolicy { role: role.name.clone(), policy: policy.clone() },
    };
    let cause = if kept.is_none() { Cause::Drift } else { Cause::Ownership };
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

/// Ends what is left of a role's sessions before it is stripped to be deleted: its policies go one by one, and one that denies may
/// go before one that allows. Returns the step, unless no session can live any more or the cut stands.
pub(super) fn end(work: &mut Work<'_>, view: &View<'_>, role: &Role, asleep_since: Timestamp) -> Option<Id> {
    let now = work.options.now;
    let whole = match Cut::read(role) {
        Found::Cut(found) => found.whole,
        Found::Unreadable => None,
    };
    let stands = whole.is_some_and(|stamp| stamp.stage == Stage::Done && stamp.date >= asleep_since);
    if stands || now.duration_since(asleep_since) > LONGEST_SESSION {
        return None;
    }
    let mut cut = Cut::default();
    cut.whole = Some(Stamp { stage: Stage::Done, date: now });
    let action = Action::PutRolePolicy {
        role: role.name.clone(),
        policy: fixed_policy_name(REVOKE_POLICY)?,
        document: cut.document()?,
    };
    let step = work.drafts.push(view.account.id, Rank::Cut, action, Effect::Narrows, Cause::Ownership);
    work.drafts.about(step, [Part::Permissions(view.account.id, role.name.clone())]);
    Some(step)
}

fn put(
    work: &mut Work<'_>,
    view: &View<'_>,
    role: &Role,
    (before, cut): (&Cut, &Cut),
    rank: Rank,
    people: &BTreeSet<Part>,
) {
    let (Some(policy), Some(document)) = (fixed_policy_name(REVOKE_POLICY), cut.document()) else { return };
    let action = Action::PutRolePolicy { role: role.name.clone(), policy, document };
    let step = work.drafts.push(view.account.id, rank, action, Effect::Narrows, Cause::Ownership);
    if before.whole != cut.whole {
        // What widens waits for this; nothing waits for sessions that end for their own sake.
        work.drafts.about(step, [Part::Permissions(view.account.id, role.name.clone())]);
    }
    if rank != Rank::Cut {
        work.drafts.wait_narrowed(step, [Part::Trust(view.account.id, role.name.clone())]);
        work.drafts.wait_narrowed(step, people.iter().cloned());
    }
}
