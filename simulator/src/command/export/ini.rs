//! Reads `~/.aws/config` as the AWS CLI does (Python's `configparser`, strict): which sections there are and where, or why the
//! AWS CLI would refuse the file. Changes nothing and knows no section of ours.

use std::collections::BTreeSet;

/// A line with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Counted from one.
    pub(super) number: usize,
    /// The first byte.
    pub(super) start: usize,
    /// The first byte of the next line.
    pub(super) end: usize,
    /// Without the end of line.
    pub(super) text: &'a str,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing, or a comment.
    Nothing,
    /// Begins a section of that header.
    Section(String),
    /// Sets an option.
    Option,
    /// Goes on with the value of the option before it.
    Continuation,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}; {help}")]
pub struct IniError {
    /// Counted from one.
    pub line: usize,
    /// The cause.
    pub what: String,
    /// The way out.
    pub help: &'static str,
}

/// Splits at `\n` and `\r\n`. A `\r` by itself, at which Python splits too, stays in the line and is refused there.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let numbered = text.split_inclusive('\n').enumerate();
    numbered
        .map(|(before, whole)| {
            let begin = start;
            start += whole.len();
            let text = whole.strip_suffix('\n').unwrap_or(whole);
            let text = text.strip_suffix('\r').filter(|_| whole.ends_with('\n')).unwrap_or(text);
            Line { number: before + 1, start: begin, end: start, text }
        })
        .collect()
}

/// What each line means.
///
/// # Errors
/// The first thing for which the AWS CLI refuses the whole file, or would read it in a way that cannot be told.
pub(super) fn read<'a>(lines: &[Line<'a>]) -> Result<Vec<(Line<'a>, Meaning)>, IniError> {
    let mut reader = Reader::default();
    lines.iter().map(|line| Ok((*line, reader.line(*line)?))).collect()
}

/// The profile that a header is about, as the AWS CLI finds it: the second of two words, of which the first begins with
/// `profile`, or `default` alone.
pub(super) fn profile(header: &str) -> Option<String> {
    if header == "default" {
        return Some(header.to_owned());
    }
    if !header.starts_with("profile") {
        return None;
    }
    match words(header)?.as_slice() {
        [_, name] => Some(name.clone()),
        _ => None,
    }
}

#[derive(Default)]
struct Reader {
    section: Option<String>,
    /// How far the option is indented that may go on.
    option_indent: Option<usize>,
    seen_sections: BTreeSet<String>,
    seen_options: BTreeSet<(String, String)>,
    /// Whether the option before has no value of its own: lines that go on are then `name = value` too.
    nests: bool,
}

impl Reader {
    fn line(&mut self, line: Line<'_>) -> Result<Meaning, IniError> {
        let fault = |what: &str, help| IniError { line: line.number, what: what.to_owned(), help };
        // Python counts some of them as white space and others not; no editor writes them.
        if line.text.chars().any(|c| c.is_control() && c != '\t') {
            return Err(fault("there is a control character", "remove it"));
        }
        if line.text.starts_with('\u{feff}') && line.number == 1 {
            return Err(fault(
                "the file begins with a byte order mark, which the AWS CLI does not understand",
                "save it without",
            ));
        }
        let value = line.text.trim();
        if value.is_empty() || value.starts_with(['#', ';']) {
            return Ok(Meaning::Nothing);
        }
        let indent = line.text.chars().take_while(|c| c.is_whitespace()).count();
        if self.option_indent.is_some_and(|before| indent > before) {
            if self.nests && !value.contains('=') {
                return Err(fault("this is not name = value, below an option without a value", "remove it"));
            }
            return Ok(Meaning::Continuation);
        }
        if let Some(header) = header(value) {
            return self.begin(header, line);
        }
        self.option(value, indent, line)
    }

    fn begin(&mut self, header: &str, line: Line<'_>) -> Result<Meaning, IniError> {
        // The section of defaults may come again; the options in it may not.
        if !self.seen_sections.insert(header.to_owned()) && header != "DEFAULT" {
            return Err(IniError {
                line: line.number,
                what: format!("the section [{header}] is there twice"),
                help: "join the two, or rename one",
            });
        }
        self.section = Some(header.to_owned());
        self.option_indent = None;
        Ok(Meaning::Section(header.to_owned()))
    }

    fn option(&mut self, value: &str, indent: usize, line: Line<'_>) -> Result<Meaning, IniError> {
        let fault = |what: String, help| IniError { line: line.number, what, help };
        let name = value.split(['=', ':']).next().filter(|name| name.len() < value.len()).map(str::trim);
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Err(fault(
                "this is neither [a section] nor name = value".to_owned(),
                "write `#` before it, or remove it",
            ));
        };
        let Some(section) = &self.section else {
            let what = format!("`{name}` stands before the first [section]");
            return Err(fault(what, "put it under the profile that it belongs to"));
        };
        if !self.seen_options.insert((section.clone(), name.to_lowercase())) {
            return Err(fault(format!("`{name}` is there twice in one section"), "remove one of the two"));
        }
        self.option_indent = Some(indent);
        self.nests = value.ends_with(['=', ':']) && value.matches(['=', ':']).count() == 1;
        Ok(Meaning::Option)
    }
}

/// Up to the last bracket, whatever comes after it.
fn header(value: &str) -> Option<&str> {
    let (header, _) = value.strip_prefix('[')?.rsplit_once(']')?;
    (!header.is_empty()).then_some(header)
}

/// Words as a shell splits them; none where a quotation mark is left open.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"'), '\\') => {
                let next = rest.next()?;
                let escaped = matches!(next, '"' | '\\');
                word.get_or_insert_default().extend((!escaped).then_some('\\').into_iter().chain([next]));
            }
            (None, '\\') => word.get_or_insert_default().push(rest.next()?),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t') => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}
