//! Patterns whose variables were expanded: a substituted value is literal, its `*` and `?` are no wildcards (§1.6).

/// One piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(char),
    /// `*`
    Any,
    /// `?`
    One,
}

/// Whether `text` matches all of `pieces`.
pub(crate) fn matches(pieces: &[Piece], text: &str) -> bool {
    let (mut pattern, mut rest) = (pieces, text);
    let mut retry: Option<(&[Piece], &str)> = None;
    loop {
        let mut chars = rest.chars();
        let step = match (pattern.split_first(), chars.next()) {
            (Some((Piece::Any, tail)), _) => {
                retry = Some((tail, rest));
                Some((tail, rest))
            }
            (Some((Piece::One, tail)), Some(_)) => Some((tail, chars.as_str())),
            (Some((Piece::Literal(want), tail)), Some(found)) if *want == found => {
                Some((tail, chars.as_str()))
            }
            (None, None) => return true,
            _ => None,
        };
        match (step, retry) {
            (Some(next), _) => (pattern, rest) = next,
            (None, Some((tail, from))) => {
                let mut chars = from.chars();
                if chars.next().is_none() {
                    return false;
                }
                retry = Some((tail, chars.as_str()));
                (pattern, rest) = (tail, chars.as_str());
            }
            (None, None) => return false,
        }
    }
}

/// The pieces as the text they were written as.
pub(crate) fn text(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(c) => *c,
            Piece::Any => '*',
            Piece::One => '?',
        })
        .collect()
}

/// The pieces of a pattern without variables.
pub(crate) fn pieces(pattern: &str) -> Vec<Piece> {
    pattern.chars().map(piece).collect()
}

pub(crate) fn piece(c: char) -> Piece {
    match c {
        '*' => Piece::Any,
        '?' => Piece::One,
        c => Piece::Literal(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn literal_stars_match_only_stars() {
        let star = [Piece::Literal('*')];
        assert!(matches(&star, "*"));
        assert!(!matches(&star, "x"));
        assert!(!matches(&star, ""));
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_matcher(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            prop_assert_eq!(matches(&pieces(&pattern), &text), rolegate_iam::pattern::matches(&pattern, &text));
        }
    }
}
