//! The management role with the policy of `rolegate bootstrap` and nothing else: the example's accounts stand so.

use crate::common::{root, world};
use rolegate::iam::PolicyArn;
use rolegate::plan::bootstrap::{ManagementRole, Place};
use rolegate::plan::manifest;
use rolegate::plan::validate::{ValidateOptions, Validated, validate};

fn acme() -> Validated {
    let loaded = rolegate::load::manifests(&[root().join("examples/acme")]);
    let (manifests, unreadable) = manifest::read(&loaded.files);
    let (validated, invalid) = validate(&manifests, &ValidateOptions { installation: "acme".into() });
    assert!(unreadable.is_empty() && invalid.is_empty());
    validated
}

/// What else runs over the example's accounts, here and in the demo, runs under exactly this policy.
#[test]
fn the_management_roles_of_the_example_have_the_bootstrap_policy_and_nothing_else() {
    let (cloud, _) = world("2026-12-01T08:00:00Z".parse().unwrap());
    let (all, snapshot) = (acme(), cloud.snapshot());
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
