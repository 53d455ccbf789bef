//! Writes what was collected of an account into a snapshot folder, the one that `rolegate -s` reads. An account's folder is
//! replaced as a whole or not at all, and never by one that holds less. Asks AWS nothing.

use rolegate_aws::Collection;
use rolegate_plan::port::{Entrance, Failure};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const DETAILS: &str = "account-authorization-details.json";
const ROLES: &str = "list-roles.json";
const SUMMARY: &str = "account-summary.json";
const HEADER: &str = "account.json";
/// Why files are not there, for people; readers leave it alone.
const MISSING: &str = "NOT-COLLECTED.txt";

/// What became of an account's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Everything was collected and written.
    Whole,
    /// What was collected was written; the other files are not there.
    Partial,
    /// Less was collected than the folder holds: it was left as it was.
    Kept,
}

/// A file that is not there, and why.
pub type Missing = (&'static str, Failure);

/// Cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {source}; check the path, its permissions and the space left", path.display())]
pub struct WriteError {
    path: PathBuf,
    source: io::Error,
}

/// Writes one account's folder under `out`.
///
/// # Guarantees
/// The folder is replaced by renaming: a reader sees the old one, none, or the new one, never a mixture. Other files in it are
/// carried over. A crash leaves at most hidden folders behind, which readers leave alone.
///
/// # Errors
/// The system refuses; the folder is then as it was.
pub fn write(
    out: &Path,
    entrance: &Entrance,
    collection: Collection,
) -> Result<(Written, Vec<Missing>), WriteError> {
    let Collection { at, details, roles, summary } = collection;
    let mut files: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut missing: Vec<Missing> = Vec::new();
    for (name, text) in [(DETAILS, details), (ROLES, roles), (SUMMARY, summary)] {
        match text {
            Ok(text) => {
                files.insert(name, text);
            }
            Err(failure) => missing.push((name, failure)),
        }
    }
    let folder = out.join(entrance.id.as_str());
    if missing.iter().any(|(name, _)| folder.join(name).exists()) {
        return Ok((Written::Kept, missing));
    }
    let header = serde_json::json!({
        "id": entrance.id.as_str(), "name": entrance.name, "partition": entrance.partition.as_str(),
        "collectedAt": at.to_string(),
    });
    files.insert(HEADER, format!("{header:#}\n"));
    if !missing.is_empty() {
        let lines = missing.iter().map(|(name, failure)| format!("{name}: {failure}\n"));
        files.insert(MISSING, lines.collect::<Vec<_>>().concat());
    }
    let failed = |source| WriteError { path: folder.clone(), source };
    replace(&folder, &files).map_err(failed)?;
    Ok((if missing.is_empty() { Written::Whole } else { Written::Partial }, missing))
}

fn replace(folder: &Path, files: &BTreeMap<&'static str, String>) -> io::Result<()> {
    let (fresh, old) = (beside(folder, "new"), beside(folder, "old"));
    remove(&fresh)?;
    fs::create_dir_all(&fresh)?;
    let done = fill(folder, &fresh, files).and_then(|()| swap(folder, &fresh, &old));
    if done.is_err() {
        // The error that matters is the first.
        drop(remove(&fresh));
    }
    done
}

fn fill(folder: &Path, fresh: &Path, files: &BTreeMap<&'static str, String>) -> io::Result<()> {
    for (name, text) in files {
        let mut file = fs::File::create(fresh.join(name))?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()?;
    }
    let others = match fs::read_dir(folder) {
        Ok(others) => others,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for other in others {
        let other = other?;
        let name = other.file_name();
        let ours = name.to_str().is_some_and(|name| files.contains_key(name) || name == MISSING);
        if !ours {
            // A folder in it is nobody's to copy or to lose.
            fs::copy(other.path(), fresh.join(&name))?;
        }
    }
    Ok(())
}

fn swap(folder: &Path, fresh: &Path, old: &Path) -> io::Result<()> {
    if !folder.exists() {
        return fs::rename(fresh, folder);
    }
    remove(old)?;
    fs::rename(folder, old)?;
    if let Err(error) = fs::rename(fresh, folder) {
        fs::rename(old, folder)?;
        return Err(error);
    }
    remove(old)
}

/// A hidden neighbour of the folder.
fn beside(folder: &Path, what: &str) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    folder.with_file_name(format!(".{name}.{what}"))
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
