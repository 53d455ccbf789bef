//! `rolegate check`: are the manifests sound, alone or against accounts as seen?

use super::declared::NOT_OBSERVED;
use super::{API_VERSION, Declared, Output, Question};
use crate::render::text::{count, push_line};
use crate::{Answer, Code, render};
use serde_json::json;

/// Answers.
pub fn check(question: &Question, output: Output) -> Answer {
    let Declared { validated, outcome, seen: _ } = match question.declared() {
        Ok(declared) => declared,
        Err(answer) => return answer,
    };
    let counts = [
        count(validated.accounts.len(), "account", "accounts"),
        count(validated.roles.len(), "role", "roles"),
        count(validated.groups.len(), "group", "groups"),
        count(validated.accesses.len(), "binding", "bindings"),
    ];
    let code = if outcome.left_out.iter().any(|left| left.reason == NOT_OBSERVED) {
        Code::Unknown
    } else if outcome.left_out.is_empty() {
        Code::Yes
    } else {
        Code::No
    };
    let out = match output {
        Output::Text => {
            let mut out = String::new();
            let names = render::names(&validated);
            out.push_str(&render::render_left_out(&outcome.left_out, &names));
            let verdict = if code == Code::Yes {
                "The manifests are sound"
            } else {
                "The manifests are sound in themselves"
            };
            push_line(&mut out, &format!("{verdict}: {}.", counts.join(", ")));
            out
        }
        Output::Json => {
            let report = json!({
                "apiVersion": API_VERSION,
                "kind": "CheckReport",
                "accounts": validated.accounts.len(),
                "roles": validated.roles.len(),
                "groups": validated.groups.len(),
                "bindings": validated.accesses.len(),
                "leftOut": super::plan::left_out(&outcome),
            });
            format!("{report:#}\n")
        }
    };
    Answer::new(code, out)
}
