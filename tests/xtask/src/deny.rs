//! cargo-deny, at one pinned version, built once into a cache outside the repository.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::cache;
use crate::process::{self, Code, Error};

/// Part of the cache's path, so that a new version is built anew and an old clone finds its own.
const VERSION: &str = "0.20.2";

/// Runs the checks of `deny.toml` that need no database from the network.
pub(crate) fn check() -> Result<Code, Error> {
    let home = cache::folder()?.join(format!("cargo-deny-{VERSION}"));
    let program = home.join("bin").join(format!("cargo-deny{}", env::consts::EXE_SUFFIX));
    if !program.is_file() {
        eprintln!("xtask: building cargo-deny {VERSION}, once, into {}", home.display());
        let installed = install(home)?;
        if !installed.is_success() {
            return Ok(installed);
        }
    }
    let mut deny = Command::new(program);
    process::finish(deny.current_dir(process::root()).args(["check", "bans", "licenses", "sources"]))
}

fn install(home: PathBuf) -> Result<Code, Error> {
    let mut install = process::cargo();
    install
        .args(["install", "--quiet", "--locked", "--version", VERSION, "--root"])
        .arg(home)
        .arg("cargo-deny");
    // Its build files would otherwise land in the workspace's own target folder.
    process::finish(install.env_remove("CARGO_TARGET_DIR"))
}
