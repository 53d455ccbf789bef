//! One condition of a statement (§1.7): whether it holds in a request, three-valued.

use crate::decision::OpenPoint;
use crate::glob::{self, Piece};
use crate::prepared::PreparedCondition;
use crate::settings::{AnyValueIfExists, BoolVariables, MultivaluedNegated};
use crate::truth::{Truth, Why, all, any};
use crate::values::{Fact, Keys, Scalar, number, range, time};
use crate::variables::{Expanded, Value};
use rolegate_iam::pattern;
use rolegate_iam::policy::{BaseOperator, Condition, SetOperator, Version};
use std::cmp::Ordering;

/// The values of a condition: as written in a document of this version, or read before.
#[derive(Debug, Clone, Copy)]
enum Values<'c> {
    Written(Version),
    Read(&'c [Value<'c>]),
}

/// Whether the condition holds.
pub(crate) fn holds(condition: &Condition, version: Version, keys: &impl Keys) -> Truth {
    holds_for(condition, version, keys, || keys.fact(&condition.key))
}

/// Like [`holds`], with the condition's key and values read before.
pub(crate) fn holds_as(condition: &Condition, read: &PreparedCondition<'_>, keys: &impl Keys) -> Truth {
    decide(condition, Values::Read(&read.values), keys, || keys.fact_of(read.key))
}

/// Whether the condition holds if its key has this state.
pub(crate) fn holds_for<'f>(
    condition: &Condition,
    version: Version,
    keys: &impl Keys,
    fact: impl FnOnce() -> Fact<'f>,
) -> Truth {
    decide(condition, Values::Written(version), keys, fact)
}

fn decide<'f>(
    condition: &Condition,
    wanted: Values<'_>,
    keys: &impl Keys,
    fact: impl FnOnce() -> Fact<'f>,
) -> Truth {
    let operator = &condition.operator;
    match (&operator.base, operator.set) {
        (BaseOperator::Unknown(_), _) => Truth::Unknown(Why::Operator),
        (BaseOperator::Null, Some(SetOperator::ForAllValues)) => Truth::Yes,
        (BaseOperator::Null, Some(SetOperator::ForAnyValue)) => Truth::No,
        (BaseOperator::Null, None) => null(condition, &fact()),
        (_, set) => {
            let values = match fact() {
                Fact::Unknown(why) | Fact::Hidden(why) => return Truth::Unknown(why),
                Fact::Absent => return absent(condition, keys),
                Fact::Many(values) if values.is_empty() => return absent(condition, keys),
                Fact::One(value) => return one(condition, wanted, keys, &value),
                Fact::Many(values) => values,
            };
            match set {
                None => multivalued_without_set(condition, wanted, keys, &values),
                Some(set) => over_set(set, condition, wanted, keys, &values),
            }
        }
    }
}

fn null(condition: &Condition, fact: &Fact<'_>) -> Truth {
    if condition.values.is_empty() {
        return Truth::Unknown(Why::Odd);
    }
    let present = match fact {
        Fact::Unknown(why) => return Truth::Unknown(*why),
        Fact::Absent => false,
        Fact::Many(values) => !values.is_empty(),
        Fact::One(_) | Fact::Hidden(_) => true,
    };
    any(condition.values.iter().map(|value| {
        Truth::from(if present {
            value.eq_ignore_ascii_case("false")
        } else {
            value.eq_ignore_ascii_case("true")
        })
    }))
}

fn absent(condition: &Condition, keys: &impl Keys) -> Truth {
    let operator = &condition.operator;
    match (operator.set, operator.if_exists) {
        (Some(SetOperator::ForAllValues), _) | (None, true) => Truth::Yes,
        (Some(SetOperator::ForAnyValue), true) => match keys.settings().any_value_if_exists {
            AnyValueIfExists::True => Truth::Yes,
            AnyValueIfExists::False => Truth::No,
            AnyValueIfExists::Report => Truth::Unknown(Why::Open(OpenPoint::U8)),
        },
        (Some(SetOperator::ForAnyValue), false) => Truth::No,
        (None, false) if condition.values.is_empty() => Truth::Unknown(Why::Odd),
        (None, false) => Truth::from(operator.base.is_negated()),
    }
}

fn one(condition: &Condition, wanted: Values<'_>, keys: &impl Keys, value: &Scalar<'_>) -> Truth {
    match condition.operator.set {
        // A value that resolves to the empty string counts as an empty set.
        Some(SetOperator::ForAllValues) if value.text().is_empty() => Truth::Yes,
        Some(SetOperator::ForAnyValue) if value.text().is_empty() => Truth::No,
        _ => satisfies(condition, wanted, keys, value),
    }
}

fn multivalued_without_set(
    condition: &Condition,
    wanted: Values<'_>,
    keys: &impl Keys,
    values: &[Scalar<'_>],
) -> Truth {
    if !condition.operator.base.is_negated() {
        return Truth::No;
    }
    match keys.settings().multivalued_negated {
        MultivaluedNegated::Report => Truth::Unknown(Why::Open(OpenPoint::U7)),
        MultivaluedNegated::DoesNotMatch => Truth::No,
        MultivaluedNegated::Matches => {
            all(values.iter().map(|value| satisfies(condition, wanted, keys, value)))
        }
    }
}

fn over_set(
    set: SetOperator,
    condition: &Condition,
    wanted: Values<'_>,
    keys: &impl Keys,
    values: &[Scalar<'_>],
) -> Truth {
    let each = values.iter().map(|value| satisfies(condition, wanted, keys, value));
    match set {
        SetOperator::ForAllValues => all(each),
        SetOperator::ForAnyValue => any(each),
    }
}

/// One present value against the list of policy values: matches any of them, or (negated) none of them.
fn satisfies(condition: &Condition, wanted: Values<'_>, keys: &impl Keys, value: &Scalar<'_>) -> Truth {
    if condition.values.is_empty() {
        let operator = &condition.operator;
        // With a plain operator it is not known what an empty list means (§1.7).
        let plain = operator.set.is_none() && !operator.if_exists;
        return if plain { Truth::Unknown(Why::Odd) } else { Truth::No };
    }
    let base = &condition.operator.base;
    let matched = match wanted {
        Values::Read(wanted) => any(wanted.iter().map(|wanted| matches(base, *wanted, value, keys))),
        Values::Written(version) => {
            any(condition.values.iter().map(|text| matches(base, Value::of(text, version), value, keys)))
        }
    };
    if base.is_negated() { !matched } else { matched }
}

/// Whether one value of the request matches one value of the policy; negation is the caller's affair.
fn matches(base: &BaseOperator, wanted: Value<'_>, value: &Scalar<'_>, keys: &impl Keys) -> Truth {
    use BaseOperator as Op;
    match base {
        Op::StringEquals | Op::StringNotEquals => {
            text_matches(wanted, value, keys, |wanted, text| wanted == text)
        }
        Op::StringEqualsIgnoreCase | Op::StringNotEqualsIgnoreCase => {
            text_matches(wanted, value, keys, |wanted, text| wanted.to_lowercase() == text.to_lowercase())
        }
        Op::StringLike | Op::StringNotLike => match wanted.expand(keys) {
            Expanded::Exact(wanted) => (wanted == value.text()).into(),
            Expanded::Plain(wanted) => pattern::matches(wanted, &value.text()).into(),
            Expanded::Literal(wanted) => (wanted.text() == value.text()).into(),
            Expanded::Pieces(pieces) => glob::matches(&pieces, &value.text()).into(),
            Expanded::NoValue => Truth::No,
            Expanded::Unknown(why) => Truth::Unknown(why),
        },
        Op::ArnEquals | Op::ArnLike | Op::ArnNotEquals | Op::ArnNotLike => match wanted.expand(keys) {
            Expanded::Exact(wanted) | Expanded::Plain(wanted) => plain_arn_matches(wanted, &value.text()),
            Expanded::Literal(wanted) => {
                let pieces: Vec<Piece> = wanted.text().chars().map(Piece::Literal).collect();
                arn_matches(&pieces, &value.text())
            }
            Expanded::Pieces(pieces) => arn_matches(&pieces, &value.text()),
            Expanded::NoValue => Truth::No,
            Expanded::Unknown(why) => Truth::Unknown(why),
        },
        Op::Bool => boolean(wanted, value, keys),
        _ => measures(base, wanted.text(), value),
    }
}

/// The operators that compare no text. They expand no variables.
fn measures(base: &BaseOperator, text: &str, value: &Scalar<'_>) -> Truth {
    use BaseOperator as Op;
    match base {
        Op::NumericEquals | Op::NumericNotEquals => compares(number(text), value.number(), Ordering::is_eq),
        Op::NumericLessThan => compares(number(text), value.number(), Ordering::is_lt),
        Op::NumericLessThanEquals => compares(number(text), value.number(), Ordering::is_le),
        Op::NumericGreaterThan => compares(number(text), value.number(), Ordering::is_gt),
        Op::NumericGreaterThanEquals => compares(number(text), value.number(), Ordering::is_ge),
        Op::DateEquals | Op::DateNotEquals => compares(time(text), value.time(), Ordering::is_eq),
        Op::DateLessThan => compares(time(text), value.time(), Ordering::is_lt),
        Op::DateLessThanEquals => compares(time(text), value.time(), Ordering::is_le),
        Op::DateGreaterThan => compares(time(text), value.time(), Ordering::is_gt),
        Op::DateGreaterThanEquals => compares(time(text), value.time(), Ordering::is_ge),
        Op::IpAddress | Op::NotIpAddress => match (range(text), value.ip()) {
            (Some(range), Some(ip)) => range.contains(&ip).into(),
            (Some(_), None) => Truth::No,
            (None, _) => Truth::Unknown(Why::Odd),
        },
        // No key of an AssumeRole request is binary, so nothing is known of how it would compare.
        Op::BinaryEquals => Truth::Unknown(Why::Key),
        // `Null` was handled before any value was looked at, the others compare text.
        _ => Truth::Unknown(Why::Operator),
    }
}

fn text_matches(
    wanted: Value<'_>,
    value: &Scalar<'_>,
    keys: &impl Keys,
    same: impl Fn(&str, &str) -> bool,
) -> Truth {
    match wanted.expand(keys) {
        Expanded::Exact(wanted) | Expanded::Plain(wanted) => same(wanted, &value.text()).into(),
        Expanded::Literal(wanted) => same(&wanted.text(), &value.text()).into(),
        Expanded::Pieces(pieces) => same(&glob::text(&pieces), &value.text()).into(),
        Expanded::NoValue => Truth::No,
        Expanded::Unknown(why) => Truth::Unknown(why),
    }
}

fn boolean(wanted: Value<'_>, value: &Scalar<'_>, keys: &impl Keys) -> Truth {
    let same = |wanted: &str, text: &str| wanted.eq_ignore_ascii_case(text);
    match keys.settings().bool_variables {
        BoolVariables::Expand => text_matches(wanted, value, keys, same),
        BoolVariables::Report if wanted.text().contains("${") => Truth::Unknown(Why::Open(OpenPoint::U9)),
        BoolVariables::Literal | BoolVariables::Report => same(wanted.text(), &value.text()).into(),
    }
}

/// An unreadable value of the request does not match. What AWS makes of a value in a policy that we cannot read is not
/// known: it may be one that AWS can.
fn compares<T: PartialOrd>(wanted: Option<T>, value: Option<T>, test: impl Fn(Ordering) -> bool) -> Truth {
    match (wanted, value) {
        (Some(wanted), Some(value)) => value.partial_cmp(&wanted).is_some_and(test).into(),
        (Some(_), None) => Truth::No,
        (None, _) => Truth::Unknown(Why::Odd),
    }
}

/// Six components, each a glob; `*` does not cross a colon, except in the last.
fn plain_arn_matches(wanted: &str, text: &str) -> Truth {
    if !wanted.contains(['*', '?']) && wanted.bytes().filter(|b| *b == b':').count() >= 5 {
        return (wanted == text).into();
    }
    arn_matches(&glob::pieces(wanted), text)
}

fn arn_matches(wanted: &[Piece], text: &str) -> Truth {
    let wanted_parts: Vec<&[Piece]> = wanted.splitn(6, |piece| *piece == Piece::Literal(':')).collect();
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    if wanted_parts.len() < 6 {
        // No ARN at all, such as a lone `*`: what AWS makes of it is not documented.
        return if glob::matches(wanted, text) { Truth::Unknown(Why::Odd) } else { Truth::No };
    }
    Truth::from(
        parts.len() == 6 && wanted_parts.iter().zip(&parts).all(|(wanted, part)| glob::matches(wanted, part)),
    )
}
