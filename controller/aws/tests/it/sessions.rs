//! Entering accounts.

use crate::common::{EXTERNAL_ID, HUB, OTHER, TARGET, World, cloud_time, id, target, trust};
use jiff::SignedDuration;
use rolegate_aws::{Aws, Keys, Settings};
use rolegate_cloud::{AccessKey, Request};
use rolegate_iam::Partition;
use rolegate_plan::port::{Entrance, ErrorClass, Port};
use rolegate_plan::step::Action;

#[tokio::test]
async fn a_session_is_made_once_and_named_after_the_installation() {
    let world = World::start().await;
    let aws = world.aws().await;
    let entrance = target();
    aws.observe(&entrance).await.unwrap();
    let first = world.emulator.calls();
    assert_eq!(first[0].action, "sts:AssumeRole");
    assert_eq!(first[0].caller, format!("arn:aws:iam::{HUB}:user/machine"));
    assert_eq!(first[1].action, "sts:GetCallerIdentity");
    let session = format!("arn:aws:sts::{TARGET}:assumed-role/rolegate-controller/rolegate-acme");
    assert!(first[1..].iter().all(|call| call.caller == session), "{first:?}");
    world.emulator.clear_calls();
    aws.observe(&entrance).await.unwrap();
    assert!(world.calls().iter().all(|call| call.starts_with("iam:")));
}

#[tokio::test]
async fn another_account_than_the_declared_one_is_never_touched() {
    let world = World::start().await;
    let aws = world.aws().await;
    let wrong = Entrance { id: id(OTHER), ..target() };
    let action = Action::CreateGroup { group: "x".parse().unwrap(), path: "/".parse().unwrap() };
    let failure = aws.perform(&wrong, &action).await.unwrap_err();
    assert_eq!((failure.class, failure.call), (ErrorClass::Denied, "GetCallerIdentity"));
    assert!(failure.message.contains(OTHER) && failure.message.contains(TARGET), "{failure}");
    let without_roles = Entrance { id: id(OTHER), roles: Vec::new(), external_id: None, ..target() };
    let failure = aws.observe(&without_roles).await.unwrap_err();
    assert_eq!(failure.class, ErrorClass::Denied);
    assert!(failure.message.contains(OTHER) && failure.message.contains(HUB), "{failure}");
    assert!(world.calls().iter().all(|call| call.starts_with("sts:")), "nothing in IAM was asked");
}

#[tokio::test]
async fn an_account_of_another_partition_is_never_touched() {
    let world = World::start().await;
    let failure =
        world.aws().await.observe(&Entrance { partition: Partition::AwsCn, ..target() }).await.unwrap_err();
    assert_eq!(failure.class, ErrorClass::Denied);
    assert!(failure.message.contains("partition aws") && failure.message.contains("aws-cn"), "{failure}");
}

#[tokio::test]
async fn the_hub_role_is_assumed_once_and_the_external_id_is_for_the_last_role() {
    let world = with_hub().await;
    let aws = world.aws().await;
    let (a, b) = (through(TARGET, EXTERNAL_ID), through(OTHER, "another-external-id"));
    let (a, b) = tokio::join!(aws.observe(&a), aws.observe(&b));
    assert_eq!((a.unwrap().account.id, b.unwrap().account.id), (id(TARGET), id(OTHER)));
    let assumed = world.calls().into_iter().filter(|call| *call == "sts:AssumeRole").count();
    assert_eq!(assumed, 3, "the hub once, each account once");
}

#[tokio::test]
async fn a_session_that_aws_ended_is_made_anew() {
    let world = World::start().await;
    let aws = world.aws().await;
    aws.observe(&target()).await.unwrap();
    world.emulator.set_clock(cloud_time().checked_add(SignedDuration::from_hours(2)).unwrap());
    world.emulator.clear_calls();
    aws.observe(&target()).await.unwrap();
    assert!(world.calls().contains(&"sts:AssumeRole"));
}

#[tokio::test]
async fn a_dead_session_on_the_way_is_made_anew() {
    let world = with_hub().await;
    let aws = world.aws().await;
    aws.observe(&through(TARGET, EXTERNAL_ID)).await.unwrap();
    world.emulator.with_cloud(|cloud| {
        let hub = cloud.root_key(id(HUB)).unwrap();
        for request in [
            Request::DeleteRolePolicy { role_name: "hub".into(), policy_name: "may".into() },
            Request::DeleteRole { role_name: "hub".into() },
        ] {
            cloud.call(&hub.credentials(), request).unwrap();
        }
        create_role(cloud, &hub, "hub", trust(HUB, None));
        put_policy(cloud, &hub, "hub", "sts:AssumeRole");
    });
    let seen = aws.observe(&through(OTHER, "another-external-id")).await.unwrap();
    assert_eq!(seen.account.id, id(OTHER));
}

#[tokio::test]
async fn refusals_say_the_way_out() {
    let world = World::start().await;
    let without_id = Entrance { external_id: None, ..target() };
    let failure = world.aws().await.observe(&without_id).await.unwrap_err();
    assert_eq!((failure.class, failure.call), (ErrorClass::Denied, "AssumeRole"));
    assert_eq!(failure.code.as_deref(), Some("AccessDenied"));
    assert!(
        failure.message.contains("rolegate-controller") && failure.message.contains("external id"),
        "{failure}"
    );

    let unknown =
        AccessKey { access_key_id: "AKIAIOSFODNN7EXAMPLE".into(), secret_access_key: "x".repeat(40) };
    let failure = world.aws_as(&unknown).await.observe(&target()).await.unwrap_err();
    assert_eq!(failure.class, ErrorClass::Denied);
    assert!(failure.message.contains("AWS_ACCESS_KEY_ID"), "{failure}");
}

#[tokio::test]
async fn nobody_at_the_other_end_is_unavailable() {
    let world = World::start().await;
    let endpoint = world.emulator.endpoint();
    let machine = world.machine.clone();
    world.emulator.shutdown().await;
    let aws = Aws::new(Settings {
        endpoint_url: Some(endpoint),
        credentials: Some(crate::common::keys(&machine)),
        ..Settings::new("acme")
    })
    .await;
    let failure = aws.observe(&target()).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_deref()), (ErrorClass::Unavailable, None), "{failure}");
}

/// A role of the hub through which the target and the other account are entered.
async fn with_hub() -> World {
    let world = World::start().await;
    world.emulator.with_cloud(|cloud| {
        let hub = cloud.root_key(id(HUB)).unwrap();
        create_role(cloud, &hub, "hub", trust(HUB, None));
        put_policy(cloud, &hub, "hub", "sts:AssumeRole");
        let other = cloud.root_key(id(OTHER)).unwrap();
        create_role(cloud, &other, "rolegate-controller", trust(HUB, Some("another-external-id")));
        put_policy(cloud, &other, "rolegate-controller", "iam:*");
        cloud.clear_calls();
    });
    world
}

fn through(account: &str, external_id: &str) -> Entrance {
    Entrance {
        id: id(account),
        roles: vec![
            format!("arn:aws:iam::{HUB}:role/hub").parse().unwrap(),
            format!("arn:aws:iam::{account}:role/rolegate-controller").parse().unwrap(),
        ],
        external_id: Some(external_id.into()),
        ..target()
    }
}

fn create_role(cloud: &mut rolegate_cloud::Cloud, key: &AccessKey, name: &str, trust: String) {
    let request = Request::CreateRole {
        role_name: name.into(),
        path: None,
        assume_role_policy_document: trust,
        description: None,
        max_session_duration: None,
        permissions_boundary: None,
        tags: Vec::new(),
    };
    cloud.call(&key.credentials(), request).unwrap();
}

fn put_policy(cloud: &mut rolegate_cloud::Cloud, key: &AccessKey, role: &str, actions: &str) {
    let request = Request::PutRolePolicy {
        role_name: role.into(),
        policy_name: "may".into(),
        policy_document: crate::common::allow(actions),
    };
    cloud.call(&key.credentials(), request).unwrap();
}

/// A pod has its role already, and no role trusts itself.
#[tokio::test]
async fn credentials_of_the_role_itself_are_used_as_they_are() {
    let world = World::start().await;
    let session = world.emulator.with_cloud(|cloud| {
        let request = rolegate_cloud::Request::assume_role(
            format!("arn:aws:iam::{TARGET}:role/rolegate-controller"),
            "pod",
            Some(EXTERNAL_ID.into()),
        );
        match cloud.call(&world.machine.credentials(), request).unwrap() {
            rolegate_cloud::Response::AssumedRole(assumed) => assumed.credentials,
            other => panic!("{other:?}"),
        }
    });
    let credentials = Keys {
        access_key_id: session.access_key_id,
        secret_access_key: session.secret_access_key,
        session_token: Some(session.session_token),
    };
    let settings = Settings {
        endpoint_url: Some(world.emulator.endpoint()),
        credentials: Some(credentials),
        region: Some("eu-west-1".to_owned()),
        ..Settings::new("acme")
    };
    let aws = Aws::new(settings).await;
    assert!(aws.observe(&target()).await.unwrap().account.collected.roles.is_collected());
    // Another role is not entered by these, and neither is one of that name elsewhere.
    for account in [HUB, OTHER] {
        let role = format!("arn:aws:iam::{account}:role/rolegate-controller").parse().unwrap();
        let elsewhere = Entrance { id: id(account), roles: vec![role], ..target() };
        assert_eq!(aws.observe(&elsewhere).await.unwrap_err().class, ErrorClass::Denied);
    }
    let other = format!("arn:aws:iam::{TARGET}:role/other").parse().unwrap();
    let failure = aws.observe(&Entrance { roles: vec![other], ..target() }).await.unwrap_err();
    assert_eq!(failure.class, ErrorClass::Denied);
}
