//! Byte offsets to lines and columns. Reads no JSON.

use crate::policy::Span;

/// The line starts of a text.
pub(super) struct Positions<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Positions<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// The span of a byte range; columns count characters.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let line = self.starts.partition_point(|first| *first <= start);
        let first = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(0);
        let before = self.text.get(first..start).map_or(0, |text| text.chars().count());
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Span { start, end, line: number(line), column: number(before.saturating_add(1)) }
    }

    /// The text of a byte range.
    pub(super) fn source(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The whole text.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let text = "ab\néx\n";
        let positions = Positions::new(text);
        let at = |start| (positions.span(start, start).line, positions.span(start, start).column);
        assert_eq!([at(0), at(1), at(3), at(5), at(7)], [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)]);
    }
}
