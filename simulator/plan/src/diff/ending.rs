//! Who loses access to a role by a binding that ends sessions: those who could enter as things are, less those who may enter when
//! everything is done (design §5). Drafts nothing.

use super::Work;
use super::change::TrustChange;
use super::cut::Whose;
use crate::admit::View;
use crate::desired::Link;
use crate::entry::{Entry, SessionNameRule, Who};
use crate::hold::Element;
use crate::naming::Holder;
use crate::observed::{self, Attached, OwnedRole};
use crate::step::Cause;
use rolegate_iam::{AccountId, RoleArn, UserName};
use std::collections::BTreeSet;

/// Somebody whose session can be ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Person {
    /// A user of a gateway, by name.
    User(AccountId, UserName),
    /// Whoever else: a machine, a third party, people who were not seen.
    Other(Who),
}

/// The sessions of a role that end with the access of their people.
pub(super) fn ended(
    work: &Work<'_>,
    view: &View<'_>,
    owned: &OwnedRole<'_>,
    change: &TrustChange,
) -> Option<Whose> {
    let role = view.account.role_arn(owned.role);
    if !work.desired.ends_sessions.contains(&role) {
        return None;
    }
    let mut lost = before(work, view, owned, (&role, change));
    for person in after(work, &role, change) {
        lost.remove(&person);
    }
    if lost.is_empty() {
        return None;
    }
    let forced = change.present().iter().all(|entry| entry.facts.session_name == SessionNameRule::UserName);
    let names = lost.iter().map(|person| match person {
        Person::User(_, name) => Some(name.as_str().into()),
        Person::Other(_) => None,
    });
    match names.collect::<Option<_>>().filter(|_| forced && !owned.trust.foreign_allows) {
        Some(names) => Some(Whose::named(names)),
        None => Some(Whose::Everybody),
    }
}

/// Those who can enter now by a binding that ends sessions.
fn before(
    work: &Work<'_>,
    view: &View<'_>,
    owned: &OwnedRole<'_>,
    (role, change): (&RoleArn, &TrustChange),
) -> BTreeSet<Person> {
    let ends = |who: &Who| {
        let link = Link { who: who.clone(), role: role.clone() };
        work.desired.explanations.get(&link).is_some_and(|known| known.ends_sessions)
    };
    // Of what goes by approval the object is not here; another one says it for the role.
    let approved = |entry: &Entry| {
        let element = Element::Entry(owned.role.name.clone(), entry.clone());
        work.removals.cause(view.account.id, element) == Some(&Cause::Approved)
    };
    let mut found = BTreeSet::new();
    for entry in change.present() {
        match &entry.who {
            Who::Gateway { gateway, .. } => {
                found.extend(leave(work, *gateway, role, |holder, who| {
                    ends(who) || gate_is_approved(work, *gateway, holder, role)
                }));
            }
            who if ends(who) || approved(entry) => found.extend(persons(work, who)),
            _ => {}
        }
    }
    found
}

/// Those who may enter when everything is done.
fn after(work: &Work<'_>, role: &RoleArn, change: &TrustChange) -> BTreeSet<Person> {
    let mut found = BTreeSet::new();
    for entry in change.wanted() {
        match &entry.who {
            Who::Group { gateway, group, .. } => found.extend(staying(work, *gateway, group)),
            Who::Gateway { gateway, .. } => found.extend(leave_after(work, *gateway, role)),
            Who::User(arn) => {
                found.insert(Person::User(arn.account, arn.name.clone()));
            }
            who @ (Who::Role(_) | Who::Account { .. }) => {
                found.insert(Person::Other(who.clone()));
            }
        }
    }
    found
}

/// Everybody who is somebody in a trust policy now.
fn persons(work: &Work<'_>, who: &Who) -> BTreeSet<Person> {
    match who {
        Who::Group { gateway, group, .. } => match work.views.get(gateway) {
            Some(home) => {
                let tagged = home.account.users.iter().filter(|(_, user)| {
                    observed::membership(user, &work.desired.installation).contains(group)
                });
                tagged.map(|(name, _)| Person::User(*gateway, name.clone())).collect()
            }
            None => [Person::Other(who.clone())].into(),
        },
        Who::User(arn) => [Person::User(arn.account, arn.name.clone())].into(),
        Who::Role(_) | Who::Account { .. } | Who::Gateway { .. } => [Person::Other(who.clone())].into(),
    }
}

/// The people of an AccessGroup when everything is done: its members, and whose leaving is held.
fn staying(work: &Work<'_>, gateway: AccountId, group: &smol_str::SmolStr) -> BTreeSet<Person> {
    let Some(home) = work.views.get(&gateway) else { return BTreeSet::new() };
    let members = home.group_of(group).into_iter().flat_map(|(_, wanted)| wanted.members.iter());
    let kept = home.account.users.iter().filter(|(name, user)| {
        observed::membership(user, &work.desired.installation).contains(group)
            && work.removals.cause(gateway, Element::Tag((*name).clone(), group.clone())).is_none()
    });
    members.chain(kept.map(|(name, _)| name)).map(|name| Person::User(gateway, name.clone())).collect()
}

/// Those who have leave now to assume a role, of the holders that `counts`.
fn leave(
    work: &Work<'_>,
    gateway: AccountId,
    role: &RoleArn,
    counts: impl Fn(&Holder, &Who) -> bool,
) -> BTreeSet<Person> {
    let Some(home) = work.views.get(&gateway) else { return BTreeSet::new() };
    let mut found = BTreeSet::new();
    for (holder, policies) in home.gates {
        let has = policies.values().any(|policy| {
            policy.attached == Attached::Yes && policy.gates.gates.keys().any(|gate| gate.role == *role)
        });
        let Some(who) = crate::hold::who_holds(home, holder).filter(|who| has && counts(holder, who)) else {
            continue;
        };
        match holder {
            Holder::Group(name) => {
                let members = home.account.users.iter().filter(|(_, user)| user.groups.contains(name));
                found.extend(members.map(|(user, _)| Person::User(gateway, user.clone())));
            }
            Holder::User(name) => {
                found.insert(Person::User(gateway, name.clone()));
            }
            Holder::Role(_) => {
                found.insert(Person::Other(who));
            }
        }
    }
    found
}

fn gate_is_approved(work: &Work<'_>, gateway: AccountId, holder: &Holder, role: &RoleArn) -> bool {
    let Some(home) = work.views.get(&gateway) else { return false };
    let gates = home.gates.get(holder).into_iter().flat_map(|policies| policies.values());
    let mut gates = gates.flat_map(|policy| policy.gates.gates.keys()).filter(|gate| gate.role == *role);
    gates.any(|gate| {
        work.removals.cause(gateway, Element::Gate(holder.clone(), gate.clone())) == Some(&Cause::Approved)
    })
}

/// Those who have leave when everything is done: by what is declared, and by what is held.
fn leave_after(work: &Work<'_>, gateway: AccountId, role: &RoleArn) -> BTreeSet<Person> {
    let Some(home) = work.views.get(&gateway) else { return BTreeSet::new() };
    let mut found = BTreeSet::new();
    let declared = home.desired.gates.iter().filter(|(_, gates)| gates.keys().any(|gate| gate.role == *role));
    let held = home.gates.iter().filter(|(holder, policies)| {
        let mut gates =
            policies.values().flat_map(|policy| policy.gates.gates.keys()).filter(|gate| gate.role == *role);
        gates.any(|gate| {
            work.removals.cause(gateway, Element::Gate((*holder).clone(), gate.clone())).is_none()
        })
    });
    for holder in declared.map(|(holder, _)| holder).chain(held.map(|(holder, _)| holder)) {
        match holder {
            Holder::Group(name) => {
                let members = home.desired.groups.get(name).map(|group| group.members.iter());
                let kept = home.account.users.iter().filter(|(user, found)| {
                    found.groups.contains(name)
                        && work
                            .removals
                            .cause(gateway, Element::Member(name.clone(), (*user).clone()))
                            .is_none()
                });
                let people = members.into_iter().flatten().chain(kept.map(|(user, _)| user));
                found.extend(people.map(|user| Person::User(gateway, user.clone())));
            }
            Holder::User(name) => {
                found.insert(Person::User(gateway, name.clone()));
            }
            Holder::Role(_) => found.extend(crate::hold::who_holds(home, holder).map(Person::Other)),
        }
    }
    found
}
