//! What happens to the company in the course of time, chapter by chapter, all of it under the bootstrap policy.

use crate::common::world;
use crate::company::{apply, as_declared, manifests, now, root_call};
use jiff::SignedDuration;
use rolegate::plan::validate::Validated;
use rolegate_cloud::{AccessKey, Cloud, Request};
use rolegate_controller::CloudPort;

const GATEWAY: &str = "111111111111";
const TARGET: &str = "222222222222";
const BOTH: [&str; 2] = [GATEWAY, TARGET];
const WIDE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}]}"#;
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const ENTER: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::222222222222:role/jenkins"}]}"#;

/// What somebody does to the accounts, and what the manifests are then.
pub(super) struct Chapter {
    pub(super) name: &'static str,
    happens: fn(&mut Cloud),
    manifests: fn() -> Validated,
}

const fn chapter(name: &'static str, happens: fn(&mut Cloud), manifests: fn() -> Validated) -> Chapter {
    Chapter { name, happens, manifests }
}

pub(super) const LIFE: [Chapter; 12] = [
    chapter("from nothing", |_| {}, acme),
    chapter("roles are tampered with", tampered_roles, acme),
    chapter("our policies hang on strangers", strays, acme),
    chapter("somebody uses our path", squatter, acme),
    chapter("groups are tampered with", tampered_groups, acme),
    chapter("a policy has all its versions", five_versions, acme),
    chapter("somebody leaves", |_| {}, leaver),
    chapter("bindings are withdrawn", |_| {}, withdrawn),
    chapter("bindings come back", |_| {}, acme),
    chapter("a role is handed over", |_| {}, handed_over),
    chapter("bindings are withdrawn again", |_| {}, withdrawn),
    chapter("sleeping roles are old", a_week_passes, withdrawn),
];

fn acme() -> Validated {
    manifests(&[], &[])
}

fn leaver() -> Validated {
    manifests(
        &[],
        &[("members: [ana, cobus, michael]", "members: [ana]"), ("members: [ana, ines]", "members: [ines]")],
    )
}

fn withdrawn() -> Validated {
    let off = |role: &str| {
        (format!("roleRef: {{name: {role}}}"), format!("state: Withdrawn\n  roleRef: {{name: {role}}}"))
    };
    let words: Vec<(String, String)> = ["auditor", "deploy", "developer"].map(off).into();
    manifests(&[], &words.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect::<Vec<_>>())
}

fn handed_over() -> Validated {
    let words = [
        ("roleRef: {name: developer}", "roleRef: {name: developer-readonly}"),
        ("roles: {names: [developer]}", "roles: {names: [developer-readonly]}"),
    ];
    manifests(&[], &words)
}

fn tampered_roles(cloud: &mut Cloud) {
    let role = || "Auditor".to_owned();
    for account in BOTH {
        for request in [
            Request::UpdateAssumeRolePolicy { role_name: role(), policy_document: WIDE.into() },
            Request::PutRolePolicy {
                role_name: role(),
                policy_name: "more".into(),
                policy_document: EVERYTHING.into(),
            },
            Request::AttachRolePolicy {
                role_name: role(),
                policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess".into(),
            },
            Request::DetachRolePolicy {
                role_name: role(),
                policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess".into(),
            },
            Request::UpdateRole { role_name: role(), description: None, max_session_duration: Some(43200) },
            Request::PutRolePermissionsBoundary {
                role_name: role(),
                permissions_boundary: "arn:aws:iam::aws:policy/ReadOnlyAccess".into(),
            },
        ] {
            root_call(cloud, account, request);
        }
    }
}

/// The claim opens nothing, and is nobody's to carry.
fn strays(cloud: &mut Cloud) {
    for account in BOTH {
        let claim = || format!("arn:aws:iam::{account}:policy/rolegate/acme/rolegate-claim");
        let stranger = || "stranger".to_owned();
        let tags = Vec::new();
        for request in [
            Request::CreateUser { user_name: stranger(), path: None, permissions_boundary: None, tags },
            Request::CreateGroup { group_name: stranger(), path: None },
            Request::CreateRole {
                role_name: stranger(),
                path: None,
                assume_role_policy_document: WIDE.into(),
                description: None,
                max_session_duration: None,
                permissions_boundary: None,
                tags: Vec::new(),
            },
            Request::AttachUserPolicy { user_name: stranger(), policy_arn: claim() },
            Request::AttachGroupPolicy { group_name: stranger(), policy_arn: claim() },
            Request::AttachRolePolicy { role_name: stranger(), policy_arn: claim() },
        ] {
            root_call(cloud, account, request);
        }
    }
}

/// Gates that nobody declared, under our path and by our rule of names: of somebody who is there, and of some who are not.
fn squatter(cloud: &mut Cloud) {
    let gate = |name: &str| Request::CreatePolicy {
        policy_name: name.into(),
        path: Some("/rolegate/acme/".into()),
        policy_document: ENTER.into(),
        description: None,
        tags: Vec::new(),
    };
    for account in BOTH {
        for name in ["user-stranger-1", "user-nobody-1", "group-nobody-1", "role-nobody-1"] {
            root_call(cloud, account, gate(name));
        }
        let stranger = || format!("arn:aws:iam::{account}:policy/rolegate/acme/user-stranger-1");
        let version = Request::CreatePolicyVersion {
            policy_arn: stranger(),
            policy_document: EVERYTHING.into(),
            set_as_default: Some(true),
        };
        root_call(cloud, account, version);
        let attach = Request::AttachUserPolicy { user_name: "stranger".into(), policy_arn: stranger() };
        root_call(cloud, account, attach);
    }
}

fn tampered_groups(cloud: &mut Cloud) {
    let group = || "rolegate-acme-sre".to_owned();
    for request in [
        Request::PutGroupPolicy {
            group_name: group(),
            policy_name: "more".into(),
            policy_document: EVERYTHING.into(),
        },
        Request::AttachGroupPolicy {
            group_name: group(),
            policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess".into(),
        },
        Request::AddUserToGroup { group_name: group(), user_name: "olga".into() },
    ] {
        root_call(cloud, GATEWAY, request);
    }
}

fn five_versions(cloud: &mut Cloud) {
    let gate = format!("arn:aws:iam::{GATEWAY}:policy/rolegate/acme/group-rolegate-acme-sre-1");
    for _ in 0..4 {
        let request = Request::CreatePolicyVersion {
            policy_arn: gate.clone(),
            policy_document: EVERYTHING.into(),
            set_as_default: Some(true),
        };
        root_call(cloud, GATEWAY, request);
    }
}

fn a_week_passes(cloud: &mut Cloud) {
    let later = cloud.clock() + SignedDuration::from_hours(8 * 24);
    cloud.set_clock(later);
}

impl Chapter {
    /// What happens, and what Rolegate does about it; the actions that it was refused.
    pub(super) fn play(&self, mut cloud: Cloud, key: &AccessKey) -> (Cloud, Vec<&'static str>, bool) {
        (self.happens)(&mut cloud);
        cloud.clear_calls();
        let port = CloudPort::new(cloud, key.credentials(), "acme");
        let validated = (self.manifests)();
        let applied = apply(&port, &validated);
        let done = applied.ending() == rolegate_controller::applied::Ending::AsDeclared;
        let cloud = port.with_cloud(|cloud| cloud.clone());
        let refused =
            cloud.calls().iter().filter(|call| call.outcome == Err("AccessDenied")).map(|call| call.action);
        let refused = refused.collect();
        (cloud, refused, done)
    }
}

/// The world at the beginning of each chapter.
pub(super) fn beginnings() -> (Vec<Cloud>, AccessKey) {
    let (mut cloud, key) = world(now());
    let mut beginnings = Vec::new();
    for chapter in &LIFE {
        beginnings.push(cloud.clone());
        let (after, refused, done) = chapter.play(cloud, &key);
        assert_eq!((refused, done), (Vec::new(), true), "{}", chapter.name);
        cloud = after;
    }
    beginnings.push(cloud);
    (beginnings, key)
}

#[test]
fn the_whole_life_of_the_company_goes_on_under_the_bootstrap_policy() {
    let (beginnings, key) = beginnings();
    let port = CloudPort::new(beginnings.into_iter().next_back().unwrap(), key.credentials(), "acme");
    let again = apply(&port, &withdrawn());
    as_declared(&again);
    assert!(again.done.is_empty(), "{:#?}", again.done);
    let gone = port.with_cloud(|cloud| cloud.snapshot());
    for account in BOTH {
        let roles = &gone.accounts[&account.parse().unwrap()].roles;
        assert!(roles.keys().all(|name| name.as_str() != "Auditor"), "{account}: {:?}", roles.keys());
    }
}
