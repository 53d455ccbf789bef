//! Condition operators (§1.7): their names, parsed and printed. Evaluates nothing.

use smol_str::SmolStr;
use std::fmt;

/// One `(operator, key)` pair with its values. A missing pair is an absent `Condition`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// How the values are compared.
    pub operator: Operator,
    /// The condition key as written; compared ignoring case.
    pub key: SmolStr,
    /// The values; numbers and booleans as their text.
    pub values: Vec<SmolStr>,
}

/// `[ForAllValues:|ForAnyValue:]Base[IfExists]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// The set prefix.
    pub set: Option<SetOperator>,
    /// The comparison.
    pub base: BaseOperator,
    /// Whether an absent key satisfies it.
    pub if_exists: bool,
}

/// The set prefixes for multivalued keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetOperator {
    /// True of an absent key.
    ForAllValues,
    /// False of an absent key.
    ForAnyValue,
}

macro_rules! base_operators {
    ($($variant:ident),+ $(,)?) => {
        /// The comparison of an [`Operator`].
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each variant is the AWS operator of the same name")]
        pub enum BaseOperator {
            $($variant,)+
            /// A name that IAM does not know: the statement cannot be evaluated.
            Unknown(SmolStr),
        }

        impl BaseOperator {
            /// The name as AWS writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                    Self::Unknown(name) => name,
                }
            }

            /// Reads a name, ignoring case (U21).
            pub fn parse(name: &str) -> Self {
                $(if name.eq_ignore_ascii_case(stringify!($variant)) { return Self::$variant; })+
                Self::Unknown(name.into())
            }
        }
    };
}

base_operators!(
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnNotEquals,
    ArnLike,
    ArnNotLike,
    Null,
);

impl BaseOperator {
    /// Whether it is one of the negated comparisons, which are true of an absent key.
    pub fn is_negated(&self) -> bool {
        matches!(
            self,
            Self::StringNotEquals
                | Self::StringNotEqualsIgnoreCase
                | Self::StringNotLike
                | Self::NumericNotEquals
                | Self::DateNotEquals
                | Self::NotIpAddress
                | Self::ArnNotEquals
                | Self::ArnNotLike
        )
    }
}

impl Operator {
    /// A plain operator, without set prefix and `IfExists`.
    pub fn plain(base: BaseOperator) -> Self {
        Self { set: None, base, if_exists: false }
    }

    /// Reads an operator name, ignoring case (U21). Never fails: an unknown base is kept as such.
    pub fn parse(name: &str) -> Self {
        let strip = |prefix: &str| {
            name.get(..prefix.len())
                .filter(|head| head.eq_ignore_ascii_case(prefix))
                .and(name.get(prefix.len()..))
        };
        let (set, rest) = match (strip("ForAllValues:"), strip("ForAnyValue:")) {
            (Some(rest), _) => (Some(SetOperator::ForAllValues), rest),
            (_, Some(rest)) => (Some(SetOperator::ForAnyValue), rest),
            _ => (None, name),
        };
        let cut = rest.len().checked_sub("IfExists".len());
        let stem = cut.and_then(|cut| {
            rest.get(cut..).filter(|tail| tail.eq_ignore_ascii_case("IfExists")).and(rest.get(..cut))
        });
        Self { set, base: BaseOperator::parse(stem.unwrap_or(rest)), if_exists: stem.is_some() }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = match self.set {
            Some(SetOperator::ForAllValues) => "ForAllValues:",
            Some(SetOperator::ForAnyValue) => "ForAnyValue:",
            None => "",
        };
        write!(f, "{set}{}{}", self.base.as_str(), if self.if_exists { "IfExists" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operator_names_round_trip() {
        for name in [
            "StringEquals",
            "ForAllValues:StringLikeIfExists",
            "ForAnyValue:ArnNotLike",
            "Null",
            "BoolIfExists",
        ] {
            assert_eq!(Operator::parse(name).to_string(), name);
        }
        assert_eq!(
            Operator::parse("forallvalues:stringequalsifexists").to_string(),
            "ForAllValues:StringEqualsIfExists"
        );
        assert_eq!(Operator::parse("Sounds").base, BaseOperator::Unknown("Sounds".into()));
        assert_eq!(Operator::parse("é").base, BaseOperator::Unknown("é".into()));
    }
}
