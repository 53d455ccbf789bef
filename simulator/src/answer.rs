//! What a command answers: an exit code, standard output, standard error. Prints nothing.

use crate::render::text::{count, push_line};

/// The exit codes, the same for every command. Unknown is never `Yes` or `No`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Yes, clean, done.
    Yes = 0,
    /// No, a violation, differences.
    No = 1,
    /// Bad usage or unreadable input.
    Bad = 2,
    /// Cannot tell.
    Unknown = 3,
}

/// The whole answer of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The exit code.
    pub code: Code,
    /// Standard output: the answer.
    pub out: String,
    /// Standard error: talk.
    pub talk: String,
}

impl Answer {
    /// An answer without talk.
    pub fn new(code: Code, out: String) -> Self {
        Self { code, out, talk: String::new() }
    }

    /// Input that cannot be used: each error on lines of its own.
    pub fn bad(errors: impl IntoIterator<Item = String>) -> Self {
        let mut talk = String::new();
        let mut errors_told = 0;
        for error in errors {
            format!("error: {error}").lines().for_each(|line| push_line(&mut talk, line));
            errors_told += 1;
        }
        push_line(&mut talk, &count(errors_told, "error", "errors"));
        Self { code: Code::Bad, out: String::new(), talk }
    }
}
