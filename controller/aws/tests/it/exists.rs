//! Point reads.

use crate::common::{TARGET, World, allow, id, target, trust};
use rolegate_cloud::Request;
use rolegate_plan::absence::{Entity, Presence};
use rolegate_plan::port::{ErrorClass, Port};

/// One of everything, called `here`.
fn furnish(world: &World) {
    world.emulator.with_cloud(|cloud| {
        let root = cloud.root_key(id(TARGET)).unwrap().credentials();
        let mut call = |request| drop(cloud.call(&root, request).unwrap());
        call(Request::CreateUser {
            user_name: "here".into(),
            path: None,
            permissions_boundary: None,
            tags: Vec::new(),
        });
        call(Request::CreateGroup { group_name: "here".into(), path: Some("/rolegate/acme/".into()) });
        call(Request::CreateRole {
            role_name: "here".into(),
            path: Some("/team/".into()),
            assume_role_policy_document: trust(TARGET, None),
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
            tags: Vec::new(),
        });
        call(Request::CreatePolicy {
            policy_name: "here".into(),
            path: None,
            policy_document: allow("s3:*"),
            description: None,
            tags: Vec::new(),
        });
    });
}

fn entities(name: &str) -> [Entity; 4] {
    [
        Entity::User(name.parse().unwrap()),
        Entity::Group(name.parse().unwrap()),
        Entity::Role(name.parse().unwrap()),
        Entity::Policy(format!("arn:aws:iam::{TARGET}:policy/{name}").parse().unwrap()),
    ]
}

#[tokio::test]
async fn what_is_there_is_told_from_what_is_not() {
    let world = World::start().await;
    furnish(&world);
    let aws = world.aws().await;
    for (name, presence) in [("here", Presence::Present), ("gone", Presence::Absent)] {
        for entity in entities(name) {
            assert_eq!(aws.exists(&target(), &entity).await, Ok(presence), "{entity}");
        }
    }
    let calls = world.calls();
    for once in ["iam:GetUser", "iam:GetGroup", "iam:GetRole", "iam:GetPolicy"] {
        assert_eq!(calls.iter().filter(|call| **call == once).count(), 2, "{calls:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_an_absence() {
    let world = World::start().await;
    world.emulator.with_cloud(|cloud| {
        let root = cloud.root_key(id(TARGET)).unwrap().credentials();
        let request = Request::PutRolePolicy {
            role_name: "rolegate-controller".into(),
            policy_name: "manage".into(),
            policy_document: allow("iam:GetAccountAuthorizationDetails"),
        };
        cloud.call(&root, request).unwrap();
    });
    let aws = world.aws().await;
    for entity in entities("gone") {
        let failure = aws.exists(&target(), &entity).await.unwrap_err();
        assert_eq!(failure.class, ErrorClass::Denied, "{entity}: {failure}");
        assert!(failure.message.contains("policy of the management role"), "{failure}");
    }
}
