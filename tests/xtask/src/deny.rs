//! cargo-deny, at one pinned version.

use std::process::Command;

use crate::built;
use crate::process::{self, Code, Error};

const VERSION: &str = "0.20.2";

/// Runs the checks of `deny.toml` that need no database from the network.
pub(crate) fn check() -> Result<Code, Error> {
    let Some(program) = built::program("cargo-deny", VERSION)? else { return Ok(Code::FAILURE) };
    let mut deny = Command::new(program);
    process::finish(deny.current_dir(process::root()).args(["check", "bans", "licenses", "sources"]))
}
