//! What a reconciliation did, what it did not, and why. Plain data: performs nothing, prints nothing.

use rolegate_iam::AccountId;
use rolegate_plan::manifest::Diagnostic;
use rolegate_plan::outcome::{Held, LeftOut, Orphan};
use rolegate_plan::port::{ErrorClass, Failure};
use rolegate_plan::step::Step;
use std::fmt;

/// Everything that came of a reconciliation. It is never an error as a whole: what was done is done.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// The objects contradict each other, so nothing was written.
    pub errors: Vec<Diagnostic>,
    /// Whether somebody said no to the plan.
    pub consent: Consent,
    /// Steps that AWS did, in the order in which they were done.
    pub done: Vec<Done>,
    /// Steps that AWS refused or did not answer, and that are still to be done.
    pub failed: Vec<Failed>,
    /// Steps that were not tried, or not seen, in the end.
    pub not_done: Vec<NotDone>,
    /// Grants and accounts that the state of AWS keeps out.
    pub left_out: Vec<LeftOut>,
    /// Removals that wait for an approval.
    pub held: Held,
    /// What is ours and no object explains.
    pub orphans: Vec<Orphan>,
    /// Accounts that could not be observed at the last try.
    pub unreachable: Vec<Unreachable>,
    /// Accounts that were observed at the last try.
    pub observed: usize,
    /// How often plans were carried out.
    pub rounds: usize,
    /// What was asked of the port.
    pub calls: Calls,
}

/// Whether what was planned might be done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Consent {
    /// Somebody said yes, or nothing was to be done.
    #[default]
    Given,
    /// Somebody said no.
    Refused,
}

/// How a reconciliation ended; the exit code of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All is as declared.
    AsDeclared,
    /// Something was left out, held, refused or failed.
    Incomplete,
    /// The input is wrong; nothing was written.
    BadInput,
    /// No account could be observed.
    CannotTell,
}

/// A step that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The step.
    pub step: Step,
    /// In which round, from 1.
    pub round: usize,
}

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The step.
    pub step: Step,
    /// Why, at the last try.
    pub failure: Failure,
    /// How often it was tried.
    pub tries: u32,
}

/// A step that was not tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDone {
    /// The step.
    pub step: Step,
    /// Why not.
    pub reason: Reason,
}

/// Why a step was not tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Somebody said no to the plan.
    Refused,
    /// The account is in mode Observe.
    ObserveOnly,
    /// It waits for these steps, which were not done or not seen: each with its account.
    WaitsFor(Vec<String>),
    /// AWS answered too many steps before it with "slower" or not at all.
    LeftForLater,
    /// AWS said that it was done, and no observation has shown it yet.
    NotSeen,
    /// The number of rounds was used up.
    RoundsUsedUp,
    /// Somebody said stop.
    Stopped,
}

/// An account that could not be observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    /// The `metadata.name` of the `AWSAccount`.
    pub name: String,
    /// The account.
    pub id: AccountId,
    /// Why.
    pub failure: Failure,
}

/// How often the port was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Observations of an account.
    pub observed: usize,
    /// Single things that were asked for because a list lacked them.
    pub confirmed: usize,
    /// Steps.
    pub performed: usize,
}

impl Calls {
    pub(crate) fn add(&mut self, other: Self) {
        let Self { observed, confirmed, performed } = other;
        self.observed += observed;
        self.confirmed += confirmed;
        self.performed += performed;
    }
}

impl Applied {
    /// How it ended.
    pub fn ending(&self) -> Ending {
        let Self {
            errors,
            consent,
            done: _,
            failed,
            not_done,
            left_out,
            held,
            orphans: _,
            unreachable,
            observed,
            rounds: _,
            calls: _,
        } = self;
        if !errors.is_empty() {
            return Ending::BadInput;
        }
        if *observed == 0 && !unreachable.is_empty() {
            return Ending::CannotTell;
        }
        let reached = failed.is_empty()
            && not_done.is_empty()
            && left_out.is_empty()
            && held.removals.is_empty()
            && unreachable.is_empty()
            && *consent == Consent::Given;
        if reached { Ending::AsDeclared } else { Ending::Incomplete }
    }
}

impl Ending {
    /// The exit code: 0 yes, 1 no, 2 bad input, 3 cannot tell.
    pub fn code(self) -> u8 {
        match self {
            Self::AsDeclared => 0,
            Self::Incomplete => 1,
            Self::BadInput => 2,
            Self::CannotTell => 3,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("the plan was refused"),
            Self::ObserveOnly => f.write_str("the account is in mode Observe: nothing is written there"),
            Self::WaitsFor(steps) => write!(f, "waits for: {}", steps.join("; ")),
            Self::LeftForLater => f.write_str("left for later: AWS did not answer the steps before it"),
            Self::NotSeen => {
                f.write_str("AWS said it was done, and does not show it yet: run again in some minutes")
            }
            Self::Stopped => f.write_str("stopped before it: run again"),
            Self::RoundsUsedUp => f.write_str("not reached in this run: run again"),
        }
    }
}

/// Whether another try, later in the same run, can help.
pub(crate) fn is_passing(class: ErrorClass) -> bool {
    match class {
        ErrorClass::Throttled | ErrorClass::Unavailable | ErrorClass::Propagating | ErrorClass::Conflict => {
            true
        }
        ErrorClass::Invalid | ErrorClass::Denied | ErrorClass::Quota | ErrorClass::Bug => false,
    }
}
