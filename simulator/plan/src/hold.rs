//! Removals: what is there of ours and should not be, each with its live reason, or held for want of one (design §6.7); and
//! the brake on too many at once (§6.8). Decides which removals may go; writes nothing.

use crate::admit::View;
use crate::desired::{Desired, Explanation, Link};
use crate::doors::{Doors, RoleKey};
use crate::entry::{Entry, Facts, SessionNameRule, Who};
use crate::gate::Gate;
use crate::naming::{Holder, hash};
use crate::observed::{self, Attached};
use crate::outcome::{Held, HeldRemoval, Options};
use crate::scope::Scope;
use crate::step::Cause;
use crate::trust::Remembered;
use rolegate_crds::Trust as DeclaredTrust;
use rolegate_iam::{AccountId, GroupName, RoleName, UserName};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// One thing of ours that gives access.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Element {
    /// A way into a role.
    Entry(RoleName, Entry),
    /// A holder's leave to assume a role.
    Gate(Holder, Gate),
    /// A membership of one of our groups.
    Member(GroupName, UserName),
    /// An AccessGroup in a user's membership tag.
    Tag(UserName, SmolStr),
}

/// What becomes of a removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It goes, for this reason.
    Goes(Cause),
    /// It is held: why.
    Held(String),
}

/// What becomes of each removal, by account.
pub(crate) type Fates = BTreeMap<(AccountId, Element), Fate>;

/// Everything that is there and should not be, and what becomes of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Removals {
    fates: Fates,
    /// What is known about roles that are open to whoever a gateway lets.
    pub(crate) doors: Doors,
}

impl Removals {
    /// The cause for which something goes; `None` when it stays.
    pub(crate) fn cause(&self, account: AccountId, element: Element) -> Option<&Cause> {
        match self.fates.get(&(account, element)) {
            Some(Fate::Goes(cause)) => Some(cause),
            Some(Fate::Held(_)) | None => None,
        }
    }

    /// The AccessGroups that somebody leaves, by gateway.
    pub(crate) fn left_groups(
        &self,
        views: &BTreeMap<AccountId, View<'_>>,
    ) -> BTreeSet<(AccountId, SmolStr)> {
        let group = |(account, element): &(AccountId, Element)| match element {
            Element::Tag(_, group) => Some((*account, group.clone())),
            Element::Member(name, _) => {
                let group = views.get(account)?.desired.groups.get(name)?;
                Some((*account, group.access_group.clone()))
            }
            Element::Entry(..) | Element::Gate(..) => None,
        };
        self.going().filter_map(group).collect()
    }

    /// The roles that somebody loses leave to assume. Leave that is attached to nobody, and leave that goes because wider leave takes
    /// its place, is not lost: it is gone already, or stays until that is written.
    pub(crate) fn left_roles(&self, views: &BTreeMap<AccountId, View<'_>>) -> BTreeSet<RoleKey> {
        let is_lost = |gateway: &AccountId, holder: &Holder, gate: &Gate| {
            let Some(view) = views.get(gateway) else { return false };
            let mut wanted = view.desired.gates.get(holder).into_iter().flat_map(BTreeMap::keys);
            let mut policies = view.gates.get(holder).into_iter().flat_map(BTreeMap::values);
            let widened = wanted.any(|other| other.role == gate.role && gate.window.within(&other.window));
            !widened
                && policies
                    .any(|policy| policy.attached == Attached::Yes && policy.gates.gates.contains_key(gate))
        };
        let role = |(gateway, element): &(AccountId, Element)| match element {
            Element::Gate(holder, gate) => {
                is_lost(gateway, holder, gate).then(|| (gate.role.account, gate.role.name.clone()))
            }
            Element::Entry(..) | Element::Member(..) | Element::Tag(..) => None,
        };
        self.going().filter_map(role).collect()
    }

    fn going(&self) -> impl Iterator<Item = &(AccountId, Element)> {
        self.fates.iter().filter(|(_, fate)| matches!(fate, Fate::Goes(_))).map(|(key, _)| key)
    }
}

const ABSENT: &str =
    "no object here explains it, and its statement is as we wrote it: a manifest may be missing";

/// What was decided about everything that should go.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) removals: Removals,
    pub(crate) held: Held,
    pub(crate) approved: Vec<HeldRemoval>,
    /// How many grants and memberships there are in all accounts.
    pub(crate) present: usize,
}

/// Finds the removals of all accounts and decides each one's fate.
pub(crate) fn removals(
    desired: &Desired,
    views: &BTreeMap<AccountId, View<'_>>,
    options: &Options,
    scope: &Scope,
) -> Decided {
    let mut all = BTreeMap::new();
    let touched = || views.iter().filter(|(id, _)| scope.account(**id));
    for (id, view) in touched() {
        gates(*id, view, desired, scope, &mut all);
    }
    let mut doors = if scope.is_whole() { Doors::of(desired, views, &all) } else { Doors::default() };
    let mut present = 0;
    for (id, view) in touched() {
        present += entries(*id, view, desired, (&doors, scope), &mut all);
        if scope.is_whole() {
            present += members(*id, view, desired, &mut all);
        }
    }
    match scope {
        Scope::Everything => present += doors.present,
        Scope::Touched(touched) => present = touched.present,
    }
    if brake(&mut all, present, &doors) == Brake::Held && scope.is_whole() {
        doors = Doors::of(desired, views, &all);
    }
    let (fates, held, approved) = approve(all, options);
    Decided { removals: Removals { fates, doors }, held, approved, present }
}

fn entries(
    id: AccountId,
    view: &View<'_>,
    desired: &Desired,
    (doors, scope): (&Doors, &Scope),
    all: &mut Fates,
) -> usize {
    let mut present = 0;
    for (name, owned) in view.roles.iter().filter(|(name, _)| scope.role(id, name)) {
        present += owned.trust.entries.len();
        if view.blocked_roles.contains(name) || !desired.known_roles.contains_key(&owned.access_role) {
            continue;
        }
        let wanted = view.desired.roles.get(name);
        let none = BTreeMap::new();
        let ways = wanted.map_or(&none, |role| doors.entries(id, name, role));
        let handed_over = wanted.is_some_and(|role| role.access_role != owned.access_role);
        let arn = view.account.role_arn(owned.role);
        for (entry, remembered) in &owned.trust.entries {
            if !handed_over && ways.contains_key(entry) {
                continue;
            }
            let related = |other: &&Entry| other.who.covers(&entry.who) || entry.who.covers(&other.who);
            let mut others = ways.keys().filter(related);
            let replaced = handed_over || others.any(|other| !owned.trust.entries.contains_key(other));
            let cause = explained(desired.explanations.get(&entry.link(&arn)), replaced, |facts| {
                *facts == entry.facts
            });
            let by_role = asks_for_names(desired, &owned.access_role)
                .filter(|_| entry.is_gateway() && *remembered == Remembered::Yes);
            let needed = !handed_over && doors.is_needed(&(id, name.clone()), entry, ways);
            let fate = match fate(*remembered, cause.or(by_role.as_ref())) {
                Fate::Goes(_) if needed => Fate::Held(ABSENT.to_owned()),
                fate => fate,
            };
            all.insert((id, Element::Entry(name.clone(), entry.clone())), fate);
        }
    }
    present
}

/// The AccessRole as the cause of shutting a gateway's door, if it is here and its trust names its subjects.
fn asks_for_names(desired: &Desired, access_role: &SmolStr) -> Option<Cause> {
    let known = desired.known_roles.get(access_role)?;
    (known.trust == DeclaredTrust::Subjects)
        .then(|| Cause::Edited(format!("AccessRole {access_role}").into()))
}

/// Why a present object takes something away. What exactly an object asked for that is over goes for its sake. An edit explains
/// what goes only when something that it asks for is not there yet: if all is there, what should go is of another object,
/// which may be missing. Where nobody lets them in any more, whatever is over explains the rest.
fn explained(known: Option<&Explanation>, replaced: bool, same: impl Fn(&Facts) -> bool) -> Option<&Cause> {
    let Explanation { active, over, ends_sessions: _ } = known?;
    let exact = over.iter().find(|(facts, _)| same(facts));
    match (exact, active) {
        (Some((_, cause)), _) => Some(cause),
        (None, Some(edited)) => replaced.then_some(edited),
        (None, None) => over.first().map(|(_, cause)| cause),
    }
}

/// Drift goes; what a present object explains goes for its sake; everything else is held.
fn fate(remembered: Remembered, cause: Option<&Cause>) -> Fate {
    match (remembered, cause) {
        (Remembered::No, None) => Fate::Goes(Cause::Drift),
        (_, Some(cause)) => Fate::Goes(cause.clone()),
        (Remembered::Yes, None) => Fate::Held(ABSENT.to_owned()),
    }
}

/// Who a holder is in a trust policy; more than one for a group, whose name does not tell its AccessGroup.
fn holder_who(view: &View<'_>, holder: &Holder, role: &Gate, desired: &Desired) -> Option<Link> {
    let link = Link { who: who_holds(view, holder)?, role: role.role.clone() };
    desired.explanations.contains_key(&link).then_some(link)
}

/// Who a holder is in a trust policy.
pub(crate) fn who_holds(view: &View<'_>, holder: &Holder) -> Option<Who> {
    match holder {
        Holder::Group(name) => {
            let group = view.desired.groups.get(name)?;
            Some(group.who(view.account.partition, view.account.id))
        }
        Holder::User(name) => Some(Who::User(view.account.user_arn(view.account.users.get(name)?))),
        Holder::Role(name) => Some(Who::Role(view.account.role_arn(view.account.roles.get(name)?))),
    }
}

fn gates(id: AccountId, view: &View<'_>, desired: &Desired, scope: &Scope, all: &mut Fates) {
    let open = view.gates.iter().filter(|(holder, _)| !view.is_blocked(holder) && scope.holder(id, holder));
    for (holder, policies) in open {
        let wanted = view.desired.gates.get(holder);
        for policy in policies.values() {
            for (gate, remembered) in &policy.gates.gates {
                if wanted.is_some_and(|gates| gates.contains_key(gate)) {
                    continue;
                }
                let replaced = wanted.is_some_and(|gates| {
                    let mut others = gates.keys().filter(|other| other.role == gate.role);
                    others
                        .any(|other| policies.values().all(|policy| !policy.gates.gates.contains_key(other)))
                });
                let cause =
                    holder_who(view, holder, gate, desired).and_then(|link| desired.explanations.get(&link));
                let cause = explained(cause, replaced, |facts| facts.window == gate.window);
                let fate = match (remembered, cause) {
                    (_, Some(cause)) => Fate::Goes(cause.clone()),
                    // What is attached nowhere opens nothing.
                    (Remembered::No, None) => Fate::Goes(Cause::Drift),
                    (Remembered::Yes, None) if policy.attached == Attached::No => Fate::Goes(Cause::Drift),
                    (Remembered::Yes, None) => Fate::Held(ABSENT.to_owned()),
                };
                all.insert((id, Element::Gate(holder.clone(), gate.clone())), fate);
            }
        }
    }
}

fn members(id: AccountId, view: &View<'_>, desired: &Desired, all: &mut Fates) -> usize {
    let mut present = 0;
    for (name, user) in &view.account.users {
        for group in &user.groups {
            let Some(wanted) = view.desired.groups.get(group) else { continue };
            present += 1;
            if !wanted.members.contains(name) {
                let cause = Cause::Edited(format!("AccessGroup {}", wanted.access_group).into());
                all.insert((id, Element::Member(group.clone(), name.clone())), Fate::Goes(cause));
            }
        }
        for tag in observed::membership(user, &desired.installation) {
            if view.blocked_groups.contains(&tag) {
                continue;
            }
            let fate = match view.group_of(&tag) {
                Some((_, group)) if group.members.contains(name) => continue,
                Some(_) => Fate::Goes(Cause::Edited(format!("AccessGroup {tag}").into())),
                None if desired.known_groups.contains(&(id, tag.clone())) => continue,
                None => Fate::Held(format!("there is no AccessGroup {tag} here: a manifest may be missing")),
            };
            all.insert((id, Element::Tag(name.clone(), tag)), fate);
        }
    }
    present
}

/// Whether the brake held anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Brake {
    Held,
    Off,
}

/// Holds all removals by edit or deletion when they are too many at once; leavers below that, expiry, withdrawal and drift
/// are never held.
fn brake(all: &mut Fates, present: usize, doors: &Doors) -> Brake {
    let is_loss = |account: AccountId, element: &Element| match element {
        Element::Member(..) | Element::Tag(..) | Element::Entry(..) => true,
        // Where the door is open to all of a gateway, leave is the grant.
        Element::Gate(holder, gate) => doors.is_loss(account, holder, gate),
    };
    let counts = |account: AccountId, element: &Element, fate: &Fate| {
        matches!(fate, Fate::Goes(Cause::Edited(_) | Cause::Terminating(_))) && is_loss(account, element)
    };
    let lost: BTreeSet<_> = all
        .iter()
        .filter(|((account, element), fate)| counts(*account, element, fate))
        .map(|((account, element), fate)| match (element, fate) {
            // A membership and its tag are one loss.
            (Element::Member(_, user) | Element::Tag(user, _), Fate::Goes(cause)) => {
                (*account, format!("{user} {cause:?}"))
            }
            _ => (*account, format!("{element:?}")),
        })
        .collect();
    let limit = (present / 10).max(10);
    if lost.len() <= limit {
        return Brake::Off;
    }
    let why = format!("{} grants and memberships would go at once, more than {limit}", lost.len());
    for ((account, element), fate) in all.iter_mut() {
        let goes = counts(*account, element, fate)
            || (matches!(element, Element::Gate(..))
                && matches!(fate, Fate::Goes(Cause::Edited(_) | Cause::Terminating(_))));
        if goes {
            *fate = Fate::Held(why.clone());
        }
    }
    Brake::Held
}

/// Names a removal so that no two share a name: the digest of an approval covers these words.
fn describe((account, element): &(AccountId, Element), why: &str) -> HeldRemoval {
    let with = |what: String, facts: &Facts| match facts.to_string().as_str() {
        "" => what,
        facts => format!("{what} ({facts})"),
    };
    let what = match element {
        Element::Entry(role, entry) => {
            let who = match &entry.who {
                Who::User(arn) => format!("user {arn}"),
                Who::Role(arn) => format!("role {arn}"),
                who @ (Who::Group { .. } | Who::Account { .. } | Who::Gateway { .. }) => who.to_string(),
            };
            with(format!("role {role}: entry by {who}"), &entry.facts)
        }
        Element::Gate(holder, gate) => {
            let window = gate.window.clone();
            let facts = Facts { mfa: None, session_name: SessionNameRule::Any, window };
            with(format!("{holder}: leave to assume {}", gate.role), &facts)
        }
        Element::Member(group, user) => format!("group {group}: member {user}"),
        Element::Tag(user, group) => format!("user {user}: tag of AccessGroup {group}"),
    };
    HeldRemoval { account: *account, what, why: why.to_owned() }
}

fn digest(held: &[HeldRemoval]) -> String {
    if held.is_empty() {
        return String::new();
    }
    let lines: Vec<_> =
        held.iter().map(|removal| format!("{} {}\n", removal.account, removal.what)).collect();
    hash(&lines.concat(), 12)
}

/// Lets through exactly the set that was approved.
fn approve(mut all: Fates, options: &Options) -> (Fates, Held, Vec<HeldRemoval>) {
    let held: Vec<_> = all
        .iter()
        .filter_map(|(key, fate)| match fate {
            Fate::Held(why) => Some((key.clone(), describe(key, why))),
            Fate::Goes(_) => None,
        })
        .collect();
    let mut names: Vec<_> = held.iter().map(|(_, removal)| removal.clone()).collect();
    names.sort();
    let whole =
        options.approved.as_ref().is_some_and(|approved| *approved == digest(&names) && !names.is_empty());
    let (mut kept, mut let_through) = (Vec::new(), Vec::new());
    for (key, removal) in held {
        let before = options.approved_removals.iter().any(|approved| approved.is_same(&removal));
        if whole || before {
            all.insert(key, Fate::Goes(Cause::Approved));
            let_through.push(removal);
        } else {
            kept.push(removal);
        }
    }
    kept.sort();
    let held = Held { digest: digest(&kept), removals: kept };
    (all, held, let_through)
}
