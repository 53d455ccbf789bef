//! The judge written in JavaScript: a `node_modules` folder, filled from a lock file with integrity hashes.
//!
//! `@cloud-copilot/iam-simulate` is under the AGPL: it is installed here and run as a process of its own by the tests; none of
//! it is linked, copied or shipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Pins, WAY_OUT, shelf};
use crate::process::{self, Error};

pub(super) const PINS: Pins =
    Pins { name: "node", files: &["node/package.json", "node/package-lock.json"], recipe: 1 };

/// The `node_modules` folder.
pub(super) fn ready() -> Result<PathBuf, Error> {
    let folder = PINS.folder()?;
    shelf::filled(&folder, |folder| modules(folder).is_dir(), |folder| PINS.timed(folder, fill))?;
    Ok(modules(&folder))
}

fn modules(folder: &Path) -> PathBuf {
    folder.join("node_modules")
}

fn fill(folder: &Path) -> Result<(), Error> {
    for index in 0..PINS.files.len() {
        let from = PINS.file(index);
        let to = folder.join(from.file_name().unwrap_or_default());
        fs::copy(&from, &to).map_err(shelf::fault("write", &to))?;
    }
    // npm keeps downloads and logs in the home folder unless told otherwise; neither is needed twice.
    let scratch = folder.join("scratch");
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--loglevel",
        "error",
    ]);
    npm.arg("--cache").arg(&scratch).current_dir(folder);
    let finished = process::finish(npm.stdin(Stdio::null()).stdout(std::io::stderr()))
        .map_err(|error| Error::Judge(format!("{error}: Node.js and npm are needed\n{WAY_OUT}")))?;
    if !finished.is_success() {
        return Err(Error::Judge(format!(
            "npm could not install the JavaScript judge, see above\n{WAY_OUT}"
        )));
    }
    fs::remove_dir_all(&scratch).map_err(shelf::fault("remove", &scratch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned_by_its_hash_and_tied_to_no_registry() {
        let lock = fs::read_to_string(PINS.file(1)).unwrap();
        let count = |what: &str| lock.matches(what).count();
        assert!(count("\"node_modules/") >= 4, "{lock}");
        assert_eq!(count("\"node_modules/"), count("\"integrity\": \"sha512-"));
        assert_eq!(count("\"resolved\""), 0, "{lock}");
        assert_eq!(count("\"hasInstallScript\""), 0, "{lock}");
    }
}
