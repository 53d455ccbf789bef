//! Reconciles AWS with what is declared: observe, plan, perform what may be performed, observe what was written, plan anew,
//! until nothing is left to do or nothing moves any more. What to do is decided by `rolegate_plan`, never here.

use crate::applied::{Applied, Consent, Reason, Unreachable};
use crate::confirm::Questions;
use crate::due::{Due, next_boundary};
use crate::pace::{Pace, Sleeper};
use crate::quarantine::Quarantine;
use crate::round::{Verdict, perform};
use crate::run::{Progress, Run};
use crate::world::{World, entrances};
use jiff::{SignedDuration, Timestamp};
use rolegate_crds::Mode;
use rolegate_iam::{AccountId, Snapshot};
use rolegate_plan::absence::Expected;
use rolegate_plan::outcome::{HeldRemoval, Options, Outcome, plan};
use rolegate_plan::port::{Entrance, Failure, Port};
use rolegate_plan::refused::Refused;
use rolegate_plan::step::Step;
use rolegate_plan::validate::Validated;
use std::collections::{BTreeMap, BTreeSet};

/// What is asked before anything is written.
#[derive(Debug)]
pub struct Preview<'a> {
    /// The first decision.
    pub outcome: &'a Outcome,
    /// Accounts that could not be observed.
    pub unreachable: Vec<&'a Unreachable>,
}

/// The answer to a [`Preview`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Write nothing.
    Stop,
    /// Carry out the plan; what is held stays held.
    Apply,
    /// Carry out the plan, and the removals that are held as shown.
    ApplyWithHeld,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnsweredBy {
    /// A program, at once.
    Program,
    /// A person, after a while.
    Person,
}

/// Who is asked and told.
pub trait Ui {
    /// Asked once, before anything is written, when there is something to do or something held.
    fn decide(&mut self, preview: &Preview<'_>) -> Decision;

    /// Who gave the last answer. After a person's, everything is observed anew before anything is written.
    fn answered_by(&self) -> AnsweredBy {
        AnsweredBy::Program
    }

    /// Told that what was shown is no longer what would be done; [`Ui::decide`] is asked again.
    fn changed(&mut self) {}

    /// Told of every step that was tried.
    fn tried(&mut self, round: usize, step: &Step, answer: Result<(), &Failure>);
}

/// Reconciles.
///
/// # Guarantees
/// - Writes nothing when the objects contradict each other, when [`Ui::decide`] says stop, or in accounts of mode Observe.
/// - A step is performed only when nothing of what it waits for is undone or unseen; a failure keeps back its dependents and
///   nothing else.
/// - Held removals are performed only when exactly they were approved, by digest or by the [`Ui`]; a set that was begun is
///   finished in the same run.
/// - Never an error as a whole: what was done is reported as done.
///
/// # Cancellation
/// Dropping the future may lose the answer of a write that was on its way; the next run sees what came of it.
pub async fn reconcile<P: Port, S: Sleeper>(
    port: &P,
    validated: &Validated,
    options: &Options,
    pace: &Pace<S>,
    ui: &mut impl Ui,
) -> Applied {
    reconcile_with(&mut Memory::default(), port, validated, options, pace, ui).await
}

/// What one reconciliation leaves to the next in the same process.
#[derive(Debug, Default)]
pub struct Memory {
    pub(crate) quarantine: Quarantine,
    pub(crate) world: World,
    /// Accounts that the last reconciliation looked at.
    pub(crate) looked_at: BTreeSet<AccountId>,
    /// Absent: every account is looked at each time.
    due: Option<Due>,
}

impl Memory {
    /// For reconciliations that look at each account when it is due, so often when nothing happens.
    pub(crate) fn watching(resync: SignedDuration) -> Self {
        Self { due: Some(Due::every(resync)), ..Self::default() }
    }

    pub(crate) fn is_due(&self, account: AccountId, now: Timestamp) -> bool {
        self.due.as_ref().is_none_or(|due| due.is_due(account, now))
    }

    /// Makes appointments with the accounts that were looked at.
    pub(crate) fn plan_next(&mut self, now: Timestamp, applied: &Applied) {
        if let Some(due) = &mut self.due {
            due.plan(now, applied, &self.looked_at, &self.world.torn);
        }
    }

    /// When something is to be done again: an account is due, a binding begins or ends, a refusal is tried again.
    pub(crate) fn wake(&self, now: Timestamp, validated: &Validated) -> Option<Timestamp> {
        let due = self.due.as_ref().and_then(|due| due.next(validated));
        due.into_iter().chain(next_boundary(now, validated)).chain(self.next_retry()).min()
    }

    /// When something that AWS refused is due to be tried again; absent when nothing is.
    pub fn next_retry(&self) -> Option<Timestamp> {
        self.quarantine.next_retry()
    }
}

/// The same as [`reconcile`], with what earlier reconciliations left: a principal that AWS refused is not tried at once again.
pub async fn reconcile_with<P: Port, S: Sleeper>(
    memory: &mut Memory,
    port: &P,
    validated: &Validated,
    options: &Options,
    pace: &Pace<S>,
    ui: &mut impl Ui,
) -> Applied {
    let expected = Expected::of(validated);
    let observe_only = validated.accounts.values().filter(|account| account.mode == Mode::Observe);
    let goal = Goal {
        entrances: entrances(validated),
        observe_only: observe_only.map(|account| account.id).collect(),
        approved: options.approved.clone(),
        questions: &|account| expected.questionable(account),
        gateways: gateways(validated),
        now: options.now,
        plan: &|seen, Told { approved, let_through, refused }| {
            let approved_removals = let_through.to_vec();
            let refused = refused.clone();
            plan(validated, seen, &Options { approved, approved_removals, refused, ..options.clone() })
        },
    };
    toward(&goal, memory, port, pace, ui).await
}

/// Accounts whose roots stand for everybody's entries: nobody's is left out because AWS refuses one of them.
fn gateways(validated: &Validated) -> BTreeSet<AccountId> {
    validated.accounts.values().filter(|account| account.is_gateway()).map(|account| account.id).collect()
}

/// What is wanted, as far as reconciling needs to know.
pub(crate) struct Goal<'a> {
    pub(crate) entrances: Vec<Entrance>,
    /// Accounts in which nothing is written.
    pub(crate) observe_only: BTreeSet<AccountId>,
    /// The digest of removals that was given.
    pub(crate) approved: Option<String>,
    /// What must be asked for by its name before a plan is made on an account.
    pub(crate) questions: &'a Questions<'a>,
    /// Accounts that are never quarantined.
    pub(crate) gateways: BTreeSet<AccountId>,
    /// The present.
    pub(crate) now: Timestamp,
    /// What is to be done, given what is seen and what came of the run so far.
    pub(crate) plan: &'a Planner<'a>,
}

/// What came of the run so far, as far as the next plan depends on it.
#[derive(Debug, Clone)]
pub(crate) struct Told<'a> {
    /// The digest of removals that are approved.
    pub(crate) approved: Option<String>,
    /// The removals let through before.
    pub(crate) let_through: &'a [HeldRemoval],
    /// What AWS refused.
    pub(crate) refused: Refused,
}

/// From what is seen to what is to be done.
pub(crate) type Planner<'a> = dyn Fn(&Snapshot, Told<'_>) -> Outcome + Sync + 'a;

pub(crate) async fn toward<P: Port, S: Sleeper>(
    goal: &Goal<'_>,
    memory: &mut Memory,
    port: &P,
    pace: &Pace<S>,
    ui: &mut impl Ui,
) -> Applied {
    memory.quarantine.begin(goal.now);
    let applied = rounds(goal, memory, port, pace, ui).await;
    memory.quarantine.end();
    applied
}

async fn rounds<P: Port, S: Sleeper>(
    goal: &Goal<'_>,
    memory: &mut Memory,
    port: &P,
    pace: &Pace<S>,
    ui: &mut impl Ui,
) -> Applied {
    let entrances: BTreeMap<AccountId, Entrance> =
        goal.entrances.iter().map(|entrance| (entrance.id, entrance.clone())).collect();
    let mut run = Run::new(goal, memory);
    let due: Vec<&Entrance> = entrances.values().filter(|entrance| run.is_due(entrance.id)).collect();
    run.observe(port, &due, pace).await;
    let mut outcome = run.decide();
    // What was seen in an earlier run is looked at again before anything is written there.
    loop {
        let stale: Vec<&Entrance> = run.stale(&outcome).iter().filter_map(|id| entrances.get(id)).collect();
        if stale.is_empty() || pace.sleeper.is_stopped() {
            break;
        }
        run.observe(port, &stale, pace).await;
        outcome = run.decide();
    }
    if !outcome.errors.is_empty() {
        return run.finish(outcome, Consent::Given);
    }
    while !outcome.plan.is_empty() || !outcome.held.removals.is_empty() {
        match ui.decide(&run.preview(&outcome)) {
            Decision::Stop => return run.finish(outcome, Consent::Refused),
            Decision::Apply => {}
            Decision::ApplyWithHeld => {
                run.approved = Some(outcome.held.digest.clone());
                outcome = run.decide();
            }
        }
        if ui.answered_by() == AnsweredBy::Program {
            break;
        }
        // A person takes time, in which others change things: what is done must be what was shown.
        let planned = outcome;
        run.observe(port, &entrances.values().collect::<Vec<_>>(), pace).await;
        outcome = run.decide();
        if outcome.plan == planned.plan && outcome.held == planned.held {
            break;
        }
        ui.changed();
    }
    // What could not be planned when somebody agreed was not agreed to: it is left for the next run.
    run.unplanned = run.world.torn.clone();
    let mut fruitless = 0;
    while run.rounds < pace.rounds
        && !pace.sleeper.is_stopped()
        && (!outcome.plan.is_empty() || run.torn().next().is_some())
    {
        run.rounds += 1;
        let may_try = |step: &Step| {
            if pace.sleeper.is_stopped() {
                return Err(Verdict::NotTried(Reason::Stopped));
            }
            run.may_try(step)
        };
        let verdicts = perform(port, &outcome.plan, &entrances, &may_try, pace).await;
        let Progress { done_anew, written, mut worth_another_try } =
            run.book(&outcome.plan.steps, verdicts, ui);
        worth_another_try |= run.torn().next().is_some();
        if (!done_anew && !worth_another_try) || pace.sleeper.is_stopped() {
            break;
        }
        fruitless = if done_anew && !worth_another_try { 0 } else { fruitless + 1 };
        if fruitless > 0 && run.rounds < pace.rounds {
            pace.pause(fruitless).await;
        }
        for id in &written {
            run.world.forget_absences(*id);
        }
        let again: BTreeSet<AccountId> = run.torn().chain(written).collect();
        let again: Vec<&Entrance> = again.iter().filter_map(|id| entrances.get(id)).collect();
        run.observe(port, &again, pace).await;
        outcome = run.decide();
        run.settle(&outcome);
    }
    run.stopped = pace.sleeper.is_stopped();
    run.finish(outcome, Consent::Given)
}

#[cfg(test)]
mod tests;
