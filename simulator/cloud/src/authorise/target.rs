//! What an IAM call is about: the entity, and its ARN as policies name it. Knows no condition keys.

use crate::api::Request;
use rolegate_iam::Account;
use std::collections::BTreeMap;
use std::str::FromStr;

/// What an IAM call is about.
pub(super) enum Target<'a> {
    User(&'a str),
    Group(&'a str),
    Role(&'a str),
    Policy(&'a str),
    /// A word and what follows it: an entity to be, or a device.
    Named(&'static str, Option<&'a str>, &'a str),
    /// All entities of a kind under a path.
    All(&'static str, Option<&'a str>),
    /// An ARN as sent.
    Arn(&'a str),
    Everything,
}

/// An entity by the text of its name.
pub(super) fn named<'a, N: FromStr + Ord, E>(entities: &'a BTreeMap<N, E>, name: &str) -> Option<&'a E> {
    name.parse().ok().and_then(|name| entities.get(&name))
}

/// The ARN that policies are matched against. A missing user, group or role counts as one without a path (§4.2).
pub(super) fn resource(account: &Account, target: &Target<'_>) -> String {
    let (partition, id) = (account.partition, account.id);
    let pathless = |word: &str, name: &str| format!("arn:{partition}:iam::{id}:{word}/{name}");
    match target {
        Target::User(name) => named(&account.users, name)
            .map_or_else(|| pathless("user", name), |user| account.user_arn(user).to_string()),
        Target::Group(name) => named(&account.groups, name)
            .map_or_else(|| pathless("group", name), |group| account.group_arn(group).to_string()),
        Target::Role(name) => named(&account.roles, name)
            .map_or_else(|| pathless("role", name), |role| account.role_arn(role).to_string()),
        Target::Named(word, path, name) => {
            format!("arn:{partition}:iam::{id}:{word}{}{name}", path.unwrap_or("/"))
        }
        Target::All(word, prefix) => format!("arn:{partition}:iam::{id}:{word}{}", prefix.unwrap_or("/")),
        Target::Policy(arn) | Target::Arn(arn) => (*arn).to_owned(),
        Target::Everything => "*".to_owned(),
    }
}

/// The resource that the service authorization reference lists for the operation.
pub(super) fn target(request: &Request) -> Target<'_> {
    use Request as R;
    match request {
        R::CreateUser { user_name, path, .. } => Target::Named("user", path.as_deref(), user_name),
        R::CreateGroup { group_name, path } => Target::Named("group", path.as_deref(), group_name),
        R::CreateRole { role_name, path, .. } => Target::Named("role", path.as_deref(), role_name),
        R::CreatePolicy { policy_name, path, .. } => Target::Named("policy", path.as_deref(), policy_name),
        R::CreateVirtualMFADevice { virtual_mfa_device_name, path, .. } => {
            Target::Named("mfa", path.as_deref(), virtual_mfa_device_name)
        }
        R::DeleteVirtualMFADevice { serial_number } => Target::Arn(serial_number),
        R::SimulatePrincipalPolicy { policy_source_arn, .. } => Target::Arn(policy_source_arn),
        R::GetUser { user_name }
        | R::CreateAccessKey { user_name }
        | R::DeleteAccessKey { user_name, .. }
        | R::UpdateAccessKey { user_name, .. }
        | R::ListAccessKeys { user_name, .. }
        | R::DeactivateMFADevice { user_name, .. }
        | R::ListMFADevices { user_name, .. } => {
            user_name.as_deref().map_or(Target::Everything, Target::User)
        }
        R::DeleteUser { user_name }
        | R::TagUser { user_name, .. }
        | R::UntagUser { user_name, .. }
        | R::ListUserTags { user_name, .. }
        | R::PutUserPolicy { user_name, .. }
        | R::GetUserPolicy { user_name, .. }
        | R::DeleteUserPolicy { user_name, .. }
        | R::ListUserPolicies { user_name, .. }
        | R::AttachUserPolicy { user_name, .. }
        | R::DetachUserPolicy { user_name, .. }
        | R::ListAttachedUserPolicies { user_name, .. }
        | R::PutUserPermissionsBoundary { user_name, .. }
        | R::DeleteUserPermissionsBoundary { user_name }
        | R::EnableMFADevice { user_name, .. }
        | R::ListGroupsForUser { user_name, .. } => Target::User(user_name),
        R::GetGroup { group_name, .. }
        | R::DeleteGroup { group_name }
        | R::AddUserToGroup { group_name, .. }
        | R::RemoveUserFromGroup { group_name, .. }
        | R::PutGroupPolicy { group_name, .. }
        | R::GetGroupPolicy { group_name, .. }
        | R::DeleteGroupPolicy { group_name, .. }
        | R::ListGroupPolicies { group_name, .. }
        | R::AttachGroupPolicy { group_name, .. }
        | R::DetachGroupPolicy { group_name, .. }
        | R::ListAttachedGroupPolicies { group_name, .. } => Target::Group(group_name),
        R::GetRole { role_name }
        | R::DeleteRole { role_name }
        | R::UpdateRole { role_name, .. }
        | R::UpdateAssumeRolePolicy { role_name, .. }
        | R::TagRole { role_name, .. }
        | R::UntagRole { role_name, .. }
        | R::ListRoleTags { role_name, .. }
        | R::PutRolePolicy { role_name, .. }
        | R::GetRolePolicy { role_name, .. }
        | R::DeleteRolePolicy { role_name, .. }
        | R::ListRolePolicies { role_name, .. }
        | R::AttachRolePolicy { role_name, .. }
        | R::DetachRolePolicy { role_name, .. }
        | R::ListAttachedRolePolicies { role_name, .. }
        | R::PutRolePermissionsBoundary { role_name, .. }
        | R::DeleteRolePermissionsBoundary { role_name } => Target::Role(role_name),
        R::GetPolicy { policy_arn }
        | R::DeletePolicy { policy_arn }
        | R::CreatePolicyVersion { policy_arn, .. }
        | R::GetPolicyVersion { policy_arn, .. }
        | R::ListPolicyVersions { policy_arn, .. }
        | R::DeletePolicyVersion { policy_arn, .. }
        | R::SetDefaultPolicyVersion { policy_arn, .. } => Target::Policy(policy_arn),
        R::ListUsers { path_prefix, .. } => Target::All("user", path_prefix.as_deref()),
        R::ListGroups { path_prefix, .. } => Target::All("group", path_prefix.as_deref()),
        R::ListRoles { path_prefix, .. } => Target::All("role", path_prefix.as_deref()),
        R::ListPolicies { .. }
        | R::GetAccountAuthorizationDetails { .. }
        | R::GetAccountSummary {}
        | R::ListAccountAliases { .. }
        | R::GetCallerIdentity {}
        | R::AssumeRole { .. }
        | R::GetSessionToken { .. } => Target::Everything,
    }
}
