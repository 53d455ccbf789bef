//! From [`Organization`] to what the Organizations commands of the AWS CLI would print.

use super::{ACCOUNTS, ACCOUNTS_FOR, ATTACHED, DESCRIBE, POLICY, ROOTS, UNITS_FOR, wire};
use crate::organization::{AccountStatus, Attached, ControlPolicy, Member, Node, Organization, Unit};
use crate::snapshot::gaad::pretty;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;

/// The outputs by name. Reading them gives the same organization.
pub fn write(organization: &Organization) -> BTreeMap<String, String> {
    let Organization {
        id,
        management_account,
        features,
        root,
        enabled: _,
        units,
        members,
        attached,
        policies,
    } = organization;
    let described = wire::Organization {
        id: id.to_string(),
        feature_set: features.as_str().to_owned(),
        master_account_id: management_account.to_string(),
    };
    let mut outputs = BTreeMap::new();
    outputs.insert(DESCRIBE.to_owned(), pretty(&wire::Described { organization: described }));
    if let Some(root) = root {
        outputs.insert(ROOTS.to_owned(), pretty(&roots(organization, root)));
    }
    let mut below: BTreeMap<&Node, Vec<wire::Named>> = BTreeMap::new();
    for (id, Unit { name, parent }) in units {
        if let Some(parent) = parent {
            let name = name.as_ref().map(ToString::to_string);
            below.entry(parent).or_default().push(wire::Named { id: id.to_string(), name });
        }
    }
    for (parent, organizational_units) in below {
        outputs.insert(format!("{UNITS_FOR}.{parent}"), pretty(&wire::Units { organizational_units }));
    }
    let mut accounts: BTreeMap<Option<&Node>, Vec<wire::Account>> = BTreeMap::new();
    for (id, member) in members {
        accounts.entry(member.parent.as_ref()).or_default().push(account(id.as_str(), member));
    }
    for (parent, accounts) in accounts {
        let name = parent.map_or(ACCOUNTS.to_owned(), |parent| format!("{ACCOUNTS_FOR}.{parent}"));
        outputs.insert(name, pretty(&wire::Accounts { accounts }));
    }
    for ((node, kind), list) in attached {
        let Attached { policies: ids, truncated } = list;
        let summaries = ids.iter().filter_map(|id| policies.get(id)).map(summary).collect();
        let next_token = truncated.then(|| "more".to_owned());
        let list = wire::Policies { policies: summaries, next_token };
        outputs.insert(format!("{ATTACHED}.{node}.{}", kind.as_str()), pretty(&list));
    }
    for policy in policies.values() {
        if let Some(content) = content(policy) {
            let described = wire::Policy { policy_summary: summary(policy), content };
            outputs.insert(
                format!("{POLICY}.{}", policy.id),
                pretty(&wire::DescribedPolicy { policy: described }),
            );
        }
    }
    outputs
}

fn roots(organization: &Organization, root: &str) -> wire::Roots {
    let types = crate::organization::ControlType::ALL.into_iter().filter_map(|kind| {
        let status = match organization.enabled.get(&kind) {
            Some(true) => "ENABLED",
            Some(false) => return None,
            None => "PENDING_ENABLE",
        };
        Some(wire::PolicyType { kind: kind.as_str().to_owned(), status: status.to_owned() })
    });
    let root = wire::Root { id: root.to_owned(), policy_types: types.collect() };
    wire::Roots { roots: vec![root], next_token: None }
}

fn account(id: &str, member: &Member) -> wire::Account {
    let Member { name, parent: _, status } = member;
    let status = status.map(|status| match status {
        AccountStatus::Active => "ACTIVE",
        AccountStatus::Suspended => "SUSPENDED",
    });
    wire::Account {
        id: id.to_owned(),
        name: name.as_ref().map(ToString::to_string),
        status: status.map(str::to_owned),
        state: None,
    }
}

fn summary(policy: &ControlPolicy) -> wire::Summary {
    let ControlPolicy { id, name, kind, document: _ } = policy;
    wire::Summary { id: id.to_string(), name: name.to_string(), kind: kind.as_str().to_owned() }
}

fn content(policy: &ControlPolicy) -> Option<Box<RawValue>> {
    // A text is always JSON.
    to_raw_value(policy.document.as_ref()?.text()).ok()
}
