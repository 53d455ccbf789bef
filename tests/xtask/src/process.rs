//! Starting other programs: where, how their exit code comes back, how long they took. Decides nothing.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

/// An exit code, as this process will hand it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) u8);

impl Code {
    pub(crate) const SUCCESS: Code = Code(0);
    pub(crate) const FAILURE: Code = Code(1);

    pub(crate) fn is_success(self) -> bool {
        self == Code::SUCCESS
    }
}

impl From<ExitStatus> for Code {
    /// A program ended by a signal has no code of its own and counts as failed.
    fn from(status: ExitStatus) -> Code {
        status.code().and_then(|code| u8::try_from(code).ok()).map_or(Code::FAILURE, Code)
    }
}

/// Why a command could not be carried out at all.
#[derive(Debug)]
pub(crate) enum Error {
    Start {
        program: OsString,
        source: io::Error,
    },
    Read {
        program: OsString,
        source: io::Error,
    },
    Output(io::Error),
    NoCache,
    NoPlace(io::Error),
    File {
        act: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// A tool that judges us cannot be had; the text names the cause and the way out.
    Judge(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Start { program, source } => {
                write!(f, "failed to start `{}`: {source}", program.display())
            }
            Error::Read { program, source } => {
                write!(f, "failed to read the output of `{}`: {source}", program.display())
            }
            Error::Output(source) => write!(f, "failed to write to standard output: {source}"),
            Error::NoCache => write!(f, "no place for the tools cache: set XDG_CACHE_HOME or HOME"),
            Error::NoPlace(source) => write!(f, "failed to find where this program lies: {source}"),
            Error::File { act, path, source } => write!(f, "failed to {act} `{}`: {source}", path.display()),
            Error::Judge(text) => write!(f, "{text}"),
        }
    }
}

/// The folder of the workspace: `tests/xtask` lies two levels below it.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// The cargo that started us, in the workspace's folder.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Runs a command to its end with our own standard streams.
pub(crate) fn finish(command: &mut Command) -> Result<Code, Error> {
    match command.status() {
        Ok(status) => Ok(Code::from(status)),
        Err(source) => Err(Error::Start { program: command.get_program().to_owned(), source }),
    }
}

/// Runs one stage and says on standard error how long it took.
pub(crate) fn timed<T>(stage: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let start = Instant::now();
    let result = work();
    eprintln!("xtask: {stage} took {}", seconds(start.elapsed()));
    result
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}

/// A program that lies beside this one, in whichever target folder cargo uses.
pub(crate) fn sibling(name: &str) -> Result<PathBuf, Error> {
    let own = std::env::current_exe().map_err(Error::NoPlace)?;
    Ok(own.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_workspace() {
        assert!(root().join("tests/xtask/Cargo.toml").is_file());
        assert!(root().join(".cargo/config.toml").is_file());
    }

    #[test]
    fn exit_codes_pass_through_and_a_missing_program_is_named() {
        let code = |line: &str| finish(Command::new("sh").args(["-c", line])).unwrap();
        assert_eq!(code("exit 0"), Code::SUCCESS);
        assert_eq!(code("exit 101"), Code(101));
        assert_eq!(code("kill -9 $$"), Code::FAILURE);
        let error = finish(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(error.to_string().starts_with("failed to start `no-such-program-here`: "), "{error}");
    }
}
