//! One [`Action`] as SDK calls, idempotent as its documentation says. Decides nothing, retries nothing itself.

use crate::convert::document;
use crate::error::{HttpStatus, failure};
use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::types::Tag;
use aws_sdk_iam::{Client, Config};
use rolegate_iam::{Document, PolicyArn, Tags};
use rolegate_plan::port::{ErrorClass, Failure};
use rolegate_plan::step::Action;
use smol_str::SmolStr;
use std::error::Error;

/// Performs one write.
#[expect(clippy::too_many_lines, reason = "one arm per action, each one call: a table")]
pub(crate) async fn perform(iam: &Client, action: &Action) -> Result<(), Failure> {
    match action {
        Action::CreateRole { role, path, trust, max_session_duration, description, boundary, tags } => {
            let call = iam
                .create_role()
                .role_name(role.as_str())
                .path(path.as_str())
                .assume_role_policy_document(trust.text())
                .max_session_duration(seconds(*max_session_duration))
                .description(description)
                .set_permissions_boundary(boundary.as_ref().map(ToString::to_string))
                .set_tags(Some(tag_list(tags)?));
            done("CreateRole", call.send().await)
        }
        Action::UpdateTrust { role, document } => {
            let call =
                iam.update_assume_role_policy().role_name(role.as_str()).policy_document(document.text());
            done("UpdateAssumeRolePolicy", call.send().await)
        }
        Action::UpdateRole { role, max_session_duration, description } => {
            let call = iam
                .update_role()
                .role_name(role.as_str())
                .max_session_duration(seconds(*max_session_duration))
                .description(description);
            done("UpdateRole", call.send().await)
        }
        Action::TagRole { role, tags } => {
            let call = iam.tag_role().role_name(role.as_str()).set_tags(Some(tag_list(tags)?));
            done("TagRole", call.send().await)
        }
        Action::UntagRole { role, keys } => {
            let call = iam.untag_role().role_name(role.as_str()).set_tag_keys(Some(key_list(keys)));
            gone("UntagRole", call.send().await)
        }
        Action::PutRolePolicy { role, policy, document } => {
            let call = iam.put_role_policy().role_name(role.as_str()).policy_name(policy.as_str());
            done("PutRolePolicy", call.policy_document(document.text()).send().await)
        }
        Action::DeleteRolePolicy { role, policy } => {
            let call = iam.delete_role_policy().role_name(role.as_str()).policy_name(policy.as_str());
            gone("DeleteRolePolicy", call.send().await)
        }
        Action::AttachRolePolicy { role, policy } => {
            let call = iam.attach_role_policy().role_name(role.as_str()).policy_arn(policy.to_string());
            done("AttachRolePolicy", call.send().await)
        }
        Action::DetachRolePolicy { role, policy } => {
            let call = iam.detach_role_policy().role_name(role.as_str()).policy_arn(policy.to_string());
            gone("DetachRolePolicy", call.send().await)
        }
        Action::PutRoleBoundary { role, policy } => {
            let call = iam.put_role_permissions_boundary().role_name(role.as_str());
            done("PutRolePermissionsBoundary", call.permissions_boundary(policy.to_string()).send().await)
        }
        Action::DeleteRoleBoundary { role } => {
            let call = iam.delete_role_permissions_boundary().role_name(role.as_str());
            gone("DeleteRolePermissionsBoundary", call.send().await)
        }
        Action::DeleteRole { role } => {
            gone("DeleteRole", iam.delete_role().role_name(role.as_str()).send().await)
        }
        Action::CreateGroup { group, path } => {
            let call = iam.create_group().group_name(group.as_str()).path(path.as_str());
            done("CreateGroup", call.send().await)
        }
        Action::PutGroupPolicy { group, policy, document } => {
            let call = iam.put_group_policy().group_name(group.as_str()).policy_name(policy.as_str());
            done("PutGroupPolicy", call.policy_document(document.text()).send().await)
        }
        Action::DeleteGroupPolicy { group, policy } => {
            let call = iam.delete_group_policy().group_name(group.as_str()).policy_name(policy.as_str());
            gone("DeleteGroupPolicy", call.send().await)
        }
        Action::AttachGroupPolicy { group, policy } => {
            let call = iam.attach_group_policy().group_name(group.as_str()).policy_arn(policy.to_string());
            done("AttachGroupPolicy", call.send().await)
        }
        Action::DetachGroupPolicy { group, policy } => {
            let call = iam.detach_group_policy().group_name(group.as_str()).policy_arn(policy.to_string());
            gone("DetachGroupPolicy", call.send().await)
        }
        Action::AddUserToGroup { user, group } => {
            let call = iam.add_user_to_group().user_name(user.as_str()).group_name(group.as_str());
            done("AddUserToGroup", call.send().await)
        }
        Action::RemoveUserFromGroup { user, group } => {
            let call = iam.remove_user_from_group().user_name(user.as_str()).group_name(group.as_str());
            gone("RemoveUserFromGroup", call.send().await)
        }
        Action::TagUser { user, tags } => {
            let call = iam.tag_user().user_name(user.as_str()).set_tags(Some(tag_list(tags)?));
            done("TagUser", call.send().await)
        }
        Action::UntagUser { user, keys } => {
            let call = iam.untag_user().user_name(user.as_str()).set_tag_keys(Some(key_list(keys)));
            gone("UntagUser", call.send().await)
        }
        Action::AttachUserPolicy { user, policy } => {
            let call = iam.attach_user_policy().user_name(user.as_str()).policy_arn(policy.to_string());
            done("AttachUserPolicy", call.send().await)
        }
        Action::DetachUserPolicy { user, policy } => {
            let call = iam.detach_user_policy().user_name(user.as_str()).policy_arn(policy.to_string());
            gone("DetachUserPolicy", call.send().await)
        }
        Action::CreatePolicy { path, name, document, description } => {
            let call = iam
                .create_policy()
                .path(path.as_str())
                .policy_name(name.as_str())
                .policy_document(document.text())
                .description(description);
            done("CreatePolicy", call.send().await)
        }
        Action::CreatePolicyVersion { policy, document, prune } => {
            new_version(iam, policy, document, prune.as_deref()).await
        }
        Action::DeletePolicyVersion { policy, version } => delete_version(iam, policy, version).await,
        Action::DeletePolicy { policy } => {
            gone("DeletePolicy", iam.delete_policy().policy_arn(policy.to_string()).send().await)
        }
    }
}

/// Makes a version the default. The one write that the SDK must not retry by itself: a lost answer would leave two versions.
async fn new_version(
    iam: &Client,
    policy: &PolicyArn,
    wanted: &Document,
    prune: Option<&str>,
) -> Result<(), Failure> {
    match try_new_version(iam, policy, wanted, prune).await {
        Err(failure) if failure.class == ErrorClass::Unavailable => {
            try_new_version(iam, policy, wanted, prune).await
        }
        answer => answer,
    }
}

/// A version that already is the default is not made again: without this look, asking twice would fill the five places.
async fn try_new_version(
    iam: &Client,
    policy: &PolicyArn,
    wanted: &Document,
    prune: Option<&str>,
) -> Result<(), Failure> {
    let arn = policy.to_string();
    let held = iam.get_policy().policy_arn(&arn).send().await.map_err(|error| failure("GetPolicy", error))?;
    let default = held.policy().and_then(|policy| policy.default_version_id());
    if let Some(default) = default {
        let call = iam.get_policy_version().policy_arn(&arn).version_id(default).send().await;
        let version = call.map_err(|error| failure("GetPolicyVersion", error))?;
        let text = version.policy_version().and_then(|version| version.document());
        if text.is_some_and(|text| document(text) == *wanted) {
            return Ok(());
        }
    }
    if let Some(version) = prune.filter(|version| Some(*version) != default) {
        delete_version(iam, policy, version).await?;
    }
    let call =
        iam.create_policy_version().policy_arn(arn).policy_document(wanted.text()).set_as_default(true);
    let once = Config::builder().retry_config(RetryConfig::disabled());
    done("CreatePolicyVersion", call.customize().config_override(once).send().await)
}

async fn delete_version(iam: &Client, policy: &PolicyArn, version: &str) -> Result<(), Failure> {
    let call = iam.delete_policy_version().policy_arn(policy.to_string()).version_id(version);
    gone("DeletePolicyVersion", call.send().await)
}

fn done<T, E, R>(call: &'static str, answer: Result<T, SdkError<E, R>>) -> Result<(), Failure>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: std::fmt::Debug + HttpStatus + Send + Sync + 'static,
{
    answer.map(drop).map_err(|error| failure(call, error))
}

/// A removal: what is not there is gone.
fn gone<T, E, R>(call: &'static str, answer: Result<T, SdkError<E, R>>) -> Result<(), Failure>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: std::fmt::Debug + HttpStatus + Send + Sync + 'static,
{
    match done(call, answer) {
        Err(failure) if crate::error::is_absent(&failure) => Ok(()),
        answer => answer,
    }
}

fn seconds(seconds: u32) -> i32 {
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

fn tag_list(tags: &Tags) -> Result<Vec<Tag>, Failure> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder().key(key).value(value).build().map_err(|error| Failure {
                call: "TagResource",
                class: ErrorClass::Bug,
                code: None,
                message: error.to_string(),
            })
        })
        .collect()
}

fn key_list(keys: &[SmolStr]) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}
