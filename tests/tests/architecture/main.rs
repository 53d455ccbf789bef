//! Fails when the workspace is no longer built as the README's architecture section says.
//!
//! The rules are data in [`rooms`], [`reach`] and [`sources`], the checkers are functions over data with tests of their own
//! that show each of them failing. This file only fetches the real thing: `cargo metadata`, `cargo tree` and the sources.
//! It runs offline and writes nothing.

mod code;
mod reach;
mod rooms;
mod sources;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, camino::Utf8Path};

use reach::{FORBIDDEN_TO_THE_PURE, reached};
use rooms::{Dependency, Kind, Package, ROOMS};
use sources::Source;

#[test]
fn every_package_lives_in_its_room() -> Result<()> {
    none(rooms::misplaced(&packages(&metadata()?)?))
}

#[test]
fn every_arrow_between_packages_is_drawn_in_the_design() -> Result<()> {
    none(rooms::undrawn_arrows(&packages(&metadata()?)?))
}

#[test]
fn only_the_aws_package_depends_on_the_sdk() -> Result<()> {
    none(rooms::stray_sdk(&packages(&metadata()?)?))
}

#[test]
fn every_manifest_carries_the_house_rules() -> Result<()> {
    none(rooms::lax_manifests(&packages(&metadata()?)?))
}

#[test]
fn nothing_under_simulator_or_crds_reaches_a_runtime_a_network_or_an_sdk() -> Result<()> {
    let mut faults = Vec::new();
    for room in ROOMS.iter().filter(|room| room.is_pure()) {
        let tree = tree(room.package)?;
        ensure!(
            reached(&tree, &[room.package]).len() == 1,
            "`{}` is not in its own tree:\n{tree}",
            room.package
        );
        faults.extend(reached(&tree, FORBIDDEN_TO_THE_PURE));
    }
    none(faults)
}

#[test]
fn the_controllers_tree_shows_what_the_pure_packages_must_not_reach() -> Result<()> {
    // The same question with the opposite answer, so that a tree that cannot be read does not pass for a clean one.
    let reached = reached(&tree("rolegate-aws")?, FORBIDDEN_TO_THE_PURE);
    for expected in ["tokio", "hyper", "aws-sdk-iam"] {
        let ending = format!(" → {expected}");
        ensure!(reached.iter().any(|path| path.ends_with(&ending)), "`{expected}` not found in {reached:?}");
    }
    Ok(())
}

#[test]
fn every_source_keeps_the_rules_of_its_folder() -> Result<()> {
    let sources = all_sources(metadata()?.workspace_root.as_std_path())?;
    ensure!(sources.len() > ROOMS.len(), "only {} source files found", sources.len());
    none(sources::faults(&sources))
}

fn none(faults: Vec<String>) -> Result<()> {
    let distinct: BTreeSet<String> = faults.into_iter().collect();
    let list: Vec<String> = distinct.into_iter().collect();
    ensure!(list.is_empty(), "{} faults in the architecture:\n  {}", list.len(), list.join("\n  "));
    Ok(())
}

/// Only this platform's part of the lock file: the rest need not have been downloaded.
fn metadata() -> Result<Metadata> {
    let options = ["--locked", "--offline", "--filter-platform", "host-tuple"].map(str::to_owned);
    MetadataCommand::new().other_options(options).exec().context("cargo metadata")
}

fn packages(metadata: &Metadata) -> Result<Vec<Package>> {
    metadata.workspace_packages().into_iter().map(|p| package(p, &metadata.workspace_root)).collect()
}

fn package(package: &cargo_metadata::Package, root: &Utf8Path) -> Result<Package> {
    let folder = package.manifest_path.parent().context("a manifest lies in a folder")?;
    let dependency = |d: &cargo_metadata::Dependency| Dependency {
        name: d.name.clone(),
        kind: if d.kind == DependencyKind::Development { Kind::Dev } else { Kind::Built },
    };
    Ok(Package {
        name: package.name.to_string(),
        folder: folder.strip_prefix(root)?.to_string(),
        dependencies: package.dependencies.iter().map(dependency).collect(),
        published: package.publish.as_ref().is_none_or(|registries| !registries.is_empty()),
        license: package.license.clone().unwrap_or_default(),
        manifest: fs::read_to_string(&package.manifest_path)?,
    })
}

/// What one package pulls in when it is built alone.
///
/// `cargo metadata` gives one graph for the whole workspace, in which a feature that the controller turns on seems to be on
/// for everybody; `cargo tree -p` resolves the features for the one package.
fn tree(package: &str) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["tree", "--locked", "--offline", "--edges", "normal,build", "--package", package]);
    let output = command.args(["--prefix", "depth", "--format", " {p}"]).output().context("cargo tree")?;
    let talk = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cargo tree of `{package}` failed: {talk}");
    Ok(String::from_utf8(output.stdout)?)
}

fn all_sources(root: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for top in ["crds", "simulator", "controller", "tests"] {
        for path in rust_files(&root.join(top))? {
            let text = fs::read_to_string(&path)?;
            let parts = path.strip_prefix(root)?.iter().map(|part| part.to_string_lossy());
            sources.push(Source { path: parts.collect::<Vec<_>>().join("/"), text });
        }
    }
    Ok(sources)
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        let is_build_output =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("target"));
        if path.is_dir() && !is_build_output {
            found.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
