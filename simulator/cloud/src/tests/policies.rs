//! Managed policies: §3.4 and §7.8.

use super::{A, ADMIN, ALL, all, allow, create_policy, create_user, id, lab, paging};
use crate::api::Response;
use crate::{Quota, Request};

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{A}:policy/{name}")
}

fn new_version(document: &str) -> Request {
    Request::CreatePolicyVersion {
        policy_arn: arn("P"),
        policy_document: document.to_owned(),
        set_as_default: Some(true),
    }
}

#[test]
fn versions_rotate_rows_155_and_156() {
    let mut lab = lab();
    lab.a(create_policy("P", ALL));
    for number in 2..=5 {
        let Response::PolicyVersion(version) =
            lab.a(new_version(&allow("s3:*", &format!("arn:aws:s3:::b{number}"))))
        else {
            panic!()
        };
        assert_eq!((version.version_id, version.is_default_version), (format!("v{number}"), true));
    }
    let full = lab.a_err(new_version(ALL));
    assert_eq!((full.code, full.http_status), ("LimitExceeded", 409));
    let delete = |id: &str| Request::DeletePolicyVersion { policy_arn: arn("P"), version_id: id.into() };
    assert_eq!(lab.a_err(delete("v5")).code, "DeleteConflict");
    lab.a(delete("v2"));
    assert_eq!(lab.a_err(delete("v2")).code, "NoSuchEntity");
    // Ids are never used again.
    let Response::PolicyVersion(version) = lab.a(new_version(ALL)) else { panic!() };
    assert_eq!(version.version_id, "v6");
    lab.a(Request::SetDefaultPolicyVersion { policy_arn: arn("P"), version_id: "v3".into() });
    lab.a(delete("v6"));
    let Response::PolicyVersions(versions) =
        lab.a(Request::ListPolicyVersions { policy_arn: arn("P"), paging: paging(None, 2) })
    else {
        panic!()
    };
    let ids: Vec<_> = versions.items.iter().map(|version| version.version_id.as_str()).collect();
    assert_eq!(ids, ["v5", "v4"]);
    let rest =
        Request::ListPolicyVersions { policy_arn: arn("P"), paging: paging(versions.marker.as_deref(), 9) };
    let Response::PolicyVersions(rest) = lab.a(rest) else { panic!() };
    let ids: Vec<_> = rest.items.iter().map(|v| (v.version_id.as_str(), v.is_default_version)).collect();
    assert_eq!(ids, [("v3", true), ("v1", false)]);
    let Response::PolicyVersion(v3) =
        lab.a(Request::GetPolicyVersion { policy_arn: arn("P"), version_id: "v3".into() })
    else {
        panic!()
    };
    assert_eq!(v3.document.unwrap(), allow("s3:*", "arn:aws:s3:::b3"));
}

#[test]
fn a_policy_in_use_cannot_be_deleted_row_154() {
    let mut lab = lab();
    lab.a(create_policy("P", ALL));
    lab.a(create_user("alice"));
    let delete = Request::DeletePolicy { policy_arn: arn("P") };
    let uses = [
        (
            Request::AttachUserPolicy { user_name: "alice".into(), policy_arn: arn("P") },
            Request::DetachUserPolicy { user_name: "alice".into(), policy_arn: arn("P") },
        ),
        (
            Request::PutUserPermissionsBoundary { user_name: "alice".into(), permissions_boundary: arn("P") },
            Request::DeleteUserPermissionsBoundary { user_name: "alice".into() },
        ),
        (new_version(ALL), Request::DeletePolicyVersion { policy_arn: arn("P"), version_id: "v1".into() }),
    ];
    for (begin, end) in uses {
        lab.a(begin);
        assert_eq!(lab.a_err(delete.clone()).code, "DeleteConflict");
        lab.a(end);
    }
    lab.a(delete.clone());
    assert_eq!(lab.a_err(delete).code, "NoSuchEntity");
}

#[test]
fn names_are_unique_whatever_the_path_and_sizes_are_limited() {
    let mut lab = lab();
    lab.a(create_policy("P", ALL));
    let Request::CreatePolicy { policy_name, policy_document, description, tags, .. } =
        create_policy("p", ALL)
    else {
        panic!()
    };
    let elsewhere =
        Request::CreatePolicy { policy_name, path: Some("/x/".into()), policy_document, description, tags };
    assert_eq!(lab.a_err(elsewhere).code, "EntityAlreadyExists");
    lab.cloud.set_quota(id(A), Quota::PolicySize, 100);
    let long = allow("s3:*", &format!("arn:aws:s3:::{}", "b".repeat(50)));
    assert_eq!(lab.a_err(create_policy("Q", &long)).message, "Cannot exceed quota for PolicySize: 100");
    let spaced = ALL.replace(':', " :\n ");
    lab.a(create_policy("Q", &spaced));
}

#[test]
fn aws_policies_are_read_and_attached_but_never_changed() {
    let mut lab = lab();
    let Response::Policy(policy) = lab.a(Request::GetPolicy { policy_arn: ADMIN.into() }) else { panic!() };
    assert_eq!(
        (policy.policy_name.as_str(), policy.default_version_id.as_str()),
        ("AdministratorAccess", "v1")
    );
    let Response::PolicyVersion(version) =
        lab.a(Request::GetPolicyVersion { policy_arn: ADMIN.into(), version_id: "v1".into() })
    else {
        panic!()
    };
    assert_eq!(version.document.as_deref(), Some(ALL));
    for request in [
        Request::DeletePolicy { policy_arn: ADMIN.into() },
        Request::CreatePolicyVersion {
            policy_arn: ADMIN.into(),
            policy_document: ALL.into(),
            set_as_default: None,
        },
        Request::DeletePolicyVersion { policy_arn: ADMIN.into(), version_id: "v1".into() },
    ] {
        assert_eq!(lab.a_err(request).code, "AccessDenied");
    }
    let foreign = Request::GetPolicy { policy_arn: "arn:aws:iam::222222222222:policy/P".into() };
    assert_eq!(lab.a_err(foreign).code, "NoSuchEntity");
}

#[test]
fn lists_follow_their_filters() {
    let mut lab = lab();
    lab.a(create_policy("P", ALL));
    lab.a(create_policy("Q", ALL));
    lab.a(create_user("alice"));
    lab.a(Request::AttachUserPolicy { user_name: "alice".into(), policy_arn: arn("Q") });
    lab.a(Request::AttachUserPolicy { user_name: "alice".into(), policy_arn: ADMIN.into() });
    let mut list = |scope: Option<&str>, only_attached: bool| {
        let request = Request::ListPolicies {
            scope: scope.map(str::to_owned),
            only_attached: Some(only_attached),
            path_prefix: None,
            policy_usage_filter: None,
            paging: all(),
        };
        let Response::Policies(page) = lab.a(request) else { panic!() };
        page.items.into_iter().map(|policy| policy.policy_name).collect::<Vec<_>>()
    };
    assert_eq!(list(Some("Local"), false), ["P", "Q"]);
    assert_eq!(list(None, true), ["AdministratorAccess", "Q"]);
    assert_eq!(list(Some("AWS"), true), ["AdministratorAccess"]);
    assert!(list(Some("AWS"), false).len() > 5);
}
