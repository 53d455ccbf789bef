//! Steps being ordered: what each is about, what it takes away, what it waits for; resolved into a [`Plan`] at the end.

use crate::step::{Action, Cause, Effect, Plan, Step};
use rolegate_iam::{AccountId, RoleName};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// A part of the access that steps change and wait for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Who may enter a role.
    Trust(AccountId, RoleName),
    /// What a role may do.
    Permissions(AccountId, RoleName),
    /// Whose a role is.
    Owner(AccountId, RoleName),
    /// Who is in an AccessGroup, by membership or tag.
    Members(AccountId, SmolStr),
    /// What an AccessGroup's IAM group may do.
    GroupPermissions(AccountId, SmolStr),
    /// Who in its gateway has leave to assume a role.
    Leave(AccountId, RoleName),
    /// Who in a gateway may assume whatever roles, by what others wrote there.
    AnyLeave(AccountId),
    /// Whatever takes access away, anywhere: what gives access to nobody knows whom waits for all of it.
    Anything,
}

/// The order in which steps are listed; waiting goes backwards only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Claim,
    /// What must stand before anybody is shut out.
    Cut,
    Narrow,
    Owner,
    Create,
    Permissions,
    People,
    Trust,
    Gate,
}

/// A step with its place in the order.
#[derive(Debug)]
struct Draft {
    rank: Rank,
    account: AccountId,
    action: Action,
    effect: Effect,
    /// Whether it takes something away, beside what it may give.
    takes: bool,
    cause: Cause,
    /// What it is about.
    about: BTreeSet<Part>,
    /// Drafts that must have succeeded.
    after: Vec<Id>,
    /// It waits until everything is seen that takes away from these.
    narrowed: BTreeSet<Part>,
    /// It waits until everything is seen that is about these; of a policy of many gates there are many.
    settled: Vec<Part>,
    /// People whom it concerns without being about them: the AccessGroups that enter the role it narrows.
    meets: BTreeSet<Part>,
    /// It waits until everything is seen that takes away where these people may be.
    met: BTreeSet<Part>,
}

/// Which steps concern a part, by place.
type Index = BTreeMap<Part, Vec<usize>>;

/// Names a draft until the order is known.
pub(super) type Id = usize;

/// All drafts.
#[derive(Debug, Default)]
pub(super) struct Drafts(BTreeMap<Id, Draft>);

impl Drafts {
    pub(super) fn push(
        &mut self,
        account: AccountId,
        rank: Rank,
        action: Action,
        effect: Effect,
        cause: Cause,
    ) -> Id {
        let id = self.0.len();
        let draft = Draft {
            rank,
            account,
            action,
            effect,
            takes: effect == Effect::Narrows,
            cause,
            about: BTreeSet::new(),
            after: Vec::new(),
            narrowed: BTreeSet::new(),
            settled: Vec::new(),
            meets: BTreeSet::new(),
            met: BTreeSet::new(),
        };
        self.0.insert(id, draft);
        id
    }

    pub(super) fn about(&mut self, id: Id, parts: impl IntoIterator<Item = Part>) {
        if let Some(draft) = self.0.get_mut(&id) {
            draft.about.extend(parts);
        }
    }

    /// Says of a step that widens that it takes away as well, as replacing a policy that both allows and denies does: whoever
    /// is not inside yet waits for it.
    pub(super) fn takes(&mut self, id: Id) {
        if let Some(draft) = self.0.get_mut(&id) {
            draft.takes = true;
        }
    }

    pub(super) fn after(&mut self, id: Id, earlier: impl IntoIterator<Item = Id>) {
        if let Some(draft) = self.0.get_mut(&id) {
            draft.after.extend(earlier);
        }
    }

    pub(super) fn wait_narrowed(&mut self, id: Id, parts: impl IntoIterator<Item = Part>) {
        if let Some(draft) = self.0.get_mut(&id) {
            draft.narrowed.extend(parts);
        }
    }

    pub(super) fn wait_settled(&mut self, id: Id, parts: impl IntoIterator<Item = Part>) {
        if let Some(draft) = self.0.get_mut(&id) {
            draft.settled.extend(parts);
        }
    }

    pub(super) fn meets(&mut self, id: Id, people: impl IntoIterator<Item = Part>) {
        if let Some(draft) = self.0.get_mut(&id) {
            draft.meets.extend(people);
        }
    }

    pub(super) fn wait_met(&mut self, id: Id, people: impl IntoIterator<Item = Part>) {
        if let Some(draft) = self.0.get_mut(&id) {
            draft.met.extend(people);
        }
    }

    pub(super) fn accounts(&self) -> BTreeSet<AccountId> {
        self.0.values().map(|draft| draft.account).collect()
    }

    /// Lets every other step of these accounts come after the account's first.
    pub(super) fn all_after(&mut self, first: &BTreeMap<AccountId, Id>) {
        for (id, draft) in &mut self.0 {
            draft.after.extend(first.get(&draft.account).filter(|first| *first != id));
        }
    }

    /// Forgets an account's steps, and the steps elsewhere that wait for them; the latter are returned, by account.
    pub(super) fn drop_account(&mut self, account: AccountId) -> (usize, BTreeMap<AccountId, usize>) {
        let (mut ids, mut about, mut narrows, mut meets) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut waiting: BTreeMap<AccountId, usize> = BTreeMap::new();
        let mut own = 0;
        loop {
            let next = self.0.iter().find(|(_, draft)| {
                draft.account == account
                    || draft.after.iter().any(|id| ids.contains(id))
                    || draft.settled.iter().any(|part| about.contains(part))
                    || !draft.narrowed.is_disjoint(&narrows)
                    || !draft.met.is_disjoint(&meets)
            });
            let Some(id) = next.map(|(id, _)| *id) else { break };
            let Some(draft) = self.0.remove(&id) else { break };
            ids.insert(id);
            if draft.takes {
                narrows.insert(Part::Anything);
                narrows.extend(draft.about.iter().cloned());
                meets.extend(draft.meets);
            }
            about.extend(draft.about);
            if draft.account == account {
                own += 1;
            } else {
                *waiting.entry(draft.account).or_default() += 1;
            }
        }
        (own, waiting)
    }

    /// Resolves the order. Within a rank the order of drafting holds.
    pub(super) fn into_plan(self) -> Plan {
        let mut order: Vec<_> = self.0.into_iter().collect();
        order.sort_by_key(|(id, draft)| (draft.rank, draft.account, *id));
        let places: BTreeMap<Id, usize> =
            order.iter().enumerate().map(|(place, (id, _))| (*id, place)).collect();
        let (mut about, mut narrows, mut meets): (Index, Index, Index) = Default::default();
        for (place, (_, draft)) in order.iter().enumerate() {
            if draft.takes {
                narrows.entry(Part::Anything).or_default().push(place);
            }
            for part in &draft.about {
                about.entry(part.clone()).or_default().push(place);
                if draft.takes {
                    narrows.entry(part.clone()).or_default().push(place);
                }
            }
            for people in &draft.meets {
                meets.entry(people.clone()).or_default().push(place);
            }
        }
        let step = |(place, (_, draft)): (usize, (Id, Draft))| {
            let narrowed = draft.narrowed.iter().filter_map(|part| narrows.get(part));
            let settled = draft.settled.iter().filter_map(|part| about.get(part));
            let met = draft.met.iter().filter_map(|part| meets.get(part));
            let seen: BTreeSet<usize> = narrowed
                .chain(settled)
                .chain(met)
                .flatten()
                .copied()
                .filter(|other| *other < place)
                .collect();
            let after: BTreeSet<usize> =
                draft.after.iter().filter_map(|id| places.get(id)).copied().collect();
            Step {
                account: draft.account,
                action: draft.action,
                effect: draft.effect,
                cause: draft.cause,
                after: after.into_iter().filter(|earlier| *earlier < place).collect(),
                seen: seen.into_iter().collect(),
            }
        };
        Plan { steps: order.into_iter().enumerate().map(step).collect() }
    }
}
