//! The whole decision in one call: [`plan`], and what it answers.

use crate::accept::accept;
use crate::admit::{admit, views};
use crate::compile::{compile, quotas};
use crate::desired::Desired;
use crate::diff::diff;
use crate::hold::{Decided, removals};
use crate::manifest::Diagnostic;
use crate::naming::Installation;
use crate::observed::{self, Ours};
use crate::refused::Refused;
use crate::scope::Scope;
use crate::step::Plan;
use crate::trust::{Reader, Scribe};
use crate::validate::Validated;
use jiff::{SignedDuration, Timestamp};
use rolegate_iam::{AccountId, Snapshot};
use std::collections::BTreeMap;

/// What the decision depends on beside the objects and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Who acts: the cluster's uid, or `files`. Written into the claim of every account.
    pub claimant: String,
    /// The present.
    pub now: Timestamp,
    /// The digest of exactly the set of removals that somebody approved.
    pub approved: Option<String>,
    /// Removals that were let through earlier in the same run: once begun, a set is finished. Take them from
    /// [`Outcome::approved`].
    pub approved_removals: Vec<HeldRemoval>,
    /// How long a dormant role is kept.
    pub dormant_retention: SignedDuration,
    /// What AWS refused of earlier documents.
    pub refused: Refused,
}

/// How long a dormant role is kept where nobody says otherwise: a week.
pub const DORMANT_RETENTION: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Options {
    /// With no approvals, the retention of a week, and nothing refused before.
    pub fn new(claimant: impl Into<String>, now: Timestamp) -> Self {
        Self {
            claimant: claimant.into(),
            now,
            approved: None,
            approved_removals: Vec::new(),
            dormant_retention: DORMANT_RETENTION,
            refused: Refused::default(),
        }
    }
}

/// What would be done, what not, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The objects cannot be accepted as they are: nothing may be written (exit code 2).
    pub errors: Vec<Diagnostic>,
    /// Grants and accounts that AWS's state keeps out; the others go on (exit code 1).
    pub left_out: Vec<LeftOut>,
    /// The steps, in an order that may be followed.
    pub plan: Plan,
    /// Removals that wait for an approval.
    pub held: Held,
    /// Removals that an approval lets through.
    pub approved: Vec<HeldRemoval>,
    /// What is ours and no object explains; shown and left as it is.
    pub orphans: Vec<Orphan>,
}

/// Something that was declared and cannot be reached now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// The account.
    pub account: AccountId,
    /// The object that declares it, such as `AccountAccess payments/dev`; empty when the whole account is left out.
    pub object: String,
    /// A word from a closed set: `NameTaken`, `InstallationConflict`, `NotObserved`, `UserNotFound`, `Quota`, …
    pub reason: &'static str,
    /// What is in the way and what to do.
    pub message: String,
}

/// Removals without a live reason (or too many at once), which are kept until they are approved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// What would be removed, sorted.
    pub removals: Vec<HeldRemoval>,
    /// Names exactly this set; empty when nothing is held.
    pub digest: String,
}

/// One removal that is held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldRemoval {
    /// The account.
    pub account: AccountId,
    /// What would be lost, such as `role Developer: entry by group developers`.
    pub what: String,
    /// Why it is held.
    pub why: String,
}

impl HeldRemoval {
    /// Whether both are about the same thing, whatever holds it.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.account == other.account && self.what == other.what
    }
}

/// An owned thing that no object explains.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Orphan {
    /// The account.
    pub account: AccountId,
    /// What it is, such as `role Developer (AccessRole developer)`.
    pub what: String,
}

/// Decides everything: accept, compile, admit, hold back, diff. `seen` holds the accounts as observed; one that is missing or
/// not collected is left out with the reason, and nothing is planned for it.
pub fn plan(all: &Validated, seen: &Snapshot, options: &Options) -> Outcome {
    let ours = ours(all, seen, &options.claimant);
    let mut accepted = accept(all, seen, options.now);
    let mut desired = compile(all, &accepted);
    let world = World { all, seen, ours: &ours, options, scribe: &Scribe::default() };
    decide(&world, &mut desired, accepted.complaints(), &Scope::Everything).outcome
}

/// What is decided about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) all: &'a Validated,
    pub(crate) seen: &'a Snapshot,
    /// What is ours in each declared account that was seen.
    pub(crate) ours: &'a BTreeMap<AccountId, Ours<'a>>,
    pub(crate) options: &'a Options,
    pub(crate) scribe: &'a Scribe,
}

/// An outcome, and what must be known to go on from it.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) outcome: Outcome,
    /// How many grants and memberships there are in all accounts.
    pub(crate) present: usize,
    /// Whether any role is, or will be, open to whoever a gateway lets.
    pub(crate) doors: bool,
}

/// Reads what is ours in every declared account that was seen.
pub(crate) fn ours<'a>(all: &Validated, seen: &'a Snapshot, claimant: &str) -> BTreeMap<AccountId, Ours<'a>> {
    let installation = &Installation::new(&all.installation);
    let mut reader = Reader::default();
    let found = all.accounts.values().filter_map(|account| seen.accounts.get(&account.id));
    found.map(|account| (account.id, observed::ours(account, installation, claimant, &mut reader))).collect()
}

/// From what was compiled to steps. What cannot be reached is taken out of `desired`.
pub(crate) fn decide(
    world: &World<'_>,
    desired: &mut Desired,
    (mut errors, mut left_out): (Vec<Diagnostic>, Vec<LeftOut>),
    scope: &Scope,
) -> Decision {
    let World { all: _, seen, ours, options, scribe } = *world;
    errors.extend(quotas(world, desired, scope));
    if !errors.is_empty() {
        errors.sort();
        return Decision {
            outcome: Outcome { errors, left_out, ..Outcome::default() },
            present: 0,
            doors: false,
        };
    }
    let (out, blocked) = admit(desired, seen, ours, scope);
    left_out.extend(out);
    let views = views(desired, seen, ours, &blocked);
    let Decided { removals, held, approved, present } = removals(desired, &views, options, scope);
    let difference = diff(desired, (seen, &views), &removals, options, (scope, scribe));
    left_out.extend(difference.left_out);
    left_out.sort();
    left_out.dedup();
    let mut orphans = difference.orphans;
    orphans.sort();
    let outcome = Outcome { errors, left_out, plan: difference.plan, held, approved, orphans };
    Decision { outcome, present, doors: removals.doors.any() }
}
