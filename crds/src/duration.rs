//! Durations as people write them, `90m`. One function reads them all; knows no clock.

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid duration `{0}`: hours, minutes and seconds are expected, such as `1h`, `90m` or `1h30m`")]
pub struct InvalidDuration(pub String);

/// Seconds in a duration such as `1h`, `90m`, `1h30m` or `3600s`: units in falling order, each at most once.
///
/// # Errors
/// On anything else: no unit, a fraction, a sign, another order, or more than fits.
pub fn duration_seconds(text: &str) -> Result<u32, InvalidDuration> {
    read(text).ok_or_else(|| InvalidDuration(text.to_owned()))
}

fn read(text: &str) -> Option<u32> {
    let mut rest = text;
    let mut total: u32 = 0;
    for (unit, seconds) in [('h', 3600), ('m', 60), ('s', 1)] {
        let Some((digits, after)) = rest.split_once(unit) else { continue };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        total = total.checked_add(digits.parse::<u32>().ok()?.checked_mul(seconds)?)?;
        rest = after;
    }
    (rest.is_empty() && !text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::duration_seconds;

    #[test]
    fn durations_are_read_as_go_prints_them() {
        let good = [
            ("1h", 3600),
            ("4h", 14_400),
            ("90m", 5400),
            ("1h30m", 5400),
            ("1h0m0s", 3600),
            ("45s", 45),
            ("0s", 0),
        ];
        for (text, seconds) in good {
            assert_eq!(duration_seconds(text), Ok(seconds), "{text}");
        }
        for bad in ["", "1", "h", "1.5h", "-1h", "30m1h", "1h1h", " 1h", "1h ", "1d", "99999999h", "+1h"] {
            assert!(duration_seconds(bad).is_err(), "{bad:?}");
        }
    }
}
