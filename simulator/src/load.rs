//! Reads manifest files from disk and standard input: the one place of this package that does. Understands nothing of them.
#![expect(clippy::disallowed_methods, reason = "reading files is this module's job")]

use rolegate_iam::Snapshot;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The text of files, and what could not be read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Each file's name, as people know it, and its text; in the order of the arguments, folders in order of names.
    pub files: Vec<(String, String)>,
    /// What could not be read.
    pub errors: Vec<LoadError>,
}

/// A path that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The system says no.
    #[error("{path}: cannot be read: {source}; check the path and its permissions")]
    Read {
        /// The path.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Not a single manifest in the folder.
    #[error("{path}: holds no *.yaml, *.yml or *.json file; name the folder or the file that does")]
    Empty {
        /// The folder.
        path: String,
    },
    /// Folders that contain each other, most likely by a link.
    #[error("{path}: is more than {MAX_DEPTH} folders deep; is there a link to a folder above it?")]
    TooDeep {
        /// The folder.
        path: String,
    },
    /// `-` twice.
    #[error("standard input (`-`) is named twice; it can be read once")]
    StdinTwice,
}

/// How deep folders are followed.
const MAX_DEPTH: usize = 32;

/// The path that means standard input.
pub const STDIN: &str = "-";

/// Reads files, folders (recursively, `*.yaml`, `*.yml` and `*.json`, hidden ones left out) and standard input (`-`).
pub fn manifests(paths: &[PathBuf]) -> Loaded {
    from(paths, || io::read_to_string(io::stdin()))
}

/// Reads snapshots: each path a folder of AWS CLI output per account, or a file of one whole snapshot, or `-`. They are put
/// together; an account that comes twice is an error.
pub fn snapshots(paths: &[PathBuf]) -> Result<Snapshot, Vec<String>> {
    let mut whole = Snapshot::default();
    let mut errors = Vec::new();
    for path in paths {
        match snapshot(path) {
            Ok(part) => join(&mut whole, part, path, &mut errors),
            Err(more) => errors.extend(more),
        }
    }
    if errors.is_empty() { Ok(whole) } else { Err(errors) }
}

/// The text of one file.
///
/// # Errors
/// The system says no.
pub fn text(path: &Path) -> Result<String, LoadError> {
    read(path).map_err(|source| LoadError::Read { path: shown(path), source })
}

/// The texts of snapshot files, to show where in them something stands. What cannot be read again, such as standard input,
/// is left out.
pub fn snapshot_texts(paths: &[PathBuf]) -> Vec<(String, String)> {
    let paths: Vec<PathBuf> = paths.iter().filter(|path| path.as_os_str() != STDIN).cloned().collect();
    manifests(&paths).files
}

fn join(whole: &mut Snapshot, part: Snapshot, path: &Path, errors: &mut Vec<String>) {
    let Snapshot { accounts, aws_managed, organizations, standalone } = part;
    for account in accounts.into_values() {
        if let Err(again) = whole.add(account) {
            let place = shown(path);
            errors.push(format!("{place}: account {} is in another snapshot too; name it once", again.id));
        }
    }
    whole.add_aws_managed(aws_managed.into_values());
    let alone = standalone.into_iter().map(|account| whole.add_standalone(account)).collect::<Vec<_>>();
    let organizations = organizations.into_values().map(|organization| whole.add_organization(organization));
    let contradictions = alone.into_iter().chain(organizations).filter_map(Result::err);
    errors.extend(contradictions.map(|cause| format!("{}: {cause}; keep one of the two", shown(path))));
}

fn snapshot(path: &Path) -> Result<Snapshot, Vec<String>> {
    let mut loaded = Loaded::default();
    if path.as_os_str() == STDIN {
        loaded.take("(standard input)".to_owned(), io::read_to_string(io::stdin()));
    } else if path.is_dir() {
        folder(&mut loaded, path, 0);
        loaded
            .files
            .retain(|(name, _)| Path::new(name).extension().is_some_and(|extension| extension == "json"));
        if loaded.files.is_empty() && loaded.errors.is_empty() {
            loaded.errors.push(LoadError::Empty { path: shown(path) });
        }
    } else {
        loaded.take(shown(path), read(path));
    }
    if !loaded.errors.is_empty() {
        return Err(loaded.errors.iter().map(ToString::to_string).collect());
    }
    if path.is_dir() {
        let prefix = format!("{}/", shown(path).trim_end_matches('/'));
        let relative =
            |(name, text): (String, String)| (name.strip_prefix(&prefix).unwrap_or(&name).to_owned(), text);
        let assembled = rolegate_iam::snapshot::folder::assemble(loaded.files.into_iter().map(relative));
        return assembled.map_err(|errors| errors.iter().map(|error| format!("{prefix}{error}")).collect());
    }
    let (name, text) = loaded.files.pop().unwrap_or_default();
    rolegate_iam::snapshot::file::read(&text).map_err(|error| vec![error.in_file(&name).to_string()])
}

fn from(paths: &[PathBuf], stdin: impl Fn() -> io::Result<String>) -> Loaded {
    let mut loaded = Loaded::default();
    let mut stdin_read = false;
    for path in paths {
        if path.as_os_str() != STDIN {
            add(&mut loaded, path);
        } else if stdin_read {
            loaded.errors.push(LoadError::StdinTwice);
        } else {
            stdin_read = true;
            loaded.take("(standard input)".to_owned(), stdin());
        }
    }
    loaded
}

impl Loaded {
    fn take(&mut self, name: String, text: io::Result<String>) {
        match text {
            Ok(text) => self.files.push((name, text)),
            Err(source) => self.errors.push(LoadError::Read { path: name, source }),
        }
    }
}

fn add(loaded: &mut Loaded, path: &Path) {
    if !path.is_dir() {
        return loaded.take(shown(path), read(path));
    }
    let before = loaded.files.len() + loaded.errors.len();
    folder(loaded, path, 0);
    if loaded.files.len() + loaded.errors.len() == before {
        loaded.errors.push(LoadError::Empty { path: shown(path) });
    }
}

fn folder(loaded: &mut Loaded, path: &Path, depth: usize) {
    if depth == MAX_DEPTH {
        return loaded.errors.push(LoadError::TooDeep { path: shown(path) });
    }
    let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<fs::DirEntry>>>);
    let mut entries: Vec<PathBuf> = match entries {
        Ok(entries) => entries.into_iter().map(|entry| entry.path()).collect(),
        Err(source) => return loaded.errors.push(LoadError::Read { path: shown(path), source }),
    };
    entries.sort();
    for entry in entries.iter().filter(|entry| !is_hidden(entry)) {
        if entry.is_dir() {
            folder(loaded, entry, depth + 1);
        } else if is_manifest(entry) {
            loaded.take(shown(entry), read(entry));
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with('.'))
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml" | "json"))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own under the system's, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let root = std::env::temp_dir().join(format!("rolegate-load-{}-{name}", std::process::id()));
            for (file, text) in files {
                let path = root.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Self(root)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    #[test]
    fn folders_are_read_in_order_and_other_files_left_out() {
        let files = [
            ("b.yaml", "b"),
            ("a/x.yml", "x"),
            ("a/y.json", "y"),
            ("README.md", "no"),
            (".git/z.yaml", "no"),
        ];
        let folder = Folder::new("order", &files);
        let loaded = manifests(std::slice::from_ref(&folder.0));
        let texts: Vec<&str> = loaded.files.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["x", "y", "b"]);
        assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
    }

    #[test]
    fn everything_unreadable_is_reported_at_once() {
        let folder = Folder::new("errors", &[("empty/README.md", "no"), ("ok.yaml", "ok")]);
        fs::write(folder.0.join("latin1.yaml"), [0xe9]).unwrap();
        let paths = ["empty", "absent.yaml", "latin1.yaml", "ok.yaml"].map(|name| folder.0.join(name));
        let loaded = manifests(&paths);
        let errors: Vec<String> = loaded.errors.iter().map(ToString::to_string).collect();
        assert_eq!(loaded.files.len(), 1);
        assert!(errors[0].contains("holds no"), "{errors:?}");
        assert!(errors[1].contains("absent.yaml: cannot be read"), "{errors:?}");
        assert!(errors[2].contains("latin1.yaml: cannot be read"), "{errors:?}");
    }

    #[test]
    fn standard_input_is_read_once() {
        let loaded = from(&[STDIN.into(), STDIN.into()], || Ok("kind: X".to_owned()));
        assert_eq!(loaded.files, [("(standard input)".to_owned(), "kind: X".to_owned())]);
        assert!(matches!(loaded.errors.as_slice(), [LoadError::StdinTwice]));
    }
}
