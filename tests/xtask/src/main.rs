//! The menu of commands of this repository: start with `cargo xtask --help`.
//!
//! Only glue: it starts other programs, streams what they say, and passes their exit code on. It depends on nothing but
//! the standard library, so that it compiles in seconds; it knows nothing of AWS or of access.

mod built;
mod cache;
mod demo;
mod deny;
mod judges;
mod lint;
mod menu;
mod mutants;
mod process;
mod tally;
mod test;

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use menu::{Command, Request};
use process::{Code, Error};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args_os().skip(1).map(|a| a.to_string_lossy().into_owned()).collect();
    let outcome = match menu::parse(&arguments) {
        Ok(Request::Help(text)) => help(&text),
        Ok(Request::Run(command, rest)) => run(command, rest),
        Err(usage) => {
            eprintln!("error: {usage}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(Code(code)) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, rest: &[String]) -> Result<Code, Error> {
    match command {
        Command::Demo => demo::run(rest),
        Command::Test => test::run(),
        Command::Judges => judges::run(),
        Command::Lint => lint::run(),
        Command::Mutants => mutants::run(rest),
        Command::Bench => bench(),
        Command::Crds => process::finish(process::cargo().args(CRDS).env("UPDATE_CRDS", "1")),
    }
}

/// Only the bench targets: the default also starts the unit test harness of each library.
const BENCH: [&str; 9] =
    ["bench", "-p", "rolegate-engine", "-p", "rolegate-plan", "-p", "rolegate-tests", "--bench", "*"];
const CRDS: [&str; 3] = ["test", "-p", "rolegate-crds"];

/// The engine is measured beside a judge.
fn bench() -> Result<Code, Error> {
    let mut command = process::cargo();
    judges::ready()?.tell(command.args(BENCH));
    process::finish(&mut command)
}

fn help(text: &str) -> Result<Code, Error> {
    io::stdout().write_all(text.as_bytes()).map_err(Error::Output)?;
    Ok(Code::SUCCESS)
}
