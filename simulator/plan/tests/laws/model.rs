//! A small company as data: drawn at random, made sound, and rendered to the manifests that people would write. It knows what
//! it grants without asking the code under test: see [`Company::admits`].

use jiff::Timestamp;
use proptest::prelude::*;
use rolegate_plan::manifest::Diagnostic;
use rolegate_plan::validate::{ValidateOptions, Validated, validate};
use serde_json::{Value, json};
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

/// Documents for inline policies, by number.
pub(crate) fn document(number: u8) -> Value {
    let statement = match number {
        0 => json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]),
        1 => json!([{"Effect": "Allow", "Action": ["s3:GetObject", "ec2:RunInstances"], "Resource": "*"}]),
        2 => json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
                    {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]),
        3 => json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]),
        4 => json!([{"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "*"},
                    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]),
        5 => json!([{"Effect": "Allow", "NotAction": "ec2:*", "Resource": "*"}]),
        _ => json!([{"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*"},
                    {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]),
    };
    json!({"Version": "2012-10-17", "Statement": statement})
}

fn of(bits: u8) -> Vec<&'static str> {
    NETWORKS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, net)| *net).collect()
}

fn nested(one: u8, other: u8) -> bool {
    let wide = |bits: u8| (bits & 0b011 != 0, bits & 0b100 != 0);
    one == 0 || other == 0 || (wide(one).0 && wide(other).0) || (wide(one).1 && wide(other).1)
}

/// Address inside the narrow network, inside the wide one only, in the third, nowhere.
pub(crate) const ADDRESSES: [&str; 4] = ["203.0.113.5", "203.0.113.200", "198.51.100.7", "8.8.8.8"];

fn lets_through(bits: u8, address: usize) -> bool {
    bits == 0
        || match address {
            0 => bits & 0b011 != 0,
            1 => bits & 0b001 != 0,
            2 => bits & 0b100 != 0,
            _ => false,
        }
}

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

    /// The manifests, one object a file.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let mut objects = Vec::new();
        for (number, (name, id, gateway)) in ACCOUNTS.iter().enumerate() {
            if !self.is_here(number) {
                continue;
            }
            let mut spec = json!({
                "accountID": id,
                "environment": "any",
                "mode": if self.observed_only == Some(number) { "Observe" } else { "Enforce" },
                "allowedBindings": [{
                    "namespaces": {"names": NAMESPACES}, "roles": {"all": {}},
                    "subjects": ["Group", "User", "Role", "Account"],
                }],
            });
            if number >= 2 {
                spec["gatewayRef"] = json!({"name": ACCOUNTS[*gateway].0});
            }
            if self.bounded {
                spec["roleDefaults"] =
                    json!({"permissionsBoundary": {"customerManaged": {"name": "limit", "path": "/"}}});
            }
            objects.push(object("AWSAccount", name, spec));
        }
        for (number, role) in self.roles.iter().enumerate() {
            objects.extend(role.as_ref().map(|role| role.object(number)));
        }
        for (number, group) in self.groups.iter().enumerate() {
            objects.extend(group.as_ref().map(|group| group.object(number)));
        }
        for (number, access) in self.accesses.iter().enumerate() {
            objects.extend(access.as_ref().map(|access| access.object(number)));
        }
        let named = |(number, object): (usize, Value)| (format!("{number:02}.json"), object.to_string());
        objects.into_iter().enumerate().map(named).collect()
    }

    pub(crate) fn validated(&self) -> Validated {
        let (validated, faults) = read(&self.files());
        assert_eq!(faults, [], "the model renders sound manifests");
        validated
    }
}

/// Reads and validates.
pub(crate) fn read(files: &[(String, String)]) -> (Validated, Vec<Diagnostic>) {
    let (manifests, mut faults) = rolegate_plan::manifest::read(files);
    let (validated, more) = validate(&manifests, &ValidateOptions { installation: "acme".into() });
    faults.extend(more);
    (validated, faults)
}

fn object(kind: &str, name: &str, spec: Value) -> Value {
    let mut object = json!({"apiVersion": "rolegate.dev/v1alpha1", "kind": kind, "metadata": {"name": name}});
    object["spec"] = spec;
    object
}

impl Role {
    fn object(&self, number: usize) -> Value {
        let (name, role_name, human) = ROLES[number];
        let managed: Vec<&str> = ["ReadOnly", "Power"]
            .into_iter()
            .enumerate()
            .filter(|(bit, _)| self.managed >> bit & 1 == 1)
            .map(|(_, name)| name)
            .collect();
        let inline: Vec<Value> = self
            .inline
            .iter()
            .map(|(name, text)| json!({"name": format!("inline-{name}"), "document": document(*text)}))
            .collect();
        let mut require = json!({"sourceCIDRs": of(self.networks)});
        if human {
            require["mfa"] = ["RequiredForIAMUsers", "RequiredForIAMUsers", "Required", "NotRequired"]
                [usize::from(self.mfa)]
            .into();
            require["sessionName"] = if self.named { "UserName" } else { "Any" }.into();
        }
        if self.max_age {
            require["mfaMaxAge"] = "1h".into();
        }
        let mut spec = json!({
            "roleName": role_name,
            "audience": if human { "Human" } else { "Machine" },
            "trust": if self.by_gateway { "GatewayAccount" } else { "Subjects" },
            "require": require,
            "permissions": {"awsManagedPolicies": managed, "inlinePolicies": inline},
            "maxSessionDuration": if self.long { "4h" } else { "1h" },
            "deletionPolicy": if self.retain { "Retain" } else { "Delete" },
        });
        if self.bounded {
            spec["permissionsBoundary"] = json!({"customerManaged": {"name": "tight", "path": "/"}});
        }
        if self.tag {
            spec["tags"] = json!({"team": "one"});
        }
        let mut object = object("AccessRole", name, spec);
        if self.terminating {
            object["metadata"]["deletionTimestamp"] = PAST.into();
        }
        object
    }
}

impl Group {
    fn object(&self, number: usize) -> Value {
        let members: Vec<_> = self.members.iter().map(|member| USERS[*member]).collect();
        let (name, gateway) = GROUPS[number];
        let spec = json!({
            "gatewayRef": {"name": ACCOUNTS[gateway].0},
            "members": members,
            "selfManagedCredentials": if self.self_managed { "Enabled" } else { "Disabled" },
        });
        object("AccessGroup", name, spec)
    }
}

fn time(number: u8) -> Option<&'static str> {
    [None, Some(PAST), Some(FUTURE), None][usize::from(number)]
}

impl Access {
    fn object(&self, number: usize) -> Value {
        let subjects: Vec<Value> = self
            .subjects
            .iter()
            .map(|subject| match subject {
                Subject::Group(group) => json!({"group": {"name": GROUPS[*group].0}}),
                Subject::User(user) => json!({"user": {"name": USERS[*user]}}),
                Subject::Machine(machine) => json!({"role": {"arn": MACHINES[*machine]}}),
                Subject::Third(id) => {
                    json!({"account": {"accountID": THIRD, "externalID": EXTERNAL_IDS[*id]}})
                }
            })
            .collect();
        let accounts: Vec<_> = self.accounts.iter().map(|account| ACCOUNTS[*account].0).collect();
        let mut validity = serde_json::Map::new();
        if let Some(time) = time(self.not_before) {
            validity.insert("notBefore".into(), time.into());
        }
        if let Some(time) = time(self.not_after).filter(|_| self.not_after != self.not_before) {
            validity.insert("notAfter".into(), time.into());
        }
        let mut spec = json!({
            "roleRef": {"name": ROLES[self.role].0},
            "accounts": {"names": accounts},
            "subjects": subjects,
            "require": {"sourceCIDRs": of(self.networks)},
            "endSessions": if self.ends { "OnRevoke" } else { "Never" },
            "state": if self.withdrawn { "Withdrawn" } else { "Active" },
        });
        if !validity.is_empty() {
            spec["validity"] = Value::Object(validity);
        }
        let mut object = object("AccountAccess", &format!("binding-{number}"), spec);
        object["metadata"]["namespace"] = NAMESPACES[number % 2].into();
        object
    }

    /// The end, as far as it is written.
    fn end(&self) -> Option<Timestamp> {
        time(self.not_after).filter(|_| self.not_after != self.not_before).map(|time| time.parse().unwrap())
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
