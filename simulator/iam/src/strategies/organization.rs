//! Strategies of organizations.

use super::{account_id, document};
use crate::organization::{
    AccountStatus, Attached, ControlPolicy, ControlType, FeatureSet, Member, Node, Organization, Unit,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use smol_str::{SmolStr, format_smolstr};

const UNITS: [&str; 3] = ["ou-ab12-aaaaaaaa", "ou-ab12-bbbbbbbb", "ou-ab12-cccccccc"];

/// A node above units and accounts: the root, or one of the first units.
fn parent(below: usize) -> impl Strategy<Value = Node> {
    (0..=below.min(UNITS.len())).prop_map(|number| match number.checked_sub(1).and_then(|at| UNITS.get(at)) {
        Some(unit) => Node::Unit((*unit).into()),
        None => Node::Root("r-ab12".into()),
    })
}

fn member() -> impl Strategy<Value = Member> {
    let status = select(vec![None, Some(AccountStatus::Active), Some(AccountStatus::Suspended)]);
    (option::of("[a-z]{1,6}"), option::of(parent(UNITS.len())), status)
        .prop_map(|(name, parent, status)| Member { name: name.map(Into::into), parent, status })
}

fn policies() -> impl Strategy<Value = Vec<ControlPolicy>> {
    let kinds = select(ControlType::ALL.to_vec());
    vec((kinds, option::of(document())), 3).prop_map(|policies| {
        let policies = policies.into_iter().enumerate();
        let policies = policies.map(|(number, (kind, document))| ControlPolicy {
            id: format_smolstr!("p-{number}"),
            name: format_smolstr!("policy {number}"),
            kind,
            document,
        });
        policies.collect()
    })
}

/// Organizations of three units, in part collected. Every policy is attached somewhere or has a document.
pub fn organization() -> impl Strategy<Value = Organization> {
    let features = select(vec![FeatureSet::All, FeatureSet::ConsolidatedBilling]);
    let enabled = btree_map(select(ControlType::ALL.to_vec()), any::<bool>(), 0..=2);
    let units = (parent(0), parent(1), parent(2), vec(option::of("[a-z]{1,6}"), 3));
    let members = btree_map(account_id(), member(), 0..3);
    let nodes = select(vec!["r-ab12", "ou-ab12-aaaaaaaa", "111111111111"]);
    let lists = btree_map(
        (nodes, select(ControlType::ALL.to_vec())),
        (btree_set(0..3_usize, 0..3), any::<bool>()),
        0..4,
    );
    ((account_id(), features, enabled), units, members, policies(), lists).prop_map(
        |((management, features, enabled), (first, second, third, names), members, policies, lists)| {
            let mut organization = Organization::unread("o-acme123456", management, features);
            organization.root = Some("r-ab12".into());
            organization.enabled = enabled;
            let parents = [first, second, third].into_iter().zip(names);
            organization.units = UNITS
                .into_iter()
                .zip(parents)
                .map(|(id, (parent, name))| {
                    let name = name.map(SmolStr::from);
                    (id.into(), Unit { name, parent: Some(parent) })
                })
                .collect();
            organization.members.extend(members);
            for ((node, kind), (chosen, truncated)) in lists {
                let Ok(node) = node.parse::<Node>() else { continue };
                let chosen = chosen.into_iter().filter_map(|number| policies.get(number));
                let ids =
                    chosen.filter(|policy| policy.kind == kind).map(|policy| policy.id.clone()).collect();
                organization.attached.insert((node, kind), Attached { policies: ids, truncated });
            }
            let attached =
                |id: &SmolStr| organization.attached.values().any(|list| list.policies.contains(id));
            let known = policies.iter().filter(|policy| policy.document.is_some() || attached(&policy.id));
            organization.policies = known.map(|policy| (policy.id.clone(), policy.clone())).collect();
            organization
        },
    )
}
