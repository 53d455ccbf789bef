//! What boundaries and long names do to the policy.

use super::{BoundaryRule, ManagementRole, Place};
use crate::manifest::read;
use crate::validate::{ValidateOptions, Validated, validate};
use rolegate_iam::Statement;
use rolegate_iam::policy::Effect;
use std::collections::BTreeSet;

const ACCOUNT: &str = "
apiVersion: rolegate.dev/v1alpha1
kind: AWSAccount
metadata: {name: production}
spec:
  accountID: \"444444444444\"
  gatewayRef: {name: auth}
  environment: production
  DEFAULTS
  allowedBindings:
  - {namespaces: {all: {}}, roles: {ROLES}, subjects: [Group]}
---
apiVersion: rolegate.dev/v1alpha1
kind: AWSAccount
metadata: {name: auth}
spec: {accountID: \"111111111111\", environment: gateway}
";

/// A role, with a boundary or without.
fn role(name: &str, boundary: Option<&str>) -> String {
    let boundary = boundary.map(|name| format!("permissionsBoundary: {{customerManaged: {{name: {name}}}}}"));
    format!(
        "---\napiVersion: rolegate.dev/v1alpha1\nkind: AccessRole\nmetadata: {{name: {name}}}\nspec:\n  audience: Human\n  \
         permissions: {{awsManagedPolicies: [ReadOnlyAccess]}}\n  {}\n",
        boundary.unwrap_or_default()
    )
}

fn declared(defaults: &str, bound: &str, roles: &[String]) -> Validated {
    let text = ACCOUNT.replace("DEFAULTS", defaults).replace("ROLES", bound) + &roles.concat();
    let (manifests, unreadable) = read(&[("m.yaml".to_owned(), text)]);
    let (validated, invalid) = validate(&manifests, &ValidateOptions { installation: "acme".into() });
    let errors: Vec<String> = unreadable.iter().chain(&invalid).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    validated
}

fn production(all: &Validated) -> (ManagementRole, Place) {
    let account = &all.accounts["production"];
    (ManagementRole::of(all, account), Place::of(account))
}

#[test]
fn roles_are_made_with_a_boundary_where_every_role_has_one() {
    let default = "roleDefaults: {permissionsBoundary: {customerManaged: {name: fence, path: /limits/}}}";
    let (with, without) = (role("bounded", Some("own-fence")), role("free", None));
    for (defaults, bound, rule, policies) in [
        ("", "names: [free]", BoundaryRule::Sometimes, &[][..]),
        ("", "names: [bounded]", BoundaryRule::Always, &["/own-fence"]),
        ("", "names: [bounded, free]", BoundaryRule::Sometimes, &["/own-fence"]),
        ("", "selector: {matchLabels: {no: role}}", BoundaryRule::Sometimes, &[]),
        (default, "names: [free]", BoundaryRule::Always, &["/limits/fence"]),
        (default, "names: [bounded, free]", BoundaryRule::Always, &["/own-fence", "/limits/fence"]),
        (default, "selector: {matchLabels: {no: role}}", BoundaryRule::Always, &["/limits/fence"]),
    ] {
        let (management, _) = production(&declared(defaults, bound, &[with.clone(), without.clone()]));
        let found: BTreeSet<String> = management
            .boundaries
            .policies
            .iter()
            .map(|policy| format!("{}{}", policy.path, policy.name))
            .collect();
        let expected: BTreeSet<String> = policies.iter().map(|&name| name.to_owned()).collect();
        assert_eq!((management.boundaries.rule, found), (rule, expected), "{defaults} {bound}");
    }
}

/// Every document is one that IAM takes, whatever the names; together they say what they should, each statement once.
#[test]
fn what_does_not_fit_into_one_policy_is_split() {
    let long = |index: usize| format!("{index:02}{}", "b".repeat(126));
    let roles: Vec<String> = (0..25).map(|index| role(&format!("r{index}"), Some(&long(index)))).collect();
    let (management, place) = production(&declared("", "all: {}", &roles));
    assert_eq!(management.boundaries.policies.len(), 25);
    let documents = management.documents(&place);
    assert!(documents.len() > 1);
    let mut statements = Vec::new();
    for document in &documents {
        assert!(document.size() <= 6144, "{}", document.size());
        assert_eq!((document.faults(), document.policy().broken.len()), (&[][..], 0));
        statements.extend(document.policy().statements.iter().cloned());
    }
    let texts = |list: &[Statement]| list.iter().map(Statement::to_json).collect::<Vec<_>>();
    assert_eq!(texts(&statements), texts(&management.statements(&place)));
    let sids: BTreeSet<_> = statements.iter().filter_map(|statement| statement.sid.clone()).collect();
    assert_eq!(sids.len(), statements.len(), "one Sid each");
    let text: String = documents.iter().map(|document| document.text().to_owned()).collect();
    for index in 0..25 {
        // Made with it, given to under it, set on roles, and never changed itself.
        assert_eq!(text.matches(&long(index)).count(), 4, "{index}");
    }
    assert!(statements.iter().any(|statement| statement.effect == Effect::Deny));
}
