//! What may be done, asked without writing.

use crate::common::{TARGET, World, allow, id, target};
use crate::stub::{self, answer, error};
use rolegate_aws::{Check, Permission};
use rolegate_cloud::Request;
use rolegate_iam::Partition;
use rolegate_plan::bootstrap::{Call, calls_undeclared};
use rolegate_plan::port::Entrance;

fn calls() -> Vec<Call> {
    calls_undeclared("acme", Partition::Aws, id(TARGET))
}

fn permission<'a>(checks: &'a [Check], action: &str) -> &'a Permission {
    let found: Vec<&Check> = checks.iter().filter(|check| check.action == action).collect();
    assert_eq!(found.len(), 1, "{action}: {checks:?}");
    &found[0].permission
}

fn set_policy(world: &World, document: String) {
    world.emulator.with_cloud(|cloud| {
        let root = cloud.root_key(id(TARGET)).unwrap().credentials();
        let request = Request::PutRolePolicy {
            role_name: "rolegate-controller".into(),
            policy_name: "manage".into(),
            policy_document: document,
        };
        cloud.call(&root, request).unwrap();
    });
}

#[tokio::test]
async fn reads_are_made_and_writes_are_not() {
    let world = World::start().await;
    let aws = world.aws().await;
    let checks = aws.preflight(&target(), &calls()).await;
    for action in [
        "sts:AssumeRole",
        "iam:GetAccountAuthorizationDetails",
        "iam:ListRoles",
        "iam:GetUser",
        "iam:GetPolicy",
    ] {
        assert_eq!(*permission(&checks, action), Permission::Allowed, "{action}");
    }
    for action in ["iam:CreateRole", "iam:UpdateAssumeRolePolicy"] {
        assert_eq!(*permission(&checks, action), Permission::Allowed, "{action}");
    }
    let reads = ["sts:", "iam:Get", "iam:List", "iam:SimulatePrincipalPolicy"];
    assert!(world.calls().iter().all(|call| reads.iter().any(|read| call.starts_with(read))));
}

#[tokio::test]
async fn a_refused_read_is_denied_and_a_closed_account_is_unknown_behind_its_door() {
    let world = World::start().await;
    set_policy(&world, allow("iam:ListRoles"));
    let checks = world.aws().await.preflight(&target(), &calls()).await;
    assert_eq!(*permission(&checks, "iam:ListRoles"), Permission::Allowed);
    for action in ["iam:GetAccountSummary", "iam:GetRole"] {
        assert!(matches!(permission(&checks, action), Permission::Denied(_)), "{action}");
    }
    let Permission::Unknown(why) = permission(&checks, "iam:CreateRole") else { panic!("{checks:?}") };
    assert!(why.contains("SimulatePrincipalPolicy"), "{why}");
    let closed = Entrance { external_id: None, ..target() };
    let checks = world.aws().await.preflight(&closed, &calls()).await;
    let Permission::Denied(why) = permission(&checks, "sts:AssumeRole") else { panic!("{checks:?}") };
    assert!(why.contains("external id"), "{why}");
    assert!(checks[1..].iter().all(|check| matches!(check.permission, Permission::Unknown(_))));
}

fn simulating(operation: &str) -> Option<(u16, String)> {
    let result = |action: &str, decision: &str, more: &str| {
        format!(
            "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>{more}</member>"
        )
    };
    match operation {
        "AssumeRole" => answer(
            "AssumeRole",
            "<Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>x</SecretAccessKey>\
             <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>",
        ),
        "GetCallerIdentity" => answer(
            "GetCallerIdentity",
            "<Arn>arn:aws:sts::222222222222:assumed-role/rolegate-controller/rolegate-acme</Arn><Account>222222222222</Account>",
        ),
        "SimulatePrincipalPolicy" => {
            let missing = "<MissingContextValues><member>aws:SourceIp</member></MissingContextValues>";
            let organization = "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations>\
                                </OrganizationsDecisionDetail>";
            let results = [
                result("iam:CreateRole", "allowed", ""),
                result("iam:DeleteRole", "explicitDeny", ""),
                result("iam:PutRolePolicy", "explicitDeny", missing),
                result("iam:TagRole", "implicitDeny", missing),
                result("iam:UntagRole", "implicitDeny", ""),
                result("iam:AttachRolePolicy", "implicitDeny", organization),
            ];
            let results = results.concat();
            answer(
                "SimulatePrincipalPolicy",
                &format!("<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults>"),
            )
        }
        _ => error(403, "AccessDenied", "no"),
    }
}

/// A simulation does not weigh conditions of organizations, and knows no key that it was not told: then nobody can tell.
#[tokio::test]
async fn what_iam_simulates_is_believed_as_far_as_it_goes() {
    let aws = stub::aws(simulating).await;
    let checks = Box::pin(aws.preflight(&target(), &calls())).await;
    assert_eq!(*permission(&checks, "iam:CreateRole"), Permission::Allowed);
    for action in ["iam:DeleteRole", "iam:UntagRole"] {
        let Permission::Denied(why) = permission(&checks, action) else { panic!("{checks:?}") };
        assert!(why.contains("rolegate bootstrap"), "{why}");
    }
    for (action, because) in [
        ("iam:TagRole", "aws:SourceIp"),
        ("iam:PutRolePolicy", "aws:SourceIp"),
        ("iam:AttachRolePolicy", "organization"),
        ("iam:UpdateRole", "does not mention"),
    ] {
        let Permission::Unknown(why) = permission(&checks, action) else { panic!("{checks:?}") };
        assert!(why.contains(because), "{action}: {why}");
    }
    assert!(matches!(permission(&checks, "iam:ListRoles"), Permission::Denied(_)));
}
