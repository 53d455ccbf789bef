//! From the CLI's shapes to the model; every name and ARN is parsed here. Applies nothing to an account.

use super::{Details, Owner};
use crate::arn::{GroupArn, PolicyArn, PolicyOwner, RoleArn, UserArn};
use crate::name::{Path, PolicyName, RoleName};
use crate::policy::Document;
use crate::snapshot::error::ReadError;
use crate::snapshot::{Group, ManagedPolicy, PolicyVersion, Role, User, wire};
use crate::tags::Tags;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;

type Read<T> = Result<T, ReadError>;

pub(in crate::snapshot) fn details(details: wire::Details) -> Read<Details> {
    let wire::Details {
        user_detail_list,
        group_detail_list,
        role_detail_list,
        policies,
        is_truncated,
        next_token,
    } = details;
    if user_detail_list.is_none()
        && group_detail_list.is_none()
        && role_detail_list.is_none()
        && policies.is_none()
    {
        return Err(ReadError::new(
            "",
            "none of UserDetailList, GroupDetailList, RoleDetailList and Policies is here",
            "the output of `aws iam get-account-authorization-details` is expected",
        ));
    }
    let mut owner = None;
    let users = list(&mut owner, "UserDetailList", user_detail_list, user)?;
    let groups = list(&mut owner, "GroupDetailList", group_detail_list, group)?;
    let roles = list(&mut owner, "RoleDetailList", role_detail_list, role)?;
    let mut aws_managed = BTreeMap::new();
    let policies = list(&mut owner, "Policies", policies, managed_policy)?.map(|mut policies| {
        aws_managed = policies.extract_if(.., |arn, _| arn.owner == PolicyOwner::Aws).collect();
        policies
    });
    let truncated = is_truncated == Some(true) || next_token.is_some();
    Ok(Details { owner, truncated, users, groups, roles, policies, aws_managed })
}

/// A bare list of managed policies.
pub(in crate::snapshot) fn managed_policies(
    policies: Vec<wire::ManagedPolicy>,
) -> Read<BTreeMap<PolicyArn, ManagedPolicy>> {
    Ok(list(&mut None, "", Some(policies), managed_policy)?.unwrap_or_default())
}

/// Whose role an entry of `list-roles` is, and its name.
pub(super) fn role_settings(role: &wire::RoleSettings) -> Read<(Owner, RoleName)> {
    let arn: RoleArn = field("Arn", &role.arn)?;
    agree("Arn", &arn, (&arn.path, &role.path), (arn.name.as_str(), &role.role_name))?;
    Ok((Owner { partition: arn.partition, account: arn.account }, arn.name))
}

/// What one entry of a list says: whose it is, and the entity under its key.
type Entry<K, V> = (Option<Owner>, K, V);

fn list<W, K: Ord + Display, V>(
    owner: &mut Option<Owner>,
    name: &str,
    entries: Option<Vec<W>>,
    read: impl Fn(W) -> Read<Entry<K, V>>,
) -> Read<Option<BTreeMap<K, V>>> {
    let Some(entries) = entries else { return Ok(None) };
    let mut map = BTreeMap::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let place = format!("{name}[{index}]");
        let (of, key, value) = read(entry).map_err(|error| error.under(&place))?;
        one_owner(owner, of, &place)?;
        if map.contains_key(&key) {
            let help = "remove one of the two: they may be of different times";
            return Err(ReadError::new(place, format!("`{key}` occurs twice"), help));
        }
        map.insert(key, value);
    }
    Ok(Some(map))
}

fn one_owner(known: &mut Option<Owner>, of: Option<Owner>, place: &str) -> Read<()> {
    match (*known, of) {
        (Some(known), Some(of)) if known != of => Err(ReadError::new(
            format!("{place}.Arn"),
            format!(
                "this is of account {} ({}), what stands before it is of account {} ({})",
                of.account, of.partition, known.account, known.partition
            ),
            "put the output of each account into a file of its own",
        )),
        (None, Some(of)) => {
            *known = Some(of);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn user(user: wire::User) -> Read<Entry<crate::name::UserName, User>> {
    let arn: UserArn = field("Arn", &user.arn)?;
    agree("Arn", &arn, (&arn.path, &user.path), (arn.name.as_str(), &user.user_name))?;
    let mut groups = BTreeSet::new();
    for name in &user.group_list {
        groups.insert(field("GroupList", name)?);
    }
    let read = User {
        id: user.user_id.into(),
        path: arn.path,
        name: arn.name.clone(),
        created: time("CreateDate", user.create_date.as_deref())?,
        inline: inline("UserPolicyList", user.user_policy_list)?,
        attached: attached(&user.attached_managed_policies)?,
        groups,
        boundary: boundary(user.permissions_boundary.as_ref())?,
        tags: tags(&user.tags),
    };
    Ok((Some(Owner { partition: arn.partition, account: arn.account }), arn.name, read))
}

fn group(group: wire::Group) -> Read<Entry<crate::name::GroupName, Group>> {
    let arn: GroupArn = field("Arn", &group.arn)?;
    agree("Arn", &arn, (&arn.path, &group.path), (arn.name.as_str(), &group.group_name))?;
    let read = Group {
        id: group.group_id.into(),
        path: arn.path,
        name: arn.name.clone(),
        created: time("CreateDate", group.create_date.as_deref())?,
        inline: inline("GroupPolicyList", group.group_policy_list)?,
        attached: attached(&group.attached_managed_policies)?,
    };
    Ok((Some(Owner { partition: arn.partition, account: arn.account }), arn.name, read))
}

fn role(role: wire::Role) -> Read<Entry<RoleName, Role>> {
    let arn: RoleArn = field("Arn", &role.arn)?;
    agree("Arn", &arn, (&arn.path, &role.path), (arn.name.as_str(), &role.role_name))?;
    let read = Role {
        id: role.role_id.into(),
        path: arn.path,
        name: arn.name.clone(),
        created: time("CreateDate", role.create_date.as_deref())?,
        trust: document("AssumeRolePolicyDocument", &role.assume_role_policy_document)?,
        inline: inline("RolePolicyList", role.role_policy_list)?,
        attached: attached(&role.attached_managed_policies)?,
        boundary: boundary(role.permissions_boundary.as_ref())?,
        tags: tags(&role.tags),
        max_session_duration: None,
        description: None,
        instance_profiles: role
            .instance_profile_list
            .into_iter()
            .map(|profile| profile.instance_profile_name.into())
            .collect(),
    };
    Ok((Some(Owner { partition: arn.partition, account: arn.account }), arn.name, read))
}

fn managed_policy(policy: wire::ManagedPolicy) -> Read<Entry<PolicyArn, ManagedPolicy>> {
    let arn: PolicyArn = field("Arn", &policy.arn)?;
    agree("Arn", &arn, (&arn.path, &policy.path), (arn.name.as_str(), &policy.policy_name))?;
    let mut versions = BTreeMap::new();
    for (index, version) in policy.policy_version_list.into_iter().enumerate() {
        let place = format!("PolicyVersionList[{index}]");
        let read = PolicyVersion {
            created: time("CreateDate", version.create_date.as_deref())
                .map_err(|error| error.under(&place))?,
            document: document("Document", &version.document).map_err(|error| error.under(&place))?,
        };
        if versions.insert(version.version_id.as_str().into(), read).is_some() {
            let cause = format!("version `{}` occurs twice", version.version_id);
            return Err(ReadError::new(place, cause, "remove one of the two"));
        }
    }
    let of = match arn.owner {
        PolicyOwner::Aws => None,
        PolicyOwner::Account(account) => Some(Owner { partition: arn.partition, account }),
    };
    let read = ManagedPolicy {
        id: policy.policy_id.into(),
        arn: arn.clone(),
        default_version: policy.default_version_id.into(),
        versions,
        description: policy.description,
    };
    Ok((of, arn, read))
}

fn inline(name: &str, policies: Vec<wire::Inline>) -> Read<BTreeMap<PolicyName, Document>> {
    let mut map = BTreeMap::new();
    for (index, policy) in policies.into_iter().enumerate() {
        let place = format!("{name}[{index}]");
        let key: PolicyName =
            field("PolicyName", &policy.policy_name).map_err(|error| error.under(&place))?;
        let read =
            document("PolicyDocument", &policy.policy_document).map_err(|error| error.under(&place))?;
        if map.insert(key, read).is_some() {
            let cause = format!("the policy `{}` occurs twice", policy.policy_name);
            return Err(ReadError::new(place, cause, "remove one of the two"));
        }
    }
    Ok(map)
}

fn attached(policies: &[wire::Attached]) -> Read<BTreeSet<PolicyArn>> {
    policies
        .iter()
        .enumerate()
        .map(|(index, policy)| {
            field("PolicyArn", &policy.policy_arn)
                .map_err(|error| error.under(&format!("AttachedManagedPolicies[{index}]")))
        })
        .collect()
}

fn boundary(boundary: Option<&wire::Boundary>) -> Read<Option<PolicyArn>> {
    boundary
        .map(|boundary| {
            field("PermissionsBoundary.PermissionsBoundaryArn", &boundary.permissions_boundary_arn)
        })
        .transpose()
}

fn tags(tags: &[wire::Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect()
}

fn field<T: FromStr<Err: Display>>(at: &str, text: &str) -> Read<T> {
    text.parse().map_err(|error| ReadError::new(at, format!("{error}"), ""))
}

pub(in crate::snapshot) fn time(at: &str, text: Option<&str>) -> Read<Option<Timestamp>> {
    text.map(|text| {
        text.parse().map_err(|_| {
            let help = "write it as 2026-01-31T08:00:00Z";
            ReadError::new(at, format!("`{text}` is no point in time"), help)
        })
    })
    .transpose()
}

/// An ARN says path and name once more; a file in which they disagree was edited by hand and cannot be trusted.
fn agree(at: &str, arn: &impl Display, path: (&Path, &str), name: (&str, &str)) -> Read<()> {
    if path.0.as_str() == path.1 && name.0 == name.1 {
        return Ok(());
    }
    let cause = format!("`{arn}` disagrees with path `{}` and name `{}`", path.1, name.1);
    Err(ReadError::new(at, cause, "take the output of the CLI as it is"))
}

/// An object is the document; a text is it too, percent-encoded unless it starts with a brace.
fn document(at: &str, raw: &RawValue) -> Read<Document> {
    let text = raw.get();
    if text.starts_with('{') {
        return Ok(Document::parse(text));
    }
    let help = "an object or percent-encoded text is expected";
    let Ok(encoded) = serde_json::from_str::<String>(text) else {
        return Err(ReadError::new(at, "this is no policy document", help));
    };
    if encoded.trim_start().starts_with('{') {
        return Ok(Document::parse(&encoded));
    }
    let decoded = percent_decode_str(&encoded)
        .decode_utf8()
        .map_err(|_| ReadError::new(at, "the percent-encoded text is not UTF-8", help))?;
    Ok(Document::parse(&decoded))
}
