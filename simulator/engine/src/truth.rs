//! Three-valued answers, with the cause of not knowing. The cause is for explanations only: it never changes an answer.

use crate::decision::OpenPoint;

/// Yes, no, or cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    No,
    Unknown(Why),
    Yes,
}

/// Why something cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The value of the key, or of a key used as a variable, is not known.
    Key,
    /// The operator is not known.
    Operator,
    /// A pattern or element that IAM would have refused.
    Odd,
    /// The unique id of the caller is not known.
    Id,
    /// A document or a part of the world is missing; explained where it is missing.
    Missing,
    /// AWS's behaviour is not known.
    Open(OpenPoint),
}

impl Truth {
    /// The weaker of the two; of two causes the first.
    pub(crate) fn and(self, other: Self) -> Self {
        if other.is_no() || self.is_yes() { other } else { self }
    }

    /// The stronger of the two; of two causes the first.
    pub(crate) fn or(self, other: Self) -> Self {
        if other.is_yes() || self.is_no() { other } else { self }
    }

    pub(crate) fn is_yes(self) -> bool {
        matches!(self, Self::Yes)
    }

    pub(crate) fn is_no(self) -> bool {
        matches!(self, Self::No)
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown(why) => Self::Unknown(why),
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Whether any of these holds; stops at the first that does.
pub(crate) fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
    let mut result = Truth::No;
    for truth in truths {
        result = result.or(truth);
        if result.is_yes() {
            break;
        }
    }
    result
}

/// Whether all of these hold; stops at the first that does not.
pub(crate) fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
    let mut result = Truth::Yes;
    for truth in truths {
        result = result.and(truth);
        if result.is_no() {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_answers_are_joined_by_the_table_of_three_valued_logic() {
        let (no, yes) = (Truth::No, Truth::Yes);
        let (first, second) = (Truth::Unknown(Why::Key), Truth::Unknown(Why::Odd));
        for (left, right, and, or) in [
            (no, no, no, no),
            (no, second, no, second),
            (no, yes, no, yes),
            (first, no, no, first),
            (first, second, first, first),
            (first, yes, first, yes),
            (yes, no, no, yes),
            (yes, second, second, yes),
            (yes, yes, yes, yes),
        ] {
            assert_eq!(left.and(right), and, "{left:?} and {right:?}");
            assert_eq!(left.or(right), or, "{left:?} or {right:?}");
        }
    }
}
