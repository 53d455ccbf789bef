//! Who may enter what by the manifests: the doors of each person, machine and third party, at an instant. Looks at no account
//! and writes nothing; every export begins here.

use crate::world::presupposed;
use jiff::Timestamp;
use rolegate_iam::{RoleArn, UserName};
use rolegate_plan::accept::{Grant, Standing, accept};
use rolegate_plan::entry::{Facts, SessionNameRule, Who};
use rolegate_plan::validate::{ValidAccount, Validated};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// How many roles a chain may go through; longer ones are not exported.
const LONGEST_CHAIN: usize = 4;

/// Somebody who signs in at a gateway: the same name at two gateways is two people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    /// `metadata.name` of the gateway's `AWSAccount`.
    pub gateway: SmolStr,
    /// The IAM user.
    pub user: UserName,
}

/// Whose doors are looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// An IAM user of a gateway.
    Person(Person),
    /// A role that a machine has.
    Machine(RoleArn),
    /// Whoever a third party lets act in its account, with the external id that was agreed.
    ThirdParty(rolegate_iam::AccountId),
}

/// A role that an identity may enter, now or later.
#[derive(Debug, Clone)]
pub struct Door<'a> {
    /// Where it leads.
    pub account: &'a ValidAccount,
    /// What one becomes.
    pub role: RoleArn,
    /// Seconds that a session of the role may last.
    pub max_session: u32,
    /// What must be sent along, for third parties.
    pub external_id: Option<SmolStr>,
    /// The bindings that open it, at least one.
    pub ways: Vec<Way>,
}

/// One binding that opens a door.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// The object, as people write it.
    pub object: SmolStr,
    /// Under which conditions.
    pub facts: Facts,
}

/// All doors that the manifests open.
#[derive(Debug)]
pub struct Doors<'a> {
    declared: &'a Validated,
    at: Timestamp,
    grants: Vec<Grant<'a>>,
    /// Every role that some binding grants, whether it stands or not.
    pub roles: BTreeMap<RoleArn, &'a ValidAccount>,
}

impl Way {
    /// Whether it opens at the instant, not later.
    fn is_open(&self, at: Timestamp) -> bool {
        self.facts.window.not_before.is_none_or(|begin| begin <= at)
    }
}

impl Door<'_> {
    /// Whether one must prove a second factor: each way asks for it.
    pub fn needs_mfa(&self) -> bool {
        self.ways.iter().all(|way| way.facts.mfa.is_some())
    }

    /// Whether the session must bear the user's name: each way asks for it.
    pub fn names_session(&self) -> bool {
        self.ways.iter().all(|way| way.facts.session_name == SessionNameRule::UserName)
    }

    /// The part that is open at the instant; none when everything begins later.
    pub fn open(&self, at: Timestamp) -> Option<Self> {
        let ways: Vec<Way> = self.ways.iter().filter(|way| way.is_open(at)).cloned().collect();
        (!ways.is_empty()).then(|| Self { ways, ..self.clone() })
    }

    /// When it opens, if that is later than the instant.
    pub fn opens_later(&self, at: Timestamp) -> Option<Timestamp> {
        match self.open(at) {
            Some(_) => None,
            None => self.ways.iter().filter_map(|way| way.facts.window.not_before).min(),
        }
    }

    /// The role with its path and without the leading slash, as the console wants it (§2.11).
    pub fn role_with_path(&self) -> String {
        let path = self.role.path.as_str();
        format!("{}{}", path.strip_prefix('/').unwrap_or(path), self.role.name)
    }
}

impl<'a> Doors<'a> {
    /// What the manifests say at an instant, the people and machines they name being there.
    pub fn of(declared: &'a Validated, at: Timestamp) -> Self {
        let accepted = accept(declared, &presupposed(declared), at);
        let roles = accepted.grants.iter().map(|grant| (grant.role_arn(), grant.account)).collect();
        let mut grants = accepted.grants;
        grants.retain(|grant| grant.standing == Standing::Active);
        Self { declared, at, grants, roles }
    }

    /// The instant.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The declared account of that name.
    pub fn account(&self, name: &str) -> Option<&'a ValidAccount> {
        self.declared.accounts.get(name).map(AsRef::as_ref)
    }

    /// Every declared account.
    pub fn accounts(&self) -> impl Iterator<Item = &'a ValidAccount> + Clone {
        self.declared.accounts.values().map(AsRef::as_ref)
    }

    /// Whose manifests they are.
    pub fn installation(&self) -> &'a str {
        &self.declared.installation
    }

    /// Everybody whom the manifests name, also those whom no door is open to: members of groups and users of bindings.
    pub fn people(&self) -> BTreeSet<Person> {
        let members = self.declared.groups.values().flat_map(|group| {
            let person = |user: &UserName| Person { gateway: group.gateway.clone(), user: user.clone() };
            group.members.iter().map(person)
        });
        let mut people: BTreeSet<Person> = members.collect();
        for grant in &self.grants {
            if let Who::User(arn) = &grant.who {
                people
                    .insert(Person { gateway: grant.account.gateway_name().clone(), user: arn.name.clone() });
            }
        }
        people
    }

    /// The machines that a binding names.
    pub fn machines(&self) -> BTreeSet<RoleArn> {
        self.grants
            .iter()
            .filter_map(|grant| match &grant.who {
                Who::Role(arn) => Some(arn.clone()),
                Who::Group { .. } | Who::User(_) | Who::Account { .. } | Who::Gateway { .. } => None,
            })
            .collect()
    }

    /// The third parties that a binding names.
    pub fn third_parties(&self) -> BTreeSet<rolegate_iam::AccountId> {
        self.grants
            .iter()
            .filter_map(|grant| match &grant.who {
                Who::Account { id, .. } => Some(*id),
                Who::Group { .. } | Who::User(_) | Who::Role(_) | Who::Gateway { .. } => None,
            })
            .collect()
    }

    /// What an identity may enter, now or later, by account and role. A third party with two external ids for one role has two
    /// doors.
    pub fn of_identity(&self, identity: &Identity) -> Vec<Door<'a>> {
        let mut doors: BTreeMap<(SmolStr, RoleArn, Option<SmolStr>), Door<'a>> = BTreeMap::new();
        for grant in self.grants.iter().filter(|grant| self.is_of(grant, identity)) {
            let external_id = match &grant.who {
                Who::Account { external_id, .. } => Some(external_id.clone()),
                Who::Group { .. } | Who::User(_) | Who::Role(_) | Who::Gateway { .. } => None,
            };
            let role = grant.role_arn();
            let key = (grant.account.name.clone(), role.clone(), external_id.clone());
            let door = doors.entry(key).or_insert_with(|| Door {
                account: grant.account,
                role,
                max_session: grant.role.max_session,
                external_id,
                ways: Vec::new(),
            });
            door.ways.push(Way { object: grant.object.clone(), facts: grant.entry.facts.clone() });
        }
        let mut doors: Vec<Door<'a>> = doors.into_values().collect();
        for door in &mut doors {
            door.ways.sort();
            door.ways.dedup();
        }
        doors
    }

    /// What is open beyond a door, through roles that bindings let enter further roles: each a list of at least two doors, the
    /// first one given. No role comes twice in a chain.
    pub fn beyond(&self, first: &Door<'a>) -> Vec<Vec<Door<'a>>> {
        let mut found = Vec::new();
        let mut ends = vec![vec![first.clone()]];
        while let Some(chain) = ends.pop() {
            let Some(last) = chain.last().filter(|_| chain.len() < LONGEST_CHAIN) else { continue };
            let next = self.of_identity(&Identity::Machine(last.role.clone()));
            for door in next.into_iter().filter_map(|door| door.open(self.at)) {
                // What asks for a second factor or a user's name cannot be met by a role.
                let can = !door.needs_mfa() && !door.names_session();
                if can && !chain.iter().any(|before| before.role == door.role) {
                    let longer: Vec<Door<'a>> = chain.iter().cloned().chain([door]).collect();
                    found.push(longer.clone());
                    ends.push(longer);
                }
            }
        }
        found.sort_by_cached_key(|chain| chain.iter().map(|door| door.role.clone()).collect::<Vec<_>>());
        found
    }

    fn is_of(&self, grant: &Grant<'_>, identity: &Identity) -> bool {
        match (&grant.who, identity) {
            (Who::Group { group, .. }, Identity::Person(person)) => {
                let group = self.declared.groups.get(group);
                group.is_some_and(|group| {
                    group.gateway == person.gateway && group.members.contains(&person.user)
                })
            }
            (Who::User(arn), Identity::Person(person)) => {
                arn.name == person.user && *grant.account.gateway_name() == person.gateway
            }
            (Who::Role(arn), Identity::Machine(machine)) => arn == machine,
            (Who::Account { id, .. }, Identity::ThirdParty(account)) => id == account,
            (
                Who::Group { .. } | Who::User(_) | Who::Role(_) | Who::Account { .. } | Who::Gateway { .. },
                _,
            ) => false,
        }
    }
}
