//! The part of a change that only takes away: what may stay while everything else is still on its way.

use crate::entry::Entry;
use crate::gate::Gate;
use rolegate_iam::pattern::matches_ignore_case;
use rolegate_iam::policy::{ActionClause, CanonicalStatement, Effect, Version};
use rolegate_iam::{Document, Policy, Statement};
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// Something of which one may lie within another.
pub(crate) trait Within {
    fn within(&self, other: &Self) -> bool;
    /// Whether both are about the same people.
    fn same_people(&self, other: &Self) -> bool;
}

impl Within for Entry {
    fn within(&self, other: &Self) -> bool {
        Entry::within(self, other)
    }

    fn same_people(&self, other: &Self) -> bool {
        self.who == other.who
    }
}

impl Within for Gate {
    fn within(&self, other: &Self) -> bool {
        self.role == other.role && self.window.within(&other.window)
    }

    fn same_people(&self, _: &Self) -> bool {
        true
    }
}

/// What lies within both: every wanted thing that something present covers, and every present thing that something wanted of the
/// same people covers. Doing this twice changes nothing.
pub(crate) fn common<T: Within + Ord + Clone>(present: &BTreeSet<T>, wanted: &BTreeSet<T>) -> BTreeSet<T> {
    let tightened =
        wanted.iter().filter(|new| present.contains(*new) || present.iter().any(|old| new.within(old)));
    // What is in both is among the first already.
    let loosened = present.iter().filter(|old| {
        !wanted.contains(*old) && wanted.iter().any(|new| old.same_people(new) && old.within(new))
    });
    tightened.chain(loosened).cloned().collect()
}

/// A document that allows what both allow and denies what either denies; `None` when that is no statement at all. Statements
/// count as the same when their canonical form is the same and both documents read variables alike.
pub(super) fn common_document(present: &Document, wanted: &Document) -> Option<Document> {
    let (old, new) = (present.policy(), wanted.policy());
    let statements = |policy: &Policy, effect: Effect| -> BTreeSet<CanonicalStatement> {
        let of_effect = policy.statements.iter().filter(|statement| statement.effect == effect);
        of_effect.map(rolegate_iam::Statement::canonical).collect()
    };
    let alike = present.canonical().variables == wanted.canonical().variables;
    let old_allows = if alike { statements(old, Effect::Allow) } else { BTreeSet::new() };
    let mut kept: Vec<_> = new
        .statements
        .iter()
        .filter(|statement| statement.effect == Effect::Deny || old_allows.contains(&statement.canonical()))
        .cloned()
        .collect();
    let new_denies = statements(new, Effect::Deny);
    let only_old = |statement: &&rolegate_iam::Statement| {
        statement.effect == Effect::Deny && !new_denies.contains(&statement.canonical())
    };
    kept.extend(old.statements.iter().filter(only_old).cloned());
    if kept.is_empty() {
        return None;
    }
    for statement in &mut kept {
        // Two documents may use one Sid for different statements.
        statement.sid = None;
    }
    Some(Document::from_policy(Policy { version: Version::V2012, statements: kept, broken: Vec::new() }))
}

/// Whether a document may allow anything: taking it away may then take access.
pub(super) fn may_allow(document: Option<&Document>) -> bool {
    document.is_none_or(|document| {
        let policy = document.policy();
        !policy.broken.is_empty()
            || policy.statements.iter().any(|statement| statement.effect == Effect::Allow)
    })
}

/// Whether a document may deny anything: taking it away may then give access.
pub(super) fn may_deny(document: Option<&Document>) -> bool {
    document.is_none_or(|document| {
        let policy = document.policy();
        !policy.broken.is_empty()
            || policy.statements.iter().any(|statement| statement.effect == Effect::Deny)
    })
}

/// Whether a document may let its bearer assume some role.
pub(super) fn may_let_assume(document: Option<&Document>) -> bool {
    let names = |action: &SmolStr| matches_ignore_case(action, "sts:AssumeRole");
    let lets = |statement: &Statement| match &statement.action {
        ActionClause::Is(actions) => actions.iter().any(names),
        ActionClause::IsNot(actions) => !actions.iter().any(names),
    };
    document.is_none_or(|document| {
        let policy = document.policy();
        let allows = policy.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        !policy.broken.is_empty() || allows.into_iter().any(lets)
    })
}
