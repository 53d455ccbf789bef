//! Goes on repairing: looks at each account when it is due, acts in time on what begins and ends, backs off from what fails,
//! and tells every change once. What to do is decided by `rolegate_plan`; how, by [`crate::apply`].

use crate::applied::Applied;
use crate::apply::{AnsweredBy, Decision, Memory, Preview, Ui, reconcile_with};
use crate::news::{Event, News};
use crate::pace::{Pace, Sleeper};
use jiff::{SignedDuration, Timestamp};
use rolegate_plan::outcome::Options;
use rolegate_plan::port::{Failure, Port};
use rolegate_plan::step::Step;
use rolegate_plan::validate::Validated;
use std::time::Duration;

/// The longest that nobody looks whether the manifests changed.
const LOOK: SignedDuration = SignedDuration::from_secs(2);

/// Where manifests come from.
pub trait Inputs {
    /// Whether reading again would give something else than the last time.
    fn changed(&mut self) -> bool;

    /// Reads and validates everything.
    ///
    /// # Errors
    /// Every error of every file.
    fn read(&mut self) -> Result<Validated, Vec<String>>;
}

/// What watching depends on beside manifests and AWS.
pub struct Settings<'a> {
    /// For every plan; its time is set anew each time.
    pub options: Options,
    /// How often an account is looked at when nothing happens.
    pub resync: SignedDuration,
    /// The present.
    pub clock: &'a (dyn Fn() -> Timestamp + Sync),
}

impl std::fmt::Debug for Settings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { options, resync, clock: _ } = self;
        f.debug_struct("Settings").field("options", options).field("resync", resync).finish_non_exhaustive()
    }
}

/// Nobody is asked: what is planned is done, what is held stays held. Told of every step at once.
struct Unasked<'a> {
    tell: &'a mut (dyn FnMut(Event) + Send),
    clock: &'a (dyn Fn() -> Timestamp + Sync),
}

impl Ui for Unasked<'_> {
    fn decide(&mut self, _: &Preview<'_>) -> Decision {
        Decision::Apply
    }

    fn answered_by(&self) -> AnsweredBy {
        AnsweredBy::Program
    }

    fn tried(&mut self, _: usize, step: &Step, answer: Result<(), &Failure>) {
        if answer.is_ok() {
            (self.tell)(Event::done((self.clock)(), step));
        }
    }
}

/// Watches until it is told to stop, and gives what the last reconciliation came to.
///
/// # Guarantees
/// While the manifests cannot be read, or contradict each other, nothing is written: what is there stays. When told to stop, a
/// step that was begun is ended and no other is begun; what is undone is told.
pub async fn watch<P: Port, S: Sleeper>(
    port: &P,
    inputs: &mut impl Inputs,
    settings: &Settings<'_>,
    pace: &Pace<S>,
    tell: &mut (dyn FnMut(Event) + Send),
) -> Applied {
    let mut memory = Memory::watching(settings.resync);
    let (mut news, mut last) = (News::default(), Applied::default());
    // An approval is for what somebody saw before this began, not for whatever is the same some day.
    let mut approved = settings.options.approved.clone();
    loop {
        let now = (settings.clock)();
        let mut wake = now + settings.resync;
        match inputs.read().and_then(not_empty) {
            Err(errors) => news.unreadable(now, errors).into_iter().for_each(&mut *tell),
            Ok(validated) => {
                news.readable(now).into_iter().for_each(&mut *tell);
                let options = Options { now, approved: approved.take(), ..settings.options.clone() };
                let mut ui = Unasked { tell, clock: settings.clock };
                last = reconcile_with(&mut memory, port, &validated, &options, pace, &mut ui).await;
                let told = (settings.clock)();
                news.of(told, &last).into_iter().for_each(&mut *tell);
                memory.plan_next(told, &last);
                wake = memory.wake(told, &validated).unwrap_or(wake);
            }
        }
        if wait(wake, inputs, settings, pace).await == Woken::Stopped {
            Event::stopped((settings.clock)(), &last).into_iter().for_each(&mut *tell);
            return last;
        }
    }
}

/// A folder that lost everything is missing input, not a wish.
fn not_empty(validated: Validated) -> Result<Validated, Vec<String>> {
    if validated.accounts.is_empty() {
        return Err(vec!["the manifests declare no AWSAccount: nothing is done until they do".to_owned()]);
    }
    Ok(validated)
}

#[derive(Debug, PartialEq, Eq)]
enum Woken {
    Due,
    Stopped,
}

/// Waits until something is due, the manifests change, or somebody says stop.
async fn wait<S: Sleeper>(
    until: Timestamp,
    inputs: &mut impl Inputs,
    settings: &Settings<'_>,
    pace: &Pace<S>,
) -> Woken {
    loop {
        if pace.sleeper.is_stopped() {
            return Woken::Stopped;
        }
        let left = until.duration_since((settings.clock)());
        if left <= SignedDuration::ZERO || inputs.changed() {
            return Woken::Due;
        }
        let nap = Duration::try_from(left.min(LOOK)).unwrap_or(Duration::from_secs(1));
        pace.sleeper.sleep(nap).await;
    }
}
