//! `rolegate export`: what people and their tools need to use what is declared. Values in, texts out: which file they go into is
//! decided by whoever calls, and [`crate::save`] writes them.

pub mod aesr;
pub mod aws_config;
mod bookmarks;
mod console;
pub mod doors;
mod granted;
mod ini;
mod links;
mod lz;
pub mod merge;
pub mod names;
mod owner_statements;
mod region;
mod select;

use super::Question;
use crate::render::text::push_line;
use crate::{Answer, Code};
pub use bookmarks::bookmarks;
use doors::Doors;
pub use granted::granted;
pub use ini::IniError;
pub use links::links;
use merge::Block;
pub use owner_statements::owner_statements;
pub use region::Regions;
pub use select::Selection;
use serde_json::Value;
use std::path::PathBuf;

/// What an export gives.
#[derive(Debug, Clone)]
pub struct Export {
    /// `Yes`, or `No` when something is left out.
    pub code: Code,
    /// Whether it is one file or a folder of them.
    pub shape: Shape,
    /// What is written.
    pub pieces: Vec<Piece>,
    /// What standard output shows of several files, if they can be shown together.
    pub text: Option<String>,
    /// The same for programs.
    pub report: Value,
    /// For standard error.
    pub talk: String,
}

/// Whether an export is one file or a folder of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Exactly one.
    File,
    /// Any number of them.
    Folder,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Below the folder that is asked for; for a single file the name that it usually has.
    pub path: PathBuf,
    /// What goes in.
    pub content: Content,
}

/// What goes into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A block in a file that belongs to somebody else.
    Block(Block),
    /// The whole file.
    Whole {
        /// All of it.
        text: String,
        /// What a file contains that was written by us before and may be replaced.
        mark: &'static str,
    },
}

/// What every text of ours says about itself.
pub(crate) const WRITTEN_BY: &str = "rolegate export";

impl Content {
    /// A text that says by whom it was written.
    fn whole(text: String) -> Self {
        Self::Whole { text, mark: WRITTEN_BY }
    }
}

impl Export {
    fn new(shape: Shape) -> Self {
        Self {
            code: Code::Yes,
            shape,
            pieces: Vec::new(),
            text: None,
            report: Value::Null,
            talk: String::new(),
        }
    }

    fn say(&mut self, words: &str) {
        push_line(&mut self.talk, words);
    }
}

/// Reads the manifests and makes an export of the doors that they open.
fn opened(
    question: &Question,
    make: impl Fn(&Doors<'_>) -> Result<Export, Answer>,
) -> Result<Export, Answer> {
    let declared = question.declared()?;
    make(&Doors::of(&declared.validated, question.at))
}

/// Says what is left out, with the reasons, and that it is not everything.
fn tell_left_out(export: &mut Export, reasons: &[String]) {
    for reason in reasons {
        export.code = Code::No;
        export.say(&format!("left out: {reason}"));
    }
}

/// A user's name as the name of a file: names may begin with a dot, and `..` is one.
fn file_name(user: &str) -> String {
    match user.strip_prefix('.') {
        Some(rest) => format!("%2E{rest}"),
        None => user.to_owned(),
    }
}
