//! Performing: every action, twice.

use crate::common::{TARGET, World, allow, document, id, target, trust};
use rolegate_cloud::{Quota, Request};
use rolegate_iam::{Account, PolicyArn, RoleName, Tags};
use rolegate_plan::port::{ErrorClass, Port};
use rolegate_plan::step::Action;

fn role() -> RoleName {
    "Developer".parse().unwrap()
}

fn policy() -> PolicyArn {
    format!("arn:aws:iam::{TARGET}:policy/rolegate/acme/p").parse().unwrap()
}

fn read_only() -> PolicyArn {
    "arn:aws:iam::aws:policy/ReadOnlyAccess".parse().unwrap()
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().copied().collect()
}

/// What an action leaves behind.
type Check = fn(&Account) -> bool;

fn the_role(account: &Account) -> Option<&rolegate_iam::snapshot::Role> {
    account.roles.get(&role())
}

/// Every action in an order in which each has something to do, with what must be true after it.
#[expect(clippy::too_many_lines, reason = "a table")]
fn script() -> Vec<(Action, Check)> {
    let (group, user, inline) = ("devs".parse().unwrap(), "eric".parse().unwrap(), "inline".parse().unwrap());
    let path: rolegate_iam::Path = "/rolegate/acme/".parse().unwrap();
    let group = || -> rolegate_iam::GroupName { Clone::clone(&group) };
    let user = || -> rolegate_iam::UserName { Clone::clone(&user) };
    let inline = || -> rolegate_iam::PolicyName { Clone::clone(&inline) };
    vec![
        (
            Action::CreateRole {
                role: role(),
                path: "/".parse().unwrap(),
                trust: document(&trust(TARGET, None)),
                max_session_duration: 7200,
                description: "AccessRole developer".into(),
                boundary: Some(read_only()),
                tags: tags(&[("rolegate.dev/owner", "acme/developer"), ("team", "a")]),
            },
            |a| {
                the_role(a).is_some_and(|role| {
                    role.max_session_duration == Some(7200)
                        && role.description.as_deref() == Some("AccessRole developer")
                        && role.boundary == Some(read_only())
                        && role.tags.len() == 2
                        && role.trust == document(&trust(TARGET, None))
                })
            },
        ),
        (Action::UpdateTrust { role: role(), document: document(&trust(TARGET, Some("x-1"))) }, |a| {
            the_role(a).unwrap().trust == document(&trust(TARGET, Some("x-1")))
        }),
        (Action::UpdateRole { role: role(), max_session_duration: 3600, description: "d".into() }, |a| {
            let role = the_role(a).unwrap();
            role.max_session_duration == Some(3600) && role.description.as_deref() == Some("d")
        }),
        (Action::TagRole { role: role(), tags: tags(&[("team", "b")]) }, |a| {
            the_role(a).unwrap().tags.get("team") == Some("b") && the_role(a).unwrap().tags.len() == 2
        }),
        (Action::UntagRole { role: role(), keys: vec!["team".into()] }, |a| {
            the_role(a).unwrap().tags.get("team").is_none()
        }),
        (Action::PutRolePolicy { role: role(), policy: inline(), document: document(&allow("s3:*")) }, |a| {
            the_role(a).unwrap().inline.values().next() == Some(&document(&allow("s3:*")))
        }),
        (Action::DeleteRolePolicy { role: role(), policy: inline() }, |a| {
            the_role(a).unwrap().inline.is_empty()
        }),
        (Action::AttachRolePolicy { role: role(), policy: read_only() }, |a| {
            the_role(a).unwrap().attached.contains(&read_only())
        }),
        (Action::DetachRolePolicy { role: role(), policy: read_only() }, |a| {
            the_role(a).unwrap().attached.is_empty()
        }),
        (Action::DeleteRoleBoundary { role: role() }, |a| the_role(a).unwrap().boundary.is_none()),
        (Action::PutRoleBoundary { role: role(), policy: read_only() }, |a| {
            the_role(a).unwrap().boundary == Some(read_only())
        }),
        (Action::DeleteRole { role: role() }, |a| the_role(a).is_none()),
        (Action::CreateGroup { group: group(), path: path.clone() }, |a| a.groups.len() == 1),
        (
            Action::PutGroupPolicy { group: group(), policy: inline(), document: document(&allow("s3:*")) },
            |a| a.groups.values().all(|group| group.inline.len() == 1),
        ),
        (Action::DeleteGroupPolicy { group: group(), policy: inline() }, |a| {
            a.groups.values().all(|group| group.inline.is_empty())
        }),
        (Action::AttachGroupPolicy { group: group(), policy: read_only() }, |a| {
            a.groups.values().all(|group| group.attached.len() == 1)
        }),
        (Action::DetachGroupPolicy { group: group(), policy: read_only() }, |a| {
            a.groups.values().all(|group| group.attached.is_empty())
        }),
        (Action::AddUserToGroup { user: user(), group: group() }, |a| {
            a.users.values().all(|user| user.groups.len() == 1)
        }),
        (Action::RemoveUserFromGroup { user: user(), group: group() }, |a| {
            a.users.values().all(|user| user.groups.is_empty())
        }),
        (Action::TagUser { user: user(), tags: tags(&[("rolegate.dev/acme", ":devs:")]) }, |a| {
            a.users.values().all(|user| user.tags.get("rolegate.dev/acme") == Some(":devs:"))
        }),
        (Action::UntagUser { user: user(), keys: vec!["rolegate.dev/acme".into()] }, |a| {
            a.users.values().all(|user| user.tags.is_empty())
        }),
        (Action::AttachUserPolicy { user: user(), policy: read_only() }, |a| {
            a.users.values().all(|user| user.attached.len() == 1)
        }),
        (Action::DetachUserPolicy { user: user(), policy: read_only() }, |a| {
            a.users.values().all(|user| user.attached.is_empty())
        }),
        (
            Action::CreatePolicy {
                path,
                name: "p".parse().unwrap(),
                document: document(&allow("s3:*")),
                description: "Rolegate".into(),
            },
            |a| a.policies[&policy()].document() == Some(&document(&allow("s3:*"))),
        ),
        (
            Action::CreatePolicyVersion {
                policy: policy(),
                document: document(&allow("s3:Get*")),
                prune: None,
            },
            |a| {
                let policy = &a.policies[&policy()];
                policy.versions.len() == 2 && policy.document() == Some(&document(&allow("s3:Get*")))
            },
        ),
        (
            Action::CreatePolicyVersion {
                policy: policy(),
                document: document(&allow("s3:List*")),
                prune: Some("v1".into()),
            },
            |a| {
                let policy = &a.policies[&policy()];
                policy.versions.keys().map(smol_str::SmolStr::as_str).collect::<Vec<_>>() == ["v2", "v3"]
                    && policy.document() == Some(&document(&allow("s3:List*")))
            },
        ),
        (Action::DeletePolicyVersion { policy: policy(), version: "v2".into() }, |a| {
            a.policies[&policy()].versions.len() == 1
        }),
        (Action::DeletePolicy { policy: policy() }, |a| a.policies.is_empty()),
    ]
}

async fn with_eric() -> World {
    let world = World::start().await;
    world.emulator.with_cloud(|cloud| {
        let root = cloud.root_key(id(TARGET)).unwrap().credentials();
        let request = Request::CreateUser {
            user_name: "eric".into(),
            path: None,
            permissions_boundary: None,
            tags: Vec::new(),
        };
        cloud.call(&root, request).unwrap();
    });
    world
}

fn account(world: &World) -> Account {
    let mut account =
        world.emulator.with_cloud(|cloud| cloud.snapshot().accounts.remove(&id(TARGET)).unwrap());
    account.roles.remove(&"rolegate-controller".parse().unwrap());
    account.summary.clear();
    account
}

#[tokio::test]
async fn every_action_does_what_it_says_and_twice_is_once() {
    let world = with_eric().await;
    let aws = world.aws().await;
    for (action, check) in script() {
        aws.perform(&target(), &action).await.unwrap_or_else(|failure| panic!("{action}: {failure}"));
        let once = account(&world);
        assert!(check(&once), "after `{action}`: {once:#?}");
        match (&action, aws.perform(&target(), &action).await) {
            (
                Action::CreateRole { .. } | Action::CreateGroup { .. } | Action::CreatePolicy { .. },
                Err(failure),
            ) => {
                assert_eq!(failure.class, ErrorClass::Conflict, "{action}");
                assert_eq!(failure.code.as_deref(), Some("EntityAlreadyExists"), "{action}");
            }
            (_, answer) => answer.unwrap_or_else(|failure| panic!("second `{action}`: {failure}")),
        }
        assert_eq!(account(&world), once, "twice `{action}`");
    }
}

#[tokio::test]
async fn a_lost_answer_is_asked_again() {
    use rolegate_cloud::Faults;
    let world = with_eric().await;
    let aws = world.aws().await;
    aws.observe(&target()).await.unwrap();
    world.emulator.with_cloud(|cloud| {
        cloud.set_faults(Faults { lose_response_every: Some(2), ..Faults::default() });
    });
    for (action, check) in script() {
        match aws.perform(&target(), &action).await {
            Ok(()) => {}
            // Made, and the answer lost: whose it is, the next observation tells.
            Err(failure) => {
                assert_eq!(failure.code.as_deref(), Some("EntityAlreadyExists"), "{action}: {failure}");
            }
        }
        let seen = account(&world);
        assert!(check(&seen), "after `{action}`: {seen:#?}");
    }
}

#[tokio::test]
async fn refusals_have_their_class_code_and_message() {
    let world = with_eric().await;
    let aws = world.aws().await;
    world.emulator.with_cloud(|cloud| cloud.set_quota(id(TARGET), Quota::Groups, 0));
    let no_statement = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}"#;
    let absent = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/absent"},"Action":"sts:AssumeRole"}]}"#;
    let (own, absent_role) = ("rolegate-controller".parse::<RoleName>().unwrap(), role());
    for (action, class, code) in [
        (
            Action::UpdateTrust { role: own.clone(), document: document(absent) },
            ErrorClass::Propagating,
            "MalformedPolicyDocument",
        ),
        (
            Action::PutRolePolicy {
                role: own.clone(),
                policy: "x".parse().unwrap(),
                document: document(no_statement),
            },
            ErrorClass::Invalid,
            "MalformedPolicyDocument",
        ),
        (
            Action::TagRole { role: absent_role, tags: tags(&[("a", "b")]) },
            ErrorClass::Conflict,
            "NoSuchEntity",
        ),
        (
            Action::CreateGroup { group: "g".parse().unwrap(), path: "/".parse().unwrap() },
            ErrorClass::Quota,
            "LimitExceeded",
        ),
        (
            Action::CreateRole {
                role: "ROLEGATE-controller".parse().unwrap(),
                path: "/".parse().unwrap(),
                trust: document(&trust(TARGET, None)),
                max_session_duration: 3600,
                description: String::new(),
                boundary: None,
                tags: Tags::new(),
            },
            ErrorClass::Conflict,
            "EntityAlreadyExists",
        ),
        (Action::DeleteRole { role: own }, ErrorClass::Conflict, "DeleteConflict"),
    ] {
        let failure = aws.perform(&target(), &action).await.unwrap_err();
        assert_eq!((failure.class, failure.code.as_deref()), (class, Some(code)), "{action}: {failure}");
        assert!(!failure.message.is_empty());
    }
}

#[tokio::test]
async fn a_denied_write_is_denied() {
    let world = with_eric().await;
    let aws = world.aws().await;
    world.emulator.with_cloud(|cloud| {
        let root = cloud.root_key(id(TARGET)).unwrap().credentials();
        let request = Request::PutRolePolicy {
            role_name: "rolegate-controller".into(),
            policy_name: "manage".into(),
            policy_document: allow("iam:Get*"),
        };
        cloud.call(&root, request).unwrap();
    });
    for (action, _) in script() {
        let failure = aws.perform(&target(), &action).await;
        // A new version is only denied where there is a policy to look at.
        let Err(failure) = failure else { panic!("{action} went well") };
        assert!(matches!(failure.class, ErrorClass::Denied | ErrorClass::Conflict), "{action}: {failure}");
        if !matches!(action, Action::CreatePolicyVersion { .. }) {
            assert_eq!(failure.code.as_deref(), Some("AccessDenied"), "{action}: {failure}");
            assert!(failure.message.contains("let a policy of the management role allow it"), "{failure}");
        }
    }
}
