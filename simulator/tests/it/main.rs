//! The offline commands, as functions from values to answers and as a program.

mod commands;
mod inputs;
mod program;

use rolegate::command::Question;
use rolegate::iam::Snapshot;
use std::path::{Path, PathBuf};

fn examples(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name)
}

/// The manifests of the example company.
fn acme() -> Vec<(String, String)> {
    let loaded = rolegate::load::manifests(&[examples("acme")]);
    assert!(loaded.errors.is_empty());
    loaded.files
}

/// The accounts of the example company, with what somebody made there by hand.
fn world() -> Snapshot {
    rolegate::load::snapshots(&[examples("world")]).unwrap()
}

fn question(manifests: Vec<(String, String)>, snapshot: Option<Snapshot>) -> Question {
    Question {
        manifests,
        snapshot,
        installation: Some("demo".to_owned()),
        at: "2026-11-24T12:00:00Z".parse().unwrap(),
        approved: None,
        dormant_retention: jiff::SignedDuration::from_hours(168),
    }
}
