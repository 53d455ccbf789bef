//! A small company as data, and what of it is sound. It is drawn at random, written as the manifests that people would write, and
//! knows what it grants without asking the code under test.

mod draw;
mod grants;
mod written;

pub(crate) use draw::{company, history};
pub(crate) use grants::{Manner, Person, manner};
pub(crate) use written::read;

use std::collections::BTreeSet;

/// The present, in every test.
pub(crate) const NOW: &str = "2026-11-24T12:00:00Z";
pub(crate) const PAST: &str = "2026-11-01T00:00:00Z";
pub(crate) const FUTURE: &str = "2026-12-24T00:00:00Z";
/// Account, and the number of its gateway; the first two are gateways.
pub(crate) const ACCOUNTS: [(&str, &str, usize); 6] = [
    ("auth", "111111111111", 0),
    ("auth-two", "222222222222", 1),
    ("dev", "333333333333", 0),
    ("prod", "444444444444", 0),
    ("lab", "055555555555", 0),
    ("other", "666666666666", 1),
];
pub(crate) const THIRD: &str = "999999999999";
pub(crate) const EXTERNAL_IDS: [&str; 2] = ["external-id-number-one", "external-id-number-two"];
pub(crate) const USERS: [&str; 4] = ["ana", "bob", "cy", "dee"];
/// AccessGroup and the number of its gateway.
pub(crate) const GROUPS: [(&str, usize); 3] = [("devs", 0), ("ops", 0), ("devs-two", 1)];
/// AccessRole, role name, and whether it is for people.
pub(crate) const ROLES: [(&str, &str, bool); 6] = [
    ("developer", "Developer", true),
    ("reader", "Developer", true),
    ("operator", "Operator", true),
    ("deploy", "Deploy", false),
    ("deploy-more", "Deploy", false),
    ("scan", "Scan", false),
];
pub(crate) const MACHINES: [&str; 2] =
    ["arn:aws:iam::111111111111:role/ci", "arn:aws:iam::333333333333:role/svc/worker"];
const NETWORKS: [&str; 3] = ["203.0.113.0/24", "203.0.113.0/25", "198.51.100.0/24"];
pub(crate) const NAMESPACES: [&str; 2] = ["red", "blue"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Company {
    pub(crate) two_gateways: bool,
    pub(crate) observed_only: Option<usize>,
    pub(crate) bounded: bool,
    pub(crate) roles: Vec<Option<Role>>,
    pub(crate) groups: Vec<Option<Group>>,
    pub(crate) accesses: Vec<Option<Access>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    /// Whoever the gateway lets may enter.
    pub(crate) by_gateway: bool,
    pub(crate) mfa: u8,
    pub(crate) max_age: bool,
    pub(crate) named: bool,
    pub(crate) networks: u8,
    pub(crate) inline: Vec<(u8, u8)>,
    pub(crate) managed: u8,
    pub(crate) bounded: bool,
    pub(crate) long: bool,
    pub(crate) retain: bool,
    pub(crate) terminating: bool,
    pub(crate) tag: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) members: BTreeSet<usize>,
    pub(crate) self_managed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) role: usize,
    pub(crate) accounts: BTreeSet<usize>,
    pub(crate) subjects: BTreeSet<Subject>,
    pub(crate) networks: u8,
    pub(crate) not_before: u8,
    pub(crate) not_after: u8,
    pub(crate) withdrawn: bool,
    /// Sessions end with the access.
    pub(crate) ends: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Group(usize),
    User(usize),
    Machine(usize),
    Third(usize),
}

fn nested(one: u8, other: u8) -> bool {
    let wide = |bits: u8| (bits & 0b011 != 0, bits & 0b100 != 0);
    one == 0 || other == 0 || (wide(one).0 && wide(other).0) || (wide(one).1 && wide(other).1)
}

/// Address inside the narrow network, inside the wide one only, in the third, nowhere.
pub(crate) const ADDRESSES: [&str; 4] = ["203.0.113.5", "203.0.113.200", "198.51.100.7", "8.8.8.8"];

impl Company {
    pub(crate) fn is_here(&self, account: usize) -> bool {
        self.two_gateways || ACCOUNTS[account].2 == 0
    }

    /// Drops what validation would refuse, so that the rest can be planned.
    pub(crate) fn sound(mut self) -> Self {
        let two = self.two_gateways;
        let here = |account: usize| two || ACCOUNTS[account].2 == 0;
        for (number, group) in self.groups.iter_mut().enumerate() {
            if !here(GROUPS[number].1) {
                *group = None;
            }
        }
        for (role, (_, _, human)) in self.roles.iter_mut().zip(ROLES) {
            let Some(role) = role else { continue };
            if !human {
                role.by_gateway = false;
                role.mfa = 0;
                role.named = false;
                role.max_age = false;
            }
            role.max_age &= role.mfa != 3;
        }
        let mut taken: BTreeSet<(usize, &str, usize)> = BTreeSet::new();
        for access in &mut self.accesses {
            let Some(found) = access else { continue };
            let sound = self.roles[found.role].as_ref().is_some_and(|role| {
                let human = ROLES[found.role].2;
                let people_only = human && (role.mfa == 2 || role.named || role.by_gateway && role.mfa != 3);
                found.accounts.retain(|account| here(*account));
                let gateway = found.accounts.first().map_or(0, |first| ACCOUNTS[*first].2);
                found.accounts.retain(|account| ACCOUNTS[*account].2 == gateway);
                if !(found.withdrawn || found.not_after == 1 && found.not_before != 1) {
                    found.accounts.retain(|account| {
                        let rival = taken.iter().any(|(at, name, by)| {
                            at == account && *name == ROLES[found.role].1 && *by != found.role
                        });
                        if !rival {
                            taken.insert((*account, ROLES[found.role].1, found.role));
                        }
                        !rival
                    });
                }
                let groups = &self.groups;
                found.subjects.retain(|subject| match subject {
                    Subject::Group(group) => human && groups[*group].is_some() && GROUPS[*group].1 == gateway,
                    Subject::User(_) => human,
                    Subject::Machine(_) | Subject::Third(_) => !people_only,
                });
                if found.not_before == 2 && found.not_after == 1 {
                    found.not_before = 0;
                }
                if !nested(role.networks, found.networks) {
                    found.networks = 0;
                }
                !found.accounts.is_empty() && !found.subjects.is_empty()
            });
            if !sound {
                *access = None;
            }
        }
        self
    }
}
