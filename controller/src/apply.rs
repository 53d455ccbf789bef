//! Reconciles AWS with what is declared: observe, plan, perform what may be performed, observe what was written, plan anew,
//! until nothing is left to do or nothing moves any more. What to do is decided by `rolegate_plan`, never here.

use crate::applied::{Applied, Calls, Consent, Done, Failed, NotDone, Reason, Unreachable, is_passing};
use crate::pace::{Pace, Sleeper};
use crate::round::{Verdict, perform};
use crate::world::{World, entrances};
use rolegate_crds::Mode;
use rolegate_iam::{AccountId, Snapshot};
use rolegate_plan::outcome::{HeldRemoval, Options, Outcome, plan};
use rolegate_plan::port::{Entrance, ErrorClass, Failure, Port};
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
    let observe_only = validated.accounts.values().filter(|account| account.mode == Mode::Observe);
    let goal = Goal {
        entrances: entrances(validated),
        observe_only: observe_only.map(|account| account.id).collect(),
        approved: options.approved.clone(),
        plan: &|seen, approved, let_through| {
            let approved_removals = let_through.to_vec();
            plan(validated, seen, &Options { approved, approved_removals, ..options.clone() })
        },
    };
    toward(&goal, port, pace, ui).await
}

/// What is wanted, as far as reconciling needs to know.
pub(crate) struct Goal<'a> {
    pub(crate) entrances: Vec<Entrance>,
    /// Accounts in which nothing is written.
    pub(crate) observe_only: BTreeSet<AccountId>,
    /// The digest of removals that was given.
    pub(crate) approved: Option<String>,
    /// What is to be done, given what is seen, the digest of removals that are approved, and those let through before.
    pub(crate) plan: &'a Planner<'a>,
}

/// From what is seen, an approved digest and the removals let through before, to what is to be done.
pub(crate) type Planner<'a> = dyn Fn(&Snapshot, Option<String>, &[HeldRemoval]) -> Outcome + Sync + 'a;

pub(crate) async fn toward<P: Port, S: Sleeper>(
    goal: &Goal<'_>,
    port: &P,
    pace: &Pace<S>,
    ui: &mut impl Ui,
) -> Applied {
    let entrances: BTreeMap<AccountId, Entrance> =
        goal.entrances.iter().map(|entrance| (entrance.id, entrance.clone())).collect();
    let mut run = Run::new(goal);
    run.observe(port, &entrances.values().collect::<Vec<_>>(), pace).await;
    let mut outcome = run.decide();
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
    let mut fruitless = 0;
    while run.rounds < pace.rounds && !outcome.plan.is_empty() {
        run.rounds += 1;
        let verdicts = perform(port, &outcome.plan, &entrances, &|step| run.may_try(step), pace).await;
        let Progress { done_anew, written, worth_another_try } = run.book(&outcome.plan.steps, verdicts, ui);
        if !done_anew && !worth_another_try {
            break;
        }
        fruitless = if done_anew && !worth_another_try { 0 } else { fruitless + 1 };
        if fruitless > 0 && run.rounds < pace.rounds {
            pace.pause(fruitless).await;
        }
        let again: Vec<&Entrance> = written.iter().filter_map(|id| entrances.get(id)).collect();
        run.observe(port, &again, pace).await;
        outcome = run.decide();
        run.settle(&outcome);
    }
    run.finish(outcome, Consent::Given)
}

/// The state of one reconciliation.
struct Run<'a> {
    goal: &'a Goal<'a>,
    world: World,
    /// The digest of removals that somebody approved.
    approved: Option<String>,
    /// Removals that were let through: once begun, a set is finished.
    let_through: Vec<HeldRemoval>,
    rounds: usize,
    calls: Calls,
    done: Vec<Done>,
    failed: BTreeMap<AccountId, Vec<Failed>>,
    reasons: BTreeMap<AccountId, Vec<NotDone>>,
}

/// What a round came to.
struct Progress {
    /// Something was done that had not been done before in this run.
    done_anew: bool,
    /// Accounts in which something was tried, so that what was seen of them is old.
    written: BTreeSet<AccountId>,
    /// Something failed, or was left, that may go well later.
    worth_another_try: bool,
}

impl<'a> Run<'a> {
    fn new(goal: &'a Goal<'a>) -> Self {
        Self {
            goal,
            world: World::default(),
            approved: goal.approved.clone(),
            let_through: Vec::new(),
            rounds: 0,
            calls: Calls::default(),
            done: Vec::new(),
            failed: BTreeMap::new(),
            reasons: BTreeMap::new(),
        }
    }

    async fn observe<P: Port, S: Sleeper>(&mut self, port: &P, entrances: &[&Entrance], pace: &Pace<S>) {
        self.world.observe(port, entrances, pace, &mut self.calls).await;
    }

    fn preview<'b>(&'b self, outcome: &'b Outcome) -> Preview<'b> {
        Preview { outcome, unreachable: self.world.unreachable.values().collect() }
    }

    /// Decides on what is seen now.
    fn decide(&mut self) -> Outcome {
        let outcome = (self.goal.plan)(&self.world.snapshot, self.approved.clone(), &self.let_through);
        for removal in &outcome.approved {
            if !self.let_through.contains(removal) {
                self.let_through.push(removal.clone());
            }
        }
        outcome
    }

    /// A write whose answer was lost and that is not to be done any more was done.
    fn settle(&mut self, outcome: &Outcome) {
        for (id, failed) in &mut self.failed {
            if !self.world.snapshot.accounts.contains_key(id) {
                continue;
            }
            failed.retain(|failed| {
                let is_open = outcome.plan.steps.iter().any(|step| same(step, &failed.step));
                let is_done = !is_open && failed.failure.class == ErrorClass::Unavailable;
                if is_done {
                    self.done.push(Done { step: failed.step.clone(), round: self.rounds });
                }
                !is_done
            });
        }
    }

    /// What failed for good in this run is not tried again.
    fn may_try(&self, step: &Step) -> Result<(), Verdict> {
        if self.goal.observe_only.contains(&step.account) {
            return Err(Verdict::NotTried(Reason::ObserveOnly));
        }
        match find(&self.failed, step) {
            Some(failed) if is_over(failed) => Err(Verdict::Failed(failed.failure.clone())),
            _ => Ok(()),
        }
    }

    /// Takes down what became of the steps.
    fn book(&mut self, steps: &[Step], verdicts: Vec<Verdict>, ui: &mut impl Ui) -> Progress {
        let mut progress = Progress { done_anew: false, written: BTreeSet::new(), worth_another_try: false };
        let mut failed: BTreeMap<AccountId, Vec<Failed>> = BTreeMap::new();
        self.reasons.clear();
        for (step, verdict) in steps.iter().zip(verdicts) {
            let before = find(&self.failed, step);
            match verdict {
                Verdict::NotTried(reason) => {
                    progress.worth_another_try |= reason == Reason::LeftForLater;
                    let not_done = NotDone { step: step.clone(), reason };
                    self.reasons.entry(step.account).or_default().push(not_done);
                }
                Verdict::Failed(failure) => {
                    let over = before.filter(|failed| is_over(failed));
                    let tries = before.map_or(0, |failed| failed.tries) + u32::from(over.is_none());
                    if over.is_none() {
                        self.calls.performed += 1;
                        progress.written.insert(step.account);
                        ui.tried(self.rounds, step, Err(&failure));
                    }
                    let now = Failed { step: step.clone(), failure, tries };
                    progress.worth_another_try |= !is_over(&now);
                    failed.entry(step.account).or_default().push(now);
                }
                Verdict::Done => {
                    self.calls.performed += 1;
                    progress.written.insert(step.account);
                    ui.tried(self.rounds, step, Ok(()));
                    if self.done.iter().any(|done| same(&done.step, step)) {
                        // AWS said so before, and did not show it: what it shows is late.
                        progress.worth_another_try = true;
                    } else {
                        progress.done_anew = true;
                        self.done.push(Done { step: step.clone(), round: self.rounds });
                    }
                }
            }
        }
        self.failed = failed;
        progress
    }

    /// Everything that is still in the plan was not reached, and for each step there is a reason.
    fn finish(self, outcome: Outcome, consent: Consent) -> Applied {
        let Outcome { errors, left_out, plan, held, approved: _, orphans } = outcome;
        let (mut failures, mut not_done) = (Vec::new(), Vec::new());
        for step in plan.steps {
            if consent == Consent::Refused || !errors.is_empty() {
                not_done.push(NotDone { step, reason: Reason::Refused });
            } else if let Some(failed) = find(&self.failed, &step) {
                failures.push(Failed { step, ..failed.clone() });
            } else if self.goal.observe_only.contains(&step.account) {
                not_done.push(NotDone { step, reason: Reason::ObserveOnly });
            } else if self.done.iter().any(|done| same(&done.step, &step)) {
                not_done.push(NotDone { step, reason: Reason::NotSeen });
            } else {
                let reasons = self.reasons.get(&step.account).into_iter().flatten();
                let mut known =
                    reasons.filter(|known| same(&known.step, &step)).map(|known| known.reason.clone());
                let reason = known.next_back().unwrap_or(Reason::RoundsUsedUp);
                not_done.push(NotDone { step, reason });
            }
        }
        Applied {
            errors,
            consent,
            done: self.done,
            failed: failures,
            not_done,
            left_out,
            held,
            orphans,
            unreachable: self.world.unreachable.into_values().collect(),
            observed: self.world.snapshot.accounts.len(),
            rounds: self.rounds,
            calls: self.calls,
        }
    }
}

/// How often a conflict is tried: the plan was made anew each time, so what is in the way does not go away by itself.
const CONFLICT_TRIES: u32 = 4;

/// Whether a step is not tried again in this run.
fn is_over(Failed { step: _, failure, tries }: &Failed) -> bool {
    !is_passing(failure.class) || (failure.class == ErrorClass::Conflict && *tries >= CONFLICT_TRIES)
}

/// The same write in the same account, whatever the plan it stands in.
fn same(a: &Step, b: &Step) -> bool {
    a.account == b.account && a.action == b.action
}

fn find<'a>(failed: &'a BTreeMap<AccountId, Vec<Failed>>, step: &Step) -> Option<&'a Failed> {
    failed.get(&step.account)?.iter().find(|failed| same(&failed.step, step))
}

#[cfg(test)]
mod tests;
