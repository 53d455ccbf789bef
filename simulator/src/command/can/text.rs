//! The answer as text: each hop a table of verdicts, and one sentence at the end.

use super::place::Places;
use super::{Findings, Hop};
use crate::Code;
use crate::command::origin::Behind;
use crate::render;
use crate::render::text::{paragraph, push_line};
use rolegate_engine::{
    ActionVerdicts, Caller, Decision, DenyKind, LayerVerdict, MfaInCall, Network, Said, SessionMfa,
    StatementRef, Verdict,
};
use rolegate_iam::RoleArn;
use std::collections::BTreeSet;

pub(super) fn findings(found: &Findings, places: &Places<'_>) -> String {
    let mut out = String::new();
    for (number, hop) in found.hops.iter().enumerate() {
        let step = if found.hops.len() > 1 { format!("{}. ", number + 1) } else { String::new() };
        let title = format!("{} enters {}", hop.from, render::entity(&hop.to, &found.names));
        paragraph(&mut out, &step, "  ", &title);
        paragraph(&mut out, "  with ", "    ", &circumstances(hop));
        for action in &hop.explanation.actions {
            table(&mut out, action, &hop.to, places);
        }
        push_line(&mut out, "");
    }
    verdict(&mut out, found, places);
    out
}

/// What the request says, and what was supposed where nothing was said.
fn circumstances(hop: &Hop) -> String {
    let Hop { caller, request, environment, .. } = hop;
    let mut all = vec![match caller {
        Caller::UserKey { .. } if request.mfa == MfaInCall::Valid => {
            "a long-term key and MFA in the call".to_owned()
        }
        Caller::UserKey { .. } => "a long-term key, without MFA".to_owned(),
        Caller::UserSession { mfa: None, .. } => "a session without MFA".to_owned(),
        Caller::UserSession { mfa: Some(at), .. } => format!("a session with MFA given at {at}"),
        Caller::RoleSession(session) => match session.mfa {
            SessionMfa::False => "a role session without MFA".to_owned(),
            SessionMfa::FromMfaSession { .. } => "a role session that comes from an MFA session".to_owned(),
            SessionMfa::NotKnown => "a role session of unknown origin".to_owned(),
        },
        Caller::Root { .. } | Caller::FederatedUser { .. } | Caller::Service { .. } => {
            "its own credentials".to_owned()
        }
    }];
    all.push(format!("session name {}", request.session_name));
    all.extend(request.external_id.iter().map(|id| format!("external id {id}")));
    all.extend(request.source_identity.iter().map(|identity| format!("source identity {identity}")));
    all.extend(request.tags.iter().map(|(key, value)| format!("tag {key}={value}")));
    all.extend(request.duration_seconds.map(|seconds| format!("duration {seconds} s")));
    all.push(match &environment.network {
        Network::Public(address) => format!("from {address}"),
        Network::VpcEndpoint { endpoint, .. } => format!("through {endpoint}"),
        Network::Unknown => "from an unknown address".to_owned(),
    });
    all.push(format!("at {}", environment.time));
    all.join(", ")
}

fn table(
    out: &mut String,
    ActionVerdicts { action, layers }: &ActionVerdicts,
    target: &RoleArn,
    places: &Places<'_>,
) {
    push_line(out, &format!("  {action}"));
    for layer in layers {
        let LayerVerdict { layer: kind, level, said, by, doubts, note } = layer;
        let name = format!("{kind}");
        let said = match said {
            Said::Allows => "allows",
            Said::Denies => "DENIES",
            Said::Silent => "does not allow",
            Said::Unknown => "cannot tell",
            Said::Absent => "-",
        };
        let mut words: Vec<String> = Vec::new();
        words.extend(level.as_ref().filter(|_| by.is_none()).map(ToString::to_string));
        words.extend(by.as_ref().map(ToString::to_string));
        words.extend(note.as_ref().map(ToString::to_string));
        let first = format!("    {name:<24} {said:<15} ");
        paragraph(out, &first, "      ", &words.join("; "));
        if let Some(by) = by {
            at(out, by, places);
            declared(out, by, target, places);
        }
        for doubt in doubts {
            paragraph(out, "      ? ", "        ", &doubt.to_string());
        }
    }
}

fn at(out: &mut String, statement: &StatementRef, places: &Places<'_>) {
    if let Some((file, position)) = places.of(statement) {
        paragraph(out, "      at ", "        ", &format!("{file}:{}:{}", position.line, position.column));
    }
}

fn declared(out: &mut String, statement: &StatementRef, target: &RoleArn, places: &Places<'_>) {
    for Behind { object, place } in places.declared(statement, target) {
        let place = place.map(|(file, at)| format!(", {file}:{}:{}", at.line, at.column));
        let words = format!("{object}{}", place.unwrap_or_default());
        paragraph(out, "      declared by ", "        ", &words);
    }
}

fn verdict(out: &mut String, found: &Findings, places: &Places<'_>) {
    let Findings { hops, code, .. } = found;
    match code {
        Code::Yes => push_line(out, "Yes: AWS allows it."),
        Code::No | Code::Bad => {
            let stopped = hops.iter().enumerate().find(|(_, hop)| hop.explanation.decision.is_no());
            let step = |number: usize| {
                if hops.len() > 1 { format!(" at step {}", number + 1) } else { String::new() }
            };
            if let Some((number, hop)) = stopped {
                let why = why(&hop.explanation.decision);
                paragraph(out, "No", "  ", &format!("{}: {why}.", step(number)));
                if let Decision::Denied { by: Some(by), .. } = &hop.explanation.decision {
                    at(out, by, places);
                }
            }
        }
        Code::Unknown => unknown(out, hops),
    }
}

fn unknown(out: &mut String, hops: &[Hop]) {
    let mut missing = BTreeSet::new();
    let mut likely = "yes";
    for hop in hops {
        if let Decision::Possible { default, needs } = &hop.explanation.decision {
            missing.extend(needs.iter().map(ToString::to_string));
            if *default == Verdict::Deny {
                likely = "no";
            }
        }
    }
    push_line(out, &format!("Cannot tell; rather {likely}. What is missing:"));
    for what in missing {
        paragraph(out, "  ? ", "    ", &what);
    }
}

fn why(decision: &Decision) -> String {
    match decision {
        Decision::Denied { kind: DenyKind::Explicit, layer, action, by } => match by {
            Some(by) => format!("the {layer} denies {action} ({by})"),
            None => format!("the {layer} denies {action}"),
        },
        Decision::Denied { kind: DenyKind::Implicit, layer, action, by: _ } => {
            format!("nothing in the {layer} allows {action}")
        }
        Decision::Refused { code, why } => {
            format!("AWS answers {code} whatever the policies say, because {why}")
        }
        Decision::Allowed { .. } | Decision::Possible { .. } => String::new(),
    }
}
