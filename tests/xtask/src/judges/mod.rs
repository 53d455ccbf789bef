//! Tools that other people wrote and that judge us in the tests: pinned here, installed once into the cache.
//!
//! The pins are in `tests/judges/`. Each set lies in a folder that is named after a hash of its pins, so that a change of them
//! installs anew and an old clone finds its own. Nothing else of the machine is written to.

mod node;
mod python;
mod shelf;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache;
use crate::process::{self, Code, Error};

/// Where the tests find the judges; set by whoever has them elsewhere, who is then believed.
const PYTHON: &str = "ROLEGATE_PYTHON";
const NODE_MODULES: &str = "ROLEGATE_NODE_MODULES";

/// Said after every failure to install.
const WAY_OUT: &str = "  the tests need other people's tools, installed once from the Python and npm package indexes:
  look whether the network, HTTPS_PROXY, PIP_INDEX_URL and npm_config_registry are right, then run `cargo xtask judges`;
  or set ROLEGATE_PYTHON (an interpreter with tests/judges/python/requirements.txt installed) and ROLEGATE_NODE_MODULES
  (a node_modules folder made from tests/judges/node) to ones that you made elsewhere";

/// A set of pin files below `tests/judges`.
struct Pins {
    name: &'static str,
    files: &'static [&'static str],
    /// Counted up when the way of installing changes, so that what was installed the old way is not used.
    recipe: u8,
}

impl Pins {
    fn file(&self, index: usize) -> PathBuf {
        let file = self.files.get(index).copied().unwrap_or_default();
        process::root().join("tests/judges").join(file)
    }

    /// The folder of the cache for exactly these pins.
    fn folder(&self) -> Result<PathBuf, Error> {
        let mut parts = vec![vec![self.recipe], std::env::consts::ARCH.as_bytes().to_vec()];
        for index in 0..self.files.len() {
            let path = self.file(index);
            parts.push(std::fs::read(&path).map_err(shelf::fault("read", &path))?);
        }
        let key = shelf::key(parts.iter().map(Vec::as_slice));
        Ok(cache::folder()?.join("judges").join(format!("{}-{key}", self.name)))
    }

    /// Installs, and says where and how long it took.
    fn timed(&self, folder: &Path, fill: fn(&Path) -> Result<(), Error>) -> Result<(), Error> {
        let stage = format!("installing the {} judges, once, into {}", self.name, folder.display());
        eprintln!("xtask: {stage}");
        process::timed(&stage, || fill(folder))
    }
}

/// The judges, installed.
#[derive(Debug)]
pub(crate) struct Judges(Vec<(&'static str, OsString)>);

impl Judges {
    /// Tells a command, by its environment, where the judges are.
    pub(crate) fn tell(&self, command: &mut Command) {
        command.envs(self.0.iter().map(|(name, place)| (*name, place)));
    }
}

/// Installs what is missing.
///
/// # Errors
/// With the cause and the way out when a tool cannot be had.
pub(crate) fn ready() -> Result<Judges, Error> {
    let place = |name: &'static str, install: fn() -> Result<PathBuf, Error>| match std::env::var_os(name) {
        Some(given) if !given.is_empty() => Ok((name, given)),
        _ => Ok((name, install()?.into_os_string())),
    };
    Ok(Judges(vec![place(PYTHON, python::ready)?, place(NODE_MODULES, node::ready)?]))
}

/// `cargo xtask judges`: installs them and prints where they are, one `NAME=place` a line.
pub(crate) fn run() -> Result<Code, Error> {
    let mut out = io::stdout();
    for (name, place) in ready()?.0 {
        writeln!(out, "{name}={}", place.display()).map_err(Error::Output)?;
    }
    Ok(Code::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pins_are_there_and_give_each_set_a_folder_of_its_own() {
        let folders = [python::PINS.folder().unwrap(), node::PINS.folder().unwrap()];
        assert_ne!(folders[0], folders[1]);
        for folder in folders {
            assert!(folder.is_absolute() && folder.parent().unwrap().ends_with("rolegate/judges"));
        }
    }

    #[test]
    fn the_way_out_names_both_variables() {
        assert!(WAY_OUT.contains(PYTHON) && WAY_OUT.contains(NODE_MODULES));
    }
}
