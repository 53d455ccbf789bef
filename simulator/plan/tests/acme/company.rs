//! The example company, planned from nothing: compiled, performed on plain data, and found finished.

use rolegate_iam::snapshot::{Role, User};
use rolegate_iam::{Account, Document, Path, Snapshot, Tags};
use rolegate_plan::outcome::{Options, Outcome, plan};
use rolegate_plan::project::project;
use rolegate_plan::validate::{ValidateOptions, Validated, validate};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn acme() -> Validated {
    validated(&acme_files())
}

/// The example's files, by name.
pub(crate) fn acme_files() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/acme");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    files
}

pub(crate) fn validated(files: &[(String, String)]) -> Validated {
    let (manifests, faults) = rolegate_plan::manifest::read(files);
    assert_eq!(faults, []);
    let (validated, faults) = validate(&manifests, &ValidateOptions { installation: "demo".into() });
    assert_eq!(faults, []);
    validated
}

fn user(name: &str) -> User {
    User::bare(format!("AIDAEXAMPLE{}", name.to_uppercase()), Path::root(), name.parse().unwrap())
}

pub(crate) fn empty_world(validated: &Validated) -> Snapshot {
    let mut world = Snapshot::default();
    for account in validated.accounts.values() {
        let mut empty = Account::empty(account.id, account.partition, None);
        if account.is_gateway() {
            let members = validated
                .groups
                .values()
                .flat_map(|group| group.members.iter().map(rolegate_iam::UserName::as_str));
            for name in members.chain(["kim"]) {
                empty.users.insert(name.parse().unwrap(), user(name));
            }
            empty.roles.insert(
                "ci".parse().unwrap(),
                Role {
                    id: "AROAEXAMPLECI".into(),
                    path: "/".parse().unwrap(),
                    name: "ci".parse().unwrap(),
                    created: None,
                    trust: Document::parse(r#"{"Version":"2012-10-17","Statement":[]}"#),
                    inline: BTreeMap::new(),
                    attached: BTreeSet::new(),
                    boundary: None,
                    tags: Tags::new(),
                    max_session_duration: Some(3600),
                    description: None,
                    instance_profiles: BTreeSet::new(),
                },
            );
        }
        world.accounts.insert(account.id, empty);
    }
    world
}

pub(crate) fn options() -> Options {
    Options::new("files", "2026-11-24T12:00:00Z".parse().unwrap())
}

#[test]
fn acme_is_planned_and_then_there_is_nothing_left_to_do() {
    let validated = acme();
    let world = empty_world(&validated);
    let first: Outcome = plan(&validated, &world, &options());
    assert_eq!(first.errors, []);
    assert_eq!(first.left_out, []);
    assert!(first.plan.steps.len() > 50, "{}", first.plan.steps.len());
    let after = project(&world, &first.plan);
    let second = plan(&validated, &after, &options());
    let rest: Vec<String> =
        second.plan.steps.iter().map(|step| format!("{} {}", step.account, step.action)).collect();
    assert_eq!(rest, Vec::<String>::new());
    assert_eq!(second.held.removals, []);
    assert_eq!(second.orphans, []);
}
