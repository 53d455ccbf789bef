//! Policy variables (§1.6): `${key}`, `${key, 'default'}` and the escapes `${*}` `${?}` `${$}`. Expands, compares nothing.

use crate::glob::{Piece, piece};
use crate::key::Key;
use crate::truth::Why;
use crate::values::{Fact, Keys, Scalar};
use rolegate_iam::policy::Version;

/// A policy value as read: what of it must be expanded for each request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'v> {
    /// Nothing, and it holds no wildcard.
    Exact(&'v str),
    /// Nothing.
    Plain(&'v str),
    /// All of it: it is one variable and nothing else.
    Variable(&'v str, Key<'v>),
    /// The variables and escapes in it.
    Mixed(&'v str),
}

/// A policy value with its variables expanded.
#[derive(Debug, Clone)]
pub(crate) enum Expanded<'v> {
    /// There was nothing to expand, and there are no wildcards.
    Exact(&'v str),
    /// There was nothing to expand.
    Plain(&'v str),
    /// The value was one variable and nothing else: all of its text is literal.
    Literal(Scalar<'v>),
    /// Expanded; substituted characters are literal.
    Pieces(Vec<Piece>),
    /// A variable has no value and no default.
    NoValue,
    /// A variable's value is not known.
    Unknown(Why),
}

impl<'v> Value<'v> {
    /// Reads a value.
    pub(crate) fn of(text: &'v str, version: Version) -> Self {
        if version == Version::V2008 || !text.contains("${") {
            let wild = text.bytes().any(|byte| matches!(byte, b'*' | b'?'));
            return if wild { Self::Plain(text) } else { Self::Exact(text) };
        }
        let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        match whole.filter(|key| !key.contains(['}', ',', '$', '*', '?'])) {
            Some(key) => Self::Variable(text, Key::of(key)),
            None => Self::Mixed(text),
        }
    }

    /// As written.
    pub(crate) fn text(self) -> &'v str {
        match self {
            Self::Exact(text) | Self::Plain(text) | Self::Variable(text, _) | Self::Mixed(text) => text,
        }
    }

    /// Expands it.
    #[inline]
    pub(crate) fn expand(self, keys: &'v impl Keys) -> Expanded<'v> {
        match self {
            Self::Exact(text) => Expanded::Exact(text),
            Self::Plain(text) => Expanded::Plain(text),
            Self::Variable(_, key) => match keys.fact_of(key) {
                Fact::One(value) => Expanded::Literal(value),
                // A multivalued key never resolves.
                Fact::Absent | Fact::Many(_) => Expanded::NoValue,
                Fact::Unknown(why) | Fact::Hidden(why) => Expanded::Unknown(why),
            },
            Self::Mixed(text) => mixed(text, keys),
        }
    }
}

/// Expands text with variables in it.
fn mixed<'v>(value: &str, keys: &impl Keys) -> Expanded<'v> {
    let mut pieces = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        pieces.extend(before.chars().map(piece));
        let Some((inside, tail)) = after.split_once('}') else {
            pieces.extend("${".chars().map(piece));
            rest = after;
            continue;
        };
        match substitute(inside, keys) {
            Ok(text) => pieces.extend(text.chars().map(Piece::Literal)),
            Err(stop) => return stop,
        }
        rest = tail;
    }
    pieces.extend(rest.chars().map(piece));
    Expanded::Pieces(pieces)
}

fn substitute<'v>(inside: &str, keys: &impl Keys) -> Result<String, Expanded<'v>> {
    if matches!(inside, "*" | "?" | "$") {
        return Ok(inside.to_owned());
    }
    let (key, default) = match inside.split_once(", ") {
        Some((key, default)) => match default.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
            Some(default) => (key, Some(default)),
            // A default without its quotes; AWS's reading is not known.
            None => return Err(Expanded::Unknown(Why::Odd)),
        },
        None => (inside, None),
    };
    match keys.fact(key) {
        Fact::One(value) => Ok(value.text().into_owned()),
        // A multivalued key never resolves.
        Fact::Absent | Fact::Many(_) => default.map(str::to_owned).ok_or(Expanded::NoValue),
        Fact::Unknown(why) | Fact::Hidden(why) => Err(Expanded::Unknown(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glob;
    use crate::settings::Settings;

    struct Alice(Settings);

    impl Keys for Alice {
        fn fact(&self, key: &str) -> Fact<'_> {
            match key.to_ascii_lowercase().as_str() {
                "aws:username" => Fact::text("al*ce"),
                "aws:principaltag/secret" => Fact::Unknown(Why::Key),
                "aws:tagkeys" => Fact::Many(Vec::new()),
                _ => Fact::Absent,
            }
        }

        fn settings(&self) -> &Settings {
            &self.0
        }
    }

    fn matches(value: &str, version: Version, text: &str) -> Option<bool> {
        match Value::of(value, version).expand(&Alice(Settings::default())) {
            Expanded::Exact(value) => Some(value == text),
            Expanded::Plain(value) => Some(rolegate_iam::pattern::matches(value, text)),
            Expanded::Literal(value) => Some(value.text() == text),
            Expanded::Pieces(pieces) => Some(glob::matches(&pieces, text)),
            Expanded::NoValue => Some(false),
            Expanded::Unknown(_) => None,
        }
    }

    #[test]
    fn variables_are_expanded_and_their_values_are_literal() {
        for (value, text, expected) in [
            ("${aws:username}", "al*ce", Some(true)),
            ("${AWS:UserName}-*", "al*ce-1", Some(true)),
            ("${aws:username}", "alice", Some(false)),
            ("${aws:username}-*", "alice-1", Some(false)),
            ("${aws:PrincipalTag/team, 'none'}", "none", Some(true)),
            ("x-${aws:PrincipalTag/team, 'n*'}", "x-n*", Some(true)),
            ("x-${aws:PrincipalTag/team, 'n*'}", "x-no", Some(false)),
            ("${aws:PrincipalTag/team}", "", Some(false)),
            ("${aws:TagKeys}", "", Some(false)),
            ("${aws:PrincipalTag/secret}", "x", None),
            ("a${*}b", "a*b", Some(true)),
            ("a${*}b", "axb", Some(false)),
            ("${?}${$}", "?$", Some(true)),
            ("${open", "${open", Some(true)),
            ("${aws:PrincipalTag/team, none}", "none", None),
        ] {
            assert_eq!(matches(value, Version::V2012, text), expected, "{value} {text}");
        }
        assert_eq!(matches("${aws:username}", Version::V2008, "${aws:username}"), Some(true));
        assert_eq!(matches("${aws:username}", Version::V2008, "al*ce"), Some(false));
    }
}
