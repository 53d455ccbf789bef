//! Collects one account for a snapshot folder: what `aws iam get-account-authorization-details`, `list-roles` and
//! `get-account-summary` print, field by field and document by document. Changes nothing. What was not read in full is an
//! error, never a shorter list.
#![expect(clippy::struct_field_names, reason = "the names are IAM's, such as `UserName` of `User`")]

use crate::convert::decoded;
use crate::error::failure;
use crate::observe::{following, no_way_on};
use crate::sessions::Session;
use aws_sdk_iam::primitives::DateTime;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail,
    Tag, UserDetail,
};
use jiff::Timestamp;
use rolegate_plan::port::{ErrorClass, Failure};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const PAGE: i32 = 1000;

/// The output of three commands of the AWS CLI as JSON, each or why it is not there.
#[derive(Debug)]
pub struct Collection {
    /// When it began.
    pub at: Timestamp,
    /// `get-account-authorization-details`, AWS-managed policies included.
    pub details: Result<String, Failure>,
    /// `list-roles`.
    pub roles: Result<String, Failure>,
    /// `get-account-summary`.
    pub summary: Result<String, Failure>,
}

pub(crate) async fn collect(session: &Session) -> Collection {
    let at = Timestamp::now();
    let (details, roles, summary) = futures::join!(details(session), roles(session), summary(session));
    Collection { at, details, roles, summary }
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Details {
    user_detail_list: Vec<User>,
    group_detail_list: Vec<Group>,
    role_detail_list: Vec<Role>,
    policies: Vec<Managed>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    path: String,
    user_name: String,
    user_id: String,
    arn: String,
    create_date: Option<String>,
    user_policy_list: Vec<Inline>,
    group_list: Vec<String>,
    attached_managed_policies: Vec<Attached>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<Boundary>,
    tags: Vec<Labelled>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Group {
    path: String,
    group_name: String,
    group_id: String,
    arn: String,
    create_date: Option<String>,
    group_policy_list: Vec<Inline>,
    attached_managed_policies: Vec<Attached>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Role {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: Option<String>,
    assume_role_policy_document: Box<RawValue>,
    instance_profile_list: Vec<Profile>,
    role_policy_list: Vec<Inline>,
    attached_managed_policies: Vec<Attached>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<Boundary>,
    tags: Vec<Labelled>,
    role_last_used: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Profile {
    path: String,
    instance_profile_name: String,
    instance_profile_id: String,
    arn: String,
    create_date: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Inline {
    policy_name: String,
    policy_document: Box<RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    policy_name: String,
    policy_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary {
    permissions_boundary_type: &'static str,
    permissions_boundary_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Labelled {
    key: String,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Managed {
    policy_name: String,
    policy_id: String,
    arn: String,
    path: String,
    default_version_id: String,
    attachment_count: i32,
    permissions_boundary_usage_count: i32,
    is_attachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    create_date: Option<String>,
    update_date: Option<String>,
    policy_version_list: Vec<Version>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    document: Box<RawValue>,
    version_id: String,
    is_default_version: bool,
    create_date: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: Option<String>,
    assume_role_policy_document: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    max_session_duration: Option<i32>,
}

async fn details(session: &Session) -> Result<String, Failure> {
    let mut details = Details::default();
    let mut marker: Option<String> = None;
    loop {
        session.take().await;
        let call = session.reader().get_account_authorization_details();
        let page = call.max_items(PAGE).set_marker(marker.clone()).send().await;
        let page = page.map_err(|error| failure("GetAccountAuthorizationDetails", error))?;
        details.user_detail_list.extend(page.user_detail_list().iter().map(user));
        details.group_detail_list.extend(page.group_detail_list().iter().map(group));
        details.role_detail_list.extend(page.role_detail_list().iter().map(role));
        details.policies.extend(page.policies().iter().map(managed));
        marker = following(page.is_truncated(), page.marker(), marker.as_deref())
            .map_err(|why| no_way_on("GetAccountAuthorizationDetails", why))?;
        if marker.is_none() {
            return json("GetAccountAuthorizationDetails", &details);
        }
    }
}

async fn roles(session: &Session) -> Result<String, Failure> {
    let mut roles: Vec<Listed> = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        session.take().await;
        let page = session.reader().list_roles().max_items(PAGE).set_marker(marker.clone()).send().await;
        let page = page.map_err(|error| failure("ListRoles", error))?;
        roles.extend(page.roles().iter().map(|role| Listed {
            path: role.path().to_owned(),
            role_name: role.role_name().to_owned(),
            role_id: role.role_id().to_owned(),
            arn: role.arn().to_owned(),
            create_date: time(Some(role.create_date())),
            assume_role_policy_document: document(role.assume_role_policy_document()),
            description: role.description().map(str::to_owned),
            max_session_duration: role.max_session_duration(),
        }));
        marker = following(page.is_truncated(), page.marker(), marker.as_deref())
            .map_err(|why| no_way_on("ListRoles", why))?;
        if marker.is_none() {
            return json("ListRoles", &BTreeMap::from([("Roles", roles)]));
        }
    }
}

async fn summary(session: &Session) -> Result<String, Failure> {
    session.take().await;
    let answer = session.reader().get_account_summary().send().await;
    let answer = answer.map_err(|error| failure("GetAccountSummary", error))?;
    let values: BTreeMap<&str, i32> =
        answer.summary_map().into_iter().flatten().map(|(key, value)| (key.as_str(), *value)).collect();
    json("GetAccountSummary", &BTreeMap::from([("SummaryMap", values)]))
}

fn json(call: &'static str, value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| format!("{text}\n")).map_err(|error| Failure {
        call,
        class: ErrorClass::Bug,
        code: None,
        message: format!("the answer cannot be written as JSON: {error}"),
    })
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

/// As the CLI prints it: `2026-01-31T08:00:00+00:00`.
fn time(time: Option<&DateTime>) -> Option<String> {
    let text = crate::convert::time(time)?.to_string();
    Some(text.strip_suffix('Z').map_or_else(|| text.clone(), |stem| format!("{stem}+00:00")))
}

/// A document as the CLI prints it, an object; any other text stays as AWS sent it.
fn document(sent: Option<&str>) -> Box<RawValue> {
    let sent = sent.unwrap_or_default();
    let object = RawValue::from_string(decoded(sent)).ok().filter(|raw| raw.get().starts_with('{'));
    object.unwrap_or_else(|| {
        let quoted = serde_json::to_string(sent).unwrap_or_default();
        RawValue::from_string(quoted).unwrap_or_default()
    })
}

fn inline(list: &[PolicyDetail]) -> Vec<Inline> {
    let inline = |policy: &PolicyDetail| Inline {
        policy_name: text(policy.policy_name()),
        policy_document: document(policy.policy_document()),
    };
    list.iter().map(inline).collect()
}

fn attached(list: &[AttachedPolicy]) -> Vec<Attached> {
    let attached = |policy: &AttachedPolicy| Attached {
        policy_name: text(policy.policy_name()),
        policy_arn: text(policy.policy_arn()),
    };
    list.iter().map(attached).collect()
}

fn boundary(boundary: Option<&AttachedPermissionsBoundary>) -> Option<Boundary> {
    boundary.map(|boundary| Boundary {
        permissions_boundary_type: "Policy",
        permissions_boundary_arn: text(boundary.permissions_boundary_arn()),
    })
}

fn tags(list: &[Tag]) -> Vec<Labelled> {
    list.iter().map(|tag| Labelled { key: tag.key().to_owned(), value: tag.value().to_owned() }).collect()
}

fn user(user: &UserDetail) -> User {
    User {
        path: text(user.path()),
        user_name: text(user.user_name()),
        user_id: text(user.user_id()),
        arn: text(user.arn()),
        create_date: time(user.create_date()),
        user_policy_list: inline(user.user_policy_list()),
        group_list: user.group_list().to_vec(),
        attached_managed_policies: attached(user.attached_managed_policies()),
        permissions_boundary: boundary(user.permissions_boundary()),
        tags: tags(user.tags()),
    }
}

fn group(group: &GroupDetail) -> Group {
    Group {
        path: text(group.path()),
        group_name: text(group.group_name()),
        group_id: text(group.group_id()),
        arn: text(group.arn()),
        create_date: time(group.create_date()),
        group_policy_list: inline(group.group_policy_list()),
        attached_managed_policies: attached(group.attached_managed_policies()),
    }
}

fn role(role: &RoleDetail) -> Role {
    let used = role.role_last_used();
    let date = used.and_then(|used| time(used.last_used_date())).map(|date| ("LastUsedDate", date));
    let region = used.and_then(|used| used.region()).map(|region| ("Region", region.to_owned()));
    Role {
        path: text(role.path()),
        role_name: text(role.role_name()),
        role_id: text(role.role_id()),
        arn: text(role.arn()),
        create_date: time(role.create_date()),
        assume_role_policy_document: document(role.assume_role_policy_document()),
        instance_profile_list: role
            .instance_profile_list()
            .iter()
            .map(|profile| Profile {
                path: profile.path().to_owned(),
                instance_profile_name: profile.instance_profile_name().to_owned(),
                instance_profile_id: profile.instance_profile_id().to_owned(),
                arn: profile.arn().to_owned(),
                create_date: time(Some(profile.create_date())),
            })
            .collect(),
        role_policy_list: inline(role.role_policy_list()),
        attached_managed_policies: attached(role.attached_managed_policies()),
        permissions_boundary: boundary(role.permissions_boundary()),
        tags: tags(role.tags()),
        role_last_used: date.into_iter().chain(region).collect(),
    }
}

fn managed(policy: &ManagedPolicyDetail) -> Managed {
    Managed {
        policy_name: text(policy.policy_name()),
        policy_id: text(policy.policy_id()),
        arn: text(policy.arn()),
        path: text(policy.path()),
        default_version_id: text(policy.default_version_id()),
        attachment_count: policy.attachment_count().unwrap_or_default(),
        permissions_boundary_usage_count: policy.permissions_boundary_usage_count().unwrap_or_default(),
        is_attachable: policy.is_attachable(),
        description: policy.description().map(str::to_owned),
        create_date: time(policy.create_date()),
        update_date: time(policy.update_date()),
        policy_version_list: policy
            .policy_version_list()
            .iter()
            .map(|version| Version {
                document: document(version.document()),
                version_id: text(version.version_id()),
                is_default_version: version.is_default_version(),
                create_date: time(version.create_date()),
            })
            .collect(),
    }
}
