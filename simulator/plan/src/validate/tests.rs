//! Manifests in, reports out.
#![expect(clippy::disallowed_methods, reason = "the test reads the committed example")]

use super::{ValidateOptions, Validated, validate};
use crate::manifest::read;
use rolegate_crds::SubjectKind::{Group, Role, User};
use std::collections::BTreeMap;
use std::path::PathBuf;

fn acme() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn check(files: &[(String, String)]) -> (Validated, String) {
    let (manifests, mut diagnostics) = read(files);
    let (validated, more) = validate(&manifests, &ValidateOptions { installation: "acme".into() });
    diagnostics.extend(more);
    diagnostics.sort();
    (validated, diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[test]
fn acme_is_sound() {
    let (validated, report) = check(&acme());
    assert_eq!(report, "");
    assert!(validated.unreadable.is_empty());
    let Validated { accounts, roles, groups, accesses, .. } = &validated;
    assert_eq!((accounts.len(), roles.len(), groups.len(), accesses.len()), (5, 7, 3, 8));
    assert_eq!(groups["sre"].group_name.as_str(), "rolegate-acme-sre");
    assert_eq!(roles["site-reliability"].mfa_max_age, Some(3600));
    assert_eq!(roles["deploy"].mfa, rolegate_crds::Mfa::NotRequired);
    for access in accesses.values() {
        let selected: Vec<_> = accounts.values().filter(|account| access.selects(account)).collect();
        assert!(!selected.is_empty(), "{}", access.name);
        for account in selected {
            for subject in &access.subjects {
                let role = (access.role.as_str(), &roles[&access.role].labels);
                assert!(
                    account.allows((&access.namespace, None), role, subject.kind()),
                    "{} in {}",
                    access.name,
                    account.name
                );
            }
        }
    }
}

#[test]
fn acme_shares_one_role_name_and_no_account() {
    let (validated, _) = check(&acme());
    let mut bound: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for access in validated.accesses.values() {
        for account in validated.accounts.values().filter(|account| access.selects(account)) {
            let role = &validated.roles[&access.role];
            bound.entry((&account.name, role.role_name.as_str())).or_default().push(&role.name);
        }
    }
    for ((account, role_name), mut roles) in bound {
        roles.dedup();
        assert_eq!(roles.len(), 1, "{role_name} in {account}: {roles:?}");
    }
}

#[test]
fn consent_is_a_triple_and_never_a_cross_product() {
    let text = "\
apiVersion: rolegate.dev/v1alpha1
kind: AWSAccount
metadata: {name: auth}
spec:
  accountID: '111111111111'
  environment: gateway
  allowedBindings:
  - {namespaces: {names: [web]}, roles: {names: [reader]}, subjects: [Group]}
  - {namespaces: {names: [ops]}, roles: {selector: {matchLabels: {tier: high}}}, subjects: [User]}
  - namespaces: {selector: {matchExpressions: [{key: team, operator: NotIn, values: [web]}]}}
    roles: {all: {}}
    subjects: [Role]
---
apiVersion: rolegate.dev/v1alpha1
kind: AccessRole
metadata: {name: reader}
spec: {audience: Human}
";
    let (validated, report) = check(&[("m.yaml".into(), text.into())]);
    assert_eq!(report, "");
    let account = &validated.accounts["auth"];
    let labels = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let (none, high) = (labels(&[]), labels(&[("tier", "high")]));
    let (web, ops) = (labels(&[("team", "web")]), labels(&[("team", "ops")]));
    for (namespace, namespace_labels, role, role_labels, kind, allowed) in [
        ("web", None, "reader", &none, Group, true),
        ("web", None, "reader", &none, User, false),
        ("web", None, "writer", &high, Group, false),
        ("ops", None, "writer", &high, User, true),
        ("ops", None, "writer", &none, User, false),
        ("ops", None, "reader", &none, Group, false),
        ("ops", Some(&ops), "reader", &none, Role, true),
        ("web", Some(&web), "reader", &none, Role, false),
        ("ops", None, "reader", &none, Role, false),
    ] {
        let found = account.allows((namespace, namespace_labels), (role, role_labels), kind);
        assert_eq!(found, allowed, "{namespace} {namespace_labels:?} {role} {role_labels:?} {kind:?}");
    }
}

/// IAM takes 50 tags on a role (§3.2); forty are declared at most, so that Rolegate's own always have room.
#[test]
fn a_role_has_room_for_rolegates_tags_beside_the_declared() {
    for (count, refused) in [(40, false), (41, true)] {
        let tags: Vec<String> = (0..count).map(|number| format!("t{number}: v")).collect();
        let text = format!(
            "{{apiVersion: rolegate.dev/v1alpha1, kind: AccessRole, metadata: {{name: r}}, spec: {{audience: Human, tags: {{{}}}}}}}",
            tags.join(", ")
        );
        let (_, report) = check(&[("m.yaml".into(), text)]);
        assert_eq!(report.contains("has 41 fields, and at most 40 are allowed"), refused, "{report}");
        assert_eq!(report.is_empty(), !refused, "{report}");
    }
}
