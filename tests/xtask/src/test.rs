//! `cargo xtask test`: builds, then runs every test, streaming what they print and counting it.

use std::io::{self, BufRead as _, BufReader, Write};
use std::process::{Command, Stdio};

use crate::judges::{self, Judges};
use crate::process::{self, Code, Error};
use crate::tally::Tally;

/// The tests of the demo start programs of other packages, which building the tests alone may leave out.
const PROGRAMS: [&str; 3] = ["build", "--workspace", "--bins"];
const BUILD: [&str; 3] = ["test", "--workspace", "--no-run"];
/// All binaries run even when one fails, so that the count is of everything.
const RUN: [&str; 3] = ["test", "--workspace", "--no-fail-fast"];

/// Prints the closing line last, whatever the result; a build that fails has none, since no test was run.
pub(crate) fn run() -> Result<Code, Error> {
    // First, because it is what can fail for reasons that no code here has.
    let judges = process::timed("having the judges ready", judges::ready)?;
    for (stage, arguments) in [("building the programs", PROGRAMS), ("building the tests", BUILD)] {
        let built = process::timed(stage, || process::finish(process::cargo().args(arguments)))?;
        if !built.is_success() {
            eprintln!("error: {stage} failed, so no test was run");
            return Ok(built);
        }
    }
    let mut out = io::stdout();
    let (code, tally) = process::timed("running the tests", || stream(&mut run_command(&judges), &mut out))?;
    if tally.unreported() > 0 {
        eprintln!("xtask: {} tests count as failed: their binary ended early", tally.unreported());
    }
    say(&mut out, &tally.to_string())?;
    Ok(verdict(code, tally))
}

/// Property tests draw the same cases each time, so that a failure is the change's and not the dice's. Exploring is another
/// command's job: `PROPTEST_RNG_SEED=$RANDOM PROPTEST_CASES=5000 cargo test`.
fn run_command(judges: &Judges) -> Command {
    let mut command = process::cargo();
    command.args(RUN);
    judges.tell(&mut command);
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        command.env("PROPTEST_RNG_SEED", "20261124");
    }
    command
}

/// The runner's own code, unless it claims a success that the count does not show.
fn verdict(code: Code, tally: Tally) -> Code {
    if code.is_success() && !tally.is_success() { Code::FAILURE } else { code }
}

/// Runs a command, passing each line of its standard output on as it comes and counting the results in it.
fn stream(command: &mut Command, out: &mut impl Write) -> Result<(Code, Tally), Error> {
    let program = command.get_program().to_owned();
    let start = |source| Error::Start { program: program.clone(), source };
    let read = |source| Error::Read { program: program.clone(), source };

    let mut child = command.stdout(Stdio::piped()).spawn().map_err(start)?;
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        // By bytes, since a test may print what is not UTF-8.
        for line in BufReader::new(output).split(b'\n') {
            let line = String::from_utf8_lossy(&line.map_err(read)?).into_owned();
            tally.read(&line);
            say(out, &line)?;
        }
    }
    let status = child.wait().map_err(read)?;
    Ok((Code::from(status), tally))
}

fn say(out: &mut impl Write, line: &str) -> Result<(), Error> {
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(Error::Output)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the script ends with, what is counted, and what we would end with.
    fn check(script: &str, code: u8, closing: &str, ours: u8) {
        let mut out = Vec::new();
        let (ended, tally) = stream(Command::new("sh").args(["-c", script]), &mut out).unwrap();
        assert_eq!((ended, tally.to_string().as_str()), (Code(code), closing), "{script}");
        assert_eq!(verdict(ended, tally), Code(ours), "{script}");
    }

    const PASSED: &str = "echo 'running 1 test'; echo 'test result: ok. 1 passed; 0 failed'";

    #[test]
    fn the_runners_code_passes_through() {
        check(PASSED, 0, "1 passed, 0 failed", 0);
        check(&format!("{PASSED}; exit 101"), 101, "1 passed, 0 failed", 101);
    }

    #[test]
    fn success_without_a_test_is_a_failure() {
        check("echo nothing to do", 0, "0 passed, 0 failed", 1);
    }

    #[test]
    fn every_line_is_passed_on_even_what_is_not_text() {
        let mut out = Vec::new();
        let (code, _) = stream(Command::new("sh").args(["-c", "printf 'a\\n\\377\\nb'"]), &mut out).unwrap();
        assert_eq!((code, String::from_utf8(out).unwrap().as_str()), (Code(0), "a\n\u{fffd}\nb\n"));
    }
}
