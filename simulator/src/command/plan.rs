//! `rolegate plan`: what would be done to accounts as seen, or from nothing.

use super::declared::NOT_OBSERVED;
use super::{API_VERSION, Declared, Output, Question};
use crate::render::text::push_line;
use crate::{Answer, Code, render};
use rolegate_plan::outcome::{HeldRemoval, LeftOut, Orphan, Outcome};
use rolegate_plan::step::{Effect, Step};
use serde_json::{Value, json};

/// Answers.
pub fn plan(question: &Question, output: Output) -> Answer {
    let Declared { validated, outcome, seen: _ } = match question.declared() {
        Ok(declared) => declared,
        Err(answer) => return answer,
    };
    let code = code(&outcome);
    let out = match output {
        Output::Text => render::render_plan(&outcome, &validated),
        Output::Json => format!("{:#}\n", report(&outcome)),
    };
    let mut answer = Answer::new(code, out);
    if question.snapshot.is_none() {
        push_line(
            &mut answer.talk,
            "No snapshot was given: this is the plan for accounts in which nothing was made yet.",
        );
    }
    if let Some(approved) = &question.approved
        && !outcome.held.removals.is_empty()
    {
        let words =
            format!("The digest {approved} does not name what is held; it is {}.", outcome.held.digest);
        push_line(&mut answer.talk, &words);
    } else if !outcome.held.removals.is_empty() {
        let words = format!("To let exactly this set go: --approve-removals {}", outcome.held.digest);
        push_line(&mut answer.talk, &words);
    }
    answer
}

fn code(outcome: &Outcome) -> Code {
    let Outcome { errors: _, left_out, plan, held, approved: _, orphans: _ } = outcome;
    if left_out.iter().any(|left| left.reason == NOT_OBSERVED) {
        Code::Unknown
    } else if plan.is_empty() && left_out.is_empty() && held.removals.is_empty() {
        Code::Yes
    } else {
        Code::No
    }
}

fn report(outcome: &Outcome) -> Value {
    let Outcome { errors: _, left_out: _, plan, held, approved, orphans } = outcome;
    json!({
        "apiVersion": API_VERSION,
        "kind": "PlanReport",
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "held": {"digest": held.digest, "removals": held.removals.iter().map(removal).collect::<Vec<_>>()},
        "approved": approved.iter().map(removal).collect::<Vec<_>>(),
        "leftOut": self::left_out(outcome),
        "orphans": orphans
            .iter()
            .map(|Orphan { account, what }| json!({"account": account.to_string(), "what": what}))
            .collect::<Vec<_>>(),
    })
}

fn step(step: &Step) -> Value {
    let Step { account, action, effect, cause, after, seen } = step;
    let effect = match effect {
        Effect::Narrows => "Narrows",
        Effect::Widens => "Widens",
        Effect::Neutral => "Neutral",
    };
    json!({
        "account": account.to_string(),
        "action": action.to_string(),
        "effect": effect,
        "cause": cause.to_string(),
        "after": after,
        "seen": seen,
    })
}

fn removal(removal: &HeldRemoval) -> Value {
    let HeldRemoval { account, what, why } = removal;
    json!({"account": account.to_string(), "what": what, "why": why})
}

pub(super) fn left_out(outcome: &Outcome) -> Vec<Value> {
    let one = |LeftOut { account, object, reason, message }: &LeftOut| json!({"account": account.to_string(), "object": object, "reason": reason, "message": message});
    outcome.left_out.iter().map(one).collect()
}
