//! The brake: too many removals at once, by edit, are held; so many as may go, go; and leavers by other causes are never held.

use crate::company::{acme, empty_world, options};
use crate::gateway::with_kim;
use rolegate_crds::{AccessState, Mfa, Trust};
use rolegate_iam::{AccountId, Snapshot, UserName};
use rolegate_plan::accept::{Standing, accept};
use rolegate_plan::outcome::{Outcome, plan};
use rolegate_plan::project::project;
use rolegate_plan::validate::Validated;
use std::collections::BTreeSet;
use std::sync::Arc;

const CROWD: usize = 204;

fn auth() -> AccountId {
    "111111111111".parse().unwrap()
}

fn one(number: usize) -> UserName {
    format!("person-{number:03}").parse().unwrap()
}

/// A company with a crowd in the group of site reliability, at rest.
fn crowded(mut all: Validated) -> (Validated, Snapshot) {
    all.groups.get_mut("sre").unwrap().members.extend((0..CROWD).map(one));
    let world = empty_world(&all);
    let world = project(&world, &plan(&all, &world, &options()).plan);
    assert!(plan(&all, &world, &options()).plan.is_empty());
    (all, world)
}

/// A tenth of what is there: memberships, and ways into roles.
fn limit(all: &Validated, world: &Snapshot) -> usize {
    let memberships: usize = world.accounts[&auth()].users.values().map(|user| user.groups.len()).sum();
    let accepted = accept(all, world, options().now);
    let active = accepted.grants.iter().filter(|grant| grant.standing == Standing::Active);
    let ways: BTreeSet<_> = active.map(|grant| (grant.role_arn(), grant.entry.clone())).collect();
    assert_ne!(memberships / 10, (memberships + ways.len()) / 10, "both kinds must count here");
    (memberships + ways.len()) / 10
}

fn without(all: &Validated, count: usize) -> Validated {
    let mut less = all.clone();
    let members = &mut less.groups.get_mut("sre").unwrap().members;
    (0..count).for_each(|number| assert!(members.remove(&one(number))));
    less
}

fn removed(outcome: &Outcome) -> usize {
    let lines = outcome.plan.steps.iter().map(|step| step.action.to_string());
    lines.filter(|line| line.starts_with("remove user person-")).count()
}

#[test]
fn a_tenth_may_go_at_once_and_one_more_holds_them_all() {
    let (all, world) = crowded(acme());
    let limit = limit(&all, &world);
    let some = plan(&without(&all, limit), &world, &options());
    assert_eq!((removed(&some), some.held.removals.len()), (limit, 0));
    let many = plan(&without(&all, limit + 1), &world, &options());
    assert_eq!(removed(&many), 0);
    assert!(many.plan.is_empty(), "{:#?}", many.plan);
    let why = format!("{} grants and memberships would go at once, more than {limit}", limit + 1);
    assert!(many.held.removals.iter().all(|held| held.why == why), "{:#?}", many.held.removals[0]);
    let mut approved = options();
    approved.approved = Some(many.held.digest);
    assert_eq!(removed(&plan(&without(&all, limit + 1), &world, &approved)), limit + 1, "approved by name");
}

#[test]
fn what_is_withdrawn_goes_beside_what_is_held() {
    let (all, world) = crowded(acme());
    let mut less = without(&all, CROWD);
    for access in less.accesses.values_mut() {
        Arc::make_mut(access).state = AccessState::Withdrawn;
    }
    let outcome = plan(&less, &world, &options());
    assert_eq!(removed(&outcome), 0, "the crowd is held");
    let after = project(&world, &outcome.plan);
    let mut shut = 0;
    for (name, role) in
        after.accounts.iter().filter(|(id, _)| **id != auth()).flat_map(|(_, account)| &account.roles)
    {
        let text = role.trust.text();
        assert!(
            !text.contains("\"Allow\"") || text.contains("\"Deny\""),
            "role {name} still lets somebody in: {text}"
        );
        shut += 1;
    }
    assert!(shut > 5);
}

/// Kim's leave narrows, and the door is to open to whoever has leave.
fn opened(crowd_that_goes: usize) -> Outcome {
    let (all, world) = crowded(with_kim(acme()));
    let mut less = without(&all, crowd_that_goes);
    let role = less.roles.get_mut("site-reliability").unwrap();
    (role.trust, role.mfa) = (Trust::GatewayAccount, Mfa::Required);
    let kim = Arc::make_mut(less.accesses.get_mut(&("sre".into(), "kim".into())).unwrap());
    kim.source_cidrs = ["203.0.113.0/24".into()].into();
    plan(&less, &world, &options())
}

#[test]
fn leave_that_the_brake_holds_keeps_a_door_from_opening() {
    let waits =
        |outcome: &Outcome| outcome.left_out.iter().filter(|left| left.reason == "WaitingFor").count();
    let free = opened(0);
    assert_eq!((waits(&free), free.held.removals.len()), (0, 0), "{:#?}", free.left_out);
    let held = opened(CROWD);
    assert!(
        held.held.removals.iter().any(|removal| removal.what.contains("user kim")),
        "{:#?}",
        held.held.removals.last()
    );
    assert_eq!(waits(&held), 1, "{:#?}", held.left_out);
}
