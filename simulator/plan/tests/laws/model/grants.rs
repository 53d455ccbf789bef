//! What a company's bindings grant, by their own words.

use super::written::time;
use super::{ACCOUNTS, Access, Company, GROUPS, NOW, ROLES, Subject};
use jiff::Timestamp;
use proptest::prelude::*;

fn lets_through(bits: u8, address: usize) -> bool {
    bits == 0
        || match address {
            0 => bits & 0b011 != 0,
            1 => bits & 0b001 != 0,
            2 => bits & 0b100 != 0,
            _ => false,
        }
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Person {
    /// Gateway and user.
    User(usize, usize),
    Machine(usize),
    Third,
}

/// How one calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Manner {
    /// None, in the call, in a session just now, in a session two hours ago.
    pub(crate) mfa: u8,
    pub(crate) own_name: bool,
    pub(crate) address: usize,
    /// Before the past, now, after the future.
    pub(crate) time: u8,
    /// None, or one of the two.
    pub(crate) external_id: Option<usize>,
}

pub(crate) fn manner() -> impl Strategy<Value = Manner> {
    (
        0u8..4,
        prop::bool::weighted(0.8),
        0usize..4,
        prop_oneof![1 => Just(0u8), 6 => Just(1), 1 => Just(2)],
        prop::option::of(0usize..2),
    )
        .prop_map(|(mfa, own_name, address, time, external_id)| Manner {
            mfa,
            own_name,
            address,
            time,
            external_id,
        })
}

impl Manner {
    pub(crate) fn instant(&self) -> Timestamp {
        ["2026-10-01T00:00:00Z", NOW, "2027-01-01T00:00:00Z"][usize::from(self.time)].parse().unwrap()
    }
}

impl Access {
    /// Whether a person is among the subjects, in an account and at whatever time.
    fn names(&self, company: &Company, person: Person, account: usize, external_id: Option<usize>) -> bool {
        let gateway = ACCOUNTS[account].2;
        let is_meant = |subject: &Subject| match (subject, person) {
            (Subject::Group(group), Person::User(home, user)) => {
                GROUPS[*group].1 == home
                    && company.groups[*group].as_ref().is_some_and(|group| group.members.contains(&user))
            }
            (Subject::User(name), Person::User(home, user)) => home == gateway && *name == user,
            // The machine of the gateway gets its leave from us only for accounts of its own gateway.
            (Subject::Machine(0), Person::Machine(0)) => gateway == 0,
            (Subject::Machine(1), Person::Machine(1)) => true,
            (Subject::Third(id), Person::Third) => external_id == Some(*id),
            _ => false,
        };
        self.accounts.contains(&account) && self.subjects.iter().any(is_meant)
    }

    /// Whether the binding stands.
    fn stands(&self, company: &Company) -> bool {
        let now: Timestamp = NOW.parse().unwrap();
        let role = company.roles[self.role].as_ref();
        !self.withdrawn
            && role.is_some_and(|role| !role.terminating)
            && self.end().is_none_or(|end| end > now)
    }
}

impl Company {
    /// Whether a user had a role by a binding of before that is still here, ends sessions and lets nobody of them in any more, and
    /// has it by no other.
    pub(crate) fn ends(&self, before: &Self, person: Person, account: usize, role_name: &str) -> bool {
        let of = |company: &Self, access: &Access| {
            ROLES[access.role].1 == role_name
                && access.names(company, person, account, None)
                && access.stands(company)
        };
        let pairs = before.accesses.iter().zip(&self.accesses);
        let mut lost = pairs.filter_map(|(old, new)| Some((old.as_ref()?, new.as_ref()?)));
        let lost = lost.any(|(old, new)| {
            let same =
                old.role == new.role && new.accounts.contains(&account) && old.subjects == new.subjects;
            same && new.ends && of(before, old)
        });
        lost && !self.accesses.iter().flatten().any(|access| of(self, access))
    }

    /// What the bindings say, without any of the code under test: whether this person may become that role in this manner.
    pub(crate) fn admits(&self, person: Person, account: usize, role_name: &str, manner: Manner) -> bool {
        self.accesses.iter().flatten().any(|access| {
            let Some(role) = &self.roles[access.role] else { return false };
            let is_user = matches!(person, Person::User(..));
            let mfa = !is_user
                || role.mfa == 3
                || match manner.mfa {
                    0 => false,
                    1 | 2 => true,
                    _ => !role.max_age,
                };
            let named = !is_user || !role.named || manner.own_name;
            let at = manner.instant();
            let begun = time(access.not_before).is_none_or(|from| at >= from.parse().unwrap());
            let ended = access.end().is_some_and(|end| at >= end);
            access.stands(self)
                && ROLES[access.role].1 == role_name
                && access.names(self, person, account, manner.external_id)
                && mfa
                && named
                && lets_through(role.networks, manner.address)
                && lets_through(access.networks, manner.address)
                && begun
                && !ended
        })
    }
}
