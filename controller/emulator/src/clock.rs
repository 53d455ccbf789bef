//! The cloud's time as a function of real time. Reads no clock itself.

use jiff::{SignedDuration, Timestamp};

/// How the cloud's clock runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Clock {
    /// With real time.
    #[default]
    Real,
    /// As fast as real time, from this moment.
    From(Timestamp),
    /// Stands at this moment until it is set.
    Still(Timestamp),
}

/// A clock that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Running {
    /// Real time and this much.
    Offset(SignedDuration),
    /// Stands.
    Still(Timestamp),
}

impl Running {
    /// Starts a clock at this real time.
    pub(crate) fn start(clock: Clock, real: Timestamp) -> Self {
        match clock {
            Clock::Real => Self::Offset(SignedDuration::ZERO),
            Clock::From(moment) => Self::Offset(moment.duration_since(real)),
            Clock::Still(moment) => Self::Still(moment),
        }
    }

    /// The cloud's time at this real time, in whole seconds: IAM and STS know no smaller part, so that what is read over the
    /// wire equals what the cloud holds.
    pub(crate) fn at(self, real: Timestamp) -> Timestamp {
        let moment = match self {
            Self::Offset(offset) => {
                let end = if offset.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
                real.checked_add(offset).unwrap_or(end)
            }
            Self::Still(moment) => moment,
        };
        Timestamp::from_second(moment.as_second()).unwrap_or(moment)
    }

    /// The same clock, showing this moment now.
    pub(crate) fn set(self, moment: Timestamp, real: Timestamp) -> Self {
        match self {
            Self::Offset(_) => Self::start(Clock::From(moment), real),
            Self::Still(_) => Self::Still(moment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_run_or_stand_and_can_be_set() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (real, later) = (at("2026-01-01T00:00:00Z"), at("2026-01-01T00:01:00Z"));
        let moment = at("2030-05-05T12:00:00Z");
        for (clock, now, then) in [
            (Clock::Real, real, later),
            (Clock::From(moment), moment, at("2030-05-05T12:01:00Z")),
            (Clock::Still(moment), moment, moment),
        ] {
            let running = Running::start(clock, real);
            assert_eq!((running.at(real), running.at(later)), (now, then), "{clock:?}");
            assert_eq!(running.set(real, later).at(later), real, "{clock:?}");
        }
        let end = Timestamp::MAX.as_second();
        assert_eq!(Running::start(Clock::From(Timestamp::MAX), real).at(later).as_second(), end);
        assert_eq!(
            Running::start(Clock::Real, real).at(at("2026-01-01T00:00:07.999Z")),
            at("2026-01-01T00:00:07Z")
        );
    }
}
