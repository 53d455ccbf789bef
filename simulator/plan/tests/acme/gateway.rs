//! `trust: GatewayAccount`: the door is open to whoever the gateway lets, and only while nobody has leave that is not declared.

use crate::company::{acme, empty_world, options};
use rolegate_crds::{AccessState, Mfa, Trust};
use rolegate_engine::{AssumeRole, Caller, Environment, MfaInCall, Settings, assume_role};
use rolegate_iam::snapshot::{Collected, ManagedPolicy, PolicyVersion};
use rolegate_iam::{AccountId, Document, RoleName, Snapshot, UserName};
use rolegate_plan::entry::Window;
use rolegate_plan::gate::{self, Gate};
use rolegate_plan::outcome::{Options, Outcome, plan};
use rolegate_plan::project::project;
use rolegate_plan::validate::ValidAccess;
use rolegate_plan::validate::{ValidSubject, Validated};
use std::collections::BTreeMap;
use std::sync::Arc;

const AUTH: &str = "111111111111";
const PRODUCTION: &str = "444444444444";

fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn site() -> RoleName {
    "SiteReliability".parse().unwrap()
}

/// The company, with site reliability entered by whoever the gateway lets.
fn by_gateway() -> Validated {
    let mut all = acme();
    let role = all.roles.get_mut("site-reliability").unwrap();
    role.trust = Trust::GatewayAccount;
    role.mfa = Mfa::Required;
    all
}

/// A second binding of the same role: kim, by name.
pub(crate) fn with_kim(mut all: Validated) -> Validated {
    let mut access = ValidAccess::clone(&all.accesses[&("sre".into(), "production".into())]);
    access.name = "kim".into();
    access.subjects = [ValidSubject::User("kim".parse().unwrap())].into();
    let account = Arc::make_mut(all.accounts.get_mut("production").unwrap());
    account.allowed.iter_mut().for_each(|allowed| allowed.subjects.push(rolegate_crds::SubjectKind::User));
    all.accesses.insert(("sre".into(), "kim".into()), Arc::new(access));
    all
}

fn settle(all: &Validated, world: &Snapshot, mut options: Options) -> (Snapshot, Outcome) {
    let mut world = world.clone();
    for _ in 0..8 {
        let outcome = plan(all, &world, &options);
        options.approved_removals.extend(outcome.approved.iter().cloned());
        if outcome.plan.is_empty() {
            return (world, outcome);
        }
        world = project(&world, &outcome.plan);
    }
    panic!("never at rest");
}

/// Whether a user enters, with MFA in the call.
fn enters(world: &Snapshot, user: &str) -> bool {
    let arn = format!("arn:aws:iam::{AUTH}:user/{user}").parse().unwrap();
    let mut request = AssumeRole::new(format!("arn:aws:iam::{PRODUCTION}:role/SiteReliability"), user);
    request.mfa = MfaInCall::Valid;
    let environment = Environment::at(options().now);
    !assume_role(world, &Caller::UserKey { arn }, &request, &environment, &Settings::guess()).is_no()
}

fn principals(world: &Snapshot) -> String {
    let document = &world.accounts[&id(PRODUCTION)].roles[&site()].trust;
    let statements = &document.policy().statements;
    let whom = |key: &str| statements.iter().flat_map(|s| &s.conditions).any(|found| found.key == key);
    let kinds = [("by name", "aws:PrincipalType"), ("with MFA", "aws:MultiFactorAuthPresent")];
    let named: Vec<_> = kinds.iter().filter(|(_, key)| whom(key)).map(|(name, _)| *name).collect();
    format!("{} statements: {}", statements.len(), named.join(", "))
}

/// Leave to enter, as Rolegate writes it, for somebody whom no object here names.
fn give_leave(world: &mut Snapshot, user: &str) {
    let role = format!("arn:aws:iam::{PRODUCTION}:role/SiteReliability").parse().unwrap();
    let document = gate::write([&Gate { role, window: Window::default() }], &[]).unwrap();
    let account = world.accounts.get_mut(&id(AUTH)).unwrap();
    let path = "/rolegate/demo/".parse().unwrap();
    let arn = account.policy_arn(&path, &format!("user-{user}-1").parse().unwrap());
    let policy = ManagedPolicy {
        id: "ANPAEXAMPLE".into(),
        arn: arn.clone(),
        default_version: "v1".into(),
        versions: BTreeMap::from([("v1".into(), PolicyVersion { created: None, document })]),
        description: None,
    };
    account.policies.insert(arn.clone(), policy);
    let name: UserName = user.parse().unwrap();
    account.users.get_mut(&name).unwrap().attached.insert(arn);
}

fn waits(outcome: &Outcome) -> Vec<String> {
    let waiting = outcome.left_out.iter().filter(|left| left.reason == "WaitingFor");
    waiting.map(|left| format!("{}: {}", left.object, left.message)).collect()
}

#[test]
fn the_gateway_s_own_policies_say_who_enters() {
    let all = by_gateway();
    let (mut world, last) = settle(&all, &empty_world(&all), options());
    assert_eq!(last.left_out, []);
    assert_eq!(principals(&world), "1 statements: with MFA");
    assert!(enters(&world, "eric"), "the group has leave");
    assert!(!enters(&world, "kim"), "nobody gave kim leave");
    let users = &mut world.accounts.get_mut(&id(AUTH)).unwrap().users;
    let by_hand = Document::parse(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#,
    );
    users
        .get_mut(&"kim".parse::<UserName>().unwrap())
        .unwrap()
        .inline
        .insert("by-hand".parse().unwrap(), by_hand);
    assert!(enters(&world, "kim"), "the gateway's word counts");
    assert!(plan(&all, &world, &options()).plan.is_empty(), "and is not ours to change");
}

#[test]
fn undeclared_leave_keeps_the_door_by_name_until_its_removal_is_approved() {
    let (mut world, _) = settle(&acme(), &empty_world(&acme()), options());
    give_leave(&mut world, "kim");
    let all = by_gateway();
    let (by_name, last) = settle(&all, &world, options());
    assert_eq!(principals(&by_name), "1 statements: by name, with MFA");
    assert!(enters(&by_name, "eric") && !enters(&by_name, "kim"));
    assert_eq!(
        waits(&last),
        [
            "AccessRole site-reliability: role SiteReliability lets in its subjects by name, and not yet whoever gateway auth \
          lets: leave of user kim is there that no object declares; approve its removal, or add the manifest that declares it"
        ]
    );
    let approved = Options { approved: Some(last.held.digest), ..options() };
    let (open, last) = settle(&all, &by_name, approved);
    assert_eq!((principals(&open).as_str(), last.left_out.as_slice()), ("1 statements: with MFA", &[][..]));
    assert!(enters(&open, "eric") && !enters(&open, "kim"));
}

#[test]
fn a_withdrawn_binding_does_not_shut_the_door_of_a_missing_one() {
    let both = with_kim(by_gateway());
    let (world, _) = settle(&both, &empty_world(&both), options());
    assert!(enters(&world, "eric") && enters(&world, "kim"));
    let mut all = by_gateway();
    Arc::make_mut(all.accesses.get_mut(&("sre".into(), "production".into())).unwrap()).state =
        AccessState::Withdrawn;
    let (less, last) = settle(&all, &world, options());
    assert!(!enters(&less, "eric"), "withdrawn");
    assert!(enters(&less, "kim"), "missing input removes nothing");
    assert_eq!(last.held.removals.len(), 2, "the door and kim's leave: {:#?}", last.held);
    let approved = Options { approved: Some(last.held.digest), ..options() };
    let (none, _) = settle(&all, &less, approved);
    assert!(!enters(&none, "kim"));
}

#[test]
fn the_door_opens_and_shuts_without_an_outage_when_the_trust_is_edited() {
    let (world, _) = settle(&acme(), &empty_world(&acme()), options());
    let there = plan(&by_gateway(), &world, &options());
    assert_eq!(there.plan.steps.len(), 1, "written at once: {:#?}", there.plan);
    let open = project(&world, &there.plan);
    let back = plan(&acme(), &open, &options());
    assert_eq!(back.plan.steps.len(), 1, "and back: {:#?}", back.plan);
    assert_eq!(project(&open, &back.plan), world);
}

#[test]
fn a_gateway_that_was_not_seen_is_not_believed() {
    let all = by_gateway();
    let mut world = empty_world(&all);
    world.accounts.get_mut(&id(AUTH)).unwrap().collected = Collected::nothing("access denied");
    let (by_name, last) = settle(&all, &world, options());
    assert_eq!(principals(&by_name), "1 statements: by name, with MFA");
    let waits = waits(&last);
    assert!(waits.iter().any(|wait| wait.contains("that gateway was not observed")), "{waits:#?}");
}

/// Kim's leave changes its window while a policy is put back on the role; every action on the way.
fn changed_leave(not_before: Option<&str>) -> Vec<String> {
    let mut all = with_kim(by_gateway());
    let kim = ("sre".into(), "kim".into());
    Arc::make_mut(all.accesses.get_mut(&kim).unwrap()).source_cidrs = ["203.0.113.0/24".into()].into();
    let (mut world, _) = settle(&all, &empty_world(&all), options());
    let access = Arc::make_mut(all.accesses.get_mut(&kim).unwrap());
    access.source_cidrs.clear();
    access.not_before = not_before.map(|time| time.parse().unwrap());
    let role = world.accounts.get_mut(&id(PRODUCTION)).unwrap().roles.get_mut(&site()).unwrap();
    assert!(!role.attached.is_empty(), "somebody took a policy off, which is put on again");
    role.attached.clear();
    let mut actions = Vec::new();
    for _ in 0..6 {
        let outcome = plan(&all, &world, &options());
        if outcome.plan.is_empty() {
            return actions;
        }
        for step in outcome.plan.steps.iter().filter(|step| step.seen.is_empty()) {
            actions.push(step.action.to_string());
            rolegate_plan::project::apply(world.accounts.get_mut(&step.account).unwrap(), &step.action);
        }
    }
    panic!("never at rest: {actions:#?}");
}

#[test]
fn leave_that_changes_while_the_role_widens_comes_to_rest() {
    let cuts = |actions: Vec<String>| actions.iter().filter(|action| action.contains("revoke")).count();
    assert_eq!(cuts(changed_leave(None)), 0, "wider leave shuts nobody out");
    assert_eq!(cuts(changed_leave(Some("2027-01-01T00:00:00Z"))), 2, "begun and done, once");
}
