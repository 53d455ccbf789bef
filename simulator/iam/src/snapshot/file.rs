//! A whole snapshot as one JSON text: per account the output of the AWS CLI, and what names the account. Does no IO.
//!
//! ```json
//! {"accounts": {"111111111111": {"name": "auth", "partition": "aws", "collectedAt": "2026-01-31T08:00:00Z",
//!                                "details": {}, "roles": {}, "summary": {}}},
//!  "awsManagedPolicies": []}
//! ```
//! `details`, `roles` and `summary` are the outputs of `get-account-authorization-details`, `list-roles` and
//! `get-account-summary`. All but the id may be left out. `parts` says what these cannot:
//! `{"users": {"notCollected": "access denied"}, "roles": {"collectedAt": "2026-01-31T08:01:00Z"}}`, where `{}` is a part that
//! was read nobody knows when. An account may say `"organization": "none"`. `organizations` is a list; each entry holds outputs
//! of Organizations commands by name: `{"describe-organization": {}, "list-parents.222222222222": {}}` (see `organizations`).

use super::error::ReadError;
use super::gaad::{self, Owner};
use super::{ABSENT, Account, Collected, Part, Snapshot, organizations, wire};
use crate::account::{AccountId, Partition};
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const PARTS: [&str; 6] = ["users", "groups", "roles", "policies", "roleSettings", "summary"];

/// Reads a snapshot. Reading what [`write()`] wrote gives the same snapshot.
///
/// # Errors
/// The first thing that is wrong: no such JSON, an unreadable account, an account that occurs twice.
pub fn read(text: &str) -> Result<Snapshot, ReadError> {
    let help = "a snapshot has `accounts` by id, and perhaps `awsManagedPolicies` and `organizations`";
    let wire::Snapshot { accounts, aws_managed_policies, organizations } = gaad::parse(text, help)?;
    let mut snapshot = Snapshot::default();
    let managed = gaad::managed_policies(aws_managed_policies.unwrap_or_default());
    snapshot.add_aws_managed(managed.map_err(|error| error.under("awsManagedPolicies"))?.into_values());
    for (id, account) in accounts.0 {
        let place = format!("accounts.{id}");
        let at = |error: ReadError| error.under(&place);
        let id: AccountId = id.parse().map_err(|error| ReadError::new(&place, format!("{error}"), ""))?;
        standalone(&mut snapshot, id, account.organization.as_deref()).map_err(at)?;
        let (account, aws_managed) = self::account(id, account).map_err(at)?;
        snapshot.add_aws_managed(aws_managed.into_values());
        snapshot.add(account).map_err(|account| {
            let cause = format!("account {} occurs twice", account.id);
            ReadError::new(&place, cause, "keep one of the two")
        })?;
    }
    for (number, outputs) in organizations.into_iter().enumerate() {
        let place = format!("organizations[{number}]");
        organization(&mut snapshot, outputs, &place)?;
    }
    Ok(snapshot)
}

fn organization(
    snapshot: &mut Snapshot,
    outputs: BTreeMap<String, Box<RawValue>>,
    place: &str,
) -> Result<(), ReadError> {
    let known = |name: &String| organizations::is_output(name);
    if let Some(name) = outputs.keys().find(|name| !known(name)) {
        let help = "known are describe-organization, list-roots, list-parents.CHILD and others of their kind";
        return Err(ReadError::new(place, format!("`{name}` is no output that is known"), help));
    }
    let outputs = outputs.into_iter().map(|(name, raw)| (name, raw.get().to_owned())).collect();
    let read = organizations::read(&outputs, &str::to_owned).map_err(|error| {
        let ReadError { file, at, cause, help } = error;
        // Lines are counted from the start of the output, not of the file.
        let at = if at.is_empty() { format!("{place}.{file}") } else { format!("{place}.{file}: {at}") };
        ReadError::new(at, cause, help)
    })?;
    snapshot.add_organization(read).map_err(|cause| ReadError::new(place, cause, "keep one of the two"))
}

/// Notes that an account says to be in no organization.
pub(super) fn standalone(
    snapshot: &mut Snapshot,
    account: AccountId,
    organization: Option<&str>,
) -> Result<(), ReadError> {
    match organization {
        None => Ok(()),
        Some("none") => snapshot
            .add_standalone(account)
            .map_err(|cause| ReadError::new("organization", cause, "keep one of the two")),
        Some(other) => {
            let help = "write `none` where there is none, else add describe-organization.json";
            Err(ReadError::new("organization", format!("`{other}` is not understood"), help))
        }
    }
}

/// Writes a snapshot, indented.
pub fn write(snapshot: &Snapshot) -> String {
    let Snapshot { accounts, aws_managed, organizations, standalone } = snapshot;
    let accounts = accounts.iter().map(|(id, account)| {
        let organization = standalone.contains(id).then(|| "none".to_owned());
        (id.to_string(), wire::Account { organization, ..account_to_wire(account) })
    });
    let raw = |(name, text)| Some((name, RawValue::from_string(text).ok()?));
    let organizations = organizations
        .values()
        .map(|organization| super::organizations::write(organization).into_iter().filter_map(raw).collect());
    let aws_managed = aws_managed.values().map(gaad::managed_policy).collect::<Vec<_>>();
    gaad::pretty(&wire::Snapshot {
        accounts: wire::Pairs(accounts.collect()),
        aws_managed_policies: (!aws_managed.is_empty()).then_some(aws_managed),
        organizations: organizations.collect(),
    })
}

fn account(id: AccountId, account: wire::Account) -> Result<gaad::WithAwsManaged, ReadError> {
    let wire::Account { name, partition, collected_at, organization: _, parts, details, roles, summary } =
        account;
    let at = gaad::time("collectedAt", collected_at.as_deref())?;
    let details = details.map(gaad::details_from_wire).transpose().map_err(|error| error.under("details"))?;
    let partition: Option<Partition> = partition
        .map(|text| text.parse().map_err(|error| ReadError::new("partition", format!("{error}"), "")))
        .transpose()?;
    let of_details = details.as_ref().and_then(|details| details.owner).map(|owner: Owner| owner.partition);
    let partition = partition.or(of_details).unwrap_or_default();
    let mut account = Account::unread(id, partition, ABSENT);
    account.name = name.map(Into::into);
    let mut aws_managed = BTreeMap::new();
    if let Some(details) = details {
        aws_managed =
            gaad::apply_details(&mut account, details, at).map_err(|error| error.under("details"))?;
    }
    if let Some(roles) = roles {
        gaad::apply_wire_roles(&mut account, roles, at).map_err(|error| error.under("roles"))?;
    }
    if let Some(summary) = summary {
        gaad::apply_wire_summary(&mut account, summary, at);
    }
    for (name, part) in parts {
        apply_part(&mut account.collected, &name, part)
            .map_err(|error| error.under(&format!("parts.{name}")))?;
    }
    Ok((account, aws_managed))
}

/// A part may be said to be less than it looks, or to be of another time, but never to be read when it is not there.
fn apply_part(collected: &mut Collected, name: &str, part: wire::Part) -> Result<(), ReadError> {
    let wire::Part { collected_at, not_collected } = part;
    let at = gaad::time("collectedAt", collected_at.as_deref())?;
    let Some(known) = part_mut(collected, name) else {
        let help = format!("known are {}", PARTS.join(", "));
        return Err(ReadError::new("", format!("unknown part `{name}`"), help));
    };
    match (not_collected, at) {
        (Some(_), Some(_)) => {
            return Err(ReadError::new(
                "",
                "`collectedAt` and `notCollected` contradict each other",
                "keep one of the two",
            ));
        }
        (Some(why), None) => *known = Part::NotCollected { why: why.into() },
        (None, at) if known.is_collected() => *known = Part::Collected { at },
        (None, _) => {
            return Err(ReadError::new(
                "",
                "this part is said to be collected, but it is not there in full",
                "add the output of the CLI, or write `notCollected` with the reason",
            ));
        }
    }
    Ok(())
}

fn part_mut<'a>(collected: &'a mut Collected, name: &str) -> Option<&'a mut Part> {
    match name {
        "users" => Some(&mut collected.users),
        "groups" => Some(&mut collected.groups),
        "roles" => Some(&mut collected.roles),
        "policies" => Some(&mut collected.policies),
        "roleSettings" => Some(&mut collected.role_settings),
        "summary" => Some(&mut collected.summary),
        _ => None,
    }
}

fn account_to_wire(account: &Account) -> wire::Account {
    let Collected { users, groups, roles, policies, role_settings, summary } = &account.collected;
    let states = [users, groups, roles, policies, role_settings, summary];
    let at = states.iter().find_map(|part| match part {
        Part::Collected { at } => *at,
        Part::NotCollected { .. } => None,
    });
    // What `collectedAt` says of a part by itself needs no entry; anything else is written out.
    let implied = Part::Collected { at };
    let parts = PARTS
        .into_iter()
        .zip(states)
        .filter(|(_, part)| **part != implied)
        .map(|(name, part)| (name.to_owned(), part_to_wire(part)))
        .collect();
    let details = gaad::details_to_wire(account);
    let any = details.user_detail_list.is_some()
        || details.group_detail_list.is_some()
        || details.role_detail_list.is_some()
        || details.policies.is_some();
    wire::Account {
        name: account.name.as_ref().map(ToString::to_string),
        partition: Some(account.partition.to_string()),
        collected_at: at.map(zulu),
        organization: None,
        parts,
        details: any.then_some(details),
        roles: gaad::roles_to_wire(account),
        summary: gaad::summary_to_wire(account),
    }
}

fn part_to_wire(part: &Part) -> wire::Part {
    match part {
        Part::Collected { at } => wire::Part { collected_at: at.map(zulu), not_collected: None },
        Part::NotCollected { why } => wire::Part { collected_at: None, not_collected: Some(why.to_string()) },
    }
}

fn zulu(time: Timestamp) -> String {
    time.to_string()
}
