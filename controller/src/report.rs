//! What came of a reconciliation, for people (80 columns) and for programs (JSON). Prints nothing.

use crate::applied::{Applied, Consent, Done, Failed, NotDone, Unreachable};
use rolegate::render::text::{count, paragraph, push_line};
use rolegate::render::{effect_sign, render_held, render_left_out, render_orphans, render_steps};
use rolegate_iam::AccountId;
use rolegate_plan::outcome::{HeldRemoval, LeftOut, Orphan};
use rolegate_plan::step::{Effect, Step};
use rolegate_plan::validate::Validated;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The report for people.
pub fn text(applied: &Applied, validated: &Validated) -> String {
    let names: BTreeMap<AccountId, String> =
        validated.accounts.values().map(|account| (account.id, account.name.to_string())).collect();
    let mut out = String::new();
    for error in &applied.errors {
        push_line(&mut out, &format!("error: {error}"));
    }
    let failed: Vec<(&Step, String)> =
        applied.failed.iter().map(|failed| (&failed.step, format!(": {}", failed.failure))).collect();
    section(&mut out, "Failed:", &failed, &names);
    let not_done: Vec<(&Step, String)> =
        applied.not_done.iter().map(|not_done| (&not_done.step, format!(": {}", not_done.reason))).collect();
    section(&mut out, "Not done:", &not_done, &names);
    out.push_str(&unreachable(&applied.unreachable));
    let known: Vec<LeftOut> =
        applied.left_out.iter().filter(|left| !is_explained(left, applied)).cloned().collect();
    out.push_str(&render_left_out(&known, &names));
    out.push_str(&render_held(&applied.held, &names));
    out.push_str(&render_orphans(&applied.orphans, &names));
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
pub fn unreachable<'a>(accounts: impl IntoIterator<Item = &'a Unreachable>) -> String {
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

/// Whether the account as a whole is named among the unreachable ones, with the cause.
fn is_explained(left: &LeftOut, applied: &Applied) -> bool {
    left.object.is_empty() && applied.unreachable.iter().any(|account| account.id == left.account)
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
        "calls": {"observed": calls.observed, "performed": calls.performed},
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
