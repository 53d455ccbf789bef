//! One round: performs the steps of a plan that may be performed now, accounts side by side, each in the order of the plan.
//! Decides nothing about what is right: see `rolegate_plan`.

use crate::applied::{Reason, is_passing};
use crate::pace::{Pace, Sleeper};
use futures::StreamExt;
use futures::stream;
use rolegate_iam::AccountId;
use rolegate_plan::port::{Entrance, ErrorClass, Failure, Port};
use rolegate_plan::step::{Effect, Plan, Step};
use std::collections::BTreeMap;

/// After so many steps in a row that AWS did not answer, the rest of the account's round is left for later.
const PATIENCE: u32 = 3;

/// What became of one step in a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// AWS did it.
    Done,
    /// AWS refused, or did not answer.
    Failed(Failure),
    /// It was not tried.
    NotTried(Reason),
}

/// Performs what may be performed. `may_try` tells, by index, why a step must not be tried whatever it waits for.
pub(crate) async fn perform<P: Port, S: Sleeper>(
    port: &P,
    plan: &Plan,
    entrances: &BTreeMap<AccountId, Entrance>,
    may_try: &(dyn Fn(&Step) -> Result<(), Verdict> + Sync),
    pace: &Pace<S>,
) -> Vec<Verdict> {
    let mut by_account: BTreeMap<AccountId, Vec<usize>> = BTreeMap::new();
    for (index, step) in plan.steps.iter().enumerate() {
        by_account.entry(step.account).or_default().push(index);
    }
    let later = || Verdict::NotTried(Reason::LeftForLater);
    let mut verdicts: Vec<Verdict> = plan.steps.iter().map(|_| later()).collect();
    let mut rounds = stream::iter(by_account)
        .map(|(id, steps)| account(port, plan, entrances.get(&id), steps, may_try))
        .buffer_unordered(pace.accounts_at_once.max(1));
    while let Some(answers) = rounds.next().await {
        for (index, verdict) in answers {
            if let Some(slot) = verdicts.get_mut(index) {
                *slot = verdict;
            }
        }
    }
    verdicts
}

async fn account<P: Port>(
    port: &P,
    plan: &Plan,
    entrance: Option<&Entrance>,
    steps: Vec<usize>,
    may_try: &(dyn Fn(&Step) -> Result<(), Verdict> + Sync),
) -> BTreeMap<usize, Verdict> {
    let mut verdicts: BTreeMap<usize, Verdict> = BTreeMap::new();
    let mut unanswered = 0;
    for index in steps {
        let Some(step) = plan.steps.get(index) else { continue };
        let verdict = match ready(plan, step, &verdicts).and_then(|()| may_try(step)) {
            Err(verdict) => verdict,
            // What takes access away is tried in any case.
            Ok(()) if unanswered >= PATIENCE && step.effect != Effect::Narrows => {
                Verdict::NotTried(Reason::LeftForLater)
            }
            Ok(()) => try_step(port, entrance, step).await,
        };
        match &verdict {
            Verdict::Failed(failure) if is_silence(failure.class) => unanswered += 1,
            Verdict::Failed(_) | Verdict::Done => unanswered = 0,
            Verdict::NotTried(_) => {}
        }
        verdicts.insert(index, verdict);
    }
    verdicts
}

async fn try_step<P: Port>(port: &P, entrance: Option<&Entrance>, step: &Step) -> Verdict {
    let Some(entrance) = entrance else {
        return Verdict::Failed(Failure {
            call: "AssumeRole",
            class: ErrorClass::Bug,
            code: None,
            message: format!("no AWSAccount describes {}", step.account),
        });
    };
    match port.perform(entrance, &step.action).await {
        Ok(()) => Verdict::Done,
        Err(failure) => Verdict::Failed(failure),
    }
}

/// A step that must be seen waits for the next round; so does one whose forerunner was not done in this round in this account.
fn ready(plan: &Plan, step: &Step, verdicts: &BTreeMap<usize, Verdict>) -> Result<(), Verdict> {
    let undone = step.after.iter().filter(|before| verdicts.get(before) != Some(&Verdict::Done));
    let waits_for: Vec<String> =
        step.seen.iter().chain(undone).filter_map(|index| name(plan, *index)).collect();
    if waits_for.is_empty() { Ok(()) } else { Err(Verdict::NotTried(Reason::WaitsFor(waits_for))) }
}

fn name(plan: &Plan, index: usize) -> Option<String> {
    plan.steps.get(index).map(|step| format!("{} in {}", step.action, step.account))
}

fn is_silence(class: ErrorClass) -> bool {
    is_passing(class) && matches!(class, ErrorClass::Throttled | ErrorClass::Unavailable)
}
