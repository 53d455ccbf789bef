//! Companies at random.

use super::{Access, Company, Group, Role, Subject};
use proptest::prelude::*;

fn role() -> impl Strategy<Value = Role> {
    let inline = prop::collection::btree_map(0u8..3, 0u8..7, 0..3).prop_map(|map| map.into_iter().collect());
    (
        (0u8..4, any::<bool>(), any::<bool>(), prop_oneof![4 => Just(0u8), 1 => Just(1), 1 => Just(5)]),
        (inline, 0u8..4, prop::bool::weighted(0.2), prop::bool::weighted(0.2)),
        (prop::bool::weighted(0.2), prop::bool::weighted(0.05), any::<bool>(), prop::bool::weighted(0.4)),
    )
        .prop_map(
            |(
                (mfa, max_age, named, networks),
                (inline, managed, bounded, long),
                (retain, terminating, tag, by_gateway),
            )| {
                Role {
                    by_gateway,
                    mfa,
                    max_age,
                    named,
                    networks,
                    inline,
                    managed,
                    bounded,
                    long,
                    retain,
                    terminating,
                    tag,
                }
            },
        )
}

fn group() -> impl Strategy<Value = Group> {
    (prop::collection::btree_set(0usize..4, 0..4), any::<bool>())
        .prop_map(|(members, self_managed)| Group { members, self_managed })
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![
        4 => (0usize..3).prop_map(Subject::Group),
        2 => (0usize..4).prop_map(Subject::User),
        2 => (0usize..2).prop_map(Subject::Machine),
        2 => (0usize..2).prop_map(Subject::Third),
    ]
}

fn access() -> impl Strategy<Value = Access> {
    (
        (
            0usize..6,
            prop::collection::btree_set(0usize..6, 1..4),
            prop::collection::btree_set(subject(), 1..4),
        ),
        (prop_oneof![4 => Just(0u8), 1 => Just(2), 1 => Just(4), 1 => Just(6)], 0u8..4, 0u8..4),
        (prop::bool::weighted(0.15), any::<bool>()),
    )
        .prop_map(
            |((role, accounts, subjects), (networks, not_before, not_after), (withdrawn, ends))| Access {
                role,
                accounts,
                subjects,
                networks,
                not_before,
                not_after,
                withdrawn,
                ends,
            },
        )
}

/// Any company, as it could be written; made sound by [`Company::sound`].
pub(crate) fn company() -> impl Strategy<Value = Company> {
    (
        any::<bool>(),
        prop_oneof![12 => Just(None), 1 => (2usize..6).prop_map(Some)],
        prop::bool::weighted(0.2),
        prop::collection::vec(prop::option::weighted(0.9, role()), 6),
        prop::collection::vec(prop::option::weighted(0.9, group()), 3),
        prop::collection::vec(prop::option::weighted(0.9, access()), 1..7),
    )
        .prop_map(|(two_gateways, observed_only, bounded, roles, groups, accesses)| {
            Company { two_gateways, observed_only, bounded, roles, groups, accesses }.sound()
        })
}

/// A company and a later state of the same: parts of it drawn anew.
pub(crate) fn history() -> impl Strategy<Value = (Company, Company)> {
    (company(), company(), any::<u32>(), any::<bool>()).prop_map(|(before, other, mask, gone)| {
        let mut after = before.clone();
        let mut bit = 0;
        let mut pick = || {
            bit += 1;
            mask >> (bit % 32) & 1 == 1
        };
        for (mine, theirs) in after.roles.iter_mut().zip(&other.roles) {
            if pick() && (theirs.is_some() || gone) {
                mine.clone_from(theirs);
            }
        }
        for (mine, theirs) in after.groups.iter_mut().zip(&other.groups) {
            if pick() && (theirs.is_some() || gone) {
                mine.clone_from(theirs);
            }
        }
        for (mine, theirs) in after.accesses.iter_mut().zip(&other.accesses) {
            match (mine.as_mut(), theirs) {
                // An edit that keeps the ends, most often.
                (Some(mine), Some(theirs)) if pick() => {
                    mine.withdrawn = theirs.withdrawn;
                    mine.ends = theirs.ends;
                    mine.networks = theirs.networks;
                    mine.not_after = theirs.not_after;
                    mine.not_before = theirs.not_before;
                    if pick() {
                        mine.subjects.clone_from(&theirs.subjects);
                    }
                    if pick() {
                        mine.accounts.clone_from(&theirs.accounts);
                    }
                }
                (_, Some(theirs)) if pick() => *mine = Some(theirs.clone()),
                (_, None) if gone && pick() => *mine = None,
                _ => {}
            }
        }
        if pick() {
            after.observed_only = other.observed_only;
        }
        (before, after.sound())
    })
}
