//! The state of one reconciliation: what is seen, what came of every step, what must be tried again, and why the rest was not.
//! Talks to nobody but through [`crate::world`]; what to do is decided by `rolegate_plan`.

use crate::applied::{Applied, Calls, Consent, Done, Failed, NotDone, Reason, is_passing};
use crate::apply::{Goal, Memory, Preview, Told, Ui};
use crate::pace::{Pace, Sleeper};
use crate::round::Verdict;
use crate::world::{Look, World};
use rolegate_iam::AccountId;
use rolegate_iam::policy::Principal;
use rolegate_plan::outcome::{HeldRemoval, Outcome};
use rolegate_plan::port::{Entrance, ErrorClass, Port};
use rolegate_plan::step::{Action, Effect, Step};
use std::collections::{BTreeMap, BTreeSet};

/// The state of one reconciliation.
pub(crate) struct Run<'a> {
    goal: &'a Goal<'a>,
    pub(crate) memory: &'a mut Memory,
    pub(crate) world: World,
    /// Whether somebody said stop before it was over.
    pub(crate) stopped: bool,
    /// Accounts that no plan could be made for when the plan was agreed to.
    pub(crate) unplanned: BTreeSet<AccountId>,
    /// The digest of removals that somebody approved.
    pub(crate) approved: Option<String>,
    /// Removals that were let through: once begun, a set is finished.
    let_through: Vec<HeldRemoval>,
    pub(crate) rounds: usize,
    calls: Calls,
    done: Vec<Done>,
    failed: BTreeMap<AccountId, Vec<Failed>>,
    reasons: BTreeMap<AccountId, Vec<NotDone>>,
}

/// What a round came to.
pub(crate) struct Progress {
    /// Something was done that had not been done before in this run.
    pub(crate) done_anew: bool,
    /// Accounts in which something was tried, so that what was seen of them is old.
    pub(crate) written: BTreeSet<AccountId>,
    /// Something failed, or was left, that may go well later.
    pub(crate) worth_another_try: bool,
}

impl<'a> Run<'a> {
    pub(crate) fn new(goal: &'a Goal<'a>, memory: &'a mut Memory) -> Self {
        let mut world = std::mem::take(&mut memory.world);
        world.keep(&goal.entrances.iter().map(|entrance| entrance.id).collect());
        memory.looked_at.clear();
        Self {
            goal,
            memory,
            world,
            stopped: false,
            unplanned: BTreeSet::new(),
            approved: goal.approved.clone(),
            let_through: Vec::new(),
            rounds: 0,
            calls: Calls::default(),
            done: Vec::new(),
            failed: BTreeMap::new(),
            reasons: BTreeMap::new(),
        }
    }

    pub(crate) async fn observe<P: Port, S: Sleeper>(
        &mut self,
        port: &P,
        entrances: &[&Entrance],
        pace: &Pace<S>,
    ) {
        self.memory.looked_at.extend(entrances.iter().map(|entrance| entrance.id));
        let look = Look { entrances, questions: self.goal.questions };
        self.world.observe(port, look, pace, &mut self.calls).await;
    }

    /// Whether an account is to be looked at now.
    pub(crate) fn is_due(&self, account: AccountId) -> bool {
        self.memory.is_due(account, self.goal.now)
    }

    /// Accounts that something is to be done in, or held, and that were not looked at in this run.
    pub(crate) fn stale(&self, outcome: &Outcome) -> BTreeSet<AccountId> {
        let steps = outcome.plan.steps.iter().map(|step| step.account);
        let held = outcome.held.removals.iter().map(|removal| removal.account);
        steps.chain(held).filter(|account| !self.memory.looked_at.contains(account)).collect()
    }

    /// Accounts whose lists have not caught up with what was written in this run.
    pub(crate) fn torn(&self) -> impl Iterator<Item = AccountId> {
        self.world.torn.difference(&self.unplanned).copied()
    }

    pub(crate) fn preview<'b>(&'b self, outcome: &'b Outcome) -> Preview<'b> {
        Preview { outcome, unreachable: self.world.unreachable.values().collect() }
    }

    /// Decides on what is seen now.
    pub(crate) fn decide(&mut self) -> Outcome {
        let told = Told {
            approved: self.approved.clone(),
            let_through: &self.let_through,
            refused: self.memory.quarantine.refused(),
        };
        let outcome = (self.goal.plan)(&self.world.snapshot, told);
        for removal in &outcome.approved {
            if !self.let_through.contains(removal) {
                self.let_through.push(removal.clone());
            }
        }
        outcome
    }

    /// A write whose answer was lost and that is not to be done any more was done.
    pub(crate) fn settle(&mut self, outcome: &Outcome) {
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
    pub(crate) fn may_try(&self, step: &Step) -> Result<(), Verdict> {
        if self.goal.observe_only.contains(&step.account) {
            return Err(Verdict::NotTried(Reason::ObserveOnly));
        }
        match find(&self.failed, step) {
            Some(failed) if is_over(failed) => Err(Verdict::Failed(failed.failure.clone())),
            _ => Ok(()),
        }
    }

    /// Learns from refusals what the next plan must do without, and tells whether it learned something. A refusal of a root that
    /// stands for everybody, or of an account that was just seen, is AWS's own delay.
    fn learn(&mut self, steps: &[Step], verdicts: &mut [Verdict]) -> bool {
        let (mut principals, mut learned) = (BTreeSet::new(), false);
        for (step, verdict) in steps.iter().zip(verdicts) {
            let Verdict::Failed(failure) = verdict else { continue };
            if let (ErrorClass::Quota, Action::UpdateTrust { role, document: _ }, Effect::Narrows) =
                (failure.class, &step.action, step.effect)
            {
                learned |= self.memory.quarantine.shorten(step.account, role.clone());
            }
            let partition = self.world.snapshot.accounts.get(&step.account).map(|account| account.partition);
            let Some(principal) = failure.refused_principal(partition.unwrap_or_default()) else { continue };
            match account_of(&principal).filter(|id| self.is_known(*id)) {
                Some(id) => {
                    failure.class = ErrorClass::Unavailable;
                    failure.message = format!(
                        "{}; account {id} is one of ours and there, so AWS has not caught up: run again in some minutes",
                        failure.message
                    );
                }
                None => {
                    principals.insert(principal);
                }
            }
        }
        learned |= !principals.is_empty();
        self.memory.quarantine.refuse(principals, self.goal.now);
        learned
    }

    fn is_known(&self, id: AccountId) -> bool {
        self.goal.gateways.contains(&id) || self.world.snapshot.accounts.contains_key(&id)
    }

    /// Takes down what became of the steps.
    pub(crate) fn book(&mut self, steps: &[Step], mut verdicts: Vec<Verdict>, ui: &mut impl Ui) -> Progress {
        let learned = self.learn(steps, &mut verdicts);
        let mut progress =
            Progress { done_anew: false, written: BTreeSet::new(), worth_another_try: learned };
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
    pub(crate) fn finish(mut self, outcome: Outcome, consent: Consent) -> Applied {
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
                let reason = match known.next_back() {
                    Some(reason) if !self.stopped => reason,
                    None if !self.stopped => Reason::RoundsUsedUp,
                    _ => Reason::Stopped,
                };
                not_done.push(NotDone { step, reason });
            }
        }
        let unreachable = self.world.unreachable.values().cloned().collect();
        let observed = self.world.snapshot.accounts.len();
        self.memory.world = std::mem::take(&mut self.world);
        Applied {
            errors,
            consent,
            done: self.done,
            failed: failures,
            not_done,
            left_out,
            held,
            orphans,
            unreachable,
            observed,
            rounds: self.rounds,
            calls: self.calls,
        }
    }
}

/// The account whose root a principal is.
fn account_of(principal: &str) -> Option<AccountId> {
    match Principal::parse_aws(principal) {
        Principal::Account { partition: _, id } => Some(id),
        _ => None,
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
