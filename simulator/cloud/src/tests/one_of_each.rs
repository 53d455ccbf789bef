//! Every operation, once.

use super::{A, ADMIN, ALL, all, assume, create_policy, create_role, create_user, trust};
use crate::Request;

/// One request of every operation, on entities that exist.
pub(super) fn one_of_each() -> Vec<Request> {
    let u = || "alice".to_owned();
    let own = || Some("alice".to_owned());
    let g = || "g".to_owned();
    let r = || "R".to_owned();
    let p = || "p".to_owned();
    let arn = || format!("arn:aws:iam::{A}:policy/P");
    let device = || format!("arn:aws:iam::{A}:mfa/alice");
    let tags = || vec![("k".to_owned(), "v".to_owned())];
    let keys = || vec!["k".to_owned()];
    let root = trust(&format!(r#"{{"AWS":"{A}"}}"#));
    vec![
        create_user("new"),
        Request::GetUser { user_name: own() },
        Request::DeleteUser { user_name: u() },
        Request::ListUsers { path_prefix: None, paging: all() },
        Request::TagUser { user_name: u(), tags: tags() },
        Request::UntagUser { user_name: u(), tag_keys: keys() },
        Request::ListUserTags { user_name: u(), paging: all() },
        Request::CreateAccessKey { user_name: None },
        Request::DeleteAccessKey { user_name: None, access_key_id: "AKIA".into() },
        Request::UpdateAccessKey { user_name: None, access_key_id: "AKIA".into(), status: "Inactive".into() },
        Request::ListAccessKeys { user_name: None, paging: all() },
        Request::PutUserPolicy { user_name: u(), policy_name: p(), policy_document: ALL.into() },
        Request::GetUserPolicy { user_name: u(), policy_name: p() },
        Request::DeleteUserPolicy { user_name: u(), policy_name: p() },
        Request::ListUserPolicies { user_name: u(), paging: all() },
        Request::AttachUserPolicy { user_name: u(), policy_arn: ADMIN.into() },
        Request::DetachUserPolicy { user_name: u(), policy_arn: ADMIN.into() },
        Request::ListAttachedUserPolicies { user_name: u(), path_prefix: None, paging: all() },
        Request::PutUserPermissionsBoundary { user_name: u(), permissions_boundary: ADMIN.into() },
        Request::DeleteUserPermissionsBoundary { user_name: u() },
        Request::CreateVirtualMFADevice { virtual_mfa_device_name: u(), path: None, tags: tags() },
        Request::DeleteVirtualMFADevice { serial_number: device() },
        Request::EnableMFADevice {
            user_name: u(),
            serial_number: device(),
            authentication_code1: "000000".into(),
            authentication_code2: "000000".into(),
        },
        Request::DeactivateMFADevice { user_name: None, serial_number: device() },
        Request::ListMFADevices { user_name: None, paging: all() },
        Request::CreateGroup { group_name: "new".into(), path: None },
        Request::GetGroup { group_name: g(), paging: all() },
        Request::DeleteGroup { group_name: g() },
        Request::ListGroups { path_prefix: None, paging: all() },
        Request::AddUserToGroup { group_name: g(), user_name: u() },
        Request::RemoveUserFromGroup { group_name: g(), user_name: u() },
        Request::ListGroupsForUser { user_name: u(), paging: all() },
        Request::PutGroupPolicy { group_name: g(), policy_name: p(), policy_document: ALL.into() },
        Request::GetGroupPolicy { group_name: g(), policy_name: p() },
        Request::DeleteGroupPolicy { group_name: g(), policy_name: p() },
        Request::ListGroupPolicies { group_name: g(), paging: all() },
        Request::AttachGroupPolicy { group_name: g(), policy_arn: ADMIN.into() },
        Request::DetachGroupPolicy { group_name: g(), policy_arn: ADMIN.into() },
        Request::ListAttachedGroupPolicies { group_name: g(), path_prefix: None, paging: all() },
        create_role("new", &root),
        Request::GetRole { role_name: r() },
        Request::DeleteRole { role_name: r() },
        Request::ListRoles { path_prefix: None, paging: all() },
        Request::UpdateRole { role_name: r(), description: None, max_session_duration: None },
        Request::UpdateAssumeRolePolicy { role_name: r(), policy_document: root },
        Request::TagRole { role_name: r(), tags: tags() },
        Request::UntagRole { role_name: r(), tag_keys: keys() },
        Request::ListRoleTags { role_name: r(), paging: all() },
        Request::PutRolePolicy { role_name: r(), policy_name: p(), policy_document: ALL.into() },
        Request::GetRolePolicy { role_name: r(), policy_name: p() },
        Request::DeleteRolePolicy { role_name: r(), policy_name: p() },
        Request::ListRolePolicies { role_name: r(), paging: all() },
        Request::AttachRolePolicy { role_name: r(), policy_arn: ADMIN.into() },
        Request::DetachRolePolicy { role_name: r(), policy_arn: ADMIN.into() },
        Request::ListAttachedRolePolicies { role_name: r(), path_prefix: None, paging: all() },
        Request::PutRolePermissionsBoundary { role_name: r(), permissions_boundary: ADMIN.into() },
        Request::DeleteRolePermissionsBoundary { role_name: r() },
        create_policy("new", ALL),
        Request::GetPolicy { policy_arn: arn() },
        Request::DeletePolicy { policy_arn: arn() },
        Request::ListPolicies {
            scope: None,
            only_attached: None,
            path_prefix: None,
            policy_usage_filter: None,
            paging: all(),
        },
        Request::CreatePolicyVersion { policy_arn: arn(), policy_document: ALL.into(), set_as_default: None },
        Request::GetPolicyVersion { policy_arn: arn(), version_id: "v1".into() },
        Request::ListPolicyVersions { policy_arn: arn(), paging: all() },
        Request::DeletePolicyVersion { policy_arn: arn(), version_id: "v1".into() },
        Request::SetDefaultPolicyVersion { policy_arn: arn(), version_id: "v1".into() },
        Request::GetAccountAuthorizationDetails { filter: Vec::new(), paging: all() },
        Request::GetAccountSummary {},
        Request::ListAccountAliases { paging: all() },
        simulate(),
        Request::GetCallerIdentity {},
        assume(A, "R"),
        Request::GetSessionToken { duration_seconds: None, serial_number: None, token_code: None },
    ]
}

fn simulate() -> Request {
    Request::SimulatePrincipalPolicy {
        policy_source_arn: format!("arn:aws:iam::{A}:user/alice"),
        action_names: vec!["iam:GetUser".into()],
        resource_arns: Vec::new(),
        context_entries: Vec::new(),
        paging: all(),
    }
}
