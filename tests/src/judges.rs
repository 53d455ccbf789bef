//! Where the tools lie that other people wrote and that judge us: Python with the AWS CLI, boto3, moto and ministack, and the
//! `node_modules` folder with iam-simulate.
//!
//! `cargo xtask test` installs them and tells by environment variables. Without these, as under a plain `cargo test`, they are
//! installed here by the very same command; a test never goes without its judge.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use anyhow::{Context as _, Result, anyhow};

/// The Python interpreter that has the judges.
///
/// # Errors
/// With what the installation said.
pub fn python() -> Result<PathBuf> {
    place("ROLEGATE_PYTHON")
}

/// The AWS CLI. Give each person a HOME of its own: it caches role sessions by role.
///
/// # Errors
/// With what the installation said.
pub fn aws_cli() -> Result<PathBuf> {
    beside_python("aws")
}

/// A program that a Python package of the judges brings along, such as `ministack` or `moto_server`.
///
/// # Errors
/// With what the installation said.
pub fn beside_python(name: &str) -> Result<PathBuf> {
    Ok(python()?.with_file_name(name))
}

/// The folder that Node.js finds the judge's package in.
///
/// # Errors
/// With what the installation said.
pub fn node_modules() -> Result<PathBuf> {
    place("ROLEGATE_NODE_MODULES")
}

/// Asked once in a process: the tests of one binary run beside each other.
static INSTALLED: LazyLock<Result<BTreeMap<String, PathBuf>>> = LazyLock::new(install);

fn place(variable: &str) -> Result<PathBuf> {
    if let Some(given) = std::env::var_os(variable).filter(|given| !given.is_empty()) {
        return Ok(PathBuf::from(given));
    }
    let places = INSTALLED.as_ref().map_err(|error| anyhow!("{error:#}"))?;
    places.get(variable).cloned().with_context(|| format!("`cargo xtask judges` tells no {variable}"))
}

fn install() -> Result<BTreeMap<String, PathBuf>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(cargo).args(["xtask", "judges"]).current_dir(root).output();
    let output = output.context("starting `cargo xtask judges`")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(anyhow!("{said}").context(
            "the tools that judge us are not installed: run `cargo xtask judges`, or all tests with `cargo xtask test`",
        ));
    }
    Ok(read(&String::from_utf8(output.stdout)?))
}

/// `NAME=place` lines.
fn read(text: &str) -> BTreeMap<String, PathBuf> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, place)| (name.to_owned(), PathBuf::from(place))).collect()
}
