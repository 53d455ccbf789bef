//! Reads the world that an emulator begins with. The one module that reads files; what they mean is
//! `rolegate_iam::snapshot`'s to say.

use rolegate_iam::Snapshot;
use rolegate_iam::snapshot::{ReadError, file, folder};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a world could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A file or folder could not be read.
    #[error("failed to read `{path}`: {cause}; name a snapshot folder or file that exists and may be read")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says; part of the message, so not the error's source.
        cause: io::Error,
    },
    /// What was read is no snapshot. Each error names its file and place.
    #[error("no snapshot in `{path}`:{}", listed(errors))]
    Snapshot {
        /// The folder or file that was named.
        path: PathBuf,
        /// Everything that is wrong.
        errors: Vec<ReadError>,
    },
}

fn listed(errors: &[ReadError]) -> String {
    errors.iter().fold(String::new(), |list, error| list + "\n  " + &error.to_string())
}

/// The snapshot in a folder as `rolegate_iam::snapshot::folder` describes it, or in a file as
/// `rolegate_iam::snapshot::file` does.
///
/// # Errors
/// Anything that cannot be read or is no snapshot, with its place.
pub fn load(path: &Path) -> Result<Snapshot, WorldError> {
    let read = |cause| WorldError::Read { path: path.to_owned(), cause };
    let refused = |errors| WorldError::Snapshot { path: path.to_owned(), errors };
    if fs::metadata(path).map_err(read)?.is_dir() {
        let mut files = Vec::new();
        collect(path, "", &mut files)?;
        if files.is_empty() {
            let none = io::Error::new(io::ErrorKind::NotFound, "it holds no `.json` file");
            return Err(read(none));
        }
        return folder::assemble(files).map_err(refused);
    }
    let text = fs::read_to_string(path).map_err(read)?;
    file::read(&text).map_err(|error| refused(vec![error.in_file(&path.display().to_string())]))
}

/// All `.json` files below a folder, by their paths relative to it, hidden ones and links to folders left out.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> Result<(), WorldError> {
    let read = |path: &Path, cause| WorldError::Read { path: path.to_owned(), cause };
    for entry in fs::read_dir(folder).map_err(|cause| read(folder, cause))? {
        let entry = entry.map_err(|cause| read(folder, cause))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|cause| read(&path, cause))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let place = format!("{prefix}{name}");
        if kind.is_dir() {
            collect(&path, &format!("{place}/"), files)?;
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            files.push((place, fs::read_to_string(&path).map_err(|cause| read(&path, cause))?));
        }
    }
    Ok(())
}
