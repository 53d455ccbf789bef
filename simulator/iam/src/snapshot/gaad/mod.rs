//! Reading and writing the output of `aws iam get-account-authorization-details`, `list-roles` and `get-account-summary`.
//!
//! Does no IO: texts come in and go out. What the output lacks is recorded as not collected, never as empty.
//!
//! One thing the output cannot say: with `--filter`, the CLI prints empty lists for what was not asked for. Who filters
//! must leave those lists out of the file.

mod read;
mod write;

pub use write::{write_details, write_roles, write_summary};

pub(super) use read::{details as details_from_wire, managed_policies, time};
pub(super) use write::{
    details as details_to_wire, managed_policy, pretty, roles as roles_to_wire, summary as summary_to_wire,
};

use super::error::ReadError;
use super::{Account, Collected, Group, ManagedPolicy, Part, Role, User, wire};
use crate::account::{AccountId, Partition};
use crate::arn::PolicyArn;
use crate::name::{GroupName, RoleName, UserName};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The usual name of a file with the output of `get-account-authorization-details`.
pub const DETAILS: &str = "account-authorization-details.json";
/// The usual name of a file with the output of `list-roles`.
pub const ROLES: &str = "list-roles.json";
/// The usual name of a file with the output of `get-account-summary`.
pub const SUMMARY: &str = "account-summary.json";

/// What `get-account-authorization-details` printed. A list that was not there is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Whose it is, by the ARNs in it; `None` when there is none.
    pub owner: Option<Owner>,
    /// Whether more was to come (`IsTruncated`, `NextToken`): what is not here may still exist.
    pub truncated: bool,
    /// `UserDetailList`.
    pub users: Option<BTreeMap<UserName, User>>,
    /// `GroupDetailList`.
    pub groups: Option<BTreeMap<GroupName, Group>>,
    /// `RoleDetailList`.
    pub roles: Option<BTreeMap<RoleName, Role>>,
    /// The customer managed ones of `Policies`.
    pub policies: Option<BTreeMap<PolicyArn, ManagedPolicy>>,
    /// The AWS-managed ones of `Policies`.
    pub aws_managed: BTreeMap<PolicyArn, ManagedPolicy>,
}

/// The account that some output belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// Its partition.
    pub partition: Partition,
    /// The account.
    pub account: AccountId,
}

/// The texts that describe one account; what is `None` was not collected.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccountFiles<'a> {
    /// `get-account-authorization-details`.
    pub details: Option<&'a str>,
    /// `list-roles`.
    pub roles: Option<&'a str>,
    /// `get-account-summary`.
    pub summary: Option<&'a str>,
    /// When the reading began, when it is known.
    pub at: Option<Timestamp>,
}

/// An account, and the AWS-managed policies that were printed with it.
pub type WithAwsManaged = (Account, BTreeMap<PolicyArn, ManagedPolicy>);

/// Reads the output of `get-account-authorization-details`. Documents may be objects, as the CLI prints them, or
/// percent-encoded text, as the API answers.
///
/// # Errors
/// When the text is not that output, names an entity that IAM could not hold, repeats one, or mixes two accounts.
pub fn read_details(text: &str) -> Result<Details, ReadError> {
    read::details(parse(text, "the output of `aws iam get-account-authorization-details` is expected")?)
}

/// Puts the details into the account; returns the AWS-managed policies among them.
///
/// # Errors
/// When they are of another account.
pub fn apply_details(
    account: &mut Account,
    details: Details,
    at: Option<Timestamp>,
) -> Result<BTreeMap<PolicyArn, ManagedPolicy>, ReadError> {
    let Details { owner, truncated, users, groups, roles, policies, aws_managed } = details;
    if let Some(owner) = owner {
        check_owner(account, owner, "")?;
    }
    let part = |name: &str, present| part(name, present, truncated, at);
    account.collected = Collected {
        users: part("UserDetailList", users.is_some()),
        groups: part("GroupDetailList", groups.is_some()),
        roles: part("RoleDetailList", roles.is_some()),
        policies: part("Policies", policies.is_some()),
        ..account.collected.clone()
    };
    account.users = users.unwrap_or_default();
    account.groups = groups.unwrap_or_default();
    account.roles = roles.unwrap_or_default();
    account.policies = policies.unwrap_or_default();
    Ok(aws_managed)
}

/// Adds what `list-roles` printed to the roles of the account. A role that the details lack was made later, and is left
/// out; one with another id was made anew, and keeps its settings unknown.
///
/// # Errors
/// When the text is not that output, or is of another account.
pub fn apply_roles(account: &mut Account, text: &str, at: Option<Timestamp>) -> Result<(), ReadError> {
    apply_wire_roles(account, wire_roles(text)?, at)
}

pub(super) fn apply_wire_roles(
    account: &mut Account,
    roles: wire::Roles,
    at: Option<Timestamp>,
) -> Result<(), ReadError> {
    let wire::Roles { roles, is_truncated, next_token } = roles;
    for (index, role) in roles.into_iter().enumerate() {
        let place = format!("Roles[{index}]");
        let (owner, name) = read::role_settings(&role).map_err(|error| error.under(&place))?;
        check_owner(account, owner, &format!("{place}.Arn"))?;
        let known = account.roles.get_mut(&name).filter(|known| known.id == role.role_id);
        if let Some(known) = known {
            known.max_session_duration = role.max_session_duration;
            known.description = role.description;
        }
    }
    let truncated = is_truncated == Some(true) || next_token.is_some();
    account.collected.role_settings = part("Roles", true, truncated, at);
    Ok(())
}

/// Puts what `get-account-summary` printed into the account.
///
/// # Errors
/// When the text is not that output.
pub fn apply_summary(account: &mut Account, text: &str, at: Option<Timestamp>) -> Result<(), ReadError> {
    let summary: wire::Summary = parse(text, "the output of `aws iam get-account-summary` is expected")?;
    apply_wire_summary(account, summary, at);
    Ok(())
}

pub(super) fn apply_wire_summary(account: &mut Account, summary: wire::Summary, at: Option<Timestamp>) {
    account.summary = summary.summary_map.into_iter().map(|(key, value)| (key.into(), value)).collect();
    account.collected.summary = Part::Collected { at };
}

/// Reads an account from the texts that describe it. The id is taken from the ARNs when it is not given. Errors name the files
/// by [`DETAILS`], [`ROLES`] and [`SUMMARY`].
///
/// # Errors
/// When a text cannot be read, when they are of different accounts or not of `id`, or when nothing names the account.
pub fn read_account(id: Option<AccountId>, files: AccountFiles<'_>) -> Result<WithAwsManaged, ReadError> {
    read_account_as(id, None, files, &str::to_owned)
}

pub(super) fn read_account_as(
    id: Option<AccountId>,
    partition: Option<Partition>,
    files: AccountFiles<'_>,
    path: &impl Fn(&str) -> String,
) -> Result<WithAwsManaged, ReadError> {
    let AccountFiles { details, roles, summary, at } = files;
    let within = |name: &'static str| move |error: ReadError| error.in_file(&path(name));
    let details = details.map(read_details).transpose().map_err(within(DETAILS))?;
    let roles = roles.map(wire_roles).transpose().map_err(within(ROLES))?;
    let owner = match (details.as_ref().and_then(|details| details.owner), &roles) {
        (None, Some(roles)) => owner_of_roles(roles).map_err(within(ROLES))?,
        (owner, _) => owner,
    };
    let partition = partition.or(owner.map(|owner| owner.partition)).unwrap_or_default();
    let Some(id) = id.or(owner.map(|owner| owner.account)) else {
        let help = "give its id in account.json, or name the folder by it";
        return Err(ReadError::new("", "nothing here names the account", help).in_file(&path(DETAILS)));
    };
    let mut account = Account::unread(id, partition, super::ABSENT);
    let mut aws_managed = BTreeMap::new();
    if let Some(details) = details {
        aws_managed = apply_details(&mut account, details, at).map_err(within(DETAILS))?;
    }
    if let Some(roles) = roles {
        apply_wire_roles(&mut account, roles, at).map_err(within(ROLES))?;
    }
    if let Some(summary) = summary {
        apply_summary(&mut account, summary, at).map_err(within(SUMMARY))?;
    }
    Ok((account, aws_managed))
}

fn wire_roles(text: &str) -> Result<wire::Roles, ReadError> {
    parse(text, "the output of `aws iam list-roles` is expected")
}

fn owner_of_roles(roles: &wire::Roles) -> Result<Option<Owner>, ReadError> {
    let first = roles.roles.first().map(read::role_settings).transpose();
    Ok(first.map_err(|error| error.under("Roles[0]"))?.map(|(owner, _)| owner))
}

pub(super) fn parse<T: serde::de::DeserializeOwned>(text: &str, help: &str) -> Result<T, ReadError> {
    serde_json::from_str(text).map_err(|error| ReadError::json(&error, help))
}

fn part(name: &str, present: bool, truncated: bool, at: Option<Timestamp>) -> Part {
    let why = match (present, truncated) {
        (true, false) => return Part::Collected { at },
        (true, true) => "the output is truncated: more was to come".into(),
        (false, _) => format!("`{name}` is not in the snapshot").into(),
    };
    Part::NotCollected { why }
}

/// Output of one account must not be taken for another's.
pub(super) fn check_owner(account: &Account, owner: Owner, at: &str) -> Result<(), ReadError> {
    let Owner { partition, account: id } = owner;
    if id == account.id && partition == account.partition {
        return Ok(());
    }
    let (expected, expected_partition) = (account.id, account.partition);
    Err(ReadError::new(
        at,
        format!("this is of account {id} ({partition}), not of account {expected} ({expected_partition})"),
        "put the output of each account into a place of its own, under its own id and partition",
    ))
}
