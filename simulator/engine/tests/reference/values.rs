//! The conditions of the second evaluator (§1.6, §1.7).
#![expect(clippy::unwrap_used, reason = "a test stops where its input is not as expected")]
#![expect(unreachable_pub, reason = "a module of a test program")]

use crate::reference::{Asked, Truth, View, all, any, glob, not, plain};
use rolegate_engine::settings::AnyValueIfExists;
use rolegate_iam::policy::{BaseOperator as Op, Condition, SetOperator, Version};

/// The state of a key; no key of the worlds has several values.
pub enum Value {
    Absent,
    /// Whether it is there is not known.
    Unknown,
    /// It is there, with a value that is not known.
    Hidden,
    One(String),
}

/// Puts values into variables: each character with whether it is literal. `None` where a variable has no value, `Err` where
/// that is not known.
pub fn substitute(
    asked: &Asked<'_>,
    text: &str,
    version: Version,
    view: View<'_>,
) -> Result<Option<Vec<(char, bool)>>, ()> {
    assert_eq!(version, Version::V2012);
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        pieces.extend(before.chars().map(|c| (c, false)));
        let (key, tail) = after.split_once('}').unwrap();
        match asked.key(key, view) {
            Value::One(value) => pieces.extend(value.chars().map(|c| (c, true))),
            Value::Absent => return Ok(None),
            Value::Unknown | Value::Hidden => return Err(()),
        }
        rest = tail;
    }
    pieces.extend(rest.chars().map(|c| (c, false)));
    Ok(Some(pieces))
}

pub fn holds(asked: &Asked<'_>, condition: &Condition, version: Version, view: View<'_>) -> Truth {
    let operator = &condition.operator;
    if matches!(operator.base, Op::Unknown(_)) {
        return None;
    }
    let value = asked.key(&condition.key, view);
    if operator.base == Op::Null {
        let wants_absent = condition.values == ["true"];
        return match value {
            Value::Unknown => None,
            Value::Absent => Some(wants_absent),
            Value::Hidden | Value::One(_) => Some(!wants_absent),
        };
    }
    let negated = format!("{operator}").contains("Not");
    let value = match value {
        Value::Unknown | Value::Hidden => return None,
        Value::Absent => {
            return match (operator.set, operator.if_exists) {
                (Some(SetOperator::ForAllValues), _) | (None, true) => Some(true),
                (Some(SetOperator::ForAnyValue), false) => Some(false),
                // U8
                (Some(SetOperator::ForAnyValue), true) => match asked.settings.any_value_if_exists {
                    AnyValueIfExists::True => Some(true),
                    AnyValueIfExists::False => Some(false),
                    AnyValueIfExists::Report => None,
                },
                // What an empty list means is not known.
                (None, false) if condition.values.is_empty() => None,
                (None, false) => Some(negated),
            };
        }
        Value::One(value) => value,
    };
    if condition.values.is_empty() {
        return None;
    }
    let matched = any(condition.values.iter().map(|wanted| match substitute(asked, wanted, version, view) {
        Ok(Some(pieces)) => compare(&operator.base, &pieces, &value),
        Ok(None) => Some(false),
        Err(()) => None,
    }));
    if negated { not(matched) } else { matched }
}

fn compare(base: &Op, wanted: &[(char, bool)], value: &str) -> Truth {
    let text: String = wanted.iter().map(|(c, _)| *c).collect();
    let value_chars: Vec<char> = value.chars().collect();
    Some(match base {
        Op::StringEquals | Op::StringNotEquals => text == value,
        Op::StringLike | Op::StringNotLike => glob(wanted, &value_chars),
        Op::Bool => text.eq_ignore_ascii_case(value),
        Op::ArnLike | Op::ArnNotEquals | Op::ArnEquals | Op::ArnNotLike => {
            let (wanted, parts): (Vec<&str>, Vec<&str>) =
                (text.splitn(6, ':').collect(), value.splitn(6, ':').collect());
            return all(wanted.iter().zip(&parts).map(|(wanted, part)| Some(plain(wanted, part))));
        }
        Op::NumericLessThan => value.parse::<f64>().ok()? < text.parse().ok()?,
        Op::NumericGreaterThan => value.parse::<f64>().ok()? > text.parse().ok()?,
        // A value that we cannot read may be one that AWS can.
        Op::NumericNotEquals => {
            text.parse::<f64>().ok()?;
            unreachable!()
        }
        Op::DateLessThan => value.parse::<jiff::Timestamp>().ok()? < text.parse().ok()?,
        Op::DateGreaterThanEquals => value.parse::<jiff::Timestamp>().ok()? >= text.parse().ok()?,
        Op::IpAddress | Op::NotIpAddress => {
            let (network, bits) = text.split_once('/').unwrap();
            let number = |ip: &str| u32::from(ip.parse::<std::net::Ipv4Addr>().unwrap());
            let shift = 32 - bits.parse::<u32>().unwrap();
            number(network) >> shift == number(value) >> shift
        }
        other => unreachable!("{other:?} is in no statement"),
    })
}
