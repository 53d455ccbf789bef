//! What AWS has no room for, or lacks, leaves out one thing by name; the rest goes on, and what takes away goes always.

use crate::company::{acme, empty_world, options};
use crate::gateway::with_kim;
use rolegate_crds::AccessState;
use rolegate_iam::snapshot::{ManagedPolicy, PolicyVersion};
use rolegate_iam::{AccountId, Document, RoleName, Snapshot, UserName};
use rolegate_plan::outcome::{Outcome, plan};
use rolegate_plan::project::project;
use rolegate_plan::step::Action;
use rolegate_plan::validate::ValidAccess;
use rolegate_plan::validate::{PolicyRef, Validated};
use std::collections::BTreeMap;
use std::sync::Arc;

const AUTH: &str = "111111111111";
const PRODUCTION: &str = "444444444444";

fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn quota(world: &mut Snapshot, account: &str, name: &str, limit: i64) {
    world.accounts.get_mut(&id(account)).unwrap().summary.insert(name.into(), limit);
}

fn left_out(outcome: &Outcome, reason: &str) -> Vec<String> {
    let found = outcome.left_out.iter().filter(|left| left.reason == reason);
    found.map(|left| format!("{}: {}", left.object, left.message)).collect()
}

fn lines(outcome: &Outcome, word: &str) -> Vec<String> {
    let all = outcome.plan.steps.iter().map(|step| format!("{} {}", step.account, step.action));
    all.filter(|line| line.contains(word)).collect()
}

#[test]
fn a_full_account_leaves_out_what_it_cannot_take_and_names_the_quota() {
    let all = acme();
    for (account, key, limit, expected) in [
        (
            AUTH,
            "GroupsQuota",
            2,
            "AccessGroup sre: group rolegate-demo-sre cannot be made in account auth: 2 groups are there or on their way, the most \
             that the account may have; delete unused ones, or raise the quota GroupsQuota",
        ),
        (
            PRODUCTION,
            "RolesQuota",
            4,
            "AccessRole site-reliability: role SiteReliability cannot be made in account production: 4 roles are there or on their \
             way, the most that the account may have; delete unused ones, or raise the quota RolesQuota",
        ),
        (
            AUTH,
            "PoliciesQuota",
            5,
            "role ci: role ci in account auth needs another customer managed policy, and 5 are there, the most that the account \
             may have: delete unused ones, or raise the quota PoliciesQuota",
        ),
    ] {
        let mut world = empty_world(&all);
        quota(&mut world, account, key, limit);
        let outcome = plan(&all, &world, &options());
        assert_eq!(left_out(&outcome, "Quota").first().map(String::as_str), Some(expected), "{key}");
        assert!(outcome.plan.steps.len() > 40, "the rest goes on: {}", outcome.plan.steps.len());
        if key != "PoliciesQuota" {
            assert_eq!(
                lines(&outcome, "SiteReliability").len() + lines(&outcome, "rolegate-demo-sre").len(),
                match key {
                    "GroupsQuota" => 3,
                    _ => 5,
                }
            );
        }
        let after = project(&world, &outcome.plan);
        assert!(plan(&all, &after, &options()).plan.is_empty(), "{key} comes to rest");
    }
}

#[test]
fn a_user_who_bears_all_policies_that_iam_attaches_gets_no_more() {
    let all = with_kim(acme());
    let mut world = empty_world(&all);
    let kim = "kim".parse::<UserName>().unwrap();
    let account = world.accounts.get_mut(&id(AUTH)).unwrap();
    for number in 0..10 {
        let arn = account.policy_arn(&"/".parse().unwrap(), &format!("own-{number}").parse().unwrap());
        account.users.get_mut(&kim).unwrap().attached.insert(arn);
    }
    let outcome = plan(&all, &world, &options());
    assert_eq!(
        left_out(&outcome, "Quota"),
        [
            "user kim: user kim in account auth needs 1 policies for 2 roles, and beside what else is attached to it there is room for \
          0: detach something, split the bindings over several groups, or raise the quota AttachedPoliciesPerUserQuota"
        ]
    );
    assert_eq!(lines(&outcome, "kim"), Vec::<String>::new());
    quota(&mut world, AUTH, "AttachedPoliciesPerUserQuota", 20);
    assert_eq!(lines(&plan(&all, &world, &options()), "kim").len(), 2, "made and attached");
}

/// The company, with a policy of the account in the role of site reliability.
fn with_policy(mut all: Validated, boundary: bool) -> Validated {
    let role = all.roles.get_mut("site-reliability").unwrap();
    let policy = PolicyRef { path: "/".parse().unwrap(), name: "extra".parse().unwrap() };
    if boundary {
        role.boundary = Some(policy);
    } else {
        role.customer_managed.insert(policy);
    }
    all
}

fn make_policy(world: &mut Snapshot) {
    let account = world.accounts.get_mut(&id(PRODUCTION)).unwrap();
    let arn = account.policy_arn(&"/".parse().unwrap(), &"extra".parse().unwrap());
    let document = Document::parse(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#,
    );
    let policy = ManagedPolicy {
        id: "ANPAEXAMPLE".into(),
        arn: arn.clone(),
        default_version: "v1".into(),
        versions: BTreeMap::from([("v1".into(), PolicyVersion { created: None, document })]),
        description: None,
    };
    account.policies.insert(arn, policy);
}

#[test]
fn a_role_is_not_opened_without_its_policies() {
    for boundary in [false, true] {
        let all = with_policy(acme(), boundary);
        let mut world = empty_world(&all);
        let outcome = plan(&all, &world, &options());
        assert_eq!(
            left_out(&outcome, "PolicyNotFound"),
            [
                "AccessRole site-reliability: role SiteReliability in account production is declared with customer managed policies \
              that are not there: /extra; nobody comes in anew until they are: make them, or take them out of the AccessRole or the \
              account's roleDefaults"
            ]
        );
        assert_eq!(lines(&outcome, "SiteReliability"), Vec::<String>::new());
        assert!(outcome.plan.steps.len() > 40);
        let after = project(&world, &outcome.plan);
        assert!(plan(&all, &after, &options()).plan.is_empty());
        make_policy(&mut world);
        let outcome = plan(&all, &world, &options());
        assert_eq!(left_out(&outcome, "PolicyNotFound"), Vec::<String>::new());
        assert_eq!(lines(&outcome, "write trust policy of role SiteReliability").len(), 1);
    }
}

#[test]
fn who_is_inside_stays_and_who_is_withdrawn_goes_while_a_policy_is_missing() {
    let site: RoleName = "SiteReliability".parse().unwrap();
    let before = with_kim(acme());
    let world = empty_world(&before);
    let world = project(&world, &plan(&before, &world, &options()).plan);
    let mut all = with_policy(with_kim(acme()), false);
    Arc::make_mut(all.accesses.get_mut(&("sre".into(), "kim".into())).unwrap()).state =
        AccessState::Withdrawn;
    let mut user = ValidAccess::clone(&all.accesses[&("sre".into(), "kim".into())]);
    user.name = "eric".into();
    user.state = AccessState::Active;
    user.subjects = [rolegate_plan::validate::ValidSubject::User("eric".parse().unwrap())].into();
    all.accesses.insert(("sre".into(), "eric".into()), Arc::new(user));
    let outcome = plan(&all, &world, &options());
    assert_eq!(left_out(&outcome, "PolicyNotFound").len(), 1);
    let trusts: Vec<_> = outcome
        .plan
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::UpdateTrust { role, document } if *role == site => Some(document.text().to_owned()),
            _ => None,
        })
        .collect();
    let [trust] = trusts.as_slice() else { panic!("{trusts:#?}") };
    assert!(trust.contains("*:sre:*") && !trust.contains("kim") && !trust.contains("user/eric"), "{trust}");
    let after = project(&world, &outcome.plan);
    assert!(plan(&all, &after, &options()).plan.is_empty());
}
