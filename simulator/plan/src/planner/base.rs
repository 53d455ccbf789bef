//! A state in which nothing was to be done, and what some changed bindings make of it.

use super::index::{Index, NameKey, changed, name_key};
use crate::accept::{Accepted, Grant, Standing, accept_binding, conflicts};
use crate::compile::{explain, holder, identity_half, links, role_half};
use crate::desired::{Deletion, Desired, DesiredGate, DesiredRole, Explanation, Link};
use crate::gate::Gate;
use crate::naming::{Holder, REVOKE_POLICY, fixed_policy_name};
use crate::outcome::{Decision, Options, Outcome, World, decide};
use crate::refused::Refused;
use crate::scope::{Scope, Touched};
use crate::validate::{AccessKey, Validated};
use jiff::Timestamp;
use rolegate_iam::{AccountId, RoleArn, RoleName};
use std::collections::{BTreeMap, BTreeSet};

/// Of how many bindings, and of what part of all, it is still quicker to look at what they touch.
const FEW: usize = 16;
const PART: usize = 50;

/// A state in which nothing was to be done.
#[derive(Debug)]
pub(super) struct Base {
    all: Validated,
    options: Options,
    desired: Desired,
    index: Index,
    present: usize,
    /// From then on something may be to be done although nothing changed.
    until: Option<Timestamp>,
}

impl Base {
    /// Keeps a state, if there was nothing to do, to hold or to leave out in it, and no role is open to whoever a gateway lets:
    /// what opens such a role depends on all leave in the gateway.
    pub(super) fn of(
        world: &World<'_>,
        accepted: &Accepted<'_>,
        desired: Desired,
        decision: &Decision,
    ) -> Option<Self> {
        let quiet = decision.outcome == Outcome::default() && !decision.doors;
        (quiet && world.options.refused == Refused::default()).then(|| Self {
            all: world.all.clone(),
            options: world.options.clone(),
            index: Index::of(world.all, accepted),
            present: decision.present,
            until: until(world, &desired),
            desired,
        })
    }

    /// Whether nothing but bindings differs.
    fn serves(&self, all: &Validated, options: &Options) -> bool {
        let Validated { installation, accounts, roles, groups, accesses: _, namespaces, unreadable } =
            &self.all;
        let Options { claimant, now, approved: _, approved_removals: _, dormant_retention, refused } =
            &self.options;
        let in_time = *now <= options.now && self.until.is_none_or(|until| options.now < until);
        (in_time || *now == options.now)
            && *claimant == options.claimant
            && *dormant_retention == options.dormant_retention
            && *refused == options.refused
            && *installation == all.installation
            && *accounts == all.accounts
            && *roles == all.roles
            && *groups == all.groups
            && *namespaces == all.namespaces
            && *unreadable == all.unreadable
    }

    /// The outcome, if what changed since is small and simple enough.
    pub(super) fn plan(&mut self, world: &World<'_>) -> Option<Outcome> {
        let World { all, options, .. } = *world;
        if !self.serves(all, options) {
            return None;
        }
        let Self { all: old_all, desired, index, present, .. } = self;
        let changed = changed(&old_all.accesses, &all.accesses);
        if changed.is_empty() {
            return Some(Outcome::default());
        }
        if changed.len() > FEW.max(all.accesses.len() / PART) {
            return None;
        }
        let old = grants_of(&changed, old_all, world);
        let new = grants_of(&changed, all, world);
        let concern = Concern::of(all, old.grants.iter().chain(&new.grants));
        let mut accepted = concern.accept(index, &changed, world);
        let mut ends = old.grants.iter().chain(&accepted.grants);
        if ends.any(|grant| grant.entry.is_gateway()) {
            return None;
        }
        let touched = concern.touched(old.grants.iter().chain(&accepted.grants), *present);
        let complaints = accepted.complaints();
        let saved = Saved::take(desired, &touched, old.grants.iter().chain(&new.grants), &accepted.grants);
        saved.fill(desired, all, &touched, &accepted.grants);
        let decision = decide(world, desired, complaints, &Scope::Touched(touched));
        saved.put_back(desired);
        Some(decision.outcome)
    }
}

/// The next moment at which time alone changes something: a binding ends, a sleeping role goes, an old cut is taken off.
fn until(world: &World<'_>, desired: &Desired) -> Option<Timestamp> {
    let World { all, ours, options, .. } = *world;
    let ends = all.accesses.values().filter_map(|access| access.not_after).filter(|end| *end > options.now);
    let revoke = fixed_policy_name(REVOKE_POLICY);
    let roles = ours.values().flat_map(|ours| ours.roles.values());
    let changes = roles.filter_map(|owned| {
        if revoke.as_ref().is_some_and(|revoke| owned.role.inline.contains_key(revoke)) {
            return Some(options.now);
        }
        let since = owned.dormant_since?;
        let known = desired.known_roles.get(&owned.access_role)?;
        (known.deletion == Deletion::Delete)
            .then(|| since.checked_add(options.dormant_retention).unwrap_or(options.now))
    });
    ends.chain(changes).min()
}

fn grants_of<'a>(changed: &BTreeSet<&AccessKey>, all: &'a Validated, world: &World<'_>) -> Accepted<'a> {
    let mut accepted = Accepted::default();
    for access in changed.iter().filter_map(|key| all.accesses.get(*key)) {
        accept_binding(&mut accepted, all, world.seen, world.options.now, access, |_, _, _| true);
    }
    accepted
}

/// The roles and holders that changed bindings concern.
struct Concern {
    roles: BTreeSet<NameKey>,
    holders: BTreeSet<(AccountId, Holder)>,
}

impl Concern {
    fn of<'g>(all: &Validated, grants: impl Iterator<Item = &'g Grant<'g>>) -> Self {
        let mut concern = Self { roles: BTreeSet::new(), holders: BTreeSet::new() };
        for grant in grants {
            concern.roles.insert(name_key(grant));
            concern.holders.extend(holder(all, grant.account, grant.subject));
        }
        concern
    }

    /// All grants of these roles and holders, and all of the changed bindings, in the order of the objects' names.
    fn accept<'a>(&self, index: &Index, changed: &BTreeSet<&AccessKey>, world: &World<'a>) -> Accepted<'a> {
        let World { all, seen, options, .. } = *world;
        let by_role = self.roles.iter().flat_map(|role| index.of_role(role));
        let by_holder = self.holders.iter().flat_map(|holder| index.of_holder(holder));
        let keys: BTreeSet<&AccessKey> = by_role.chain(by_holder).chain(changed.iter().copied()).collect();
        let mut accepted = Accepted::default();
        for (key, access) in keys.into_iter().filter_map(|key| all.accesses.get_key_value(key)) {
            let is_changed = changed.contains(key);
            let name = all.roles.get(&access.role).map(|role| role.role_name.key()).unwrap_or_default();
            accept_binding(&mut accepted, all, seen, options.now, access, |_, account, subject| {
                is_changed
                    || self.roles.contains(&(account.id, name.clone()))
                    || holder(all, account, subject).is_some_and(|holder| self.holders.contains(&holder))
            });
        }
        conflicts(&mut accepted);
        accepted
    }

    fn touched<'g>(&self, grants: impl Iterator<Item = &'g Grant<'g>>, present: usize) -> Touched {
        let mut touched = Touched { present, ..Touched::default() };
        for grant in grants.filter(|grant| self.roles.contains(&name_key(grant))) {
            let parts = touched.accounts.entry(grant.account.id).or_default();
            parts.roles.insert(grant.role.role_name.clone());
        }
        for (account, holder) in &self.holders {
            touched.accounts.entry(*account).or_default().holders.insert(holder.clone());
        }
        touched
    }
}

/// What stood where something else is tried.
struct Saved {
    roles: BTreeMap<(AccountId, RoleName), Option<DesiredRole>>,
    gates: BTreeMap<(AccountId, Holder), Option<BTreeMap<Gate, DesiredGate>>>,
    explanations: BTreeMap<Link, Option<Explanation>>,
    ends_sessions: BTreeMap<RoleArn, bool>,
}

impl Saved {
    /// Takes out all that is touched.
    fn take<'g>(
        desired: &mut Desired,
        touched: &Touched,
        changed: impl Iterator<Item = &'g Grant<'g>>,
        accepted: &[Grant<'_>],
    ) -> Self {
        let (mut roles, mut gates) = (BTreeMap::new(), BTreeMap::new());
        for (id, parts) in &touched.accounts {
            let Some(account) = desired.accounts.get_mut(id) else { continue };
            roles.extend(parts.roles.iter().map(|name| ((*id, name.clone()), account.roles.remove(name))));
            let holders = parts.holders.iter();
            gates.extend(holders.map(|holder| ((*id, holder.clone()), account.gates.remove(holder))));
        }
        let (mut explanations, mut arns) = (BTreeMap::new(), BTreeSet::new());
        for grant in changed {
            arns.insert(grant.role_arn());
            for link in links(grant) {
                let known = desired.explanations.remove(&link);
                explanations.entry(link).or_insert(known);
            }
        }
        let same = accepted.iter().filter(|grant| touched.role(grant.account.id, &grant.role.role_name));
        arns.extend(same.map(Grant::role_arn));
        let ends_sessions = arns.into_iter().map(|arn| {
            let ends = desired.ends_sessions.remove(&arn);
            (arn, ends)
        });
        Self { roles, gates, explanations, ends_sessions: ends_sessions.collect() }
    }

    /// Compiles the touched parts from all grants of theirs.
    fn fill(&self, desired: &mut Desired, all: &Validated, touched: &Touched, grants: &[Grant<'_>]) {
        for grant in grants {
            explain(desired, grant, |link| self.explanations.contains_key(link));
            if grant.standing != Standing::Active {
                continue;
            }
            if touched.role(grant.account.id, &grant.role.role_name) {
                role_half(desired, grant);
            }
            let theirs = holder(all, grant.account, grant.subject);
            if theirs.is_some_and(|(gateway, holder)| touched.holder(gateway, &holder)) {
                identity_half(desired, all, grant);
            }
        }
    }

    fn put_back(self, desired: &mut Desired) {
        let Self { roles, gates, explanations, ends_sessions } = self;
        for ((id, name), role) in roles {
            let Some(account) = desired.accounts.get_mut(&id) else { continue };
            set(&mut account.roles, name, role);
        }
        for ((id, holder), held) in gates {
            let Some(account) = desired.accounts.get_mut(&id) else { continue };
            set(&mut account.gates, holder, held);
        }
        for (link, known) in explanations {
            set(&mut desired.explanations, link, known);
        }
        for (arn, ends) in ends_sessions {
            if ends {
                desired.ends_sessions.insert(arn);
            } else {
                desired.ends_sessions.remove(&arn);
            }
        }
    }
}

fn set<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}
