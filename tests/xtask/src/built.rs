//! Tools of Rust's own, each at one pinned version, built once into a cache outside the repository.

use std::env;
use std::path::{Path, PathBuf};

use crate::cache;
use crate::process::{self, Code, Error};

/// The program, built if it is not there; `None` when the build failed and has said why. The version is part of the cache's
/// path, so that a new one is built anew and an old clone finds its own.
pub(crate) fn program(name: &str, version: &str) -> Result<Option<PathBuf>, Error> {
    let home = cache::folder()?.join(format!("{name}-{version}"));
    let program = home.join("bin").join(format!("{name}{}", env::consts::EXE_SUFFIX));
    if !program.is_file() {
        eprintln!("xtask: building {name} {version}, once, into {}", home.display());
        if !process::timed(&format!("building {name}"), || install(name, version, &home))?.is_success() {
            return Ok(None);
        }
    }
    Ok(Some(program))
}

fn install(name: &str, version: &str, home: &Path) -> Result<Code, Error> {
    let mut install = process::cargo();
    install.args(["install", "--quiet", "--locked", "--version", version, "--root"]).arg(home).arg(name);
    // Its build files would otherwise land in the workspace's own target folder.
    process::finish(install.env_remove("CARGO_TARGET_DIR"))
}
