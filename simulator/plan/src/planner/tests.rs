//! The base of a plan that is kept stays what it was, whatever was tried on it.
#![expect(clippy::disallowed_methods, reason = "the test reads the committed example")]

use super::{Extent, Planner};
use crate::manifest::read;
use crate::outcome::{Options, Outcome, plan};
use crate::project::project;
use crate::validate::{ValidAccess, ValidSubject, ValidateOptions, Validated, validate};
use rolegate_crds::{AccessState, AllowedBinding, Empty, EndSessions, Mfa, Scope, SubjectKind, Trust};
use rolegate_iam::snapshot::User;
use rolegate_iam::{Account, Path, Snapshot, UserName};
use std::path::PathBuf;
use std::sync::Arc;

/// The example company, without those who are not its people.
fn acme() -> Validated {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<(String, String)> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap()))
        .collect();
    let (manifests, _) = read(&files);
    let (mut all, _) = validate(&manifests, &ValidateOptions { installation: "acme".into() });
    all.accesses.retain(|_, access| {
        access
            .subjects
            .iter()
            .all(|subject| matches!(subject, ValidSubject::Group(_) | ValidSubject::User(_)))
    });
    for access in all.accesses.values_mut() {
        Arc::make_mut(access).end_sessions = EndSessions::OnRevoke;
    }
    // Everybody may bind everything, except in the sandbox.
    for account in all.accounts.values_mut().filter(|account| account.name != "sandbox") {
        let every = || Scope { names: None, selector: None, all: Some(Empty {}) };
        let subjects = vec![SubjectKind::Group, SubjectKind::User];
        Arc::make_mut(account).allowed =
            vec![AllowedBinding { namespaces: every(), roles: every(), subjects }];
    }
    all
}

fn user(name: &UserName) -> User {
    User::bare(format!("AIDAEXAMPLE{name}"), Path::root(), name.clone())
}

fn options() -> Options {
    Options::new("files", "2026-11-24T12:00:00Z".parse().unwrap())
}

/// The company's accounts as declared.
fn settled(all: &Validated) -> Snapshot {
    let mut world = Snapshot::default();
    for account in all.accounts.values() {
        let mut empty = Account::empty(account.id, account.partition, None);
        let members = all.groups.values().flat_map(|group| group.members.iter().cloned());
        let people = members.chain(["kim".parse().unwrap()]);
        empty.users.extend(people.map(|name| (name.clone(), user(&name))));
        world.accounts.insert(account.id, empty);
    }
    let first = plan(all, &world, &options());
    project(&world, &first.plan)
}

/// What may become of a binding.
fn variants(access: &ValidAccess) -> Vec<ValidAccess> {
    let with = |change: fn(&mut ValidAccess)| {
        let mut access = access.clone();
        change(&mut access);
        access
    };
    vec![
        with(|access| access.state = AccessState::Withdrawn),
        with(|access| access.end_sessions = EndSessions::Never),
        with(|access| access.role = "site-reliability".into()),
        with(|access| access.subjects = [ValidSubject::User("kim".parse().unwrap())].into()),
        with(|access| access.subjects = [ValidSubject::User("nobody".parse().unwrap())].into()),
    ]
}

#[test]
fn what_is_tried_leaves_no_trace_in_the_base() {
    let all = acme();
    let mut world = settled(&all);
    // No room for a role more: what is new is left out, and taken out of what is tried.
    for account in world.accounts.values_mut() {
        account.summary.insert("RolesQuota".into(), i64::try_from(account.roles.len()).unwrap());
    }
    let mut planner = Planner::new(&world);
    assert_eq!(planner.plan(&all, &options()), (Outcome::default(), Extent::Whole));
    let base = format!("{:#?}", planner.base);
    let mut ways = Vec::new();
    for (key, access) in &all.accesses {
        let mut tried = vec![all.clone()];
        tried[0].accesses.remove(key);
        for mut variant in variants(access) {
            for name in [access.name.clone(), "twin".into()] {
                let mut changed = all.clone();
                variant.name = name;
                let key = (variant.namespace.clone(), variant.name.clone());
                changed.accesses.insert(key, Arc::new(variant.clone()));
                tried.push(changed);
            }
        }
        for changed in tried {
            let (outcome, extent) = planner.plan(&changed, &options());
            assert_eq!(extent, Extent::Touched);
            assert_eq!(outcome, plan(&changed, &world, &options()));
            let approved = Options { approved: Some(outcome.held.digest.clone()), ..options() };
            let (then, extent) = planner.plan(&changed, &approved);
            assert_eq!((then, extent), (plan(&changed, &world, &approved), Extent::Touched));
            assert!(format!("{:#?}", planner.base) == base, "{key:?} left a trace");
            ways.push(outcome);
        }
    }
    let some = |way: fn(&Outcome) -> bool| ways.iter().filter(|outcome| way(outcome)).count() > 0;
    assert!(some(|outcome| !outcome.errors.is_empty()) && some(|outcome| !outcome.plan.is_empty()));
    assert!(some(|outcome| outcome.left_out.iter().any(|left| left.reason == "Quota")));
}

/// Who enters a role that is open to whoever a gateway lets depends on all leave there: such a company is planned whole.
#[test]
fn a_door_for_a_gateway_is_never_planned_by_halves() {
    let mut open = acme();
    let role = open.roles.get_mut("site-reliability").unwrap();
    (role.trust, role.mfa) = (Trust::GatewayAccount, Mfa::Required);
    let mut shut = open.clone();
    shut.accesses.retain(|_, access| access.role != "site-reliability");
    assert!(shut.accesses.len() < open.accesses.len());
    for (before, after) in [(&shut, &open), (&open, &shut)] {
        let world = settled(before);
        let mut planner = Planner::new(&world);
        assert_eq!(planner.plan(before, &options()), (Outcome::default(), Extent::Whole));
        let whole = plan(after, &world, &options());
        assert_ne!(whole, Outcome::default());
        assert_eq!(planner.plan(after, &options()), (whole, Extent::Whole));
    }
}
