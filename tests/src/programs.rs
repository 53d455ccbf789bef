//! Rolegate's own programs, as a user starts them.

use anyhow::{Context, bail};
use std::path::PathBuf;

/// A program that was built from this workspace.
///
/// # Errors
/// It was not built: `cargo xtask test` does so, building the tests alone does not.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe().context("where this test is")?;
    // Tests stand in a folder of their own beside the programs.
    let folder = test.parent().and_then(std::path::Path::parent).context("the folder of the programs")?;
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        bail!("{} is not there: build it first, with cargo build --workspace --bins", program.display());
    }
    Ok(program)
}
