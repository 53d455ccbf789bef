//! Where every role has a permissions boundary: IAM demands it, and nobody who holds the management role gets past it.

use super::give;
use super::ways::{
    ADMIN, ANYBODY, EVERYTHING, GATEWAY, TARGET, attach_role, create_role, enter, put_role, session,
};
use crate::common::world;
use crate::company::{apply, as_declared, manifests, now, root_call};
use rolegate::plan::bootstrap::Kind;
use rolegate::plan::validate::Validated;
use rolegate_cloud::{AccessKey, Cloud, Request};
use rolegate_controller::CloudPort;

/// Reading and tagging, and no way to IAM.
const FENCE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}"#;

fn fence(account: &str) -> String {
    format!("arn:aws:iam::{account}:policy/limits/fence")
}

/// The company, every role of it with the account's boundary.
fn bounded() -> Validated {
    let defaults = "  roleDefaults: {permissionsBoundary: {customerManaged: {name: fence, path: /limits/}}}\n  environment: ";
    manifests(&[], &[("  environment: ", defaults)])
}

/// The company as declared, under the policy that demands boundaries.
fn stage() -> (CloudPort, Validated, AccessKey) {
    let (mut cloud, key) = world(now());
    let all = bounded();
    for account in all.accounts.values() {
        let request = Request::CreatePolicy {
            policy_name: "fence".into(),
            path: Some("/limits/".into()),
            policy_document: FENCE.into(),
            description: None,
            tags: Vec::new(),
        };
        root_call(&mut cloud, account.id.as_str(), request);
    }
    give(&mut cloud, &all, Kind::Gateway, |policy| policy);
    give(&mut cloud, &all, Kind::Target, |policy| policy);
    let port = CloudPort::new(cloud, key.credentials(), "acme");
    as_declared(&apply(&port, &all));
    (port, all, key)
}

fn owner(account: &str, role: &str) -> String {
    format!("acme/any/{account}/{role}")
}

fn set_boundary(role: &str, arn: &str) -> Request {
    Request::PutRolePermissionsBoundary { role_name: role.into(), permissions_boundary: arn.into() }
}

#[test]
fn boundaries_that_somebody_took_off_or_replaced_are_put_back_under_the_same_policy() {
    let (port, all, _) = stage();
    let role = || "Auditor".to_owned();
    port.with_cloud(|cloud| {
        for account in [GATEWAY, TARGET] {
            let boundary = match account {
                GATEWAY => Request::DeleteRolePermissionsBoundary { role_name: role() },
                _ => set_boundary("Auditor", ADMIN),
            };
            let read = "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned();
            let detach = Request::DetachRolePolicy { role_name: role(), policy_arn: read };
            root_call(cloud, account, boundary);
            root_call(cloud, account, detach);
        }
    });
    as_declared(&apply(&port, &all));
    let seen = port.with_cloud(|cloud| cloud.snapshot());
    for account in [GATEWAY, TARGET] {
        let role = &seen.accounts[&account.parse().unwrap()].roles[&"Auditor".parse().unwrap()];
        assert_eq!(role.boundary.as_ref().map(ToString::to_string), Some(fence(account)));
        assert_eq!(role.attached.len(), 1);
    }
}

fn refused(cloud: &mut Cloud, key: &AccessKey, account: &str, request: Request) {
    let who = session(cloud, key, account);
    let told = format!("{account}: {request:?}");
    let answer = cloud.call(&who, request);
    assert_eq!(answer.err().map(|error| error.code), Some("AccessDenied"), "{told}");
}

#[test]
fn no_role_is_made_or_given_anything_without_the_boundary() {
    let (port, _, key) = stage();
    port.with_cloud(|cloud| {
        for account in [GATEWAY, TARGET] {
            let before = cloud.snapshot();
            let ours = owner(account, "Mine");
            for request in [
                create_role("Mine", Some(&ours), None),
                create_role("Mine", Some(&ours), Some(ADMIN)),
                create_role("Mine", None, Some(&fence(account))),
                Request::DeleteRolePermissionsBoundary { role_name: "Auditor".into() },
                set_boundary("Auditor", ADMIN),
                set_boundary("jenkins", &fence(account)),
                Request::CreatePolicyVersion {
                    policy_arn: fence(account),
                    policy_document: EVERYTHING.into(),
                    set_as_default: Some(true),
                },
                Request::DeletePolicy { policy_arn: fence(account) },
            ] {
                refused(cloud, &key, account, request);
            }
            assert_eq!(cloud.snapshot(), before);
            // A role of ours whose boundary somebody else took off gets nothing before it is back.
            root_call(cloud, account, Request::DeleteRolePermissionsBoundary { role_name: "Auditor".into() });
            for request in [put_role("Auditor"), attach_role("Auditor", ADMIN.into())] {
                refused(cloud, &key, account, request);
            }
            let who = session(cloud, &key, account);
            cloud.call(&who, set_boundary("Auditor", &fence(account))).unwrap();
            cloud.call(&who, put_role("Auditor")).unwrap();
        }
    });
}

/// The most that can be made of it: a role that trusts the attacker and may do everything, within the boundary.
#[test]
fn a_role_made_to_escape_stays_within_the_boundary() {
    let (port, _, key) = stage();
    port.with_cloud(|cloud| {
        let who = session(cloud, &key, GATEWAY);
        let ours = owner(GATEWAY, "Mine");
        cloud.call(&who, create_role("Mine", Some(&ours), Some(&fence(GATEWAY)))).unwrap();
        cloud.call(&who, attach_role("Mine", ADMIN.into())).unwrap();
        let trust = ANYBODY.replace("111111111111", "arn:aws:iam::111111111111:user/rolegate");
        let open = Request::UpdateAssumeRolePolicy { role_name: "Mine".into(), policy_document: trust };
        cloud.call(&who, open).unwrap();
        let escaped = enter(cloud, &key.credentials(), GATEWAY, "Mine").unwrap();
        for request in [
            put_role("rolegate-controller"),
            Request::DeleteRolePermissionsBoundary { role_name: "Mine".into() },
            create_role("More", Some(&ours), None),
            Request::CreateAccessKey { user_name: Some("olga".into()) },
        ] {
            let told = format!("{request:?}");
            let answer = cloud.call(&escaped, request);
            assert_eq!(answer.err().map(|error| error.code), Some("AccessDenied"), "{told}");
        }
    });
}
