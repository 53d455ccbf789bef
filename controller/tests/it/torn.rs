//! Lists that lack what is there: nothing is removed or made anew on them, and what is really gone goes.

use crate::common::{DEVELOPMENT, GATEWAY};
use crate::company::{apply, as_declared, manifests, port, root_call};
use rolegate_cloud::{Cloud, Request};
use rolegate_controller::applied::Ending;
use rolegate_controller::{Applied, CloudPort};
use rolegate_iam::{Account, AccountId};
use rolegate_plan::step::Action;
use rolegate_plan::validate::Validated;
use std::collections::BTreeMap;

fn settled() -> (CloudPort, Validated) {
    let (port, validated) = (port(), manifests(&[], &[]));
    as_declared(&apply(&port, &validated));
    (port, validated)
}

fn accounts(port: &CloudPort) -> BTreeMap<AccountId, Account> {
    let mut accounts = port.with_cloud(|cloud| cloud.snapshot()).accounts;
    for account in accounts.values_mut() {
        account.collected = rolegate_iam::snapshot::Collected::everything(None);
    }
    accounts
}

/// Everything that a list could lack.
fn arns(port: &CloudPort) -> Vec<String> {
    let mut arns = Vec::new();
    for account in accounts(port).values() {
        arns.extend(account.users.values().map(|user| account.user_arn(user).to_string()));
        arns.extend(account.groups.values().map(|group| account.group_arn(group).to_string()));
        arns.extend(account.roles.values().map(|role| account.role_arn(role).to_string()));
        arns.extend(account.policies.keys().map(ToString::to_string));
    }
    arns
}

fn writes(port: &CloudPort) -> Vec<&'static str> {
    let is_read =
        |action: &&str| action.contains(":Get") || action.contains(":List") || *action == "sts:AssumeRole";
    let calls: Vec<&str> = port.with_cloud(|cloud| cloud.calls().iter().map(|call| call.action).collect());
    calls.into_iter().filter(|action| !is_read(action)).collect()
}

fn why(applied: &Applied) -> String {
    let left = applied.left_out.iter().map(|left| format!("{} {}", left.reason, left.message));
    left.collect::<Vec<_>>().join("; ")
}

#[test]
fn whatever_a_list_lacks_is_neither_removed_nor_made_anew() {
    let (port, validated) = settled();
    let before = accounts(&port);
    let all = arns(&port);
    assert!(all.len() > 40, "{}", all.len());
    for arn in all {
        port.with_cloud(|cloud| {
            cloud.clear_calls();
            cloud.hide_from_lists(&arn, 100);
        });
        let applied = apply(&port, &validated);
        // A new gate policy is refused because its name is taken; nothing else is even tried.
        assert!(applied.done.is_empty(), "{arn}: {:#?}", applied.done);
        assert_eq!(accounts(&port), before, "{arn}");
        port.with_cloud(|cloud| cloud.hide_from_lists(&arn, 0));
        as_declared(&apply(&port, &validated));
    }
}

#[test]
fn a_list_that_catches_up_is_waited_for() {
    let (port, validated) = settled();
    port.with_cloud(|cloud| {
        cloud.clear_calls();
        cloud.hide_from_lists(&format!("arn:aws:iam::{GATEWAY}:user/kim"), 1);
    });
    let applied = apply(&port, &validated);
    as_declared(&applied);
    assert_eq!((writes(&port), applied.calls.confirmed), (Vec::new(), 1));
}

#[test]
fn a_list_that_does_not_catch_up_is_named_and_stops_its_account_alone() {
    let (port, validated) = settled();
    port.with_cloud(|cloud| cloud.hide_from_lists(&format!("arn:aws:iam::{GATEWAY}:user/kim"), 100));
    root_untags_developer(&port);
    let applied = apply(&port, &validated);
    assert_eq!(applied.ending(), Ending::Incomplete);
    let why = why(&applied);
    assert!(why.contains("NotObserved") && why.contains("user kim is there"), "{why}");
    assert!(applied.done.iter().all(|done| done.step.account.as_str() == DEVELOPMENT), "{applied:#?}");
    assert!(!applied.done.is_empty(), "the other accounts are repaired");
}

/// Something to repair in another account.
fn root_untags_developer(port: &CloudPort) {
    let request = Request::DetachRolePolicy {
        role_name: "Auditor".into(),
        policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess".into(),
    };
    port.with_cloud(|cloud| root_call(cloud, DEVELOPMENT, request));
}

#[test]
fn who_is_really_gone_takes_the_policy_along() {
    let (port, validated) = settled();
    port.with_cloud(|cloud| {
        let arn = format!("arn:aws:iam::{GATEWAY}:policy/rolegate/acme/user-kim-1");
        let user = || "kim".to_owned();
        root_call(cloud, GATEWAY, Request::DetachUserPolicy { user_name: user(), policy_arn: arn });
        root_call(cloud, GATEWAY, Request::DeleteUser { user_name: user() });
        cloud.clear_calls();
    });
    let applied = apply(&port, &validated);
    let gone = |action: &Action| matches!(action, Action::DeletePolicy { policy } if policy.name.as_str() == "user-kim-1");
    assert!(applied.done.iter().any(|done| gone(&done.step.action)), "{applied:#?}");
    let asked = port.with_cloud(|cloud| {
        cloud
            .calls()
            .iter()
            .filter(|call| call.action == "iam:GetUser")
            .map(|call| call.outcome)
            .collect::<Vec<_>>()
    });
    assert!(!asked.is_empty() && asked.iter().all(|outcome| *outcome == Err("NoSuchEntity")), "{asked:?}");
}

/// Whoever may not ask cannot know.
#[test]
fn an_absence_that_nobody_may_ask_about_is_no_absence() {
    let (port, validated) = settled();
    let before = accounts(&port);
    port.with_cloud(|cloud| {
        let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:GetUser","Resource":"*"}]}"#;
        let request = Request::PutRolePolicy {
            role_name: "rolegate-controller".into(),
            policy_name: "no".into(),
            policy_document: deny.into(),
        };
        root_call(cloud, GATEWAY, request);
        cloud.hide_from_lists(&format!("arn:aws:iam::{GATEWAY}:user/kim"), 100);
        cloud.clear_calls();
    });
    let applied = apply(&port, &validated);
    let why = why(&applied);
    assert!(why.contains("whether it is there is not known") && why.contains("GetUser"), "{why}");
    assert_eq!((writes(&port), applied.ending()), (Vec::new(), Ending::Incomplete));
    assert_eq!(accounts(&port)[&GATEWAY.parse().unwrap()].users, before[&GATEWAY.parse().unwrap()].users);
}

/// What we made ourselves is not in the lists at once: the same run waits for it and goes on.
#[test]
fn what_was_just_made_is_waited_for() {
    let (port, validated) = (port(), manifests(&[], &[]));
    port.with_cloud(|cloud| {
        for arn in [
            format!("arn:aws:iam::{DEVELOPMENT}:role/Developer"),
            format!("arn:aws:iam::{GATEWAY}:group/rolegate/acme/rolegate-acme-sre"),
        ] {
            cloud.hide_from_lists(&arn, 7);
        }
    });
    as_declared(&apply(&port, &validated));
    port.with_cloud(Cloud::clear_calls);
    as_declared(&apply(&port, &validated));
    assert_eq!(writes(&port), Vec::<&str>::new());
}
