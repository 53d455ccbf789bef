//! The steps of one gateway's gates: numbered policies per holder, written with their removals alone, then whole, attached to
//! their holder and to nobody else. A gate is opened only when its role's own half is seen.

use super::Work;
use super::draft::{Id, Part, Rank};
use super::limits;
use super::narrow::common;
use crate::admit::View;
use crate::desired::DesiredGate;
use crate::gate::{self, Gate, Gates};
use crate::hold::Element;
use crate::naming::Holder;
use crate::observed::{Attached, GatePolicy};
use crate::outcome::LeftOut;
use crate::pack::{Room, pack};
use crate::project::version_number;
use crate::step::{Action, Cause, Effect};
use crate::trust::Remembered;
use rolegate_iam::snapshot::ManagedPolicy;
use rolegate_iam::{Document, PolicyArn};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// Versions that IAM keeps of one policy (§3.3).
const VERSIONS: usize = 5;

pub(super) fn gates(work: &mut Work<'_>, view: &View<'_>) {
    let holders: BTreeSet<&Holder> = view.gates.keys().chain(view.desired.gates.keys()).collect();
    let (id, scope) = (view.account.id, work.scope);
    for holder in holders.into_iter().filter(|holder| scope.holder(id, holder) && !view.is_blocked(holder)) {
        Holding::of(work, view, holder).draft(work, view);
    }
}

/// Writes a policy anew, making room for a version when there is none.
pub(super) fn new_version(policy: &ManagedPolicy, document: Document) -> Action {
    let others = policy.versions.keys().filter(|id| **id != policy.default_version);
    let oldest = others.min_by_key(|id| version_number(id)).cloned();
    let prune = oldest.filter(|_| policy.versions.len() >= VERSIONS);
    Action::CreatePolicyVersion { policy: policy.arn.clone(), document, prune }
}

/// One holder's gates, as they are and as they will be.
struct Holding<'a> {
    holder: &'a Holder,
    policies: Option<&'a BTreeMap<usize, GatePolicy<'a>>>,
    wanted: BTreeSet<Gate>,
    stays: BTreeSet<Gate>,
    /// What is declared, and by whom.
    declared: Option<&'a BTreeMap<Gate, DesiredGate>>,
    removal: Option<Cause>,
}

impl<'a> Holding<'a> {
    fn of(work: &mut Work<'_>, view: &'a View<'_>, holder: &'a Holder) -> Self {
        let policies = view.gates.get(holder);
        let all = policies.into_iter().flat_map(BTreeMap::values);
        let attached = all.filter(|policy| policy.attached == Attached::Yes);
        let present: BTreeSet<Gate> =
            attached.flat_map(|policy| policy.gates.gates.keys().cloned()).collect();
        let declared = view.desired.gates.get(holder);
        let (mut wanted, mut removal) = (BTreeSet::new(), None);
        for gate in &present {
            let is_declared = declared.is_some_and(|gates| gates.contains_key(gate));
            let goes = || work.removals.cause(view.account.id, Element::Gate(holder.clone(), gate.clone()));
            match if is_declared { None } else { goes() } {
                Some(cause) => {
                    removal.get_or_insert_with(|| cause.clone());
                }
                None => {
                    wanted.insert(gate.clone());
                }
            }
        }
        for (gate, desired) in declared.into_iter().flatten() {
            if !present.contains(gate) && may_open(work, gate, desired) {
                wanted.insert(gate.clone());
            }
        }
        // Only attached policies open anything now.
        let stays = common(&present, &wanted);
        Self { holder, policies, wanted, stays, declared, removal }
    }

    fn policies(&self) -> impl Iterator<Item = (&'a usize, &'a GatePolicy<'a>)> {
        self.policies.into_iter().flatten()
    }

    /// Whether every policy is there, attached and as it should be, so that packing would change nothing.
    fn is_settled(&self, room: Room) -> bool {
        let untouched = |policy: &GatePolicy<'_>| {
            let GatePolicy { policy: _, gates: Gates { gates, foreign_denies, foreign_allows }, attached } =
                policy;
            *attached == Attached::Yes
                && !gates.is_empty()
                && gates.values().all(|known| *known == Remembered::Yes)
                && foreign_denies.is_empty()
                && !foreign_allows
        };
        let places: usize = self.policies().map(|(_, policy)| policy.gates.gates.len()).sum();
        let gates = self.policies().flat_map(|(_, policy)| policy.gates.gates.keys());
        // Each gate in one policy: none twice, none missing, none too many.
        self.policies().count() <= room.policies
            && self.policies().all(|(_, policy)| untouched(policy))
            && places == self.wanted.len()
            && gates.collect::<BTreeSet<_>>().into_iter().eq(&self.wanted)
    }

    fn draft(&self, work: &mut Work<'_>, view: &View<'_>) {
        let room = limits::room(work.desired, view, self.holder);
        if self.is_settled(room) {
            return;
        }
        let attached = self.policies().filter(|(_, policy)| policy.attached == Attached::Yes);
        let places: BTreeMap<Gate, usize> = attached
            .flat_map(|(index, policy)| policy.gates.gates.keys().map(move |gate| (gate.clone(), *index)))
            .collect();
        let packed = pack(&self.wanted, &places, room);
        let attached = |index: &usize| {
            self.policies
                .and_then(|all| all.get(index))
                .is_some_and(|policy| policy.attached == Attached::Yes)
        };
        // What is attached stays attached; of the rest only as many as IAM takes.
        let mut order: Vec<usize> = packed.keys().copied().collect();
        order.sort_by_key(|index| !attached(index));
        let beyond: BTreeSet<usize> =
            order.iter().skip(room.policies).copied().filter(|index| !attached(index)).collect();
        if !beyond.is_empty() {
            limits::too_many(work, view, self.holder, &packed, room);
        }
        let indices: BTreeSet<usize> =
            packed.keys().chain(self.policies().map(|(index, _)| index)).copied().collect();
        for index in indices.into_iter().filter(|index| !beyond.contains(index)) {
            let last = packed.get(&index).cloned().unwrap_or_default();
            match self.policies.and_then(|all| all.get(&index)) {
                Some(policy) => self.change(work, view, policy, &last),
                None => self.create(work, view, index, &last),
            }
        }
    }

    fn cause(&self, gates: &BTreeSet<Gate>) -> Cause {
        let asks = |gate| Some(self.declared?.get(gate)?.cause.clone());
        let new = gates.iter().find(|gate| !self.stays.contains(*gate)).and_then(asks);
        new.or_else(|| gates.iter().find_map(asks)).unwrap_or(Cause::Ownership)
    }

    fn create(&self, work: &mut Work<'_>, view: &View<'_>, index: usize, gates: &BTreeSet<Gate>) {
        let (Some(name), Some(document)) = (self.holder.policy_name(index), gate::write(gates, &[])) else {
            return self.no_name(work, view);
        };
        if !limits::takes_policy(work, view, &self.holder.to_string()) {
            return;
        }
        let id = view.account.id;
        let arn = work.desired.installation.policy_arn(view.account.partition, id, &name);
        let action = Action::CreatePolicy {
            path: work.desired.installation.path(),
            name,
            document,
            description: format!("rolegate: roles that {} may assume", self.holder),
        };
        let cause = self.cause(gates);
        let born = work.drafts.push(id, Rank::Gate, action, Effect::Neutral, cause.clone());
        self.wait_for_roles(work, view, born, gates);
        self.attach(work, view, arn, gates, cause, Some(born));
    }

    fn no_name(&self, work: &mut Work<'_>, view: &View<'_>) {
        work.left_out.push(LeftOut {
            account: view.account.id,
            object: self.holder.to_string(),
            reason: "NameTooLong",
            message: format!(
                "the name of {} leaves no room for the name of its policy: choose a shorter one",
                self.holder
            ),
        });
    }

    fn attach(
        &self,
        work: &mut Work<'_>,
        view: &View<'_>,
        policy: PolicyArn,
        gates: &BTreeSet<Gate>,
        cause: Cause,
        written: Option<Id>,
    ) {
        let action = match self.holder {
            Holder::Group(group) => Action::AttachGroupPolicy { group: group.clone(), policy },
            Holder::User(user) => Action::AttachUserPolicy { user: user.clone(), policy },
            Holder::Role(role) => Action::AttachRolePolicy { role: role.clone(), policy },
        };
        let mark = match self.holder {
            Holder::Group(group) => work.marks.get(&(view.account.id, group.clone())).copied(),
            Holder::User(_) | Holder::Role(_) => None,
        };
        let step = work.drafts.push(view.account.id, Rank::Gate, action, Effect::Widens, cause);
        work.drafts.after(step, written.into_iter().chain(mark));
        self.wait_for_roles(work, view, step, gates);
    }

    /// A gate waits until its role is settled, and until leavers of its group are seen gone.
    fn wait_for_roles(&self, work: &mut Work<'_>, view: &View<'_>, step: Id, gates: &BTreeSet<Gate>) {
        let new = || gates.iter().filter(|gate| !self.stays.contains(*gate));
        for Gate { role, window: _ } in new() {
            let name = role.name.clone();
            let parts = [Part::Trust(role.account, name.clone()), Part::Permissions(role.account, name)];
            work.drafts.wait_settled(step, parts);
        }
        if let Some(group) = self.access_group(view) {
            work.drafts.about(step, [Part::GroupPermissions(view.account.id, group.clone())]);
            work.drafts.wait_narrowed(step, [Part::Members(view.account.id, group)]);
        }
    }

    fn access_group(&self, view: &View<'_>) -> Option<SmolStr> {
        match self.holder {
            Holder::Group(name) => view.desired.groups.get(name).map(|group| group.access_group.clone()),
            Holder::User(_) | Holder::Role(_) => None,
        }
    }

    fn change(&self, work: &mut Work<'_>, view: &View<'_>, found: &GatePolicy<'_>, last: &BTreeSet<Gate>) {
        let GatePolicy { policy, gates, attached } = found;
        if last.is_empty() {
            return self.delete(work, view, found);
        }
        let forgotten =
            gates.gates.iter().any(|(gate, known)| *known == Remembered::No && last.contains(gate));
        let as_wanted = gates.gates.keys().eq(last);
        let whole = as_wanted && !gates.foreign_allows && gates.foreign_denies.is_empty() && !forgotten;
        if whole && *attached == Attached::Yes {
            return;
        }
        let held: BTreeSet<Gate> = gates.gates.keys().cloned().collect();
        let first = self.meanwhile(&held, last);
        if *attached == Attached::No {
            let written = (!whole)
                .then(|| self.write(work, view, policy, last, (Rank::Gate, Effect::Neutral)))
                .flatten();
            return self.attach(work, view, policy.arn.clone(), last, self.cause(last), written);
        }
        let narrows = gates.foreign_allows || held.iter().any(|gate| !first.contains(gate));
        if narrows {
            if let Some(document) = gate::write(&first, &gates.foreign_denies) {
                self.narrow(work, view, found, &first, new_version(policy, document));
            } else {
                let action = self.detach(policy.arn.clone());
                self.narrow(work, view, found, &first, action);
                let written = self.write(work, view, policy, last, (Rank::Gate, Effect::Neutral));
                return self.attach(work, view, policy.arn.clone(), last, self.cause(last), written);
            }
        }
        let rest = first != *last || !gates.foreign_denies.is_empty();
        if rest || (!whole && !narrows) {
            let step = self.write(work, view, policy, last, (Rank::Gate, Effect::Widens));
            if let Some(step) = step.filter(|_| !gates.foreign_denies.is_empty()) {
                work.drafts.wait_narrowed(step, [Part::Anything]);
            }
        }
    }

    /// What a policy holds while the rest is on its way: what stays of its own, and what stays and comes to it, if both fit.
    fn meanwhile(&self, held: &BTreeSet<Gate>, last: &BTreeSet<Gate>) -> BTreeSet<Gate> {
        let stays =
            |gates: &BTreeSet<Gate>| gates.intersection(&self.stays).cloned().collect::<BTreeSet<_>>();
        let (own, coming) = (stays(held), stays(last));
        let both: BTreeSet<Gate> = own.union(&coming).cloned().collect();
        let fits = gate::write(&both, &[]).is_none_or(|document| document.size() <= limits::POLICY_SIZE);
        if fits { both } else { own }
    }

    fn write(
        &self,
        work: &mut Work<'_>,
        view: &View<'_>,
        policy: &ManagedPolicy,
        gates: &BTreeSet<Gate>,
        (rank, effect): (Rank, Effect),
    ) -> Option<Id> {
        let action = new_version(policy, gate::write(gates, &[])?);
        let step = work.drafts.push(view.account.id, rank, action, effect, self.cause(gates));
        self.wait_for_roles(work, view, step, gates);
        Some(step)
    }

    /// Drafts a step after which no more of a policy is left than `stays`.
    fn narrow(
        &self,
        work: &mut Work<'_>,
        view: &View<'_>,
        found: &GatePolicy<'_>,
        stays: &BTreeSet<Gate>,
        action: Action,
    ) -> Id {
        let cause = self.removal.clone().unwrap_or(Cause::Drift);
        let step = work.drafts.push(view.account.id, Rank::Narrow, action, Effect::Narrows, cause);
        if let Some(group) = self.access_group(view) {
            work.drafts.about(step, [Part::GroupPermissions(view.account.id, group)]);
        }
        let gone = found.gates.gates.keys().filter(|gate| !stays.contains(*gate));
        work.drafts.about(step, gone.map(|gate| Part::Leave(gate.role.account, gate.role.name.clone())));
        if found.gates.foreign_allows {
            work.drafts.about(step, [Part::AnyLeave(view.account.id)]);
        }
        step
    }

    fn detach(&self, policy: PolicyArn) -> Action {
        match self.holder {
            Holder::Group(group) => Action::DetachGroupPolicy { group: group.clone(), policy },
            Holder::User(user) => Action::DetachUserPolicy { user: user.clone(), policy },
            Holder::Role(role) => Action::DetachRolePolicy { role: role.clone(), policy },
        }
    }

    fn delete(&self, work: &mut Work<'_>, view: &View<'_>, found: &GatePolicy<'_>) {
        let GatePolicy { policy, gates, attached } = found;
        let denies = !gates.foreign_denies.is_empty();
        let none = BTreeSet::new();
        let mut earlier: Vec<Id> = Vec::new();
        let mut kept: BTreeSet<SmolStr> =
            policy.versions.keys().filter(|id| **id != policy.default_version).cloned().collect();
        let allows = gates.foreign_allows || !gates.gates.is_empty();
        if denies
            && allows
            && *attached == Attached::Yes
            && let Some(document) = gate::write(&none, &gates.foreign_denies)
        {
            // What it allows goes at once; what it denies waits for everything else that goes.
            let action = new_version(policy, document);
            if let Action::CreatePolicyVersion { prune: Some(oldest), .. } = &action {
                kept.remove(oldest);
            }
            kept.insert(policy.default_version.clone());
            earlier.push(self.narrow(work, view, found, &none, action));
        }
        let others = kept.iter();
        let detach = (*attached == Attached::Yes).then(|| self.detach(policy.arn.clone()));
        let versions = others.map(|version| Action::DeletePolicyVersion {
            policy: policy.arn.clone(),
            version: version.clone(),
        });
        let delete = Action::DeletePolicy { policy: policy.arn.clone() };
        for action in detach.into_iter().chain(versions).chain([delete]) {
            let step = if denies {
                let cause = self.removal.clone().unwrap_or(Cause::Drift);
                let step = work.drafts.push(view.account.id, Rank::Gate, action, Effect::Widens, cause);
                work.drafts.wait_narrowed(step, [Part::Anything]);
                step
            } else {
                self.narrow(work, view, found, &none, action)
            };
            work.drafts.after(step, earlier.iter().copied());
            earlier.push(step);
        }
    }
}

/// Whether the other half of a gate is there, or is about to be.
fn may_open(work: &Work<'_>, gate: &Gate, desired: &DesiredGate) -> bool {
    let Some(target) = work.views.get(&gate.role.account) else { return false };
    let wanted = target.desired.roles.get(&gate.role.name).is_some_and(|role| {
        role.path == gate.role.path && role.entries.keys().any(|entry| entry.who.covers(&desired.link.who))
    });
    let seen = target.roles.get(&gate.role.name).is_some_and(|role| {
        role.role.path == gate.role.path
            && role.trust.entries.keys().any(|entry| entry.who.covers(&desired.link.who))
    });
    seen || (wanted && target.enforces())
}
