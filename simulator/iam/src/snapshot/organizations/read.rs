//! From the CLI's outputs to [`Organization`]; every id is parsed here, and what contradicts itself is refused.

use super::{ACCOUNTS, ACCOUNTS_FOR, ATTACHED, CHILDREN, DESCRIBE, PARENTS, POLICY, ROOTS, UNITS_FOR, wire};
use crate::account::AccountId;
use crate::organization::{
    AccountStatus, Attached, ControlPolicy, ControlType, FeatureSet, Member, Node, Organization, Unit,
    is_word,
};
use crate::policy::Document;
use crate::snapshot::error::ReadError;
use crate::snapshot::gaad::parse;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::str::FromStr;

type Read<T> = Result<T, ReadError>;

/// Reads an organization from outputs by name (see the module). `file` tells under which name people know an output.
///
/// # Errors
/// When an output cannot be read or contradicts another one, or `describe-organization` is not among them.
pub fn read(outputs: &BTreeMap<String, String>, file: &impl Fn(&str) -> String) -> Read<Organization> {
    let Some(text) = outputs.get(DESCRIBE) else {
        let first = outputs.keys().next().map_or(DESCRIBE, String::as_str);
        let help =
            "add the output of `aws organizations describe-organization` as describe-organization.json";
        let error = ReadError::new("", "nothing says which organization this is about", help);
        return Err(error.in_file(&file(first)));
    };
    let mut organization = organization(text).map_err(|error| error.in_file(&file(DESCRIBE)))?;
    for (name, text) in outputs {
        add(&mut organization, name, text).map_err(|error| error.in_file(&file(name)))?;
    }
    Ok(organization)
}

fn organization(text: &str) -> Read<Organization> {
    let wire::Described { organization } =
        parse(text, "the output of `aws organizations describe-organization` is expected")?;
    let wire::Organization { id, feature_set, master_account_id } = organization;
    if !id.strip_prefix("o-").is_some_and(is_word) {
        return Err(ReadError::new("Organization.Id", format!("`{id}` is no organization id (o-…)"), ""));
    }
    let features = match feature_set.as_str() {
        "ALL" => FeatureSet::All,
        "CONSOLIDATED_BILLING" => FeatureSet::ConsolidatedBilling,
        other => {
            let cause = format!("unknown feature set `{other}`");
            return Err(ReadError::new(
                "Organization.FeatureSet",
                cause,
                "ALL or CONSOLIDATED_BILLING is expected",
            ));
        }
    };
    let management = field("Organization.MasterAccountId", &master_account_id)?;
    Ok(Organization::unread(id, management, features))
}

fn add(organization: &mut Organization, name: &str, text: &str) -> Read<()> {
    let (command, about) = name.split_once('.').unwrap_or((name, ""));
    let expected = format!("the output of `aws organizations {command}` is expected");
    match command {
        DESCRIBE => Ok(()),
        ROOTS => roots(organization, parse(text, &expected)?),
        ACCOUNTS => accounts(organization, None, parse(text, &expected)?),
        ACCOUNTS_FOR => accounts(organization, Some(&in_name(about)?), parse(text, &expected)?),
        UNITS_FOR => units(organization, &in_name(about)?, parse(text, &expected)?),
        CHILDREN => {
            let parent = in_name(about.split('.').next().unwrap_or_default())?;
            children(organization, &parent, parse(text, &expected)?)
        }
        PARENTS => parents(organization, &in_name(about)?, parse(text, &expected)?),
        ATTACHED => attached(organization, about, parse(text, &expected)?),
        POLICY => policy(organization, about, parse(text, &expected)?),
        _ => Err(ReadError::new("", "this is no output of an Organizations command that is known", "")),
    }
}

fn roots(organization: &mut Organization, roots: wire::Roots) -> Read<()> {
    let wire::Roots { roots, next_token: _ } = roots;
    for (index, wire::Root { id, policy_types }) in roots.into_iter().enumerate() {
        let place = format!("Roots[{index}]");
        let node: Node = field(&format!("{place}.Id"), &id)?;
        see(organization, &node, &format!("{place}.Id"))?;
        for kind in ControlType::ALL {
            let status = policy_types.iter().find(|known| known.kind == kind.as_str());
            match status.map(|known| known.status.as_str()) {
                None => organization.enabled.insert(kind, false),
                Some("ENABLED") => organization.enabled.insert(kind, true),
                // Being enabled or disabled: nobody knows.
                Some(_) => organization.enabled.remove(&kind),
            };
        }
    }
    Ok(())
}

fn accounts(organization: &mut Organization, parent: Option<&Node>, accounts: wire::Accounts) -> Read<()> {
    for (index, account) in accounts.accounts.into_iter().enumerate() {
        let place = format!("Accounts[{index}]");
        let wire::Account { id, name, status, state } = account;
        let id: AccountId = field(&format!("{place}.Id"), &id)?;
        let status = match state.or(status).as_deref() {
            Some("ACTIVE") => Some(AccountStatus::Active),
            Some("SUSPENDED" | "CLOSED") => Some(AccountStatus::Suspended),
            _ => None,
        };
        let member = Member { name: name.map(Into::into), parent: None, status };
        let mut only = Organization::unread(
            organization.id.clone(),
            organization.management_account,
            organization.features,
        );
        only.members.insert(id, member);
        organization.merge(only).map_err(|cause| ReadError::new(&place, cause, "keep one of the two"))?;
        if let Some(parent) = parent {
            hang(organization, &Node::Account(id), parent, &place)?;
        }
    }
    Ok(())
}

fn units(organization: &mut Organization, parent: &Node, units: wire::Units) -> Read<()> {
    for (index, wire::Named { id, name }) in units.organizational_units.into_iter().enumerate() {
        let place = format!("OrganizationalUnits[{index}]");
        let unit: Node = field(&format!("{place}.Id"), &id)?;
        hang(organization, &unit, parent, &place)?;
        if let (Node::Unit(id), Some(name)) = (&unit, name) {
            organization.units.entry(id.clone()).or_default().name = Some(name.into());
        }
    }
    Ok(())
}

fn children(organization: &mut Organization, parent: &Node, children: wire::Children) -> Read<()> {
    for (index, wire::Identified { id }) in children.children.into_iter().enumerate() {
        let place = format!("Children[{index}].Id");
        hang(organization, &field(&place, &id)?, parent, &place)?;
    }
    Ok(())
}

fn parents(organization: &mut Organization, child: &Node, parents: wire::Parents) -> Read<()> {
    for (index, wire::Identified { id }) in parents.parents.into_iter().enumerate() {
        let place = format!("Parents[{index}].Id");
        hang(organization, child, &field(&place, &id)?, &place)?;
    }
    Ok(())
}

/// Notes that there is such a node.
fn see(organization: &mut Organization, node: &Node, place: &str) -> Read<()> {
    match node {
        Node::Root(id) => match &organization.root {
            Some(known) if known != id => {
                let cause = format!("`{id}` and `{known}` cannot both be the root");
                return Err(ReadError::new(place, cause, "an organization has one root"));
            }
            _ => organization.root = Some(id.clone()),
        },
        Node::Unit(id) => {
            organization.units.entry(id.clone()).or_default();
        }
        Node::Account(id) => {
            organization.members.entry(*id).or_default();
        }
    }
    Ok(())
}

fn hang(organization: &mut Organization, child: &Node, parent: &Node, place: &str) -> Read<()> {
    if matches!(parent, Node::Account(_)) {
        let cause = format!("nothing hangs under the account {parent}");
        return Err(ReadError::new(place, cause, "a root or an organizational unit is expected"));
    }
    see(organization, child, place)?;
    see(organization, parent, place)?;
    let Organization { units, members, .. } = organization;
    let known = match child {
        Node::Root(_) => {
            return Err(ReadError::new(place, format!("the root {child} hangs under nothing"), ""));
        }
        Node::Unit(id) => units.get_mut(id).map(|Unit { parent, .. }| parent),
        Node::Account(id) => members.get_mut(id).map(|Member { parent, .. }| parent),
    };
    match known {
        Some(Some(known)) if *known != *parent => {
            let cause = format!("{child} hangs under {known} and under {parent}");
            Err(ReadError::new(
                place,
                cause,
                "the tree may have changed between two commands; collect it again",
            ))
        }
        Some(known) => {
            *known = Some(parent.clone());
            Ok(())
        }
        None => Ok(()),
    }
}

fn attached(organization: &mut Organization, about: &str, policies: wire::Policies) -> Read<()> {
    let (target, kind) = about.split_once('.').unwrap_or((about, ""));
    let target: Node = in_name(target)?;
    let Some(kind) = ControlType::parse(kind) else {
        // Other policies limit nothing that is looked at here.
        return Ok(());
    };
    let wire::Policies { policies, next_token } = policies;
    let mut list = Attached { truncated: next_token.is_some(), ..Attached::default() };
    for (index, summary) in policies.into_iter().enumerate() {
        let place = format!("Policies[{index}]");
        let policy = summarized(summary, &place)?;
        if policy.kind != kind {
            let cause = format!("`{}` is none of the {} that were asked for", policy.id, kind.words());
            return Err(ReadError::new(place, cause, "name the file by the filter that was used"));
        }
        list.policies.insert(policy.id.clone());
        organization.add_policy(policy).map_err(|cause| ReadError::new(&place, cause, ""))?;
    }
    organization
        .attach(target, kind, list)
        .map_err(|cause| ReadError::new("Policies", cause, "keep one of the two"))
}

/// A policy without its document, unless it is one of AWS's.
fn summarized(summary: wire::Summary, place: &str) -> Read<ControlPolicy> {
    let wire::Summary { id, name, kind } = summary;
    if !id.strip_prefix("p-").is_some_and(is_word) {
        let cause = format!("`{id}` is no policy id (p-…)");
        return Err(ReadError::new(format!("{place}.Id"), cause, ""));
    }
    let Some(kind) = ControlType::parse(&kind) else {
        let help = "SERVICE_CONTROL_POLICY or RESOURCE_CONTROL_POLICY is expected";
        return Err(ReadError::new(format!("{place}.Type"), format!("unknown policy type `{kind}`"), help));
    };
    let policy = ControlPolicy { id: id.into(), name: name.into(), kind, document: None };
    let known = ControlPolicy::of_aws(&policy.id).filter(|known| known.kind == kind);
    Ok(ControlPolicy { document: known.and_then(|known| known.document), ..policy })
}

fn policy(organization: &mut Organization, about: &str, policy: wire::DescribedPolicy) -> Read<()> {
    let wire::Policy { policy_summary, content } = policy.policy;
    if policy_summary.id != about {
        let cause = format!("`{}` is not the policy that the file names", policy_summary.id);
        return Err(ReadError::new("Policy.PolicySummary.Id", cause, "rename the file by the id"));
    }
    if ControlType::parse(&policy_summary.kind).is_none() {
        return Ok(());
    }
    let document = document(&content)?;
    let policy = summarized(policy_summary, "Policy.PolicySummary")?;
    let policy = ControlPolicy { document: Some(document), ..policy };
    organization.add_policy(policy).map_err(|cause| ReadError::new("Policy", cause, ""))
}

fn document(content: &RawValue) -> Read<Document> {
    let raw = content.get();
    if !raw.starts_with('"') {
        return Ok(Document::parse(raw));
    }
    let text: String = serde_json::from_str(raw)
        .map_err(|error| ReadError::new("Policy.Content", error.to_string(), "JSON text is expected"))?;
    Ok(Document::parse(&text))
}

fn field<T: FromStr<Err: std::fmt::Display>>(place: &str, text: &str) -> Read<T> {
    text.parse().map_err(|error: T::Err| ReadError::new(place, error.to_string(), ""))
}

/// A node that the name of an output says.
fn in_name(text: &str) -> Read<Node> {
    let help = "such a file is named by the command and the id that it was asked about: list-parents.222222222222.json";
    text.parse().map_err(|error: crate::organization::InvalidNode| {
        ReadError::new("its name", error.to_string(), help)
    })
}
