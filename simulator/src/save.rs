//! Writes files: the one place of this package that does. A file is replaced whole or not at all, and what it is (its
//! permissions, its owner, the file a link leads to) stays. Understands nothing of what is in it.
#![expect(clippy::disallowed_methods, reason = "reading and writing files is this module's job")]

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// How many links are followed.
const MOST_LINKS: usize = 32;

/// The largest file that is merged into, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A file as it is, to be replaced.
#[derive(Debug)]
pub struct Target {
    /// As it was asked for.
    asked: PathBuf,
    /// Where links lead.
    path: PathBuf,
    /// What is in it; none when there is no such file.
    content: Option<Vec<u8>>,
    /// Of the file that is there.
    metadata: Option<fs::Metadata>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It was not there before.
    Created,
    /// It has other content now.
    Changed,
    /// It had that content already and was not touched.
    Same,
}

/// Why a file was not written. It is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The system says no.
    #[error("{path}: cannot be {act}: {source}; check the path and its permissions")]
    System {
        /// The path.
        path: String,
        /// Read or written.
        act: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A folder, a device, a pipe.
    #[error("{path}: is no regular file; name a file, or a folder in which `{name}` is meant")]
    NotAFile {
        /// The path.
        path: String,
        /// The name of the file within a folder.
        name: String,
    },
    /// Links in a circle.
    #[error("{path}: leads from link to link without an end; name the file itself")]
    Links {
        /// The path.
        path: String,
    },
    /// Not text.
    #[error("{path}: is not UTF-8: byte {byte} begins no character; save it as UTF-8")]
    NotText {
        /// The path.
        path: String,
        /// Counted from zero.
        byte: usize,
    },
    /// Not a file that people write.
    #[error("{path}: has {bytes} bytes, more than any configuration; is it the right file?")]
    Large {
        /// The path.
        path: String,
        /// Its size.
        bytes: u64,
    },
    /// Somebody wrote it in the meantime.
    #[error("{path}: was changed by somebody else in this very moment; run the command again")]
    Changed {
        /// The path.
        path: String,
    },
}

impl Target {
    /// Looks at a file, following links; it need not be there.
    ///
    /// # Errors
    /// It cannot be read, or is not a regular file.
    pub fn look(asked: &Path) -> Result<Self, SaveError> {
        let path = follow(asked)?;
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { asked: asked.to_owned(), path, content: None, metadata: None });
            }
            Err(error) => return Err(system(asked, "read", error)),
        };
        if !metadata.is_file() {
            let name = asked.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            return Err(SaveError::NotAFile { path: shown(asked), name });
        }
        if metadata.len() > LARGEST {
            return Err(SaveError::Large { path: shown(asked), bytes: metadata.len() });
        }
        let content = fs::read(&path).map_err(|error| system(asked, "read", error))?;
        Ok(Self { asked: asked.to_owned(), path, content: Some(content), metadata: Some(metadata) })
    }

    /// The text of the file; none when it is not there.
    ///
    /// # Errors
    /// It is not text.
    pub fn text(&self) -> Result<Option<&str>, SaveError> {
        let Some(content) = &self.content else { return Ok(None) };
        std::str::from_utf8(content)
            .map(Some)
            .map_err(|error| SaveError::NotText { path: shown(&self.asked), byte: error.valid_up_to() })
    }

    /// As it was asked for, for messages.
    pub fn shown(&self) -> String {
        shown(&self.asked)
    }

    /// Replaces the file: writes another one beside it, to the disk, and puts that in its place at once. Folders that are not
    /// there are made. Only the owner may read a file or a folder that is new.
    ///
    /// # Errors
    /// Something failed, or the file is not as it was looked at: then it is left as it is.
    pub fn replace(&self, text: &str) -> Result<Saved, SaveError> {
        if self.content.as_deref() == Some(text.as_bytes()) {
            return Ok(Saved::Same);
        }
        let written = |error| system(&self.asked, "written", error);
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        make_folder(folder).map_err(written)?;
        let (beside, file) = beside(folder).map_err(written)?;
        let done = self.write(file, text).map_err(written).and_then(|()| {
            self.unchanged()?;
            fs::rename(&beside, &self.path).map_err(written)
        });
        if let Err(error) = done {
            // What is left behind when this fails too is named after us.
            drop(fs::remove_file(&beside));
            return Err(error);
        }
        sync_folder(folder);
        Ok(if self.content.is_some() { Saved::Changed } else { Saved::Created })
    }

    fn write(&self, mut file: File, text: &str) -> io::Result<()> {
        file.write_all(text.as_bytes())?;
        if let Some(metadata) = &self.metadata {
            keep_owner(&file, metadata)?;
            let permissions: Permissions = metadata.permissions();
            file.set_permissions(permissions)?;
        }
        file.sync_all()
    }

    fn unchanged(&self) -> Result<(), SaveError> {
        let mut now = Vec::new();
        let read = File::open(&self.path).and_then(|mut file| file.read_to_end(&mut now));
        let same = match (&self.content, read) {
            (Some(before), Ok(_)) => *before == now,
            (None, Err(error)) => error.kind() == io::ErrorKind::NotFound,
            (Some(_), Err(_)) | (None, Ok(_)) => false,
        };
        if same { Ok(()) } else { Err(SaveError::Changed { path: shown(&self.asked) }) }
    }
}

/// A new file in the folder, that only we have.
fn beside(folder: &Path) -> io::Result<(PathBuf, File)> {
    let mut number = 0;
    loop {
        let path = folder.join(format!(".rolegate-{}-{number}.tmp", std::process::id()));
        match private(OpenOptions::new().write(true).create_new(true)).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 99 => number += 1,
            opened => return opened.map(|file| (path, file)),
        }
    }
}

/// The file to which a path leads, which need not be there.
fn follow(asked: &Path) -> Result<PathBuf, SaveError> {
    let mut path = asked.to_owned();
    for _ in 0..MOST_LINKS {
        let is_link = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink());
        if !is_link {
            return Ok(path);
        }
        let next = fs::read_link(&path).map_err(|error| system(asked, "read", error))?;
        path = path.parent().map_or_else(|| next.clone(), |folder| folder.join(&next));
    }
    Err(SaveError::Links { path: shown(asked) })
}

fn system(path: &Path, act: &'static str, source: io::Error) -> SaveError {
    SaveError::System { path: shown(path), act, source }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// A file of somebody else stays theirs, or is not written.
#[cfg(unix)]
fn keep_owner(file: &File, wanted: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let own = file.metadata()?;
    if (own.uid(), own.gid()) == (wanted.uid(), wanted.gid()) {
        return Ok(());
    }
    std::os::unix::fs::fchown(file, Some(wanted.uid()), Some(wanted.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// The new name is on the disk too. Not every file system can do it, and the file itself is safe already.
fn sync_folder(folder: &Path) {
    drop(File::open(folder).and_then(|folder| folder.sync_all()));
}
