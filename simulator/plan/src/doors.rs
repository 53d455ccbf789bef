//! Roles that are open to whoever their gateway lets (`trust: GatewayAccount`, design §5). There the gateway's half of a grant alone
//! says who, so a door is not opened so widely while leave is there that nobody declares: until it is gone, the subjects of the
//! bindings are let in by name. Decides which ways in are wanted now; writes nothing.

use crate::admit::View;
use crate::desired::{Desired, DesiredRole};
use crate::entry::{Entry, Who, Window};
use crate::gate::Gate;
use crate::hold::{Element, Fate, Fates};
use crate::naming::Holder;
use crate::observed::Attached;
use crate::outcome::LeftOut;
use crate::step::Cause;
use rolegate_iam::{AccountId, RoleName};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// A role, by account and name.
pub(crate) type RoleKey = (AccountId, RoleName);

/// What is known about the roles that are, or will be, open to whoever a gateway lets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doors {
    /// For each of these roles the AccessGroups, by gateway, that have leave to enter or will have it.
    groups: BTreeMap<RoleKey, BTreeSet<(AccountId, SmolStr)>>,
    /// Leave to enter them that stays and that nobody declares, by role.
    undeclared: BTreeMap<RoleKey, Vec<(Holder, Window)>>,
    /// The ways in that are wanted now, where they are not those that are declared.
    by_name: BTreeMap<RoleKey, BTreeMap<Entry, Cause>>,
    /// How much leave there is to enter those that are open.
    pub(crate) present: usize,
    /// Of that the part whose holder has no declared leave to enter the role at all.
    lost: BTreeSet<(AccountId, Holder, RoleKey)>,
    /// What is declared and waits.
    pub(crate) left_out: Vec<LeftOut>,
}

impl Doors {
    /// Looks at all roles, given what becomes of the leave that should go.
    pub(crate) fn of(desired: &Desired, views: &BTreeMap<AccountId, View<'_>>, fates: &Fates) -> Self {
        let mut doors = Self { groups: open_roles(views), ..Self::default() };
        if doors.groups.is_empty() {
            return doors;
        }
        for id in views.keys() {
            doors.leave(*id, views, fates);
        }
        for (id, view) in views {
            for (name, role) in &view.desired.roles {
                doors.choose(desired, views, (*id, name.clone()), role);
            }
        }
        doors
    }

    /// Whether any role is, or will be, open to whoever a gateway lets.
    pub(crate) fn any(&self) -> bool {
        !self.groups.is_empty()
    }

    /// Collects who has leave in one gateway.
    fn leave(&mut self, id: AccountId, views: &BTreeMap<AccountId, View<'_>>, fates: &Fates) {
        let Some(view) = views.get(&id) else { return };
        let group = |holder: &Holder| match holder {
            Holder::Group(name) => view.desired.groups.get(name).map(|group| group.access_group.clone()),
            Holder::User(_) | Holder::Role(_) => None,
        };
        for (holder, gates) in &view.desired.gates {
            for gate in gates.keys() {
                let role = (gate.role.account, gate.role.name.clone());
                if let Some(groups) = self.groups.get_mut(&role) {
                    groups.extend(group(holder).map(|group| (id, group)));
                }
            }
        }
        for (holder, policies) in view.gates {
            let declared = view.desired.gates.get(holder);
            for policy in policies.values().filter(|policy| policy.attached == Attached::Yes) {
                for gate in policy.gates.gates.keys() {
                    let role = (gate.role.account, gate.role.name.clone());
                    let Some(groups) = self.groups.get_mut(&role) else { continue };
                    groups.extend(group(holder).map(|group| (id, group)));
                    if is_open(views, &role) {
                        self.present += 1;
                        if !declared.is_some_and(|gates| gates.keys().any(|other| other.role == gate.role)) {
                            self.lost.insert((id, holder.clone(), role.clone()));
                        }
                    }
                    let goes = fates.get(&(id, Element::Gate(holder.clone(), gate.clone())));
                    let goes = matches!(goes, Some(Fate::Goes(_)));
                    if !goes && !declared.is_some_and(|gates| gates.contains_key(gate)) {
                        let leave = (holder.clone(), gate.window.clone());
                        self.undeclared.entry(role).or_default().push(leave);
                    }
                }
            }
        }
    }

    /// Opens a door wider than it is only when everybody who has leave is known to be declared.
    fn choose(
        &mut self,
        desired: &Desired,
        views: &BTreeMap<AccountId, View<'_>>,
        role: RoleKey,
        wanted: &DesiredRole,
    ) {
        let Some(view) = views.get(&role.0) else { return };
        let mut entries = wanted.entries.clone();
        for (entry, people) in &wanted.behind {
            let Who::Gateway { gateway, .. } = &entry.who else { continue };
            let owned = view.roles.get(&role.1).filter(|owned| owned.access_role == wanted.access_role);
            let is_open = owned.is_some_and(|owned| {
                owned.trust.entries.keys().any(|present| present.is_gateway() && entry.within(present))
            });
            let hidden = self.hidden(&role, views.contains_key(gateway));
            let Some(why) = hidden.filter(|_| !is_open) else { continue };
            entries.remove(entry);
            entries.extend(people.clone());
            let gateway = desired.accounts.get(gateway).map_or(gateway.as_str(), |found| found.name.as_str());
            self.left_out.push(LeftOut {
                account: role.0,
                object: format!("AccessRole {}", wanted.access_role),
                reason: "WaitingFor",
                message: format!(
                    "role {} lets in its subjects by name, and not yet whoever gateway {gateway} lets: {why}",
                    role.1
                ),
            });
        }
        if entries != wanted.entries {
            self.by_name.insert(role, entries);
        }
    }

    /// Why it is not known that everybody who has leave is declared.
    fn hidden(&self, role: &RoleKey, gateway_is_seen: bool) -> Option<String> {
        if !gateway_is_seen {
            return Some("that gateway was not observed".to_owned());
        }
        let leave = self.undeclared.get(role)?;
        let holders: BTreeSet<_> = leave.iter().map(|(holder, _)| holder.to_string()).collect();
        let holders: Vec<_> = holders.into_iter().collect();
        Some(format!(
            "leave of {} is there that no object declares; approve its removal, or add the manifest that declares it",
            holders.join(", ")
        ))
    }

    /// The ways in that are wanted now.
    pub(crate) fn entries<'a>(
        &'a self,
        account: AccountId,
        name: &RoleName,
        wanted: &'a DesiredRole,
    ) -> &'a BTreeMap<Entry, Cause> {
        self.by_name.get(&(account, name.clone())).unwrap_or(&wanted.entries)
    }

    /// Whether a way in by a gateway is all that somebody's undeclared leave needs: it is theirs too.
    pub(crate) fn is_needed(&self, role: &RoleKey, entry: &Entry, wanted: &BTreeMap<Entry, Cause>) -> bool {
        let covered = |window: &Window| {
            wanted.keys().any(|other| other.is_gateway() && window.within(&other.facts.window))
        };
        let leave = self.undeclared.get(role).into_iter().flatten();
        entry.is_gateway()
            && leave.into_iter().any(|(_, window)| window.within(&entry.facts.window) && !covered(window))
    }

    /// The AccessGroups, by gateway, that have leave to enter a role that is open to whoever a gateway lets.
    pub(crate) fn groups(&self, role: &RoleKey) -> impl Iterator<Item = &(AccountId, SmolStr)> {
        self.groups.get(role).into_iter().flatten()
    }

    /// Whether taking leave away takes a grant away: the role is open, and its holder gets no other leave to enter it.
    pub(crate) fn is_loss(&self, gateway: AccountId, holder: &Holder, gate: &Gate) -> bool {
        let role = (gate.role.account, gate.role.name.clone());
        self.lost.contains(&(gateway, holder.clone(), role))
    }
}

/// Whether a role is open now to whoever a gateway lets.
fn is_open(views: &BTreeMap<AccountId, View<'_>>, (account, name): &RoleKey) -> bool {
    let owned = views.get(account).and_then(|view| view.roles.get(name));
    owned.is_some_and(|owned| owned.trust.entries.keys().any(Entry::is_gateway))
}

/// The roles that are, or will be, open to whoever a gateway lets.
fn open_roles(views: &BTreeMap<AccountId, View<'_>>) -> BTreeMap<RoleKey, BTreeSet<(AccountId, SmolStr)>> {
    let mut open = BTreeMap::new();
    for (id, view) in views {
        let wanted = view.desired.roles.iter().filter(|(_, role)| !role.behind.is_empty());
        let present =
            view.roles.iter().filter(|(_, owned)| owned.trust.entries.keys().any(Entry::is_gateway));
        let names = wanted.map(|(name, _)| name).chain(present.map(|(name, _)| name));
        open.extend(names.map(|name| ((*id, name.clone()), BTreeSet::new())));
    }
    open
}
