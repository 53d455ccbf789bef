//! The steps of one account's roles: born dormant, given what they may do, opened last; narrowed first; put to sleep when nobody
//! may enter any more; handed over between AccessRoles of one role name.

use super::Work;
use super::change::TrustChange;
use super::draft::{Id, Part, Rank};
use super::ending::ended;
use super::people::{people, somebody_leaves};
use super::permissions::{self, Changes};
use super::sessions::{self, Reason};
use crate::admit::View;
use crate::desired::{Deletion, DesiredRole};
use crate::entry::Entry;
use crate::naming::DORMANT_TAG;
use crate::observed::OwnedRole;
use crate::outcome::{LeftOut, Orphan};
use crate::refused::{self, Standing};
use crate::step::{Action, Cause, Effect};
use crate::trust::{self, Remembered};
use rolegate_iam::snapshot::Role;
use rolegate_iam::{Document, RoleName, Tags};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn roles(work: &mut Work<'_>, view: &View<'_>) {
    let id = view.account.id;
    let scope = work.scope;
    for (name, wanted) in view.desired.roles.iter().filter(|(name, _)| scope.role(id, name)) {
        match view.roles.get(name) {
            None => create(work, view, name, wanted),
            Some(owned) if owned.access_role != wanted.access_role => hand_over(work, view, owned, wanted),
            Some(owned) => change(work, view, owned, wanted),
        }
    }
    for (name, owned) in view.roles.iter().filter(|(name, _)| scope.role(id, name)) {
        if view.desired.roles.contains_key(name) || view.blocked_roles.contains(name) {
            continue;
        }
        match work.desired.known_roles.get(&owned.access_role) {
            Some(_) => rest(work, view, owned),
            None => work.orphans.push(Orphan {
                account: view.account.id,
                what: format!("role {name} (AccessRole {})", owned.access_role),
            }),
        }
    }
}

fn parts(view: &View<'_>, name: &RoleName) -> [Part; 3] {
    let id = view.account.id;
    [Part::Trust(id, name.clone()), Part::Permissions(id, name.clone()), Part::Owner(id, name.clone())]
}

fn create(work: &mut Work<'_>, view: &View<'_>, name: &RoleName, wanted: &DesiredRole) {
    let id = view.account.id;
    let [trust_part, permissions_part, owner_part] = parts(view, name);
    let action = Action::CreateRole {
        role: name.clone(),
        path: wanted.path.clone(),
        trust: trust::dormant(),
        max_session_duration: wanted.max_session_duration,
        description: wanted.description.clone(),
        boundary: wanted.boundary.clone(),
        tags: wanted.tags.iter().collect(),
    };
    let cause = Cause::Declared(format!("AccessRole {}", wanted.access_role).into());
    let born = work.drafts.push(id, Rank::Create, action, Effect::Neutral, cause);
    work.drafts.about(born, [trust_part, permissions_part, owner_part]);
    let changes = permissions::create(work, view, name, wanted, born);
    let entries = writable_entries(work, view, name, wanted);
    let Some(cause) = entries.values().next().cloned() else { return };
    let entries = entries.into_keys().collect();
    open(work, view, name, &entries, &BTreeSet::new(), cause, changes.iter().copied().chain([born]));
}

/// The entries of a role that lets nobody in yet, without what AWS refuses, which is reported.
fn writable_entries(
    work: &mut Work<'_>,
    view: &View<'_>,
    name: &RoleName,
    wanted: &DesiredRole,
) -> BTreeMap<Entry, Cause> {
    let wanted = work.removals.doors.entries(view.account.id, name, wanted);
    let all = wanted.keys().cloned().collect();
    let unwritable = work.options.refused.unwritable(&BTreeSet::new(), &all);
    let (out, entries): (BTreeMap<_, _>, BTreeMap<_, _>) =
        wanted.clone().into_iter().partition(|(entry, _)| unwritable.contains(entry));
    for (entry, cause) in &out {
        let left_out = refused::left_out(view.account.id, name, (entry, cause), Standing::NotThere);
        work.left_out.push(left_out);
    }
    entries
}

/// Writes the final trust policy, after everything that the role may do is as wanted.
fn open(
    work: &mut Work<'_>,
    view: &View<'_>,
    name: &RoleName,
    wanted: &BTreeSet<Entry>,
    stays: &BTreeSet<Entry>,
    cause: Cause,
    after: impl IntoIterator<Item = Id>,
) -> Id {
    let [trust_part, permissions_part, owner_part] = parts(view, name);
    let document = work.scribe.write(wanted, &work.desired.installation);
    let action = Action::UpdateTrust { role: name.clone(), document };
    let step = work.drafts.push(view.account.id, Rank::Trust, action, Effect::Widens, cause);
    work.drafts.about(step, [trust_part.clone()]);
    work.drafts.after(step, after);
    work.drafts.wait_narrowed(step, [trust_part, permissions_part, owner_part]);
    let people = people(work, view, name, wanted.difference(stays));
    work.drafts.wait_narrowed(step, people);
    step
}

fn narrow(
    work: &mut Work<'_>,
    view: &View<'_>,
    name: &RoleName,
    document: Document,
    cause: Cause,
    met: &BTreeSet<Entry>,
) {
    let action = Action::UpdateTrust { role: name.clone(), document };
    let step = work.drafts.push(view.account.id, Rank::Narrow, action, Effect::Narrows, cause);
    let [trust_part, _, _] = parts(view, name);
    work.drafts.about(step, [trust_part]);
    let people = people(work, view, name, met.iter());
    work.drafts.meets(step, people);
}

/// A role whose AccessRole wants it as it is named in its owner tag.
fn change(work: &mut Work<'_>, view: &View<'_>, owned: &OwnedRole<'_>, wanted: &DesiredRole) {
    let name = &owned.role.name;
    let change = TrustChange::of(work, view, owned, Some(wanted));
    let mut settings = Changes::of(work, owned.role, wanted);
    let door_open = !change.present.is_empty() || owned.trust.foreign_allows;
    let closing = door_open && settings.needs_closed_door();
    if closing && !change.held.is_empty() {
        work.left_out.push(LeftOut {
            account: view.account.id,
            object: format!("AccessRole {}", wanted.access_role),
            reason: "WaitingFor",
            message: format!(
                "role {name}: its permissions change in a way that needs a closed door, which would forget the removals that are \
                 held there; approve them first"
            ),
        });
        settings.keep_narrowings_only();
    }
    let closing = closing && change.held.is_empty();
    let met: BTreeSet<Entry> = change.present.union(&change.wanted).cloned().collect();
    let stays = change.stays(closing);
    // A gateway's door that goes is seen shut before anything widens; who has leave then does not matter.
    let shut =
        |entry: &&Entry| entry.is_gateway() && !stays.contains(*entry) && !change.wanted.contains(*entry);
    let people = people(work, view, name, met.iter().filter(|entry| !shut(entry)));
    let leaving = change.shuts_out(owned, &stays) || somebody_leaves(work, &people);
    let reason = match owned.dormant_since {
        _ if !settings.widens() => Reason::None,
        _ if leaving => Reason::Leaving,
        Some(since) => Reason::AsleepSince(since),
        None => Reason::Widens,
    };
    let ends = ended(work, view, owned, &change);
    sessions::cut(work, view, owned.role, (reason, ends.as_ref()), &people);
    let steps = settings.draft(work, view, name, &wanted.access_role, &people);
    // A role that nobody can be let into yet goes on sleeping, and its date with it.
    if !(owned.trust.dormant && change.writable(&change.wanted).is_empty()) {
        undate(work, view, owned);
    }
    write_trust(work, view, owned, &change, closing, &steps);
}

fn write_trust(
    work: &mut Work<'_>,
    view: &View<'_>,
    owned: &OwnedRole<'_>,
    change: &TrustChange,
    closing: bool,
    settings: &[Id],
) {
    let name = &owned.role.name;
    let stays = change.stays(closing);
    let narrows = change.shuts_out(owned, &stays);
    let (stays, wanted) = (change.writable(&stays), change.writable(&change.wanted));
    change.report_unwritable(work, view, name);
    let forgotten =
        owned.trust.entries.iter().any(|(entry, known)| *known == Remembered::No && stays.contains(entry));
    let last = stays == wanted && owned.trust.foreign_denies.is_empty() && !owned.trust.dormant;
    if narrows {
        let cause = change.removal.clone().unwrap_or_else(|| change.cause_of_opening(&stays));
        let mut denies = work.options.refused.writable(&owned.trust.foreign_denies);
        // A sleeping role goes on sleeping until it is opened, whatever stands in its policy.
        denies.extend((owned.trust.dormant && !stays.is_empty()).then(trust::dormant_statement));
        let document = trust::write(&stays, &denies, &work.desired.installation);
        let met: BTreeSet<Entry> = change.present.union(&change.wanted).cloned().collect();
        narrow(work, view, name, document, cause, &met);
    }
    let whole = last && (narrows || !forgotten);
    if whole || wanted.is_empty() {
        return;
    }
    if let Some(entry) = change.held.intersection(&change.unwritable).next() {
        let message = format!(
            "role {name} cannot be written with {}, whose removal is held and whom AWS refuses as a principal: approve the \
             removal, or add the manifest that explains it",
            entry.who
        );
        let object = match change.cause_of_opening(&stays) {
            Cause::Declared(object) => object.to_string(),
            _ => String::new(),
        };
        work.left_out.push(LeftOut { account: view.account.id, object, reason: "WaitingFor", message });
        return;
    }
    let cause = change.cause_of_opening(&stays);
    // Taking a Deny away opens the door for everybody anew.
    let denied = owned.trust.dormant || !owned.trust.foreign_denies.is_empty();
    let inside = if denied { BTreeSet::new() } else { stays };
    open(work, view, name, &wanted, &inside, cause, settings.iter().copied());
}

/// Nobody may enter any more: the role sleeps, and goes when its time is over.
fn rest(work: &mut Work<'_>, view: &View<'_>, owned: &OwnedRole<'_>) {
    let id = view.account.id;
    let name = &owned.role.name;
    let change = TrustChange::of(work, view, owned, None);
    let ends = ended(work, view, owned, &change);
    let people = people(work, view, name, change.present.union(&change.wanted));
    if !change.wanted.is_empty() {
        // Held removals: the rest is narrowed, the role stays open for what is held.
        sessions::cut(work, view, owned.role, (Reason::None, ends.as_ref()), &people);
        write_trust(work, view, owned, &change, false, &[]);
        return;
    }
    let pure = owned.trust.dormant
        && change.present.is_empty()
        && !owned.trust.foreign_allows
        && owned.trust.foreign_denies.is_empty();
    // The date comes first: a role that falls asleep now is not to be taken for one that has slept for long, whatever a
    // tag on it says.
    let dated =
        if pure { owned.dormant_since.is_some() } else { owned.dormant_since == Some(work.options.now) };
    if !dated {
        let tags: Tags = [(DORMANT_TAG, work.options.now.to_string())].into_iter().collect();
        let action = Action::TagRole { role: name.clone(), tags };
        work.drafts.push(id, Rank::Cut, action, Effect::Neutral, Cause::Ownership);
    }
    if !pure {
        let cause = change.removal.clone().unwrap_or(Cause::Drift);
        narrow(work, view, name, trust::dormant(), cause, &change.present);
    }
    let asleep = owned.dormant_since.filter(|_| pure);
    // A role that is deleted takes its sessions with it.
    if asleep.is_none_or(|since| retire(work, view, owned, since) == Retired::No) {
        sessions::cut(work, view, owned.role, (Reason::None, ends.as_ref()), &people);
    }
}

/// Whether a sleeping role goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retired {
    Yes,
    No,
}

/// Deletes a role that has been dormant for long enough, or whose object is going, if its object wants that.
fn retire(work: &mut Work<'_>, view: &View<'_>, owned: &OwnedRole<'_>, since: jiff::Timestamp) -> Retired {
    let Some(known) = work.desired.known_roles.get(&owned.access_role) else { return Retired::No };
    let over = work.options.now.duration_since(since) >= work.options.dormant_retention;
    if known.deletion == Deletion::Retain || !(over || known.terminating) {
        return Retired::No;
    }
    if !owned.role.instance_profiles.is_empty() {
        work.orphans.push(Orphan {
            account: view.account.id,
            what: format!("role {} (dormant, and in an instance profile: not deleted)", owned.role.name),
        });
        return Retired::No;
    }
    let object: SmolStr = format!("AccessRole {}", owned.access_role).into();
    let cause = if known.terminating { Cause::Terminating(object) } else { Cause::RetentionOver(object) };
    permissions::delete_role(work, view, owned.role, &cause, since);
    Retired::Yes
}

/// Takes the date of dormancy off a role that is bound again.
fn undate(work: &mut Work<'_>, view: &View<'_>, owned: &OwnedRole<'_>) {
    if owned.role.tags.get(DORMANT_TAG).is_some() {
        let action = Action::UntagRole { role: owned.role.name.clone(), keys: vec![DORMANT_TAG.into()] };
        let step =
            work.drafts.push(view.account.id, Rank::Permissions, action, Effect::Neutral, Cause::Ownership);
        // The date tells that older sessions must be cut: it goes after that.
        work.drafts.wait_narrowed(step, [Part::Permissions(view.account.id, owned.role.name.clone())]);
    }
}

/// Passes a role from one AccessRole to another: closed and stripped, then renamed, then given and opened anew. Each step is
/// seen before the next, because the next plan is made from what is there then.
fn hand_over(work: &mut Work<'_>, view: &View<'_>, owned: &OwnedRole<'_>, wanted: &DesiredRole) {
    let id = view.account.id;
    let role: &Role = owned.role;
    let name = &role.name;
    let leaving = TrustChange::of(work, view, owned, None);
    if !leaving.held.is_empty() {
        write_trust(work, view, owned, &leaving, false, &[]);
        work.left_out.push(LeftOut {
            account: id,
            object: format!("AccessRole {}", wanted.access_role),
            reason: "WaitingFor",
            message: format!(
                "role {name} still belongs to AccessRole {}, whose remaining entries are held: approve their removal, or add the \
                 manifest that explains them",
                owned.access_role
            ),
        });
        return;
    }
    let ways = work.removals.doors.entries(id, name, wanted).clone();
    let people = people(
        work,
        view,
        name,
        leaving.present.iter().filter(|entry| !entry.is_gateway()).chain(ways.keys()),
    );
    if !leaving.present.is_empty() || owned.trust.foreign_allows {
        let cause = leaving.removal.clone().unwrap_or(Cause::Drift);
        sessions::cut(work, view, role, (Reason::Leaving, None), &people);
        narrow(work, view, name, trust::dormant(), cause, &leaving.present);
    } else {
        let reason = owned.dormant_since.map_or(Reason::Widens, Reason::AsleepSince);
        sessions::cut(work, view, role, (reason, None), &people);
    }
    let settings = Changes::of(work, role, wanted);
    let stripping = settings.narrowings(work, view, name, &wanted.access_role, &people);
    let tags: Tags = wanted.tags.iter().collect();
    let [trust_part, permissions_part, owner_part] = parts(view, name);
    let cause = Cause::Declared(format!("AccessRole {}", wanted.access_role).into());
    let action = Action::TagRole { role: name.clone(), tags };
    let mark = work.drafts.push(id, Rank::Owner, action, Effect::Neutral, cause);
    work.drafts.about(mark, [owner_part.clone()]);
    work.drafts.wait_narrowed(mark, [trust_part.clone(), permissions_part.clone()]);
    work.drafts.after(mark, stripping);
    let mut steps = settings.widenings(work, view, name, &wanted.access_role, &people);
    steps.extend(settings.session_settings(work, view, &wanted.access_role));
    for step in &steps {
        work.drafts.wait_settled(*step, [owner_part.clone()]);
    }
    let entries = writable_entries(work, view, name, wanted);
    let Some(cause) = entries.values().next().cloned() else { return };
    undate(work, view, owned);
    let entries = entries.into_keys().collect();
    let last = open(work, view, name, &entries, &BTreeSet::new(), cause, steps);
    work.drafts.wait_settled(last, [owner_part]);
}
