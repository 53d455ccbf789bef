//! Values of condition keys, and how policy values are read as numbers, dates and address ranges (§1.7). Compares nothing.

use crate::key::Key;
use crate::settings::Settings;
use crate::truth::Why;
use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use smol_str::SmolStr;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::IpAddr;

/// The state of a condition key in one request.
#[derive(Debug, Clone)]
pub(crate) enum Fact<'a> {
    Absent,
    /// Whether it is there is not known.
    Unknown(Why),
    /// It is there; its value is not known.
    Hidden(Why),
    One(Scalar<'a>),
    Many(Vec<Scalar<'a>>),
}

/// One value of a key.
#[derive(Debug, Clone)]
pub(crate) enum Scalar<'a> {
    Str(&'a str),
    Text(SmolStr),
    Number(i64),
    Time(Timestamp),
    Bool(bool),
    Ip(IpAddr),
}

/// Where condition keys come from.
pub(crate) trait Keys {
    /// The state of a key; `key` in any case.
    fn fact(&self, key: &str) -> Fact<'_>;

    /// The state of a key whose name was read before.
    fn fact_of(&self, key: Key<'_>) -> Fact<'_> {
        self.fact(key.text)
    }

    /// The open points.
    fn settings(&self) -> &Settings;
}

impl<'a> Fact<'a> {
    pub(crate) fn text(text: impl Into<SmolStr>) -> Self {
        Self::One(Scalar::Text(text.into()))
    }

    pub(crate) fn optional(text: Option<&'a str>) -> Self {
        text.map_or(Self::Absent, |text| Self::One(Scalar::Str(text)))
    }
}

impl Scalar<'_> {
    #[inline]
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Str(text) => Cow::Borrowed(text),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Number(number) => print(number),
            Self::Time(time) => print(time),
            Self::Ip(ip) => print(ip),
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Time(time) => number(&time.as_second().to_string()),
            _ => number(&self.text()),
        }
    }

    pub(crate) fn time(&self) -> Option<Timestamp> {
        match self {
            Self::Time(time) => Some(*time),
            Self::Number(seconds) => Timestamp::from_second(*seconds).ok(),
            _ => time(&self.text()),
        }
    }

    pub(crate) fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip),
            _ => self.text().parse().ok(),
        }
    }
}

fn print(value: &impl std::fmt::Display) -> Cow<'static, str> {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write!(text, "{value}");
    Cow::Owned(text)
}

/// A decimal number, without exponent and without words such as `inf`.
pub(crate) fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
    plain.then(|| text.parse().ok()).flatten()
}

/// A date in W3C form, or seconds of the epoch.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.len() != 4 {
        return Timestamp::from_second(text.parse().ok()?).ok();
    }
    let utc = |date: DateTime| TimeZone::UTC.to_timestamp(date).ok();
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| without_seconds(text))
        .or_else(|| text.parse::<Date>().ok().and_then(|date| utc(date.into())))
        .or_else(|| text.parse::<DateTime>().ok().and_then(utc))
        .or_else(|| format!("{text}-01").parse::<Date>().ok().and_then(|date| utc(date.into())))
        .or_else(|| format!("{text}-01-01").parse::<Date>().ok().and_then(|date| utc(date.into())))
}

/// `2026-11-24T12:00Z`: the W3C form without seconds.
fn without_seconds(text: &str) -> Option<Timestamp> {
    let stem = text.strip_suffix('Z')?;
    format!("{stem}:00Z").parse().ok()
}

/// A range of addresses; a bare address is the range of itself.
pub(crate) fn range(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_documented_form() {
        let noon: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        for text in ["2026-11-24T12:00:00Z", "2026-11-24T12:00Z", "2026-11-24T13:00:00+01:00", "1795521600"] {
            assert_eq!(time(text), Some(noon), "{text}");
        }
        let year: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for text in ["2026", "2026-01", "2026-01-01", "2026-01-01T00:00:00"] {
            assert_eq!(time(text), Some(year), "{text}");
        }
        for text in ["", "soon", "2026-13-01", "24.11.2026"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_plain_decimals() {
        assert_eq!(number("3600"), Some(3600.0));
        assert_eq!(number("-1.5"), Some(-1.5));
        for text in ["", "inf", "NaN", "1e3", "0x10", "1 "] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
