//! How fast a reconciliation goes: how much at once, how often, how long between. Knows nothing of what is done.

use std::future::Future;
use std::time::Duration;

/// Limits of one reconciliation.
#[derive(Debug, Clone, Copy)]
pub struct Pace<S> {
    /// Accounts at work at the same time.
    pub accounts_at_once: usize,
    /// Rounds of performing and observing, at most.
    pub rounds: usize,
    /// How often an observation that failed in passing is tried.
    pub observe_tries: u32,
    /// The first pause; it doubles with every fruitless round.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// Who waits.
    pub sleeper: S,
}

/// Who waits; tests put a clock of their own here.
pub trait Sleeper: Sync {
    /// Waits.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;

    /// Whether nothing more is to be begun.
    fn is_stopped(&self) -> bool {
        false
    }

    /// Ends when nothing more is to be begun.
    fn stopped(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }
}

/// Waits for real.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioSleeper;

impl Sleeper for TokioSleeper {
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(time)
    }
}

impl Default for Pace<TokioSleeper> {
    fn default() -> Self {
        Self::with(TokioSleeper)
    }
}

impl<S: Sleeper> Pace<S> {
    /// The usual limits: what IAM writes is visible everywhere within two minutes (§4.7), and twelve rounds last that long.
    pub fn with(sleeper: S) -> Self {
        Self {
            accounts_at_once: 16,
            rounds: 12,
            observe_tries: 3,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(16),
            sleeper,
        }
    }

    /// Waits after the n-th fruitless try in a row, from 1.
    pub(crate) async fn pause(&self, fruitless: u32) {
        let doubled = self.first_pause.saturating_mul(1 << fruitless.saturating_sub(1).min(16));
        self.sleeper.sleep(doubled.min(self.longest_pause)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Record(Mutex<Vec<u128>>);

    impl Sleeper for Record {
        async fn sleep(&self, time: Duration) {
            self.0.lock().unwrap().push(time.as_millis());
        }
    }

    #[tokio::test]
    async fn pauses_double_up_to_the_longest() {
        let pace = Pace::with(Record(Mutex::default()));
        for fruitless in [1, 2, 3, 7, 8, 400] {
            pace.pause(fruitless).await;
        }
        assert_eq!(*pace.sleeper.0.lock().unwrap(), [250, 500, 1000, 16_000, 16_000, 16_000]);
    }
}
