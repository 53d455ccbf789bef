//! From the model to what the AWS CLI would print. A part that was not collected and is empty is left out.

use crate::arn::PolicyArn;
use crate::name::PolicyName;
use crate::policy::Document;
use crate::snapshot::{Account, Collected, Group, ManagedPolicy, Part, Role, User, wire};
use crate::tags::Tags;
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// What `aws iam get-account-authorization-details` would print of this account.
pub fn write_details(account: &Account) -> String {
    pretty(&details(account))
}

/// What `aws iam list-roles` would print; `None` when that was not collected.
pub fn write_roles(account: &Account) -> Option<String> {
    roles(account).as_ref().map(pretty)
}

/// What `aws iam get-account-summary` would print; `None` when that was not collected.
pub fn write_summary(account: &Account) -> Option<String> {
    summary(account).as_ref().map(pretty)
}

pub(in crate::snapshot) fn pretty(value: &impl Serialize) -> String {
    // Serialising these types to memory cannot fail: their keys are strings.
    serde_json::to_string_pretty(value).unwrap_or_default()
}

pub(in crate::snapshot) fn details(account: &Account) -> wire::Details {
    let Account { id: _, partition: _, name: _, collected, users, groups, roles, policies, summary: _ } =
        account;
    let Collected {
        users: of_users,
        groups: of_groups,
        roles: of_roles,
        policies: of_policies,
        role_settings: _,
        summary: _,
    } = collected;
    wire::Details {
        user_detail_list: list(of_users, users.values().map(|user| self::user(account, user))),
        group_detail_list: list(of_groups, groups.values().map(|group| self::group(account, group))),
        role_detail_list: list(of_roles, roles.values().map(|role| self::role(account, role))),
        policies: list(of_policies, policies.values().map(managed_policy)),
        is_truncated: None,
        next_token: None,
    }
}

fn list<T>(part: &Part, entries: impl Iterator<Item = T>) -> Option<Vec<T>> {
    let entries: Vec<T> = entries.collect();
    (part.is_collected() || !entries.is_empty()).then_some(entries)
}

fn user(account: &Account, user: &User) -> wire::User {
    let User { id, path, name, created, inline, attached, groups, boundary, tags } = user;
    wire::User {
        path: path.to_string(),
        user_name: name.to_string(),
        user_id: id.to_string(),
        arn: account.user_arn(user).to_string(),
        create_date: created.map(time),
        user_policy_list: self::inline(inline),
        group_list: groups.iter().map(ToString::to_string).collect(),
        attached_managed_policies: self::attached(attached),
        permissions_boundary: self::boundary(boundary.as_ref()),
        tags: self::tags(tags),
    }
}

fn group(account: &Account, group: &Group) -> wire::Group {
    let Group { id, path, name, created, inline, attached } = group;
    wire::Group {
        path: path.to_string(),
        group_name: name.to_string(),
        group_id: id.to_string(),
        arn: account.group_arn(group).to_string(),
        create_date: created.map(time),
        group_policy_list: self::inline(inline),
        attached_managed_policies: self::attached(attached),
    }
}

fn role(account: &Account, role: &Role) -> wire::Role {
    let Role {
        id,
        path,
        name,
        created,
        trust,
        inline,
        attached,
        boundary,
        tags,
        max_session_duration: _,
        description: _,
        instance_profiles,
    } = role;
    wire::Role {
        path: path.to_string(),
        role_name: name.to_string(),
        role_id: id.to_string(),
        arn: account.role_arn(role).to_string(),
        create_date: created.map(time),
        assume_role_policy_document: document(trust),
        instance_profile_list: instance_profiles
            .iter()
            .map(|name| wire::InstanceProfile { instance_profile_name: name.to_string() })
            .collect(),
        role_policy_list: self::inline(inline),
        attached_managed_policies: self::attached(attached),
        permissions_boundary: self::boundary(boundary.as_ref()),
        tags: self::tags(tags),
    }
}

pub(in crate::snapshot) fn managed_policy(policy: &ManagedPolicy) -> wire::ManagedPolicy {
    let ManagedPolicy { id, arn, default_version, versions, description } = policy;
    wire::ManagedPolicy {
        policy_name: arn.name.to_string(),
        policy_id: id.to_string(),
        arn: arn.to_string(),
        path: arn.path.to_string(),
        default_version_id: default_version.to_string(),
        description: description.clone(),
        policy_version_list: versions
            .iter()
            .map(|(version_id, version)| wire::Version {
                document: document(&version.document),
                version_id: version_id.to_string(),
                is_default_version: version_id == default_version,
                create_date: version.created.map(time),
            })
            .collect(),
    }
}

pub(in crate::snapshot) fn roles(account: &Account) -> Option<wire::Roles> {
    let settings = |role: &Role| role.max_session_duration.is_some() || role.description.is_some();
    if !account.collected.role_settings.is_collected() && !account.roles.values().any(settings) {
        return None;
    }
    let roles = account
        .roles
        .values()
        .map(|role| wire::RoleSettings {
            path: role.path.to_string(),
            role_name: role.name.to_string(),
            role_id: role.id.to_string(),
            arn: account.role_arn(role).to_string(),
            create_date: role.created.map(time),
            assume_role_policy_document: Some(document(&role.trust)),
            description: role.description.clone(),
            max_session_duration: role.max_session_duration,
        })
        .collect();
    Some(wire::Roles { roles, is_truncated: None, next_token: None })
}

pub(in crate::snapshot) fn summary(account: &Account) -> Option<wire::Summary> {
    let present = account.collected.summary.is_collected() || !account.summary.is_empty();
    present.then(|| wire::Summary {
        summary_map: account.summary.iter().map(|(key, value)| (key.to_string(), *value)).collect(),
    })
}

fn inline(policies: &BTreeMap<PolicyName, Document>) -> Vec<wire::Inline> {
    let entry = |(name, text): (&PolicyName, &Document)| wire::Inline {
        policy_name: name.to_string(),
        policy_document: document(text),
    };
    policies.iter().map(entry).collect()
}

fn attached(policies: &BTreeSet<PolicyArn>) -> Vec<wire::Attached> {
    policies
        .iter()
        .map(|arn| wire::Attached { policy_name: arn.name.to_string(), policy_arn: arn.to_string() })
        .collect()
}

fn boundary(arn: Option<&PolicyArn>) -> Option<wire::Boundary> {
    arn.map(|arn| wire::Boundary {
        permissions_boundary_type: "Policy".to_owned(),
        permissions_boundary_arn: arn.to_string(),
    })
}

fn tags(tags: &Tags) -> Vec<wire::Tag> {
    tags.iter().map(|(key, value)| wire::Tag { key: key.to_owned(), value: value.to_owned() }).collect()
}

/// As the CLI prints it: `2026-01-31T08:00:00+00:00`.
pub(in crate::snapshot) fn time(time: Timestamp) -> String {
    let text = time.to_string();
    text.strip_suffix('Z').map_or_else(|| text.clone(), |stem| format!("{stem}+00:00"))
}

/// An object as it is; any other text, which IAM could not hold, percent-encoded so that it survives.
fn document(document: &Document) -> Box<RawValue> {
    let object =
        serde_json::from_str::<&RawValue>(document.text()).ok().filter(|raw| raw.get().starts_with('{'));
    if let Some(raw) = object {
        return raw.to_owned();
    }
    let encoded = utf8_percent_encode(document.text(), NON_ALPHANUMERIC);
    // Letters, digits and percent signs in quotes are JSON.
    RawValue::from_string(format!("\"{encoded}\"")).unwrap_or_default()
}
