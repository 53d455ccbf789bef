//! Observing.

use crate::common::{TARGET, World, allow, document, id, target, trust};
use rolegate_cloud::{Cloud, Faults, Quota, Request};
use rolegate_iam::Account;
use rolegate_iam::snapshot::{Collected, Part};
use rolegate_plan::port::{ErrorClass, Port};
use std::collections::BTreeMap;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Makes one of everything, and so many roles that they need several pages.
fn furnish(cloud: &mut Cloud, roles: usize) {
    let root = cloud.root_key(id(TARGET)).unwrap().credentials();
    let mut call = |request| drop(cloud.call(&root, request).unwrap());
    let arn = format!("arn:aws:iam::{TARGET}:policy/team/extra");
    call(Request::CreatePolicy {
        policy_name: "extra".into(),
        path: Some("/team/".into()),
        policy_document: allow("s3:*"),
        description: Some("100% extra + more".into()),
        tags: Vec::new(),
    });
    call(Request::CreatePolicyVersion {
        policy_arn: arn.clone(),
        policy_document: allow("s3:Get*"),
        set_as_default: Some(true),
    });
    call(Request::CreateGroup { group_name: "devs".into(), path: Some("/rolegate/acme/".into()) });
    call(Request::PutGroupPolicy {
        group_name: "devs".into(),
        policy_name: "in+line".into(),
        policy_document: r#"{"Version":"2012-10-17","Statement":[{"Sid":"A1","Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/a+b%20c/x"}]}"#.into(),
    });
    call(Request::AttachGroupPolicy { group_name: "devs".into(), policy_arn: READ_ONLY.into() });
    call(Request::CreateUser {
        user_name: "eric".into(),
        path: Some("/people/".into()),
        permissions_boundary: Some(arn.clone()),
        tags: vec![("rolegate.dev/acme".into(), ":devs:".into())],
    });
    call(Request::AddUserToGroup { group_name: "devs".into(), user_name: "eric".into() });
    call(Request::AttachUserPolicy { user_name: "eric".into(), policy_arn: arn.clone() });
    call(Request::PutUserPolicy {
        user_name: "eric".into(),
        policy_name: "own".into(),
        policy_document: allow("iam:GetUser"),
    });
    for number in 0..roles {
        call(Request::CreateRole {
            role_name: format!("role-{number:04}"),
            path: Some("/many/".into()),
            assume_role_policy_document: trust(TARGET, None),
            description: Some(format!("number {number}")),
            max_session_duration: Some(7200),
            permissions_boundary: Some(ADMINISTRATOR.into()),
            tags: vec![("Number".into(), number.to_string())],
        });
    }
    call(Request::AttachRolePolicy { role_name: "role-0000".into(), policy_arn: arn });
    cloud.clear_calls();
}

/// The times of reads are the reader's own.
fn without_times(account: Account) -> Account {
    assert_eq!(account.collected.users.is_collected(), account.collected.roles.is_collected());
    Account { collected: Collected::everything(None), ..account }
}

#[tokio::test]
async fn what_is_observed_is_what_is_there_over_many_pages() {
    let world = World::start().await;
    world.emulator.with_cloud(|cloud| {
        cloud.set_quota(id(TARGET), Quota::Roles, 5000);
        furnish(cloud, 1005);
    });
    let aws = world.aws().await;
    let seen = aws.observe(&target()).await.unwrap();
    let first = world.calls();
    assert!(
        first.iter().filter(|call| **call == "iam:GetAccountAuthorizationDetails").count() >= 2,
        "{first:?}"
    );
    let there = world.emulator.with_cloud(|cloud| cloud.snapshot());
    let collected = &seen.account.collected;
    for part in [
        &collected.users,
        &collected.groups,
        &collected.roles,
        &collected.policies,
        &collected.role_settings,
        &collected.summary,
    ] {
        assert!(matches!(part, Part::Collected { at: Some(_) }), "{part:?}");
    }
    assert_eq!(without_times(seen.account), without_times(there.accounts[&id(TARGET)].clone()));
    let expected: BTreeMap<_, _> = there
        .aws_managed
        .into_iter()
        .filter(|(arn, _)| [READ_ONLY, ADMINISTRATOR].contains(&arn.to_string().as_str()))
        .collect();
    assert_eq!(expected.len(), 2);
    let documents = |policies: &BTreeMap<_, rolegate_iam::snapshot::ManagedPolicy>| {
        policies.values().map(|policy| (policy.arn.clone(), policy.document().cloned())).collect::<Vec<_>>()
    };
    assert_eq!(documents(&seen.aws_managed), documents(&expected));
}

#[tokio::test]
async fn a_second_look_makes_only_the_bulk_reads() {
    let world = World::start().await;
    world.emulator.with_cloud(|cloud| furnish(cloud, 3));
    let aws = world.aws().await;
    let first = aws.observe(&target()).await.unwrap();
    let calls = world.calls();
    for once in ["iam:GetAccountSummary", "iam:GetAccountAuthorizationDetails", "iam:ListRoles"] {
        assert_eq!(calls.iter().filter(|call| **call == once).count(), 1, "{calls:?}");
    }
    assert_eq!(calls.iter().filter(|call| **call == "iam:GetPolicyVersion").count(), 2, "{calls:?}");
    let second = aws.observe(&target()).await.unwrap();
    let mut calls = world.calls();
    calls.sort_unstable();
    assert_eq!(calls, ["iam:GetAccountAuthorizationDetails", "iam:ListRoles"]);
    assert_eq!(without_times(first.account), without_times(second.account));
    assert_eq!(first.aws_managed, second.aws_managed);
}

#[tokio::test]
async fn what_may_not_be_read_is_not_collected() {
    let world = World::start().await;
    world.emulator.with_cloud(|cloud| {
        furnish(cloud, 2);
        let root = cloud.root_key(id(TARGET)).unwrap().credentials();
        let request = Request::PutRolePolicy {
            role_name: "rolegate-controller".into(),
            policy_name: "manage".into(),
            policy_document: allow("iam:GetAccountAuthorizationDetails"),
        };
        cloud.call(&root, request).unwrap();
    });
    let aws = world.aws().await;
    let seen = aws.observe(&target()).await.unwrap();
    assert!(seen.account.collected.roles.is_collected());
    for part in [&seen.account.collected.role_settings, &seen.account.collected.summary] {
        match part {
            Part::NotCollected { why } => assert!(why.contains("AccessDenied"), "{why}"),
            Part::Collected { .. } => panic!("was not readable"),
        }
    }
    assert_eq!(seen.account.roles[&"role-0000".parse().unwrap()].max_session_duration, None);
    assert!(seen.aws_managed.is_empty(), "a policy that may not be read is missing, not empty");
    world.calls();
    aws.observe(&target()).await.unwrap();
    assert!(!world.calls().contains(&"iam:GetPolicy"), "a refusal is remembered");
}

#[tokio::test]
async fn an_account_whose_details_are_denied_is_an_error() {
    let world = World::start().await;
    world.emulator.with_cloud(|cloud| {
        let root = cloud.root_key(id(TARGET)).unwrap().credentials();
        let request = Request::PutRolePolicy {
            role_name: "rolegate-controller".into(),
            policy_name: "manage".into(),
            policy_document: allow("iam:ListRoles"),
        };
        cloud.call(&root, request).unwrap();
    });
    let failure = world.aws().await.observe(&target()).await.unwrap_err();
    assert_eq!((failure.class, failure.call), (ErrorClass::Denied, "GetAccountAuthorizationDetails"));
    assert!(failure.message.contains("policy of the management role"), "{failure}");
}

#[tokio::test]
async fn throttling_is_ridden_out() {
    let world = World::start().await;
    world
        .emulator
        .with_cloud(|cloud| cloud.set_faults(Faults { throttle_every: Some(3), ..Faults::default() }));
    let seen = world.aws().await.observe(&target()).await.unwrap();
    assert!(seen.account.collected.roles.is_collected() && seen.account.collected.summary.is_collected());
    assert_eq!(seen.account.roles.len(), 1);
    assert_eq!(
        seen.account.roles.values().next().unwrap().inline.values().next().unwrap(),
        &document(&allow("iam:*"))
    );
}

/// The budget is the account's: reads and writes share it, and the throttles that the SDK rides out by itself slow both.
#[tokio::test]
async fn throttling_slows_the_account_down() {
    let world = World::start().await;
    let aws = world.aws().await;
    aws.observe(&target()).await.unwrap();
    world
        .emulator
        .with_cloud(|cloud| cloud.set_faults(Faults { throttle_every: Some(2), ..Faults::default() }));
    let action = rolegate_plan::step::Action::UntagRole {
        role: "rolegate-controller".parse().unwrap(),
        keys: vec!["x".into()],
    };
    for _ in 0..2 {
        drop(aws.perform(&target(), &action).await);
    }
    world.emulator.with_cloud(|cloud| cloud.set_faults(Faults::default()));
    let begin = std::time::Instant::now();
    for _ in 0..8 {
        aws.observe(&target()).await.unwrap();
    }
    // Sixteen calls without a burst, at no more than half of fifteen a second.
    assert!(begin.elapsed() > std::time::Duration::from_millis(700), "{:?}", begin.elapsed());
}
