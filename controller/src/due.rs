//! When which account is looked at again: at its resync, spread by jitter; later and later while it fails, by the class of the
//! failure; at once for what begins or ends. Looks at nothing itself.

use crate::applied::{Applied, Reason};
use jiff::{SignedDuration, Timestamp};
use rolegate_iam::AccountId;
use rolegate_plan::port::ErrorClass;
use rolegate_plan::validate::Validated;
use std::collections::{BTreeMap, BTreeSet};

/// The appointments of all accounts.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    resync: SignedDuration,
    /// How often anything was planned; makes the jitter another each time.
    turn: u64,
    accounts: BTreeMap<AccountId, Appointment>,
}

#[derive(Debug, Clone)]
struct Appointment {
    at: Timestamp,
    /// How often in a row it failed.
    failures: u32,
}

impl Due {
    pub(crate) fn every(resync: SignedDuration) -> Self {
        Self { resync, turn: 0, accounts: BTreeMap::new() }
    }

    /// Whether an account is to be looked at now. One that was never seen is.
    pub(crate) fn is_due(&self, account: AccountId, now: Timestamp) -> bool {
        self.accounts.get(&account).is_none_or(|appointment| appointment.at <= now)
    }

    /// Makes appointments after a reconciliation that looked at these accounts.
    pub(crate) fn plan(
        &mut self,
        now: Timestamp,
        applied: &Applied,
        looked_at: &BTreeSet<AccountId>,
        torn: &BTreeSet<AccountId>,
    ) {
        self.turn += 1;
        let mut failures: BTreeMap<AccountId, ErrorClass> = BTreeMap::new();
        for failed in &applied.failed {
            let worst = failures.entry(failed.step.account).or_insert(failed.failure.class);
            if is_sooner(failed.failure.class, *worst) {
                *worst = failed.failure.class;
            }
        }
        for not_done in &applied.not_done {
            if matches!(not_done.reason, Reason::LeftForLater | Reason::NotSeen | Reason::RoundsUsedUp) {
                failures.entry(not_done.step.account).or_insert(ErrorClass::Propagating);
            }
        }
        for account in torn {
            failures.entry(*account).or_insert(ErrorClass::Propagating);
        }
        for account in &applied.unreachable {
            failures.insert(account.id, account.failure.class);
        }
        for account in looked_at {
            let before = self.accounts.get(account).map_or(0, |appointment| appointment.failures);
            let class = failures.get(account).copied();
            let tries = if class.is_some() { before.saturating_add(1) } else { 0 };
            let wait = class.map_or(self.resync, |class| pause(class, tries).unwrap_or(self.resync));
            let wait = self.jittered(*account, wait.min(self.resync.max(SignedDuration::from_hours(1))));
            let at = now.checked_add(wait).unwrap_or(Timestamp::MAX);
            self.accounts.insert(*account, Appointment { at, failures: tries });
        }
    }

    /// The next appointment of these accounts.
    pub(crate) fn next(&self, validated: &Validated) -> Option<Timestamp> {
        let known = validated.accounts.values().filter_map(|account| self.accounts.get(&account.id));
        known.map(|appointment| appointment.at).min()
    }

    /// Up to a fifth less or more, another for each account and turn, so that a thousand accounts do not come at once.
    fn jittered(&self, account: AccountId, wait: SignedDuration) -> SignedDuration {
        let digits = account.as_str().bytes().map(u64::from);
        let mixed = digits.fold(self.turn.wrapping_mul(0x9e37_79b9_7f4a_7c15), |mixed, digit| {
            (mixed ^ digit).wrapping_mul(0x0100_0000_01b3).rotate_left(17)
        });
        let share = f64::from(u32::try_from(mixed % 1000).unwrap_or_default()) / 1000.0;
        SignedDuration::try_from_secs_f64(wait.as_secs_f64() * (0.8 + 0.4 * share)).unwrap_or(wait)
    }
}

fn is_sooner(one: ErrorClass, other: ErrorClass) -> bool {
    pause(one, 1).is_some_and(|one| pause(other, 1).is_none_or(|other| one < other))
}

/// How long to wait after so many failures of a class in a row; `None` for what only a change mends.
fn pause(class: ErrorClass, failures: u32) -> Option<SignedDuration> {
    let (first, longest): (i64, i64) = match class {
        ErrorClass::Propagating | ErrorClass::Conflict => (10, 300),
        ErrorClass::Throttled | ErrorClass::Unavailable => (30, 900),
        ErrorClass::Denied => (60, 3600),
        ErrorClass::Invalid | ErrorClass::Quota | ErrorClass::Bug => return None,
    };
    let doubled = first.saturating_mul(1_i64 << failures.saturating_sub(1).min(16));
    Some(SignedDuration::from_secs(doubled.min(longest)))
}

/// When the next binding begins or ends.
pub(crate) fn next_boundary(now: Timestamp, validated: &Validated) -> Option<Timestamp> {
    let times =
        validated.accesses.values().flat_map(|access| access.not_before.into_iter().chain(access.not_after));
    times.filter(|time| *time > now).min()
}
