//! `cargo xtask mutants`: changes the engine and the plan in small ways, one at a time, and looks whether a test notices.
//!
//! Time-boxed and resumable: what was caught is remembered in `target/mutants` and not tried again. Each mutant is built in a copy
//! of the workspace, never in the clone, so that a stopped run leaves no change behind; what is built is kept from run to run, and
//! built again in parts only (profile `mutants`), so that a mutant costs seconds.

use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use crate::built;
use crate::process::{self, Code, Error};

const VERSION: &str = "27.1.0";
const MINUTES: u64 = 60;
const USAGE: &str = "`cargo xtask mutants` takes `--minutes N`, and `--file GLOB` any number of times";
/// Few cases for each property: the run is long, and a mutant that lives for want of cases is looked at by people anyway.
const CASES: &str = "24";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    minutes: u64,
    /// Globs of the files to change, as cargo-mutants takes them; none means every file of both packages.
    files: Vec<String>,
}

/// Runs for at most `--minutes N`, over the files of each `--file GLOB`; the files in `target/mutants/mutants.out` say what lived.
pub(crate) fn run(arguments: &[String]) -> Result<Code, Error> {
    let wanted = match wanted(arguments) {
        Ok(wanted) => wanted,
        Err(usage) => {
            eprintln!("error: {usage}");
            return Ok(Code(2));
        }
    };
    let Some(program) = built::program("cargo-mutants", VERSION)? else { return Ok(Code::FAILURE) };
    let out = process::root().join("target/mutants");
    std::fs::create_dir_all(&out).map_err(|source| Error::File { act: "make", path: out.clone(), source })?;
    let mut command = command(&program, &out, &wanted.files);
    let code = within(&mut command, Duration::from_secs(wanted.minutes.saturating_mul(60)))?;
    eprintln!("xtask: what lived is in {}", out.join("mutants.out/missed.txt").display());
    Ok(code)
}

fn command(program: &Path, out: &Path, files: &[String]) -> Command {
    let mut command = Command::new(program);
    command.arg("mutants").current_dir(process::root());
    command.args(["--iterate", "--jobs", "1", "--no-shuffle", "--profile", "mutants"]);
    command.args(["--package", "rolegate-engine", "--package", "rolegate-plan"]);
    for file in files {
        command.args(["--file", file]);
    }
    command.arg("--output").arg(out);
    command.env("PROPTEST_CASES", CASES).env("PROPTEST_RNG_SEED", "20261124");
    command.env("RUST_BACKTRACE", "0");
    command.env("CARGO_TARGET_DIR", out.join("build")).env("CARGO_INCREMENTAL", "1");
    command
}

fn wanted(arguments: &[String]) -> Result<Wanted, String> {
    let mut wanted = Wanted { minutes: MINUTES, files: Vec::new() };
    let mut rest = arguments.iter();
    while let Some(flag) = rest.next() {
        let value = rest.next().ok_or_else(|| format!("`{flag}` stands alone; {USAGE}"))?;
        match flag.as_str() {
            "--minutes" => {
                let minutes = value.parse().ok().filter(|n| *n > 0);
                wanted.minutes = minutes.ok_or_else(|| format!("`{value}` is no number of minutes"))?;
            }
            "--file" => wanted.files.push(value.clone()),
            _ => return Err(format!("`{flag}` is unknown; {USAGE}")),
        }
    }
    Ok(wanted)
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
    fn the_time_and_the_files_are_arguments() {
        let wanted_of = |minutes, files: &[&str]| Wanted {
            minutes,
            files: files.iter().map(|&file| file.to_owned()).collect(),
        };
        assert_eq!(wanted(&[]), Ok(wanted_of(MINUTES, &[])));
        assert_eq!(wanted(&words("--minutes 5")), Ok(wanted_of(5, &[])));
        let two = words("--file a/*.rs --minutes 7 --file b.rs");
        assert_eq!(wanted(&two), Ok(wanted_of(7, &["a/*.rs", "b.rs"])));
        for bad in ["--minutes", "--minutes 0", "--minutes x", "5", "--hours 1", "--file", "--file a.rs 5"] {
            assert!(wanted(&words(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_the_wanted_files_are_changed_and_what_was_built_is_kept_beside_what_is_known() {
        let command = command(Path::new("cargo-mutants"), Path::new("out"), &words("a.rs b.rs"));
        let line: Vec<_> = command.get_args().filter_map(|word| word.to_str()).collect();
        assert!(line.join(" ").contains("--file a.rs --file b.rs --output out"), "{line:?}");
        assert!(line.contains(&"--iterate") && !line.contains(&"--in-place"), "{line:?}");
        let kept =
            command.get_envs().find(|(name, _)| *name == "CARGO_TARGET_DIR").and_then(|(_, value)| value);
        assert_eq!(kept.map(Path::new), Some(Path::new("out/build")));
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
