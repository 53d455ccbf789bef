//! cargo-deny, at one pinned version, built once into a cache outside the repository.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::process::{self, Code, Error};

/// Part of the cache's path, so that a new version is built anew and an old clone finds its own.
const VERSION: &str = "0.20.2";

/// Runs the checks of `deny.toml` that need no database from the network.
pub(crate) fn check() -> Result<Code, Error> {
    let cache = cache(env::var_os("XDG_CACHE_HOME"), env::var_os("HOME")).ok_or(Error::NoCache)?;
    let home = cache.join("rolegate").join(format!("cargo-deny-{VERSION}"));
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

/// Where caches go, as the XDG base directory specification says: a relative path there is to be ignored.
fn cache(xdg: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    xdg.and_then(absolute).or_else(|| home.and_then(absolute).map(|home| home.join(".cache")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_follows_the_xdg_specification() {
        let place = |xdg: Option<&str>, home: Option<&str>| cache(xdg.map(Into::into), home.map(Into::into));
        let cases = [
            (Some("/var/cache/me"), Some("/home/me"), Some("/var/cache/me")),
            (None, Some("/home/me"), Some("/home/me/.cache")),
            (Some(""), Some("/home/me"), Some("/home/me/.cache")),
            (Some("relative"), Some("/home/me"), Some("/home/me/.cache")),
            (None, None, None),
        ];
        for (xdg, home, expected) in cases {
            assert_eq!(place(xdg, home), expected.map(PathBuf::from), "{xdg:?} {home:?}");
        }
    }
}
