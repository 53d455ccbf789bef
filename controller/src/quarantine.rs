//! Remembers what AWS refused, for the next plan (design §6.5): which principals, since when, and when they are tried again.
//! Decides nothing about documents: see `rolegate_plan::refused`.

use jiff::{SignedDuration, Timestamp};
use rolegate_iam::{AccountId, RoleName};
use rolegate_plan::refused::{Certainty, Refused};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// After so long AWS has heard of every account that there is (§4.6); when it is tried for the first time again.
const FIRST_RETRY: SignedDuration = SignedDuration::from_mins(2);
/// How often it is tried from then on.
const NEXT_RETRY: SignedDuration = SignedDuration::from_hours(1);
/// Within one run, refusals in so many rounds with growing pauses (most of a minute) are as good.
const ROUNDS: u32 = 9;

/// Everything that was refused.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quarantine {
    principals: BTreeMap<SmolStr, Refusal>,
    too_long: BTreeSet<(AccountId, RoleName)>,
}

#[derive(Debug, Clone, Copy)]
struct Refusal {
    first: Timestamp,
    last: Timestamp,
    /// In how many runs it was refused.
    runs: u32,
    /// In how many rounds of this run.
    rounds: u32,
    on_trial: bool,
}

impl Quarantine {
    /// A run begins: what has waited for long enough is tried again, and documents may have become shorter.
    pub(crate) fn begin(&mut self, now: Timestamp) {
        self.too_long.clear();
        for refusal in self.principals.values_mut() {
            refusal.rounds = 0;
            refusal.on_trial = refusal.retry_at() <= now;
        }
    }

    /// The run is over: what was on trial and not refused is free.
    pub(crate) fn end(&mut self) {
        self.principals.retain(|_, refusal| !refusal.on_trial);
    }

    /// AWS refused these principals in one round.
    pub(crate) fn refuse(&mut self, principals: BTreeSet<SmolStr>, now: Timestamp) {
        for principal in principals {
            let fresh = Refusal { first: now, last: now, runs: 0, rounds: 0, on_trial: true };
            let refusal = self.principals.entry(principal).or_insert(fresh);
            refusal.runs += u32::from(refusal.on_trial);
            refusal.on_trial = false;
            refusal.last = now;
            refusal.rounds += 1;
        }
    }

    /// The narrowed trust policy of a role did not fit; whether that is news.
    pub(crate) fn shorten(&mut self, account: AccountId, role: RoleName) -> bool {
        self.too_long.insert((account, role))
    }

    /// When the next principal is tried again.
    pub(crate) fn next_retry(&self) -> Option<Timestamp> {
        self.principals.values().map(Refusal::retry_at).min()
    }

    /// For the next plan.
    pub(crate) fn refused(&self) -> Refused {
        let held = self.principals.iter().filter(|(_, refusal)| !refusal.on_trial);
        Refused {
            principals: held.map(|(principal, refusal)| (principal.clone(), refusal.certainty())).collect(),
            too_long: self.too_long.clone(),
        }
    }
}

impl Refusal {
    fn retry_at(&self) -> Timestamp {
        let pause = if self.runs < 2 { FIRST_RETRY } else { NEXT_RETRY };
        self.last.checked_add(pause).unwrap_or(Timestamp::MAX)
    }

    fn certainty(&self) -> Certainty {
        if self.rounds >= ROUNDS || self.last.duration_since(self.first) >= FIRST_RETRY {
            Certainty::Certain
        } else {
            Certainty::Suspected
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "arn:aws:iam::666666666666:root";

    fn at(minutes: i64) -> Timestamp {
        "2026-12-01T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    fn certainty(quarantine: &Quarantine) -> Option<Certainty> {
        quarantine.refused().principals.get(ROOT).copied()
    }

    fn refuse(quarantine: &mut Quarantine, minutes: i64) {
        quarantine.refuse([ROOT.into()].into(), at(minutes));
    }

    #[test]
    fn it_is_tried_again_after_two_minutes_and_then_every_hour() {
        let mut quarantine = Quarantine::default();
        quarantine.begin(at(0));
        refuse(&mut quarantine, 0);
        quarantine.end();
        for (minutes, tried) in
            [(1, false), (2, true), (3, false), (61, false), (62, true), (63, false), (122, true)]
        {
            quarantine.begin(at(minutes));
            assert_eq!(certainty(&quarantine).is_none(), tried, "after {minutes} minutes");
            if tried {
                refuse(&mut quarantine, minutes);
                assert_eq!(certainty(&quarantine), Some(Certainty::Certain));
            }
            quarantine.end();
        }
        assert_eq!(quarantine.next_retry(), Some(at(182)));
    }

    #[test]
    fn what_is_accepted_on_trial_is_free_and_suspected_anew_later() {
        let mut quarantine = Quarantine::default();
        quarantine.begin(at(0));
        refuse(&mut quarantine, 0);
        quarantine.end();
        quarantine.begin(at(5));
        quarantine.end();
        assert_eq!((certainty(&quarantine), quarantine.next_retry()), (None, None));
        quarantine.begin(at(9));
        refuse(&mut quarantine, 9);
        assert_eq!(certainty(&quarantine), Some(Certainty::Suspected));
    }

    #[test]
    fn within_a_run_only_many_refusals_are_certain() {
        let mut quarantine = Quarantine::default();
        quarantine.begin(at(0));
        for round in 1..=ROUNDS {
            assert_ne!(certainty(&quarantine), Some(Certainty::Certain), "before round {round}");
            refuse(&mut quarantine, 0);
        }
        assert_eq!(certainty(&quarantine), Some(Certainty::Certain));
    }
}
