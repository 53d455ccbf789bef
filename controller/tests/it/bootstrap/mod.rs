//! The management role with the policy of `rolegate bootstrap` and nothing else: the example's accounts stand so. Everything
//! that Rolegate does works under it, every action in it is needed, and nothing beside is allowed.

mod bounded;
mod forbidden;
mod life;
mod needed;
mod ways;

use crate::common::world;
use crate::company::{manifests, now, root_call};
use rolegate::iam::{Document, Policy, PolicyArn};
use rolegate::plan::bootstrap::{Kind, ManagementRole, Place};
use rolegate::plan::validate::Validated;
use rolegate_cloud::{Cloud, Request};

/// The management role of one account of the example.
fn management(all: &Validated, account: &str) -> (ManagementRole, Place) {
    let declared = &all.accounts[account];
    (ManagementRole::of(all, declared), Place::of(declared))
}

/// Gives the management roles of some accounts other documents.
fn give(cloud: &mut Cloud, all: &Validated, kind: Kind, change: impl Fn(Policy) -> Policy) {
    for declared in all.accounts.values() {
        let management = ManagementRole::of(all, declared);
        if management.kind != kind {
            continue;
        }
        for (index, document) in management.documents(&Place::of(declared)).iter().enumerate() {
            let changed = Document::from_policy(change(document.policy().clone()));
            let request = Request::CreatePolicyVersion {
                policy_arn: format!("arn:aws:iam::{}:policy/rolegate-controller-{}", declared.id, index + 1),
                policy_document: changed.text().to_owned(),
                set_as_default: Some(true),
            };
            root_call(cloud, declared.id.as_str(), request);
        }
    }
}

/// What else runs over the example's accounts, here and in the demo, runs under exactly this policy.
#[test]
fn the_management_roles_of_the_example_have_the_bootstrap_policy_and_nothing_else() {
    let (cloud, _) = world(now());
    let (all, snapshot) = (manifests(&[], &[]), cloud.snapshot());
    for declared in all.accounts.values() {
        let management = ManagementRole::of(&all, declared);
        let documents = management.documents(&Place::of(declared));
        let account = &snapshot.accounts[&declared.id];
        let role = &account.roles[&management.management.role];
        assert!(role.inline.is_empty() && role.boundary.is_none(), "{}", declared.name);
        let expected: Vec<PolicyArn> = (1..=documents.len())
            .map(|index| {
                let arn = format!("arn:aws:iam::{}:policy/{}-{index}", declared.id, role.name);
                arn.parse().unwrap()
            })
            .collect();
        let attached: Vec<PolicyArn> = role.attached.iter().cloned().collect();
        assert_eq!(attached, expected, "{}", declared.name);
        for (arn, document) in expected.iter().zip(&documents) {
            assert_eq!(
                snapshot.policy(arn).and_then(|policy| policy.document()),
                Some(document),
                "examples/world/{name}: write into it what `rolegate bootstrap policy {name} -m examples/acme --installation \
                 acme` prints",
                name = declared.name
            );
        }
    }
}
