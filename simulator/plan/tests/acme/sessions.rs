//! `endSessions: OnRevoke`: the sessions of those who lose access end with it, of nobody else where sessions bear names.

use crate::company::{acme, empty_world, options};
use crate::gateway::with_kim;
use rolegate_crds::{AccessState, EndSessions, SessionNameRule};
use rolegate_engine::{Caller, Context, Environment, RoleSession, Settings, authorize};
use rolegate_iam::{AccountId, RoleName, Snapshot};
use rolegate_plan::outcome::{Options, Outcome, plan};
use rolegate_plan::project::{apply, project};
use rolegate_plan::step::{Action, Effect};
use rolegate_plan::validate::Validated;
use std::sync::Arc;

const PRODUCTION: &str = "444444444444";

fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn site() -> RoleName {
    "SiteReliability".parse().unwrap()
}

fn later(minutes: i64) -> Options {
    Options { now: options().now + jiff::SignedDuration::from_mins(minutes), ..options() }
}

/// The company with kim beside the group, and both bindings ending sessions.
fn ending() -> Validated {
    let mut all = with_kim(acme());
    for access in all.accesses.values_mut().filter(|access| access.role == "site-reliability") {
        Arc::make_mut(access).end_sessions = EndSessions::OnRevoke;
    }
    all
}

fn binding<'a>(all: &'a mut Validated, name: &str) -> &'a mut rolegate_plan::validate::ValidAccess {
    Arc::make_mut(all.accesses.get_mut(&("sre".into(), name.into())).unwrap())
}

/// Performs what may be performed, round by round, a minute each.
fn settle(all: &Validated, world: &Snapshot, from: i64) -> (Snapshot, Vec<Vec<String>>) {
    let (mut world, mut rounds) = (world.clone(), Vec::new());
    for round in 0..8 {
        let outcome = plan(all, &world, &later(from + round));
        if outcome.plan.is_empty() {
            return (world, rounds);
        }
        let ready: Vec<_> = outcome.plan.steps.iter().filter(|step| step.seen.is_empty()).collect();
        for step in &ready {
            apply(world.accounts.get_mut(&step.account).unwrap(), &step.action);
        }
        rounds.push(ready.iter().map(|step| step.action.to_string()).collect());
    }
    panic!("never at rest: {rounds:#?}");
}

/// Whether a session of somebody, begun some minutes after the start, is alive.
fn lives(world: &Snapshot, name: &str, begun: i64) -> bool {
    let role = format!("arn:aws:iam::{PRODUCTION}:role/SiteReliability").parse().unwrap();
    let session = RoleSession::plain(role, name.parse().unwrap(), later(begun).now);
    let caller = Caller::RoleSession(Box::new(session));
    let environment = Environment::at(later(60).now);
    let context = Context::new();
    let bucket = "arn:aws:s3:::bucket/key";
    !authorize(world, &caller, "s3:GetObject", bucket, &context, &environment, &Settings::guess()).is_no()
}

/// The world before, in which the role may do something.
fn before(all: &Validated) -> Snapshot {
    let world = empty_world(all);
    let mut world = project(&world, &plan(all, &world, &options()).plan);
    let admin = rolegate_iam::PolicyArn {
        partition: rolegate_iam::Partition::Aws,
        owner: rolegate_iam::PolicyOwner::Aws,
        path: "/".parse().unwrap(),
        name: "AdministratorAccess".parse().unwrap(),
    };
    let document = rolegate_iam::Document::parse(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    );
    let version = rolegate_iam::snapshot::PolicyVersion { created: None, document };
    world.aws_managed.insert(
        admin.clone(),
        rolegate_iam::snapshot::ManagedPolicy {
            id: "ANPAEXAMPLE".into(),
            arn: admin,
            default_version: "v1".into(),
            versions: [("v1".into(), version)].into(),
            description: None,
        },
    );
    world
}

#[test]
fn only_the_sessions_of_whoever_lost_access_end() {
    let mut all = ending();
    let world = before(&all);
    assert!(lives(&world, "kim", -5) && lives(&world, "eric", -5));
    binding(&mut all, "kim").state = AccessState::Withdrawn;
    let (done, rounds) = settle(&all, &world, 0);
    assert_eq!(
        rounds.first().unwrap(),
        &[
            "write inline policy rolegate-revoke-sessions of role SiteReliability",
            "write policy user-kim-1",
            "write trust policy of role SiteReliability"
        ],
        "the cut is written before the door narrows"
    );
    assert_eq!(
        rounds.get(1).unwrap(),
        &["write inline policy rolegate-revoke-sessions of role SiteReliability"]
    );
    assert_eq!(rounds.len(), 2);
    assert!(!lives(&done, "kim", -5), "kim was inside");
    assert!(!lives(&done, "kim", 0), "kim slipped in while the door narrowed");
    assert!(lives(&done, "eric", -5), "eric loses nothing");
    let (pruned, rounds) = settle(&all, &done, 13 * 60);
    assert_eq!(rounds, [["delete inline policy rolegate-revoke-sessions of role SiteReliability"]]);
    assert_eq!(settle(&all, &pruned, 13 * 60).1.len(), 0);
}

#[test]
fn leaving_a_group_is_losing_its_access() {
    let all = ending();
    let world = before(&all);
    let mut left = ending();
    left.groups.get_mut("sre").unwrap().members.remove(&"eric".parse::<rolegate_iam::UserName>().unwrap());
    let (done, _) = settle(&left, &world, 0);
    assert!(!lives(&done, "eric", -5) && lives(&done, "sofia", -5) && lives(&done, "kim", -5));
    let mut again = left;
    again.groups.get_mut("sre").unwrap().members.insert("eric".parse().unwrap());
    let (back, _) = settle(&again, &done, 5);
    assert!(!lives(&back, "eric", -5), "the old session stays dead");
    assert!(lives(&back, "eric", 30), "a new one lives");
    again.groups.get_mut("sre").unwrap().members.remove(&"sofia".parse::<rolegate_iam::UserName>().unwrap());
    let (two, _) = settle(&again, &back, 40);
    assert!(!lives(&two, "eric", -5) && lives(&two, "eric", 30), "each has a date of his own");
    assert!(!lives(&two, "sofia", 30));
}

#[test]
fn where_sessions_bear_any_name_everybody_is_cut() {
    let mut all = ending();
    all.roles.get_mut("site-reliability").unwrap().session_name = SessionNameRule::Any;
    let world = before(&all);
    binding(&mut all, "kim").state = AccessState::Withdrawn;
    let (done, _) = settle(&all, &world, 0);
    assert!(!lives(&done, "kim", -5) && !lives(&done, "eric", -5));
    assert!(lives(&done, "eric", 30), "whoever enters anew is inside");
}

#[test]
fn who_keeps_another_way_in_or_loses_a_binding_that_says_nothing_is_not_cut() {
    let cuts = |outcome: &Outcome| {
        let put = |action: &Action| matches!(action, Action::PutRolePolicy { role, .. } if *role == site());
        outcome.plan.steps.iter().filter(|step| put(&step.action)).count()
    };
    let mut silent = ending();
    let world = before(&silent);
    binding(&mut silent, "kim").end_sessions = EndSessions::Never;
    binding(&mut silent, "kim").state = AccessState::Withdrawn;
    assert_eq!(cuts(&plan(&silent, &world, &options())), 0);
    let mut both = ending();
    both.groups.get_mut("sre").unwrap().members.insert("kim".parse().unwrap());
    let (world, _) = settle(&both, &world, 0);
    binding(&mut both, "kim").state = AccessState::Withdrawn;
    assert_eq!(cuts(&plan(&both, &world, &later(20))), 0, "kim is in the group");
}

#[test]
fn the_door_narrows_whether_the_cut_succeeds_or_not() {
    let mut all = ending();
    let world = before(&all);
    binding(&mut all, "kim").state = AccessState::Withdrawn;
    let outcome = plan(&all, &world, &options());
    let narrow = outcome
        .plan
        .steps
        .iter()
        .find(|step| matches!(&step.action, Action::UpdateTrust { role, .. } if *role == site()));
    let narrow = narrow.unwrap();
    assert_eq!(
        (narrow.effect, narrow.after.as_slice(), narrow.seen.as_slice()),
        (Effect::Narrows, &[][..], &[][..])
    );
    assert_eq!(outcome.plan.steps.first().unwrap().account, id(PRODUCTION));
}

#[test]
fn a_role_that_is_deleted_is_not_cut_any_more() {
    let mut all = ending();
    let mut world = before(&all);
    all.roles.get_mut("site-reliability").unwrap().terminating = true;
    all.roles.get_mut("site-reliability").unwrap().deletion_policy = rolegate_crds::DeletionPolicy::Delete;
    for round in 0..8 {
        let outcome = plan(&all, &world, &later(round));
        if outcome.plan.is_empty() {
            return assert!(!world.accounts[&id(PRODUCTION)].roles.contains_key(&site()), "it went");
        }
        for step in outcome.plan.steps.iter().filter(|step| step.seen.is_empty()) {
            let text = step.action.to_string();
            let there = world.accounts[&id(PRODUCTION)].roles.contains_key(&site());
            assert!(there || !text.contains("SiteReliability"), "it is gone already: {text}");
            apply(world.accounts.get_mut(&step.account).unwrap(), &step.action);
        }
    }
    panic!("never at rest");
}

#[test]
fn who_leaves_a_group_while_its_role_widens_gains_nothing_in_an_older_session() {
    let all = acme();
    let mut world = before(&all);
    let role = world.accounts.get_mut(&id(PRODUCTION)).unwrap().roles.get_mut(&site()).unwrap();
    role.attached.clear();
    assert!(!lives(&world, "eric", -5), "the role may do nothing");
    let (done, _) = settle(&all, &world, 0);
    assert!(lives(&done, "eric", -5), "nobody leaves, so nobody is cut");
    let mut left = all;
    left.groups.get_mut("sre").unwrap().members.remove(&"eric".parse::<rolegate_iam::UserName>().unwrap());
    let (done, _) = settle(&left, &world, 0);
    assert!(!lives(&done, "eric", -5), "what eric left does not widen for him");
    assert!(lives(&done, "sofia", 30));
}
