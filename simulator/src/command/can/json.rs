//! The answer for programs.

use super::place::Places;
use super::{Asked, Findings, Hop};
use crate::Code;
use crate::command::API_VERSION;
use crate::command::origin::Behind;
use rolegate_engine::{Decision, LayerVerdict, Said, StatementRef, Verdict};
use rolegate_iam::RoleArn;
use serde_json::{Value, json};

pub(super) fn report(found: &Findings, asked: &Asked, places: &Places<'_>) -> Value {
    json!({
        "apiVersion": API_VERSION,
        "kind": "CanReport",
        "subject": asked.subject,
        "target": asked.target,
        "answer": match found.code {
            Code::Yes => "yes",
            Code::No | Code::Bad => "no",
            Code::Unknown => "unknown",
        },
        "hops": found.hops.iter().map(|hop| self::hop(hop, places)).collect::<Vec<_>>(),
    })
}

fn hop(hop: &Hop, places: &Places<'_>) -> Value {
    json!({
        "from": hop.from,
        "to": hop.to.to_string(),
        "sessionName": hop.request.session_name.as_str(),
        "decision": decision(&hop.explanation.decision, places),
        "actions": hop.explanation.actions.iter().map(|action| json!({
            "action": action.action.as_str(),
            "layers": action.layers.iter().map(|layer| verdict(layer, &hop.to, places)).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn verdict(verdict: &LayerVerdict, target: &RoleArn, places: &Places<'_>) -> Value {
    let LayerVerdict { layer, level, said, by, doubts, note } = verdict;
    json!({
        "layer": layer.to_string(),
        "level": level.as_ref().map(ToString::to_string),
        "says": match said {
            Said::Allows => "allows",
            Said::Denies => "denies",
            Said::Silent => "silent",
            Said::Unknown => "unknown",
            Said::Absent => "absent",
        },
        "by": by.as_ref().map(|by| statement(by, places)),
        "declaredBy": by.as_ref().map(|by| declared(by, target, places)).unwrap_or_default(),
        "doubts": doubts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "note": note.as_ref().map(ToString::to_string),
    })
}

fn decision(decision: &Decision, places: &Places<'_>) -> Value {
    match decision {
        Decision::Allowed { granted_by } => {
            let by: Vec<_> = granted_by.iter().map(|by| statement(by, places)).collect();
            json!({"result": "allowed", "grantedBy": by})
        }
        Decision::Denied { kind, layer, action, by } => json!({
            "result": "denied",
            "kind": format!("{kind:?}").to_lowercase(),
            "layer": layer.to_string(),
            "action": action.as_str(),
            "by": by.as_ref().map(|by| statement(by, places)),
        }),
        Decision::Refused { code, why } => {
            json!({"result": "refused", "error": code.as_str(), "why": why.as_str()})
        }
        Decision::Possible { default, needs } => json!({
            "result": "unknown",
            "likelier": if *default == Verdict::Allow { "allowed" } else { "denied" },
            "missing": needs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
    }
}

fn declared(statement: &StatementRef, target: &RoleArn, places: &Places<'_>) -> Vec<Value> {
    let object = |Behind { object, place }: Behind<'_>| {
        json!({
            "object": object,
            "file": place.map(|(file, _)| file),
            "line": place.map(|(_, at)| at.line),
            "column": place.map(|(_, at)| at.column),
        })
    };
    places.declared(statement, target).into_iter().map(object).collect()
}

fn statement(statement: &StatementRef, places: &Places<'_>) -> Value {
    let place = places.of(statement);
    json!({
        "policy": statement.policy.to_string(),
        "index": statement.index,
        "sid": statement.sid.as_ref().map(ToString::to_string),
        "file": place.map(|(file, _)| file),
        "line": place.map(|(_, at)| at.line),
        "column": place.map(|(_, at)| at.column),
    })
}
