//! `cargo xtask lint`: formatting, clippy, licences and bans. Runs all of them and names those that failed.

use crate::deny;
use crate::process::{self, Code, Error};

const FORMAT: [&str; 3] = ["fmt", "--all", "--check"];
const CLIPPY: [&str; 6] = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];

pub(crate) fn run() -> Result<Code, Error> {
    let stages = [
        ("fmt", process::timed("fmt", || process::finish(process::cargo().args(FORMAT)))?),
        ("clippy", process::timed("clippy", || process::finish(process::cargo().args(CLIPPY)))?),
        ("deny", process::timed("deny", deny::check)?),
    ];
    let failed = stages.iter().filter(|(_, code)| !code.is_success());
    let names: Vec<&str> = failed.clone().map(|(name, _)| *name).collect();
    if names.is_empty() {
        eprintln!("xtask: lint is clean");
    } else {
        eprintln!("error: lint failed in {}", names.join(", "));
    }
    Ok(failed.map(|(_, code)| *code).next().unwrap_or(Code::SUCCESS))
}
