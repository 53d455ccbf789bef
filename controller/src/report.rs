//! What came of a reconciliation, for people (80 columns) and for programs (JSON). Prints nothing.

use crate::applied::{Applied, Consent, Done, Failed, NotDone, Unreachable};
use crate::apply::Preview;
use rolegate::render::text::{count, paragraph, push_line};
use rolegate::render::{
    effect_sign, render_held, render_left_out, render_orphans, render_plan, render_steps,
};
use rolegate_iam::AccountId;
use rolegate_plan::outcome::{Held, HeldRemoval, LeftOut, Orphan, Outcome};
use rolegate_plan::step::{Effect, Step};
use rolegate_plan::validate::Validated;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What was shown to people before anything was written, and need not be told again.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    left_out: Vec<LeftOut>,
    held: Held,
    orphans: Vec<Orphan>,
    unreachable: Vec<Unreachable>,
}

impl Shown {
    /// All of the preview.
    pub fn preview(Preview { outcome, unreachable }: &Preview<'_>) -> Self {
        Self {
            left_out: outcome.left_out.clone(),
            held: outcome.held.clone(),
            orphans: outcome.orphans.clone(),
            unreachable: unreachable.iter().map(|account| (*account).clone()).collect(),
        }
    }

    /// The removals that were shown as held.
    pub fn held(&self) -> &Held {
        &self.held
    }
}

/// The plan for people: what would be done, what is in the way, what is held.
pub fn preview(Preview { outcome, unreachable }: &Preview<'_>, validated: &Validated) -> String {
    let accounts: Vec<Unreachable> = unreachable.iter().map(|account| (*account).clone()).collect();
    let left_out = unexplained(&outcome.left_out, &accounts);
    let plan = render_plan(&Outcome { left_out, ..(*outcome).clone() }, validated);
    format!("{}{plan}", self::unreachable(&accounts))
}

/// The report for people, without what was shown already.
pub fn text(applied: &Applied, validated: &Validated, shown: &Shown) -> String {
    let names: BTreeMap<AccountId, String> =
        validated.accounts.values().map(|account| (account.id, account.name.to_string())).collect();
    let mut out = String::new();
    for error in &applied.errors {
        push_line(&mut out, &format!("error: {error}"));
    }
    let failed: Vec<(&Step, String)> =
        applied.failed.iter().map(|failed| (&failed.step, format!(": {}", failed.failure))).collect();
    section(&mut out, "Failed:", &failed, &names);
    if applied.consent == Consent::Given {
        let not_done = applied.not_done.iter();
        let not_done: Vec<(&Step, String)> =
            not_done.map(|not_done| (&not_done.step, format!(": {}", not_done.reason))).collect();
        section(&mut out, "Not done:", &not_done, &names);
    }
    if applied.unreachable != shown.unreachable {
        out.push_str(&unreachable(&applied.unreachable));
    }
    if applied.left_out != shown.left_out {
        out.push_str(&render_left_out(&unexplained(&applied.left_out, &applied.unreachable), &names));
    }
    if applied.held != shown.held {
        out.push_str(&render_held(&applied.held, &names));
    }
    if applied.orphans != shown.orphans {
        out.push_str(&render_orphans(&applied.orphans, &names));
    }
    paragraph(&mut out, "", "  ", &summary(applied));
    out
}

fn section(out: &mut String, title: &str, steps: &[(&Step, String)], names: &BTreeMap<AccountId, String>) {
    if !steps.is_empty() {
        push_line(out, title);
        out.push_str(&render_steps(steps, names));
    }
}

/// Accounts that could not be observed.
fn unreachable(accounts: &[Unreachable]) -> String {
    let mut out = String::new();
    for Unreachable { name, id, failure } in accounts {
        if out.is_empty() {
            push_line(&mut out, "Not observed, so nothing is known and nothing is done there:");
        }
        paragraph(&mut out, "  ! ", "      ", &format!("{name} ({id}): {failure}"));
    }
    if !out.is_empty() {
        push_line(&mut out, "");
    }
    out
}

/// What is left out beside the accounts that are named, with the cause, among the unreachable ones.
fn unexplained(left_out: &[LeftOut], unreachable: &[Unreachable]) -> Vec<LeftOut> {
    let is_named = |left: &&LeftOut| {
        left.reason == "NotObserved" && unreachable.iter().any(|account| account.id == left.account)
    };
    left_out.iter().filter(|left| !is_named(left)).cloned().collect()
}

fn summary(applied: &Applied) -> String {
    let failing = applied.failed.len() + applied.not_done.len();
    let widened = applied.done.iter().filter(|done| done.step.effect == Effect::Widens).count();
    let narrowed = applied.done.iter().filter(|done| done.step.effect == Effect::Narrows).count();
    let mut words = match applied.consent {
        Consent::Refused => "Nothing was written".to_owned(),
        Consent::Given if applied.done.is_empty() => "Nothing was done".to_owned(),
        Consent::Given => format!(
            "Done: {} in {} ({widened} gave access, {narrowed} took it away)",
            count(applied.done.len(), "step", "steps"),
            count(applied.rounds, "round", "rounds"),
        ),
    };
    for (number, what) in [
        (failing, "not done"),
        (applied.held.removals.len(), "held"),
        (applied.left_out.len(), "left out"),
        (applied.unreachable.len(), "accounts not observed"),
    ] {
        if number > 0 {
            words = format!("{words}; {number} {what}");
        }
    }
    match applied.ending() {
        crate::applied::Ending::AsDeclared => format!("{words}. AWS is as declared."),
        _ => format!("{words}. AWS is not yet as declared."),
    }
}

/// The report for programs.
pub fn json(applied: &Applied) -> Value {
    let Applied {
        errors,
        consent,
        done,
        failed,
        not_done,
        left_out,
        held,
        orphans,
        unreachable,
        observed,
        rounds,
        calls,
    } = applied;
    json!({
        "ending": format!("{:?}", applied.ending()),
        "consent": format!("{consent:?}"),
        "errors": errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "done": done.iter().map(|Done { step, round }| with(step, &[("round", json!(round))])).collect::<Vec<_>>(),
        "failed": failed.iter().map(|Failed { step, failure, tries }| with(step, &[
            ("call", json!(failure.call)),
            ("class", json!(failure.class.as_str())),
            ("code", json!(failure.code)),
            ("message", json!(failure.message)),
            ("tries", json!(tries)),
        ])).collect::<Vec<_>>(),
        "notDone": not_done.iter()
            .map(|NotDone { step, reason }| with(step, &[("reason", json!(reason.to_string()))]))
            .collect::<Vec<_>>(),
        "leftOut": left_out.iter().map(|LeftOut { account, object, reason, message }| json!({
            "account": account.as_str(), "object": object, "reason": reason, "message": message,
        })).collect::<Vec<_>>(),
        "held": {
            "digest": held.digest,
            "removals": held.removals.iter().map(|HeldRemoval { account, what, why }| json!({
                "account": account.as_str(), "what": what, "why": why,
            })).collect::<Vec<_>>(),
        },
        "orphans": orphans.iter()
            .map(|Orphan { account, what }| json!({"account": account.as_str(), "what": what}))
            .collect::<Vec<_>>(),
        "unreachable": unreachable.iter().map(|Unreachable { name, id, failure }| json!({
            "name": name, "account": id.as_str(), "call": failure.call, "class": failure.class.as_str(),
            "code": failure.code, "message": failure.message,
        })).collect::<Vec<_>>(),
        "observed": observed,
        "rounds": rounds,
        "calls": {"observed": calls.observed, "confirmed": calls.confirmed, "performed": calls.performed},
    })
}

fn with(step: &Step, more: &[(&str, Value)]) -> Value {
    let mut value = json!({
        "account": step.account.as_str(),
        "effect": effect_sign(step.effect).to_string(),
        "action": step.action.to_string(),
        "cause": step.cause.to_string(),
    });
    if let Some(object) = value.as_object_mut() {
        object.extend(more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    }
    value
}
