//! `cargo xtask mutants`: changes the engine and the plan in small ways, one at a time, and looks whether a test notices.
//!
//! Time-boxed and resumable: what was caught is remembered in `target/mutants` and not tried again.

use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use crate::built;
use crate::process::{self, Code, Error};

const VERSION: &str = "27.1.0";
const MINUTES: u64 = 60;
/// Few cases for each property: the run is long, and a mutant that lives for want of cases is looked at by people anyway.
const CASES: &str = "24";

/// Runs for at most `--minutes N`; the files in `target/mutants/mutants.out` say what lived.
pub(crate) fn run(arguments: &[String]) -> Result<Code, Error> {
    let minutes = match minutes(arguments) {
        Ok(minutes) => minutes,
        Err(usage) => {
            eprintln!("error: {usage}");
            return Ok(Code(2));
        }
    };
    let Some(program) = built::program("cargo-mutants", VERSION)? else { return Ok(Code::FAILURE) };
    let out = process::root().join("target/mutants");
    let mut command = Command::new(program);
    command.arg("mutants").current_dir(process::root());
    command.args([
        "--iterate",
        "--jobs",
        "1",
        "--no-shuffle",
        "--package",
        "rolegate-engine",
        "--package",
        "rolegate-plan",
    ]);
    command.arg("--output").arg(&out).env("PROPTEST_CASES", CASES).env("PROPTEST_RNG_SEED", "20261124");
    // Each mutant is built in a copy of the workspace, with a target folder of the copy's own.
    command.env_remove("CARGO_TARGET_DIR");
    std::fs::create_dir_all(&out).map_err(|source| Error::File { act: "make", path: out.clone(), source })?;
    let code = within(&mut command, Duration::from_secs(minutes.saturating_mul(60)))?;
    eprintln!("xtask: what lived is in {}", out.join("mutants.out/missed.txt").display());
    Ok(code)
}

fn minutes(arguments: &[String]) -> Result<u64, String> {
    match arguments {
        [] => Ok(MINUTES),
        [flag, number] if flag == "--minutes" => number
            .parse()
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| format!("`{number}` is no number of minutes")),
        _ => Err("`cargo xtask mutants` takes `--minutes N` and nothing else".to_owned()),
    }
}

/// Runs a command, and asks it to stop when its time is over, which is no failure.
fn within(command: &mut Command, time: Duration) -> Result<Code, Error> {
    group(command);
    let program = command.get_program().to_owned();
    let mut child = command.spawn().map_err(|source| Error::Start { program: program.clone(), source })?;
    let end = Instant::now() + time;
    let mut over = false;
    loop {
        let ended = child.try_wait().map_err(|source| Error::Read { program: program.clone(), source })?;
        match ended {
            Some(_) if over => return Ok(Code::SUCCESS),
            Some(status) => return Ok(Code::from(status)),
            None if !over && Instant::now() >= end => {
                eprintln!("xtask: the time is over; run the command again to go on");
                over = true;
                interrupt(&mut child);
            }
            None => thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// A process group of its own, so that it and what it started can be stopped together.
#[cfg(unix)]
fn group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
fn group(_: &mut Command) {}

/// As Ctrl-C does, so that it writes down what it knows.
fn interrupt(child: &mut Child) {
    let group = format!("-{}", child.id());
    let asked = Command::new("kill").args(["-INT", "--", &group]).status();
    if !asked.is_ok_and(|status| status.success()) {
        // Already ended, or there is no `kill`; then only the hard way is left.
        let _ = child.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_time_is_an_argument() {
        assert_eq!(minutes(&[]), Ok(MINUTES));
        assert_eq!(minutes(&words("--minutes 5")), Ok(5));
        for bad in ["--minutes", "--minutes 0", "--minutes x", "5", "--hours 1"] {
            assert!(minutes(&words(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_command_is_stopped_with_all_that_it_started_when_its_time_is_over() {
        let begin = Instant::now();
        let mut slow = Command::new("sh");
        slow.args(["-c", "sleep 60 & wait"]);
        assert_eq!(within(&mut slow, Duration::from_millis(300)).unwrap(), Code::SUCCESS);
        assert!(begin.elapsed() < Duration::from_secs(30));
        let mut quick = Command::new("sh");
        assert_eq!(within(quick.args(["-c", "exit 3"]), Duration::from_secs(30)).unwrap(), Code(3));
    }
}
