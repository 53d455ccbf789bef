//! What is wrong in a manifest, where, and what to write instead. Carries; finds nothing.

use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::fmt;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// From 1; 0 when it is not known.
    pub line: u32,
    /// In characters, from 1; 0 when it is not known.
    pub column: u32,
}

/// Where an object is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// The file, as it was named to the reader; empty for what came from no file.
    pub file: SmolStr,
    /// Which document of the file, from 1.
    pub document: usize,
    /// Where the object begins.
    pub start: Position,
    /// Where its fields are, by path.
    pub(crate) fields: BTreeMap<SmolStr, Position>,
    /// Paths of the fields that do not fit the schema.
    pub(crate) faulty: Vec<SmolStr>,
}

/// One error, with its place and the way out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file.
    pub file: SmolStr,
    /// Which document of the file, from 1.
    pub document: usize,
    /// The place.
    pub position: Position,
    /// The object, such as `AccountAccess payments/dev`; empty when that could not be read.
    pub object: String,
    /// The field, such as `spec.subjects[2].account.externalID`; empty for the whole object.
    pub path: String,
    /// What is wrong, lower case, no full stop.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Source {
    /// Where a field is; the nearest field around it when the field itself is not written.
    pub fn position(&self, path: &str) -> Position {
        let mut path = path;
        loop {
            if let Some(position) = self.fields.get(path) {
                return *position;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = path.get(..end).unwrap_or_default(),
                None => return self.start,
            }
        }
    }

    /// An error in a field of an object written here.
    pub fn diagnostic(
        &self,
        object: impl fmt::Display,
        path: &str,
        message: String,
        help: String,
    ) -> Diagnostic {
        Diagnostic {
            file: self.file.clone(),
            document: self.document,
            position: self.position(path),
            object: object.to_string(),
            path: path.to_owned(),
            message,
            help,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, document, position: Position { line, column }, object, path, message, help } = self;
        if !file.is_empty() {
            write!(f, "{file}:{line}:{column}, document {document}: ")?;
        }
        match (object.as_str(), path.as_str()) {
            ("", "") => {}
            ("", path) => write!(f, "{path}: ")?,
            (object, "") => write!(f, "{object}: ")?,
            (object, path) => write!(f, "{object}, {path}: ")?,
        }
        f.write_str(message)?;
        if help.is_empty() { Ok(()) } else { write!(f, "\n  {help}") }
    }
}

/// The known word nearest to `word`, if it is near enough to be what was meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Words in a row, for a message.
pub(crate) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(", ")
}
