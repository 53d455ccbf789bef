//! The budget of one account: a token bucket that everything done in the account draws from, reads and writes alike. Slower
//! when AWS says so, faster again while it does not (§4.7: IAM publishes no rates). Counts calls, makes none.

use aws_sdk_iam::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_iam::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_iam::error::BoxError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Calls at once after a pause.
const BURST: f64 = 60.0;
/// Calls per second to begin with, at least, and at most.
const RATE: f64 = 15.0;
const SLOWEST: f64 = 0.5;
const FASTEST: f64 = 30.0;
/// What every answer that is no throttle adds to the rate.
const RECOVERY: f64 = 0.05;
/// Throttles so close together are one.
const ONE_THROTTLE: Duration = Duration::from_secs(1);

/// The bucket of an account, shared by all its sessions.
#[derive(Debug, Clone)]
pub(crate) struct Bucket(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    tokens: f64,
    rate: f64,
    filled: Instant,
    slowed: Option<Instant>,
}

impl Default for Bucket {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State::new(Instant::now()))))
    }
}

impl Bucket {
    /// Waits until one more call may be made. Whoever comes first goes first, about.
    pub(crate) async fn take(&self) {
        loop {
            let wait = self.lock().take(Instant::now());
            match wait {
                None => return,
                Some(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(now: Instant) -> Self {
        Self { tokens: BURST, rate: RATE, filled: now, slowed: None }
    }

    /// Takes a token, or tells how long there is none.
    fn take(&mut self, now: Instant) -> Option<Duration> {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(BURST);
        self.filled = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return None;
        }
        Some(Duration::from_secs_f64(((1.0 - self.tokens) / self.rate).max(0.001)))
    }

    fn throttled(&mut self, now: Instant) {
        let again = |before: Instant| now.saturating_duration_since(before) < ONE_THROTTLE;
        if self.slowed.is_some_and(again) {
            return;
        }
        self.slowed = Some(now);
        self.rate = (self.rate / 2.0).max(SLOWEST);
        self.tokens = self.tokens.min(1.0);
    }

    fn answered(&mut self) {
        self.rate = (self.rate + RECOVERY).min(FASTEST);
    }
}

/// Hears of every attempt, those that the SDK repeats by itself included.
impl Intercept for Bucket {
    fn name(&self) -> &'static str {
        "Bucket"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
        let throttled = !response.status().is_success()
            && (response.status().as_u16() == 429
                || ["Throttl", "RequestLimitExceeded", "TooManyRequests"]
                    .iter()
                    .any(|code| body.contains(&format!("<Code>{code}"))));
        if throttled {
            self.lock().throttled(Instant::now());
        } else {
            self.lock().answered();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many calls go through in a time.
    fn calls(state: &mut State, begin: Instant, time: Duration) -> u32 {
        let (mut now, mut made) = (begin, 0);
        while now < begin + time {
            match state.take(now) {
                None => made += 1,
                Some(wait) => now += wait,
            }
        }
        made
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let begin = Instant::now();
        let mut state = State::new(begin);
        let made = calls(&mut state, begin, Duration::from_secs(10));
        assert!((200..=212).contains(&made), "60 at once and 15 a second: {made}");
    }

    #[test]
    fn throttles_halve_the_rate_once_a_second_and_answers_bring_it_back() {
        let begin = Instant::now();
        let mut state = State::new(begin);
        for _ in 0..10 {
            state.throttled(begin);
        }
        let made = calls(&mut state, begin, Duration::from_secs(10));
        assert!((74..=78).contains(&made), "half, and no burst: {made}");
        for second in 1..20 {
            state.throttled(begin + Duration::from_secs(20 + second));
        }
        let later = begin + Duration::from_mins(1);
        state.take(later);
        state.tokens = 0.0;
        assert!(
            (4..=6).contains(&calls(&mut state, later, Duration::from_secs(10))),
            "never less than one in two seconds"
        );
        for _ in 0..10_000 {
            state.answered();
        }
        assert!((state.rate - FASTEST).abs() < f64::EPSILON);
    }
}
