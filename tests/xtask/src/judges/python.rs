//! The judges written in Python: a virtual environment, filled from pinned and hashed requirements.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Pins, WAY_OUT, shelf};
use crate::process::{self, Error};

pub(super) const PINS: Pins = Pins { name: "python", files: &["python/requirements.txt"], recipe: 1 };

/// Tried in this order; the pinned versions need at least [`OLDEST`].
const INTERPRETERS: [&str; 5] = ["python3", "python3.11", "python3.12", "python3.13", "python3.14"];
const OLDEST: (u32, u32) = (3, 11);

/// Variables with which a user's own set-up would lead pip or Python elsewhere. What names a mirror or a proxy is kept.
const ASTRAY: [&str; 8] = [
    "PYTHONHOME",
    "PYTHONPATH",
    "PIP_PREFIX",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_ROOT",
    "PIP_TARGET",
    "PIP_USER",
    "VIRTUAL_ENV",
];

/// The interpreter of the environment. The AWS CLI lies beside it, as `aws`.
pub(super) fn ready() -> Result<PathBuf, Error> {
    let folder = PINS.folder()?;
    shelf::filled(
        &folder,
        |folder| version(&interpreter(folder)).is_some(),
        |folder| PINS.timed(folder, fill),
    )?;
    Ok(interpreter(&folder))
}

fn interpreter(folder: &Path) -> PathBuf {
    if cfg!(windows) { folder.join("Scripts").join("python.exe") } else { folder.join("bin").join("python") }
}

fn fill(folder: &Path) -> Result<(), Error> {
    let system = system()?;
    let mut venv = quiet(Command::new(system));
    venv.args(["-m", "venv"]).arg(folder);
    if !process::finish(&mut venv)?.is_success() {
        return Err(Error::Judge(format!(
            "`{system} -m venv` failed, see above: on Debian and Ubuntu install the package python3-venv\n{WAY_OUT}"
        )));
    }
    let mut pip = quiet(Command::new(interpreter(folder)));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-cache-dir",
        "--no-deps",
    ]);
    // Wheels alone: nothing is compiled, and no package's build script is run.
    pip.args(["--only-binary", ":all:", "--no-compile", "--require-hashes", "--requirement"]);
    pip.arg(PINS.file(0));
    if process::finish(&mut pip)?.is_success() {
        return Ok(());
    }
    Err(Error::Judge(format!("pip could not install the Python judges, see above\n{WAY_OUT}")))
}

/// Progress belongs on standard error: standard output may be an answer that a script reads.
fn quiet(mut command: Command) -> Command {
    for name in ASTRAY {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    command
}

fn system() -> Result<&'static str, Error> {
    let found = INTERPRETERS.into_iter().find(|name| version(Path::new(name)) >= Some(OLDEST));
    found.ok_or_else(|| {
        let (major, minor) = OLDEST;
        Error::Judge(format!("no Python {major}.{minor} or later found on the PATH\n{WAY_OUT}"))
    })
}

/// What `--version` of an interpreter says, if it runs at all.
fn version(interpreter: &Path) -> Option<(u32, u32)> {
    let output = Command::new(interpreter).arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    if output.status.success() { numbers(text.trim().strip_prefix("Python ")?) } else { None }
}

/// `3.11.7` → 3 and 11.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(numbers("3.11.7"), Some((3, 11)));
        assert!(numbers("3.9.1") < Some(OLDEST) && numbers("3.14.0rc1") > Some(OLDEST));
        assert!(numbers("nonsense") < Some(OLDEST));
    }

    #[test]
    fn every_requirement_is_pinned_and_hashed() {
        let text = std::fs::read_to_string(PINS.file(0)).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with(['#', ' '])).collect();
        assert!(lines.len() > 50, "only {} requirements", lines.len());
        for line in lines {
            assert!(line.contains("==") && line.ends_with('\\'), "{line}");
        }
        for name in ["awscli==", "boto3==", "ministack==1.5.33 ", "moto==5.2.5 "] {
            assert!(text.lines().any(|line| line.starts_with(name)), "{name}");
        }
    }
}
