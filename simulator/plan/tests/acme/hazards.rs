//! Single hazards: what must not be touched, what must be said, what must not open.

use crate::company::{acme, empty_world, options};
use rolegate_iam::snapshot::Collected;
use rolegate_iam::{AccountId, Document, RoleName, Snapshot};
use rolegate_plan::outcome::{Outcome, plan};
use rolegate_plan::project::project;
use rolegate_plan::step::{Action, Effect};
use std::sync::Arc;

const PRODUCTION: &str = "444444444444";

fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn site() -> RoleName {
    "SiteReliability".parse().unwrap()
}

/// The company's accounts as declared.
fn settled() -> Snapshot {
    let validated = acme();
    let world = empty_world(&validated);
    let first = plan(&validated, &world, &options());
    project(&world, &first.plan)
}

fn set_trust(world: &mut Snapshot, text: &str) {
    world.accounts.get_mut(&id(PRODUCTION)).unwrap().roles.get_mut(&site()).unwrap().trust =
        Document::parse(text);
}

fn trust(world: &Snapshot) -> String {
    world.accounts[&id(PRODUCTION)].roles[&site()].trust.text().to_owned()
}

fn reasons(outcome: &Outcome, account: &str) -> Vec<&'static str> {
    let here = outcome.left_out.iter().filter(|left| left.account == id(account));
    here.map(|left| left.reason).collect()
}

fn steps_in(outcome: &Outcome, account: &str) -> usize {
    outcome.plan.steps.iter().filter(|step| step.account == id(account)).count()
}

#[test]
fn a_role_of_that_name_that_is_not_ours_is_left_alone_and_named() {
    let mut world = settled();
    let role = world.accounts.get_mut(&id(PRODUCTION)).unwrap().roles.get_mut(&site()).unwrap();
    role.tags.remove("rolegate.dev/owner");
    let outcome = plan(&acme(), &world, &options());
    assert_eq!(reasons(&outcome, PRODUCTION), ["NameTaken"]);
    assert_eq!(steps_in(&outcome, PRODUCTION), 0);
}

#[test]
fn an_account_that_another_acts_in_is_read_only() {
    for claimant in ["1b4e28ba-2fa1-11d2-883f-0016d3cca427", "others"] {
        let mut theirs = options();
        theirs.claimant = claimant.to_owned();
        let mut world = settled();
        world.accounts.get_mut(&id(PRODUCTION)).unwrap().roles.clear();
        let outcome = plan(&acme(), &world, &theirs);
        assert!(outcome.plan.is_empty(), "{claimant}");
        assert_eq!(reasons(&outcome, PRODUCTION), ["InstallationConflict"]);
    }
    let mut unclaimed = settled();
    unclaimed.accounts.get_mut(&id(PRODUCTION)).unwrap().policies.clear();
    set_trust(&mut unclaimed, "{}");
    let outcome = plan(&acme(), &unclaimed, &options());
    assert_eq!(
        (reasons(&outcome, PRODUCTION), steps_in(&outcome, PRODUCTION)),
        (vec!["InstallationConflict"], 0)
    );
}

#[test]
fn an_account_that_was_not_read_stops_no_other() {
    let validated = acme();
    let mut world = empty_world(&validated);
    world.accounts.get_mut(&id(PRODUCTION)).unwrap().collected = Collected::nothing("access denied");
    let outcome = plan(&validated, &world, &options());
    assert_eq!((reasons(&outcome, PRODUCTION), steps_in(&outcome, PRODUCTION)), (vec!["NotObserved"], 0));
    assert!(steps_in(&outcome, "222222222222") > 0);
    let gates = outcome.plan.steps.iter().filter_map(|step| match &step.action {
        Action::CreatePolicy { document, .. } => Some(document.text().to_owned()),
        _ => None,
    });
    assert!(gates.into_iter().all(|text| !text.contains(PRODUCTION)), "no gate into what was not seen");
}

#[test]
fn a_widened_trust_is_closed_first_and_opened_after_that_is_seen() {
    let mut world = settled();
    let before = trust(&world);
    set_trust(
        &mut world,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole","Condition":{"StringLike":{"aws:username":"k*"}}}]}"#,
    );
    let outcome = plan(&acme(), &world, &options());
    let effects: Vec<_> = outcome.plan.steps.iter().map(|step| (step.effect, step.seen.len())).collect();
    assert_eq!(effects, [(Effect::Narrows, 0), (Effect::Widens, 1)]);
    assert_eq!(Document::parse(&trust(&project(&world, &outcome.plan))), Document::parse(&before));
}

#[test]
fn a_sleeping_role_sleeps_on_while_a_stranger_s_statement_goes() {
    let mut world = settled();
    let ours = trust(&world).replace("]}", "");
    let asleep = r#"{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:AssumeRoleWithSAML","sts:AssumeRoleWithWebIdentity"]}"#;
    let stranger = r#"{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"sts:AssumeRole"}"#;
    set_trust(&mut world, &format!("{ours},{asleep},{stranger}]}}"));
    assert_eq!(world.accounts[&id(PRODUCTION)].roles[&site()].trust.policy().statements.len(), 3);
    let outcome = plan(&acme(), &world, &options());
    let narrows: Vec<_> = outcome.plan.steps.iter().filter(|step| step.effect == Effect::Narrows).collect();
    let [step] = narrows.as_slice() else { panic!("{narrows:#?}") };
    let Action::UpdateTrust { document, .. } = &step.action else { panic!("{step:#?}") };
    assert!(
        document.text().contains("\"Deny\"") && !document.text().contains("999999999999"),
        "{}",
        document.text()
    );
}

#[test]
fn a_role_that_sleeps_too_long_is_deleted_and_one_that_falls_asleep_now_is_not() {
    let files: Vec<_> = acme().accesses.keys().cloned().collect();
    let mut validated = acme();
    for key in files.iter().filter(|(namespace, _)| namespace == "sre") {
        Arc::make_mut(validated.accesses.get_mut(key).unwrap()).state = rolegate_crds::AccessState::Withdrawn;
    }
    let mut world = settled();
    let role = world.accounts.get_mut(&id(PRODUCTION)).unwrap().roles.get_mut(&site()).unwrap();
    role.tags.set("rolegate.dev/dormant-since", "2020-01-01T00:00:00Z");
    let first = plan(&validated, &world, &options());
    let asleep = project(&world, &first.plan);
    assert!(asleep.accounts[&id(PRODUCTION)].roles.contains_key(&site()), "its date was a stranger's");
    assert!(plan(&validated, &asleep, &options()).plan.is_empty());
    let mut later = options();
    later.now = "2026-12-24T12:00:00Z".parse().unwrap();
    let gone = project(&asleep, &plan(&validated, &asleep, &later).plan);
    assert!(!gone.accounts[&id(PRODUCTION)].roles.contains_key(&site()));
}

#[test]
fn what_the_shared_policy_denies_beyond_goes_when_all_leavers_are_gone() {
    let mut world = settled();
    let auth = world.accounts.get_mut(&id("111111111111")).unwrap();
    let policy =
        auth.policies.values_mut().find(|policy| policy.arn.name.as_str() == "rolegate-self-management");
    let policy = policy.unwrap();
    let text = policy.document().unwrap().text().replacen(
        "\"Statement\":[",
        "\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"},",
        1,
    );
    policy.versions.get_mut("v1").unwrap().document = Document::parse(&text);
    let mut validated = acme();
    let sre = validated.groups.get_mut("sre").unwrap();
    assert!(sre.members.remove(&"eric".parse::<rolegate_iam::UserName>().unwrap()));
    let outcome = plan(&validated, &world, &options());
    let place = |word: &str| {
        let found = outcome.plan.steps.iter().position(|step| step.action.to_string().contains(word));
        found.unwrap_or_else(|| panic!("{word}"))
    };
    let (leaves, restored) = (place("remove user eric"), place("rolegate-self-management"));
    let step = &outcome.plan.steps[restored];
    assert_eq!(step.effect, Effect::Widens);
    assert!(step.seen.contains(&leaves), "eric is kept out by the Deny alone: {step:#?}");
}

/// A role that stays open for a removal that is held, and bears what a stranger lets it do.
#[test]
fn nobody_joins_who_enters_a_held_role_until_what_a_stranger_allowed_is_seen_gone() {
    let mut world = settled();
    let role = world.accounts.get_mut(&id(PRODUCTION)).unwrap().roles.get_mut(&site()).unwrap();
    let everything =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    role.inline.insert("rolegate-revoke-sessions".parse().unwrap(), Document::parse(everything));
    let mut all = acme();
    all.accesses.remove(&("sre".into(), "production".into()));
    let sre = all.groups.get_mut("sre").unwrap();
    assert!(sre.members.insert("ana".parse().unwrap()));
    let outcome = plan(&all, &world, &options());
    assert!(!outcome.held.removals.is_empty(), "the binding is absent, so its removal is held");
    let steps = &outcome.plan.steps;
    let is_gone = |step: &rolegate_plan::step::Step| matches!(&step.action, Action::DeleteRolePolicy { role, .. } if *role == site());
    let gone = steps.iter().position(is_gone).unwrap();
    let joins: Vec<_> = steps.iter().filter(|step| step.effect == Effect::Widens).collect();
    assert!(joins.iter().any(|step| matches!(step.action, Action::TagUser { .. })));
    for join in joins {
        assert!(join.seen.contains(&gone), "{} does not wait", join.action);
    }
}
