//! The example company, as manifests and as accounts.

use rolegate::command::Question;
use rolegate::iam::Snapshot;
use std::path::{Path, PathBuf};

pub(crate) fn examples(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name)
}

/// The manifests of the example company.
pub(crate) fn acme() -> Vec<(String, String)> {
    let loaded = rolegate::load::manifests(&[examples("acme")]);
    assert!(loaded.errors.is_empty());
    loaded.files
}

/// The accounts of the example company, with what somebody made there by hand.
pub(crate) fn world() -> Snapshot {
    rolegate::load::snapshots(&[examples("world")]).unwrap()
}

pub(crate) fn question(manifests: Vec<(String, String)>, snapshot: Option<Snapshot>) -> Question {
    Question {
        manifests,
        snapshot,
        installation: Some("demo".to_owned()),
        at: "2026-11-24T12:00:00Z".parse().unwrap(),
        approved: None,
        dormant_retention: rolegate_plan::outcome::DORMANT_RETENTION,
    }
}
