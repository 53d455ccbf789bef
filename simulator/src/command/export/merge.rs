//! Puts a block of ours between markers into a file of others. Pure: text in, text out; whatever stands outside the markers
//! comes out byte for byte as it went in, or the merge is refused.

use super::ini::{self, IniError, Line, Meaning};
use std::collections::BTreeSet;

/// What every marker line begins with.
const BEGIN: &str = "# >>> rolegate ";
const END: &str = "# <<< rolegate ";

/// What goes between the markers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Tells it from other blocks of ours in the same file: no white space, no control characters.
    pub id: String,
    /// Whole lines, each with its `\n`.
    pub text: String,
}

/// Why nothing was merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// The AWS CLI would not read the file either.
    #[error(transparent)]
    Ini(#[from] IniError),
    /// Markers that do not come in pairs.
    #[error(
        "line {line}: {what}; remove both marker lines of that block and what is between them, then export again"
    )]
    Markers {
        /// Counted from one.
        line: usize,
        /// The cause.
        what: String,
    },
    /// Something of others that would become part of our last profile.
    #[error(
        "line {line}: after the end of our block the first line must begin a [section]: this one would belong to our last \
         profile; move it to where it belongs"
    )]
    Adrift {
        /// Counted from one.
        line: usize,
    },
    /// A profile of the user's own has the name.
    #[error(
        "line {line}: profile `{name}` is there already and was not written by this command; rename it, or export with \
         another --prefix"
    )]
    Taken {
        /// Counted from one.
        line: usize,
        /// The profile.
        name: String,
    },
    /// The result does not read back as what went in: a mistake of this program.
    #[error("the merged file would not read back as it should; please report this, with the file")]
    Unfaithful,
}

/// Puts the block where the block of the same id is, else at the end.
///
/// # Errors
/// The text cannot be read, its markers are out of order, or a profile of others has a name of ours.
pub fn merge(existing: &str, block: &Block) -> Result<String, MergeError> {
    let lines = ini::lines(existing);
    let read = ini::read(&lines)?;
    let (begin, end) = place(&lines, &block.id)?.unwrap_or((existing.len(), existing.len()));
    let before: Vec<_> = read.iter().filter(|(line, _)| line.start < begin).collect();
    let after: Vec<_> = read.iter().filter(|(line, _)| line.start >= end).collect();
    let block_lines = ini::lines(&block.text);
    let ours = ini::read(&block_lines)?;
    let taken = |(line, meaning): &&(Line<'_>, Meaning)| {
        let name = profile(meaning)?;
        let is_ours = ours.iter().any(|(_, ours)| profile(ours).as_ref() == Some(&name));
        is_ours.then_some(MergeError::Taken { line: line.number, name })
    };
    if let Some(error) = before.iter().chain(&after).copied().find_map(|line| taken(&line)) {
        return Err(error);
    }
    let next = after.iter().find(|(_, meaning)| *meaning != Meaning::Nothing);
    if let Some((line, Meaning::Option | Meaning::Continuation)) = next {
        return Err(MergeError::Adrift { line: line.number });
    }
    let merged = joined(existing, (begin, end), block);
    let expected: Vec<_> = before.into_iter().chain(&ours).chain(after).collect();
    if is_faithful(&merged, &expected) { Ok(merged) } else { Err(MergeError::Unfaithful) }
}

/// The text with the block in place of those bytes, with the end of line that its first line has.
fn joined(existing: &str, (begin, end): (usize, usize), block: &Block) -> String {
    let (before, after) =
        (existing.get(..begin).unwrap_or_default(), existing.get(end..).unwrap_or_default());
    let crlf =
        existing.find('\n').is_some_and(|at| existing.get(..at).is_some_and(|line| line.ends_with('\r')));
    let ending = if crlf { "\r\n" } else { "\n" };
    let apart = match before {
        // The block is there already, or is the first thing.
        _ if begin < end => "",
        "" => "",
        before if before.ends_with('\n') => ending,
        _ if crlf => "\r\n\r\n",
        _ => "\n\n",
    };
    format!("{before}{apart}{}{after}", block.marked().replace('\n', ending))
}

impl Block {
    /// With its markers.
    pub fn marked(&self) -> String {
        let Self { id, text } = self;
        format!("{BEGIN}{id} >>>\n{text}{END}{id} <<<\n")
    }
}

/// Whether the text reads back as those lines and nothing else, each meaning what it meant.
fn is_faithful(merged: &str, expected: &[&(Line<'_>, Meaning)]) -> bool {
    let lines = ini::lines(merged);
    let Ok(read) = ini::read(&lines) else { return false };
    let found = read.iter().filter(|(_, meaning)| *meaning != Meaning::Nothing);
    let same = |(line, meaning): &(Line<'_>, Meaning)| (line.text.to_owned(), meaning.clone());
    let expected = expected.iter().filter(|(_, meaning)| *meaning != Meaning::Nothing);
    found.map(same).eq(expected.map(|line| same(line)))
}

/// The profile that begins.
fn profile(meaning: &Meaning) -> Option<String> {
    match meaning {
        Meaning::Section(header) => ini::profile(header),
        Meaning::Nothing | Meaning::Option | Meaning::Continuation => None,
    }
}

/// From the first byte of the line of the first marker to the first byte after that of the second, for the block of that id.
/// All blocks are looked at: where any is out of order, nothing is certain.
fn place(lines: &[Line<'_>], id: &str) -> Result<Option<(usize, usize)>, MergeError> {
    let fault = |line: &Line<'_>, what: String| MergeError::Markers { line: line.number, what };
    let mut open: Option<(&str, &Line<'_>)> = None;
    let mut closed = BTreeSet::new();
    let mut place = None;
    for line in lines {
        match (marker(line)?, open) {
            (None, _) => {}
            (Some((Edge::Begin, block)), None) => open = Some((block, line)),
            (Some((Edge::Begin, block)), Some((before, _))) => {
                return Err(fault(line, format!("the block `{block}` begins inside the block `{before}`")));
            }
            (Some((Edge::End, block)), Some((opened, first))) if opened == block => {
                if !closed.insert(block) {
                    return Err(fault(line, format!("the block `{block}` is there twice")));
                }
                if block == id {
                    place = Some((first.start, line.end));
                }
                open = None;
            }
            (Some((Edge::End, block)), _) => {
                return Err(fault(line, format!("the block `{block}` ends and did not begin")));
            }
        }
    }
    match open {
        Some((block, line)) => Err(fault(line, format!("the block `{block}` begins and does not end"))),
        None => Ok(place),
    }
}

enum Edge {
    Begin,
    End,
}

/// The marker on a line. What looks like one and is none is an error, so that no marker goes unseen.
fn marker<'a>(line: &Line<'a>) -> Result<Option<(Edge, &'a str)>, MergeError> {
    let text = line.text.trim_end();
    let id = |begin, end| text.strip_prefix(begin).and_then(|rest: &str| rest.strip_suffix(end));
    if let Some(block) = id(BEGIN, " >>>") {
        return Ok(Some((Edge::Begin, block)));
    }
    if let Some(block) = id(END, " <<<") {
        return Ok(Some((Edge::End, block)));
    }
    if text.contains(">>> rolegate ") || text.contains("<<< rolegate ") {
        let what = "this was a marker of ours and was changed".to_owned();
        return Err(MergeError::Markers { line: line.number, what });
    }
    Ok(None)
}
