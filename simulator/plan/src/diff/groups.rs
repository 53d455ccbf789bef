//! The steps of one gateway's groups and people: groups under our path with their ownership mark, what they may do beside their
//! gates, memberships and the one membership tag per user.

use super::Work;
use super::draft::{Id, Part, Rank};
use super::limits;
use super::narrow::{common_document, may_deny, may_let_assume};
use crate::admit::View;
use crate::desired::{DesiredGroup, SelfManaged};
use crate::hold::Element;
use crate::naming::{Holder, OWNER_POLICY, SELF_MANAGEMENT_POLICY, fixed_policy_name};
use crate::observed::{self};
use crate::outcome::{LeftOut, Orphan};
use crate::self_management;
use crate::step::{Action, Cause, Effect};
use rolegate_iam::snapshot::{Group, ManagedPolicy};
use rolegate_iam::{Document, GroupName, PolicyArn, Tags, UserName};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn groups(work: &mut Work<'_>, view: &View<'_>) {
    let shared = self_management(work, view);
    let mut born = BTreeMap::new();
    for (name, wanted) in &view.desired.groups {
        born.insert(name.clone(), group(work, view, name, wanted, shared.as_ref()));
    }
    for (name, found) in &view.account.groups {
        let known = view.desired.groups.contains_key(name);
        let blocked = work
            .desired
            .known_groups
            .iter()
            .any(|(gateway, group)| *gateway == view.account.id && view.blocked_groups.contains(group));
        if !known && !blocked && observed::owns_group(view.account, found, &work.desired.installation) {
            work.orphans.push(Orphan { account: view.account.id, what: format!("group {name}") });
        }
    }
    people(work, view, &born);
}

/// The shared policy by which people manage their own credentials, and the step that writes it, if it must be written.
fn self_management(work: &mut Work<'_>, view: &View<'_>) -> Option<(PolicyArn, Option<Id>)> {
    if !view.desired.groups.values().any(|group| group.self_managed == SelfManaged::Enabled) {
        return None;
    }
    let id = view.account.id;
    let name = fixed_policy_name(SELF_MANAGEMENT_POLICY)?;
    let arn = work.desired.installation.policy_arn(view.account.partition, id, &name);
    let document = self_management::document(view.account.partition);
    if let Some(found) = view.account.policies.get(&arn) {
        return Some((arn, restore(work, view, found, document)));
    }
    if !limits::takes_policy(work, view, "self-management") {
        return None;
    }
    let action = Action::CreatePolicy {
        path: work.desired.installation.path(),
        name,
        document,
        description: "rolegate: people manage their own credentials".to_owned(),
    };
    let cause = Cause::Declared("spec.selfManagedCredentials".into());
    Some((arn, Some(work.drafts.push(id, Rank::Create, action, Effect::Neutral, cause))))
}

/// Writes the shared policy as it should be: what it allows beyond goes at once, what it denies beyond when nothing else is left to
/// take away, because somebody who is to lose a role may be kept out of it by that alone. Returns the last step.
fn restore(work: &mut Work<'_>, view: &View<'_>, found: &ManagedPolicy, wanted: Document) -> Option<Id> {
    let id = view.account.id;
    let present = found.document();
    if present == Some(&wanted) {
        return None;
    }
    let common = present
        .filter(|present| present.policy().broken.is_empty())
        .and_then(|present| common_document(present, &wanted));
    let bearers = view.desired.groups.iter().filter(|(name, _)| {
        view.account.groups.get(*name).is_some_and(|group| group.attached.contains(&found.arn))
    });
    let parts: BTreeSet<Part> =
        bearers.map(|(_, group)| Part::GroupPermissions(id, group.access_group.clone())).collect();
    let cause = || Cause::Declared("spec.selfManagedCredentials".into());
    let mut last = None;
    if let Some(first) = common.clone().filter(|common| Some(common) != present) {
        let action = super::gates::new_version(found, first);
        let step = work.drafts.push(id, Rank::Narrow, action, Effect::Narrows, cause());
        work.drafts.about(step, parts.iter().cloned());
        work.drafts.about(step, may_let_assume(present).then_some(Part::AnyLeave(id)));
        last = Some(step);
    }
    if common.as_ref().is_none_or(|common| *common != wanted) {
        let action = super::gates::new_version(found, wanted);
        let step = work.drafts.push(id, Rank::Permissions, action, Effect::Widens, cause());
        work.drafts.about(step, parts);
        work.drafts.wait_narrowed(step, [Part::Anything]);
        last = Some(step);
    }
    last
}

/// One group of ours; returns the step after which it is there and ours, if that must be done.
fn group(
    work: &mut Work<'_>,
    view: &View<'_>,
    name: &GroupName,
    wanted: &DesiredGroup,
    shared: Option<&(PolicyArn, Option<Id>)>,
) -> Option<Id> {
    let id = view.account.id;
    let cause = || Cause::Declared(format!("AccessGroup {}", wanted.access_group).into());
    let found = view.account.groups.get(name);
    let mut born = found.is_none().then(|| {
        let action = Action::CreateGroup { group: name.clone(), path: work.desired.installation.path() };
        work.drafts.push(id, Rank::Create, action, Effect::Neutral, cause())
    });
    let marked = |group: &Group, name| group.inline.get(name) == Some(&observed::group_mark());
    if let Some(policy) = fixed_policy_name(OWNER_POLICY)
        && !found.is_some_and(|group| marked(group, &policy))
    {
        let action = Action::PutGroupPolicy { group: name.clone(), policy, document: observed::group_mark() };
        let step = work.drafts.push(id, Rank::Create, action, Effect::Neutral, Cause::Ownership);
        work.drafts.after(step, born);
        // A group with members or policies and without the mark is not ours: nothing goes into it before.
        work.marks.insert((id, name.clone()), step);
        born = Some(step);
    }
    if let Some(found) = found {
        strip(work, view, found, wanted);
    }
    if wanted.self_managed == SelfManaged::Enabled
        && let Some((arn, written)) = shared
        && !found.is_some_and(|group| group.attached.contains(arn))
    {
        let action = Action::AttachGroupPolicy { group: name.clone(), policy: arn.clone() };
        let step = work.drafts.push(id, Rank::Permissions, action, Effect::Widens, cause());
        work.drafts.about(step, [Part::GroupPermissions(id, wanted.access_group.clone())]);
        work.drafts.after(step, born.into_iter().chain(*written));
        work.drafts.wait_narrowed(step, [Part::Members(id, wanted.access_group.clone())]);
    }
    born
}

/// What a group of ours has and nobody declares: the action that takes it off, and its document where it is known.
pub(super) fn undeclared_policies<'g>(
    work: &Work<'g>,
    view: &View<'_>,
    found: &'g Group,
    wanted: &DesiredGroup,
) -> Vec<(Action, Option<&'g Document>)> {
    let holder = Holder::Group(found.name.clone());
    let shared = fixed_policy_name(SELF_MANAGEMENT_POLICY)
        .map(|name| work.desired.installation.policy_arn(view.account.partition, view.account.id, &name))
        .filter(|_| wanted.self_managed == SelfManaged::Enabled);
    let mut actions = Vec::new();
    for (policy, document) in &found.inline {
        if policy.as_str() != OWNER_POLICY {
            let action = Action::DeleteGroupPolicy { group: found.name.clone(), policy: policy.clone() };
            actions.push((action, Some(document)));
        }
    }
    for policy in &found.attached {
        let ours =
            policy.path == work.desired.installation.path() && holder.policy_index(&policy.name).is_some();
        if !ours && shared.as_ref() != Some(policy) {
            let action = Action::DetachGroupPolicy { group: found.name.clone(), policy: policy.clone() };
            actions.push((action, work.seen.policy(policy).and_then(|policy| policy.document())));
        }
    }
    actions
}

/// Takes from a group of ours what is not declared.
fn strip(work: &mut Work<'_>, view: &View<'_>, found: &Group, wanted: &DesiredGroup) {
    let id = view.account.id;
    let actions: Vec<_> = undeclared_policies(work, view, found, wanted)
        .into_iter()
        .map(|(action, document)| (action, may_deny(document), may_let_assume(document)))
        .collect();
    for (action, denies, assumes) in actions {
        let (rank, effect) =
            if denies { (Rank::Permissions, Effect::Widens) } else { (Rank::Narrow, Effect::Narrows) };
        let step = work.drafts.push(id, rank, action, effect, Cause::Drift);
        let part = Part::GroupPermissions(id, wanted.access_group.clone());
        work.drafts.about(step, [part.clone()]);
        work.drafts.about(step, assumes.then_some(Part::AnyLeave(id)));
        work.drafts.meets(step, [Part::Members(id, wanted.access_group.clone())]);
        if denies {
            work.drafts.takes(step);
            work.drafts.wait_narrowed(step, [part, Part::Anything]);
        }
    }
}

/// Memberships and membership tags.
fn people(work: &mut Work<'_>, view: &View<'_>, born: &BTreeMap<GroupName, Option<Id>>) {
    for (name, user) in &view.account.users {
        for group in &user.groups {
            leave(work, view, name, group);
        }
        let tagged = tag(work, view, name, user.tags.get(&work.desired.installation.membership_tag()));
        let joins = view
            .desired
            .groups
            .iter()
            .filter(|(group, wanted)| wanted.members.contains(name) && !user.groups.contains(*group));
        for (group, wanted) in joins {
            if waits_for_unseen(work, view, wanted) {
                continue;
            }
            let action = Action::AddUserToGroup { user: name.clone(), group: group.clone() };
            let cause = Cause::Declared(format!("AccessGroup {}", wanted.access_group).into());
            let step = work.drafts.push(view.account.id, Rank::People, action, Effect::Widens, cause);
            work.drafts.after(step, born.get(group).copied().flatten().into_iter().chain(tagged));
            welcome(work, view, step, &[wanted.access_group.clone()].into());
        }
    }
}

fn leave(work: &mut Work<'_>, view: &View<'_>, user: &UserName, group: &GroupName) {
    let id = view.account.id;
    let Some(cause) = work.removals.cause(id, Element::Member(group.clone(), user.clone())).cloned() else {
        return;
    };
    let Some(wanted) = view.desired.groups.get(group) else { return };
    let action = Action::RemoveUserFromGroup { user: user.clone(), group: group.clone() };
    let step = work.drafts.push(id, Rank::Narrow, action, Effect::Narrows, cause);
    work.drafts.about(step, [Part::Members(id, wanted.access_group.clone())]);
}

/// What a step that lets somebody into AccessGroups waits for: whatever still narrows where these groups can go.
fn welcome(work: &mut Work<'_>, view: &View<'_>, step: Id, groups: &BTreeSet<SmolStr>) {
    let id = view.account.id;
    let parts = || groups.iter().map(|group| Part::Members(id, group.clone()));
    work.drafts.about(step, parts());
    work.drafts.wait_met(step, parts());
    work.drafts.wait_narrowed(step, groups.iter().map(|group| Part::GroupPermissions(id, group.clone())));
}

/// The one membership tag of a user: written with its removals alone, then whole. Returns the last step.
fn tag(work: &mut Work<'_>, view: &View<'_>, name: &UserName, raw: Option<&str>) -> Option<Id> {
    let id = view.account.id;
    let user = view.account.users.get(name)?;
    let present = observed::membership(user, &work.desired.installation);
    let (mut stays, mut wanted) = (BTreeSet::new(), BTreeSet::new());
    let mut removal = None;
    for group in &present {
        match work.removals.cause(id, Element::Tag(name.clone(), group.clone())) {
            Some(cause) => removal = Some(cause.clone()),
            None => {
                stays.insert(group.clone());
            }
        }
    }
    wanted.extend(stays.iter().cloned());
    let mut added = BTreeSet::new();
    let mut cause = Cause::Drift;
    for desired in view.desired.groups.values().filter(|group| group.members.contains(name)) {
        if !present.contains(&desired.access_group) && !waits_for_unseen(work, view, desired) {
            cause = Cause::Declared(format!("AccessGroup {}", desired.access_group).into());
            added.insert(desired.access_group.clone());
        }
    }
    wanted.extend(added.iter().cloned());
    let canonical = raw.map(str::to_owned) == observed::membership_value(&present);
    if let Some(cause) = removal {
        let step = write_tag(work, view, name, &stays, Rank::Narrow, Effect::Narrows, cause);
        let gone = present.difference(&stays).map(|group| Part::Members(id, group.clone()));
        work.drafts.about(step, gone);
    } else if !canonical && added.is_empty() {
        return Some(write_tag(work, view, name, &wanted, Rank::People, Effect::Neutral, Cause::Drift));
    }
    if added.is_empty() {
        return None;
    }
    let step = write_tag(work, view, name, &wanted, Rank::People, Effect::Widens, cause);
    welcome(work, view, step, &added);
    Some(step)
}

fn write_tag(
    work: &mut Work<'_>,
    view: &View<'_>,
    user: &UserName,
    groups: &BTreeSet<SmolStr>,
    rank: Rank,
    effect: Effect,
    cause: Cause,
) -> Id {
    let key = work.desired.installation.membership_tag();
    let action = match observed::membership_value(groups) {
        Some(value) => Action::TagUser {
            user: user.clone(),
            tags: [(key.as_str(), value)].into_iter().collect::<Tags>(),
        },
        None => Action::UntagUser { user: user.clone(), keys: vec![key] },
    };
    work.drafts.push(view.account.id, rank, action, effect, cause)
}

/// Whether an account that cannot be looked into may still let this group in although nobody declares it any more. Nobody joins
/// the group until that is seen gone.
fn waits_for_unseen(work: &mut Work<'_>, view: &View<'_>, group: &DesiredGroup) -> bool {
    let who = group.who(view.account.partition, view.account.id);
    let Some(role) = work.unseen_doors.get(&who).and_then(|roles| roles.first()) else { return false };
    let message = format!(
        "nobody joins AccessGroup {} until it is seen that role {role} no longer lets it in; that account was not observed",
        group.access_group
    );
    let left_out = LeftOut {
        account: view.account.id,
        object: format!("AccessGroup {}", group.access_group),
        reason: "WaitingFor",
        message,
    };
    if !work.left_out.contains(&left_out) {
        work.left_out.push(left_out);
    }
    true
}
