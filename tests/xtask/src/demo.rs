//! `cargo xtask demo`: builds the programs of the demo, then becomes the demo. The story itself is `tests/src/bin/demo.rs`.

use std::process::Command;

use crate::process::{self, Code, Error};

/// The demo starts the emulator and the commands that people use, so all of them are built.
const BUILD: [&str; 10] = [
    "build",
    "--bins",
    "-p",
    "rolegate-tests",
    "-p",
    "rolegate-controller",
    "-p",
    "rolegate",
    "-p",
    "rolegate-emulator",
];

/// Cargo reports its progress on standard error, so standard output holds the story alone.
pub(crate) fn run(arguments: &[String]) -> Result<Code, Error> {
    let built = process::timed("building the demo", || process::finish(process::cargo().args(BUILD)))?;
    if !built.is_success() {
        return Ok(built);
    }
    let mut demo = Command::new(process::sibling("demo")?);
    become_it(demo.args(arguments).current_dir(process::root()))
}

/// Replaces this process, so that a signal sent to it reaches the demo.
#[cfg(unix)]
fn become_it(command: &mut Command) -> Result<Code, Error> {
    use std::os::unix::process::CommandExt as _;
    let source = command.exec();
    Err(Error::Start { program: command.get_program().to_owned(), source })
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> Result<Code, Error> {
    process::finish(command)
}
