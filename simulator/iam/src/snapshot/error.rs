//! Why a snapshot cannot be read: which file, where in it, why, and what to do.

use std::fmt;

/// What is wrong with a snapshot file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// The file, as the caller names it; empty when the text has no name.
    pub file: String,
    /// Where in the JSON: `line 3, column 7`, or a path such as `RoleDetailList[3].Arn`; empty for the whole file.
    pub at: String,
    /// What is wrong, lower case, no full stop.
    pub cause: String,
    /// What to do about it; empty when there is nothing to say.
    pub help: String,
}

impl ReadError {
    pub(super) fn new(at: impl Into<String>, cause: impl Into<String>, help: impl Into<String>) -> Self {
        Self { file: String::new(), at: at.into(), cause: cause.into(), help: help.into() }
    }

    pub(super) fn json(error: &serde_json::Error, help: &str) -> Self {
        let at = format!("line {}, column {}", error.line(), error.column());
        let text = error.to_string();
        let cause = text.split(" at line ").next().unwrap_or_default();
        Self::new(at, cause, help)
    }

    /// The same error in this file; a name that is already known is kept.
    #[must_use]
    pub fn in_file(self, file: &str) -> Self {
        if self.file.is_empty() { Self { file: file.to_owned(), ..self } } else { self }
    }

    /// The same error, deeper in the JSON.
    pub(super) fn under(self, prefix: &str) -> Self {
        let at = match self.at.as_str() {
            "" => prefix.to_owned(),
            at if at.starts_with("line ") => return self,
            at => format!("{prefix}.{at}"),
        };
        Self { at, ..self }
    }
}

impl std::error::Error for ReadError {}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, cause, help } = self;
        if !file.is_empty() {
            write!(f, "{file}: ")?;
        }
        if !at.is_empty() {
            write!(f, "at {at}: ")?;
        }
        f.write_str(cause)?;
        if help.is_empty() { Ok(()) } else { write!(f, "; {help}") }
    }
}
