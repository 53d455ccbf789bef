//! The whole decision in one call: [`plan`], and what it answers.

use crate::accept::accept;
use crate::admit::{admit, views};
use crate::compile::{compile, quotas};
use crate::diff::diff;
use crate::hold::removals;
use crate::manifest::Diagnostic;
use crate::refused::Refused;
use crate::step::Plan;
use crate::validate::Validated;
use jiff::{SignedDuration, Timestamp};
use rolegate_iam::{AccountId, Snapshot};

/// What the decision depends on beside the objects and what was seen.
#[derive(Debug, Clone)]
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

/// What would be done, what not, and why.
#[derive(Debug, Clone, Default)]
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
    let accepted = accept(all, seen, options.now);
    let mut desired = compile(all, &accepted);
    let mut errors = accepted.errors;
    errors.extend(quotas(all, &desired, seen));
    if !errors.is_empty() {
        errors.sort();
        return Outcome { errors, left_out: accepted.left_out, ..Outcome::default() };
    }
    let (mut left_out, blocked) = admit(&mut desired, seen, &options.claimant);
    left_out.extend(accepted.left_out);
    let views = views(&desired, seen, &options.claimant, &blocked);
    let (removals, held, approved) = removals(&desired, &views, options);
    let difference = diff(&desired, seen, &views, &removals, options);
    left_out.extend(difference.left_out);
    left_out.sort();
    left_out.dedup();
    let mut orphans = difference.orphans;
    orphans.sort();
    Outcome { errors, left_out, plan: difference.plan, held, approved, orphans }
}
