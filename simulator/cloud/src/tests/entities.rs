//! Users, groups, roles and keys: §4.2 and §7.8.

use super::{A, ADMIN, ALL, NewRole, all, create_role, create_user, id, lab, trust};
use crate::api::{Response, Tag};
use crate::{Quota, Request};

fn root_trust() -> String {
    trust(&format!(r#"{{"AWS":"{A}"}}"#))
}

fn tag(key: &str, value: &str) -> Vec<Tag> {
    vec![(key.to_owned(), value.to_owned())]
}

#[test]
fn names_are_unique_ignoring_case_row_148() {
    let mut lab = lab();
    lab.a(create_user("alice"));
    lab.a(Request::CreateGroup { group_name: "Devs".into(), path: Some("/x/".into()) });
    lab.role(A, "admin", &root_trust());
    for (request, message) in [
        (create_user("Alice"), "User with name Alice already exists."),
        (
            Request::CreateGroup { group_name: "DEVS".into(), path: None },
            "Group with name DEVS already exists.",
        ),
        (create_role("Admin", &root_trust()), "Role with name Admin already exists."),
    ] {
        let error = lab.a_err(request);
        assert_eq!(
            (error.code, error.http_status, error.message.as_str()),
            ("EntityAlreadyExists", 409, message)
        );
    }
}

#[test]
fn what_is_not_there_is_no_such_entity() {
    let mut lab = lab();
    lab.a(create_user("alice"));
    lab.a(Request::CreateGroup { group_name: "g".into(), path: None });
    let n = || "nobody".to_owned();
    for request in [
        Request::GetUser { user_name: Some(n()) },
        Request::DeleteUser { user_name: n() },
        Request::TagUser { user_name: n(), tags: tag("k", "v") },
        Request::CreateAccessKey { user_name: Some(n()) },
        Request::DeleteAccessKey { user_name: Some("alice".into()), access_key_id: "AKIAX".into() },
        Request::GetUserPolicy { user_name: "alice".into(), policy_name: n() },
        Request::DeleteUserPolicy { user_name: "alice".into(), policy_name: n() },
        Request::DetachUserPolicy { user_name: "alice".into(), policy_arn: ADMIN.into() },
        Request::AttachUserPolicy {
            user_name: "alice".into(),
            policy_arn: format!("arn:aws:iam::{A}:policy/none"),
        },
        Request::DeleteUserPermissionsBoundary { user_name: "alice".into() },
        Request::GetGroup { group_name: n(), paging: all() },
        Request::DeleteGroup { group_name: n() },
        Request::AddUserToGroup { group_name: "g".into(), user_name: n() },
        Request::AddUserToGroup { group_name: n(), user_name: "alice".into() },
        Request::PutGroupPolicy { group_name: n(), policy_name: "p".into(), policy_document: ALL.into() },
        Request::GetRole { role_name: n() },
        Request::DeleteRole { role_name: n() },
        Request::UpdateRole { role_name: n(), description: None, max_session_duration: None },
        Request::UpdateAssumeRolePolicy { role_name: n(), policy_document: root_trust() },
        Request::GetPolicy { policy_arn: format!("arn:aws:iam::{A}:policy/none") },
        Request::DeactivateMFADevice {
            user_name: Some("alice".into()),
            serial_number: format!("arn:aws:iam::{A}:mfa/x"),
        },
    ] {
        let name = request.operation();
        let error = lab.a_err(request);
        assert_eq!((error.code, error.http_status), ("NoSuchEntity", 404), "{name}: {error}");
    }
}

#[test]
fn inline_policies_are_upserts_row_150_and_groups_are_idempotent_row_151() {
    let mut lab = lab();
    lab.role(A, "R", &root_trust());
    lab.a(create_user("alice"));
    lab.a(Request::CreateGroup { group_name: "g".into(), path: None });
    for _ in 0..2 {
        lab.a(Request::PutRolePolicy {
            role_name: "R".into(),
            policy_name: "p".into(),
            policy_document: ALL.into(),
        });
        lab.a(Request::AddUserToGroup { group_name: "g".into(), user_name: "alice".into() });
        lab.a(Request::AttachRolePolicy { role_name: "R".into(), policy_arn: ADMIN.into() });
    }
    for _ in 0..2 {
        lab.a(Request::RemoveUserFromGroup { group_name: "g".into(), user_name: "alice".into() });
    }
}

#[test]
fn an_eleventh_group_is_over_the_quota_row_152() {
    let mut lab = lab();
    lab.a(create_user("alice"));
    for number in 0..11 {
        lab.a(Request::CreateGroup { group_name: format!("g{number}"), path: None });
    }
    let add =
        |number: i32| Request::AddUserToGroup { group_name: format!("g{number}"), user_name: "alice".into() };
    for number in 0..10 {
        lab.a(add(number));
    }
    let error = lab.a_err(add(10));
    assert_eq!((error.code, error.http_status), ("LimitExceeded", 409));
    assert_eq!(error.message, "Cannot exceed quota for GroupsPerUser: 10");
    lab.a(add(3));
}

#[test]
fn entities_are_deleted_only_when_nothing_hangs_on_them_row_153() {
    let mut lab = lab();
    lab.role(A, "R", &root_trust());
    let key = lab.user("alice");
    lab.a(Request::CreateGroup { group_name: "g".into(), path: None });
    let put_role = Request::PutRolePolicy {
        role_name: "R".into(),
        policy_name: "p".into(),
        policy_document: ALL.into(),
    };
    let delete_role = Request::DeleteRole { role_name: "R".into() };
    let delete_user = Request::DeleteUser { user_name: "alice".into() };
    let delete_group = Request::DeleteGroup { group_name: "g".into() };
    let steps = [
        (
            put_role,
            delete_role.clone(),
            "policies first",
            Request::DeleteRolePolicy { role_name: "R".into(), policy_name: "p".into() },
        ),
        (
            Request::AttachRolePolicy { role_name: "R".into(), policy_arn: ADMIN.into() },
            delete_role.clone(),
            "detach all policies first",
            Request::DetachRolePolicy { role_name: "R".into(), policy_arn: ADMIN.into() },
        ),
        (
            Request::GetUser { user_name: Some("alice".into()) },
            delete_user.clone(),
            "access keys first",
            Request::DeleteAccessKey { user_name: Some("alice".into()), access_key_id: key.access_key_id },
        ),
        (
            Request::AddUserToGroup { group_name: "g".into(), user_name: "alice".into() },
            delete_group.clone(),
            "remove users from group first",
            Request::GetUser { user_name: Some("alice".into()) },
        ),
        (
            Request::GetUser { user_name: Some("alice".into()) },
            delete_user.clone(),
            "remove users from group first",
            Request::RemoveUserFromGroup { group_name: "g".into(), user_name: "alice".into() },
        ),
    ];
    for (before, delete, message, after) in steps {
        lab.a(before);
        let error = lab.a_err(delete);
        assert_eq!((error.code, error.http_status), ("DeleteConflict", 409));
        assert!(error.message.contains(message), "{}", error.message);
        lab.a(after);
    }
    for delete in [delete_role, delete_user, delete_group] {
        lab.a(delete.clone());
        assert_eq!(lab.a_err(delete).code, "NoSuchEntity");
    }
}

#[test]
fn a_tag_is_replaced_whatever_the_case_of_its_key_row_157() {
    let mut lab = lab();
    lab.role(A, "R", &root_trust());
    lab.a(Request::TagRole { role_name: "R".into(), tags: tag("Team", "a") });
    lab.a(Request::TagRole { role_name: "R".into(), tags: tag("team", "b") });
    let tags = lab.a(Request::ListRoleTags { role_name: "R".into(), paging: all() });
    assert_eq!(tags, Response::Tags(crate::api::Page { items: tag("team", "b"), marker: None }));
    let many: Vec<Tag> = (0..50).map(|number| (format!("k{number}"), String::new())).collect();
    assert_eq!(lab.a_err(Request::TagRole { role_name: "R".into(), tags: many }).code, "LimitExceeded");
    lab.a(Request::UntagRole { role_name: "R".into(), tag_keys: vec!["TEAM".into()] });
    let Response::Role(role) = lab.a(Request::GetRole { role_name: "R".into() }) else { panic!() };
    assert!(role.tags.is_empty());
}

#[test]
fn update_role_resets_what_it_is_not_given_row_158() {
    let mut lab = lab();
    let (trust, max_session_duration) = (root_trust(), Some(43_200));
    lab.a(NewRole { name: "R", trust: &trust, description: Some("before"), max_session_duration, tags: &[] }
        .request());
    let mut after = |description: Option<&str>, max_session_duration: Option<i64>| {
        let description = description.map(str::to_owned);
        lab.a(Request::UpdateRole { role_name: "R".into(), description, max_session_duration });
        let Response::Role(role) = lab.a(Request::GetRole { role_name: "R".into() }) else { panic!() };
        (role.description, role.max_session_duration)
    };
    assert_eq!(after(Some("x"), Some(7200)), (Some("x".to_owned()), 7200));
    assert_eq!(after(Some("y"), None), (Some("y".to_owned()), 3600));
    assert_eq!(after(None, Some(7200)), (Some("y".to_owned()), 7200));
}

#[test]
fn quotas_can_be_changed_and_are_kept() {
    let mut lab = lab();
    for (quota, value) in [
        (Quota::Users, 1),
        (Quota::Groups, 1),
        (Quota::Roles, 1),
        (Quota::AttachedPoliciesPerRole, 1),
        (Quota::AccessKeysPerUser, 1),
        (Quota::RolePolicySize, 100),
        (Quota::AssumeRolePolicySize, 150),
    ] {
        lab.cloud.set_quota(id(A), quota, value);
    }
    lab.a(create_user("u"));
    lab.a(Request::CreateGroup { group_name: "g".into(), path: None });
    lab.role(A, "R", &root_trust());
    lab.a(Request::AttachRolePolicy { role_name: "R".into(), policy_arn: ADMIN.into() });
    lab.a(Request::CreateAccessKey { user_name: Some("u".into()) });
    let put = |name: &str| Request::PutRolePolicy {
        role_name: "R".into(),
        policy_name: name.into(),
        policy_document: ALL.into(),
    };
    lab.a(put("p"));
    lab.a(put("p"));
    let long = trust(&format!(r#"{{"AWS":["{A}","{A}","{A}","{A}","{A}"]}}"#));
    for (request, message) in [
        (create_user("v"), "Cannot exceed quota for UsersPerAccount: 1"),
        (
            Request::CreateGroup { group_name: "h".into(), path: None },
            "Cannot exceed quota for GroupsPerAccount: 1",
        ),
        (create_role("S", &root_trust()), "Cannot exceed quota for RolesPerAccount: 1"),
        (
            Request::AttachRolePolicy {
                role_name: "R".into(),
                policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess".into(),
            },
            "Cannot exceed quota for PoliciesPerRole: 1",
        ),
        (
            Request::CreateAccessKey { user_name: Some("u".into()) },
            "Cannot exceed quota for AccessKeysPerUser: 1",
        ),
        (put("q"), "Maximum policy size of 100 bytes exceeded for role R"),
        (
            Request::UpdateAssumeRolePolicy { role_name: "R".into(), policy_document: long },
            "Cannot exceed quota for ACLSizePerRole: 150",
        ),
    ] {
        let error = lab.a_err(request);
        assert_eq!((error.code, error.message.as_str()), ("LimitExceeded", message));
    }
    let Response::Summary(summary) = lab.a(Request::GetAccountSummary {}) else { panic!() };
    for (key, value) in
        [("RolesQuota", 1), ("Roles", 1), ("GroupsPerUserQuota", 10), ("AssumeRolePolicySizeQuota", 150)]
    {
        assert_eq!(summary.get(key), Some(&value), "{key}");
    }
}

#[test]
fn parameters_outside_the_service_model_are_refused() {
    let mut lab = lab();
    lab.role(A, "R", &root_trust());
    let long = "u".repeat(65);
    for (request, code) in [
        (create_user("a b"), "ValidationError"),
        (create_user(&long), "ValidationError"),
        (create_role(&long, &root_trust()), "ValidationError"),
        (Request::CreateGroup { group_name: "g".into(), path: Some("x".into()) }, "ValidationError"),
        (Request::ListUsers { path_prefix: Some("x".into()), paging: all() }, "ValidationError"),
        (
            Request::UpdateRole {
                role_name: "R".into(),
                description: None,
                max_session_duration: Some(3599),
            },
            "ValidationError",
        ),
        (Request::TagRole { role_name: "R".into(), tags: tag("aws:x", "v") }, "InvalidInput"),
        (Request::AttachRolePolicy { role_name: "R".into(), policy_arn: "x".repeat(30) }, "InvalidInput"),
        (
            Request::PutRolePolicy {
                role_name: "R".into(),
                policy_name: "p".into(),
                policy_document: "{".into(),
            },
            "MalformedPolicyDocument",
        ),
        (
            Request::PutRolePolicy {
                role_name: "R".into(),
                policy_name: "p".into(),
                policy_document: root_trust(),
            },
            "MalformedPolicyDocument",
        ),
    ] {
        let name = request.operation();
        assert_eq!(lab.a_err(request).code, code, "{name}");
    }
}

#[test]
fn keys_live_and_die() {
    let mut lab = lab();
    let key = lab.admin("alice");
    let who = key.credentials();
    assert_eq!(lab.cloud.secret_for(&key.access_key_id), Some(key.secret_access_key.as_str()));
    let Response::AccessKey(second) =
        lab.cloud.call(&who, Request::CreateAccessKey { user_name: None }).unwrap()
    else {
        panic!()
    };
    assert_eq!(second.user_name, "alice");
    let update = |status: &str| Request::UpdateAccessKey {
        user_name: None,
        access_key_id: second.key.access_key_id.clone(),
        status: status.into(),
    };
    let me = Request::GetCallerIdentity {};
    lab.cloud.call(&who, update("Inactive")).unwrap();
    assert_eq!(
        lab.cloud.call(&second.key.credentials(), me.clone()).unwrap_err().code,
        "InvalidClientTokenId"
    );
    lab.cloud.call(&who, update("Active")).unwrap();
    lab.cloud.call(&second.key.credentials(), me.clone()).unwrap();
    assert_eq!(lab.cloud.call(&who, update("Maybe")).unwrap_err().code, "ValidationError");
    let delete =
        Request::DeleteAccessKey { user_name: None, access_key_id: second.key.access_key_id.clone() };
    lab.cloud.call(&who, delete).unwrap();
    assert_eq!(lab.cloud.call(&second.key.credentials(), me).unwrap_err().code, "InvalidClientTokenId");
    assert_eq!(lab.cloud.secret_for(&second.key.access_key_id), None);
}
