//! What must be asked for by name, and what need not be.

use super::*;
use crate::manifest;
use crate::validate::{ValidateOptions, validate};
use rolegate_iam::Partition;
use rolegate_iam::snapshot::{Group, ManagedPolicy, Role, User};
use rolegate_iam::{Document, Path, Tags};

const GATEWAY: &str = "111111111111";
const TARGET: &str = "222222222222";

const OBJECTS: &str = r#"
apiVersion: rolegate.dev/v1alpha1
kind: AWSAccount
metadata: {name: auth}
spec: {accountID: "111111111111", environment: gateway}
---
apiVersion: rolegate.dev/v1alpha1
kind: AWSAccount
metadata: {name: production}
spec:
  accountID: "222222222222"
  gatewayRef: {name: auth}
  environment: production
  allowedBindings:
  - {namespaces: {names: [team]}, roles: {names: [developer, deploy]}, subjects: [Group, User, Role]}
---
apiVersion: rolegate.dev/v1alpha1
kind: AccessRole
metadata: {name: developer}
spec: {roleName: Developer, audience: Human, permissions: {awsManagedPolicies: [ReadOnlyAccess]}}
---
apiVersion: rolegate.dev/v1alpha1
kind: AccessRole
metadata: {name: deploy}
spec: {roleName: Deploy, audience: Machine, permissions: {awsManagedPolicies: [ReadOnlyAccess]}}
---
apiVersion: rolegate.dev/v1alpha1
kind: AccessGroup
metadata: {name: devs}
spec: {gatewayRef: {name: auth}, groupName: devs, members: [ana]}
---
apiVersion: rolegate.dev/v1alpha1
kind: AccountAccess
metadata: {name: people, namespace: team}
spec: {roleRef: {name: developer}, accounts: {names: [production]}, subjects: [{group: {name: devs}}, {user: {name: kim}}]}
---
apiVersion: rolegate.dev/v1alpha1
kind: AccountAccess
metadata: {name: machines, namespace: team}
spec:
  roleRef: {name: deploy}
  accounts: {names: [production]}
  state: Withdrawn
  subjects: [{role: {arn: "arn:aws:iam::111111111111:role/ci"}}]
"#;

fn expected() -> Expected {
    let (manifests, unreadable) = manifest::read(&[("all.yaml".to_owned(), OBJECTS.to_owned())]);
    let (all, invalid) = validate(&manifests, &ValidateOptions { installation: "acme".into() });
    assert_eq!((unreadable, invalid), (vec![], vec![]));
    Expected::of(&all)
}

fn policy(account: &Account, path: &str, name: &str) -> ManagedPolicy {
    let arn = account.policy_arn(&path.parse().unwrap(), &name.parse().unwrap());
    ManagedPolicy {
        id: "ANPAEXAMPLE".into(),
        arn,
        default_version: "v1".into(),
        versions: BTreeMap::new(),
        description: None,
    }
}

fn add_policy(account: &mut Account, path: &str, name: &str) {
    let policy = policy(account, path, name);
    account.policies.insert(policy.arn.clone(), policy);
}

/// An account with our claim.
fn claimed(id: &str) -> Account {
    let mut account = Account::empty(id.parse().unwrap(), Partition::Aws, None);
    add_policy(&mut account, "/rolegate/acme/", CLAIM_POLICY);
    account
}

fn user(name: &str) -> User {
    User::bare("AIDAEXAMPLE", Path::root(), name.parse().unwrap())
}

fn role(name: &str) -> Role {
    Role {
        id: "AROAEXAMPLE".into(),
        path: Path::root(),
        name: name.parse().unwrap(),
        created: None,
        trust: Document::parse("{}"),
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
        boundary: None,
        tags: Tags::new(),
        max_session_duration: None,
        description: None,
        instance_profiles: BTreeSet::new(),
    }
}

fn group(name: &str) -> Group {
    Group {
        id: "AGPAEXAMPLE".into(),
        path: "/rolegate/acme/".parse().unwrap(),
        name: name.parse().unwrap(),
        created: None,
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
    }
}

fn questions(account: &Account) -> Vec<String> {
    expected().questionable(account).iter().map(ToString::to_string).collect()
}

#[test]
fn what_the_objects_speak_of_and_the_lists_lack_is_asked_for() {
    let mut gateway = claimed(GATEWAY);
    assert_eq!(questions(&gateway), ["user ana", "user kim", "group devs", "role ci"]);
    assert_eq!(questions(&claimed(TARGET)), ["role Deploy", "role Developer"], "withdrawn or not");
    gateway.users.insert("ana".parse().unwrap(), user("ana"));
    gateway.roles.insert("ci".parse().unwrap(), role("ci"));
    gateway.groups.insert("devs".parse().unwrap(), group("devs"));
    assert_eq!(questions(&gateway), ["user kim"]);
}

/// IAM would answer for the name in another case, and no list would ever show it.
#[test]
fn a_name_in_another_case_is_there() {
    let mut gateway = claimed(GATEWAY);
    gateway.users.insert("Kim".parse().unwrap(), user("Kim"));
    gateway.roles.insert("CI".parse().unwrap(), role("CI"));
    gateway.groups.insert("Devs".parse().unwrap(), group("Devs"));
    assert_eq!(questions(&gateway), ["user ana"]);
}

#[test]
fn an_account_without_anything_of_ours_is_asked_for_people_alone() {
    assert_eq!(
        questions(&Account::empty(GATEWAY.parse().unwrap(), Partition::Aws, None)),
        ["user ana", "user kim"]
    );
    assert!(questions(&Account::empty(TARGET.parse().unwrap(), Partition::Aws, None)).is_empty());
}

#[test]
fn what_our_own_things_speak_of_is_asked_for_without_any_object() {
    let mut account = claimed("333333333333");
    for name in ["user-lou-1", "role-robot-2", "group-gone-1"] {
        add_policy(&mut account, "/rolegate/acme/", name);
    }
    add_policy(&mut account, "/", "user-not-ours-1");
    let attached = policy(&account, "/rolegate/acme/", "group-here-1").arn;
    let mut here = group("here");
    here.attached.extend([attached, policy(&account, "/team/", "theirs").arn]);
    account.groups.insert(here.name.clone(), here);
    assert_eq!(questions(&account), ["user lou", "group gone", "role robot", "policy group-here-1"]);
}

#[test]
fn a_missing_claim_beside_things_of_ours_is_asked_for() {
    let mut account = claimed("333333333333");
    account.policies.clear();
    add_policy(&mut account, "/rolegate/acme/", "user-lou-1");
    account.users.insert("lou".parse().unwrap(), user("lou"));
    assert_eq!(questions(&account), ["policy rolegate-claim"]);
}

#[test]
fn a_list_that_is_not_whole_says_so_by_itself() {
    let mut gateway = claimed(GATEWAY);
    Entity::User("ana".parse().unwrap()).doubt(&mut gateway, "denied".into());
    assert_eq!(questions(&gateway), ["group devs", "role ci"]);
    assert!(!gateway.collected.users.is_collected() && gateway.collected.roles.is_collected());
}
