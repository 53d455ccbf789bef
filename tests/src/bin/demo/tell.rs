//! Printing the story. Nothing else prints.

use std::io::Write;

/// Prints to standard output; nobody is left to tell when it is closed.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// Prints to standard error.
pub(crate) fn talk(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// A chapter of the story.
pub(crate) fn chapter(number: usize, title: &str) {
    say(&format!("\n{number}. {title}\n{}", "-".repeat(title.chars().count() + 3)));
}
