//! Who can reach what, for programs.

use super::Findings;
use crate::Code;
use crate::command::API_VERSION;
use crate::command::origin::Origins;
use rolegate_engine::StatementRef;
use rolegate_engine::search::{Certainty, Hop, Path};
use serde_json::{Value, json};

pub(super) fn report(found: &Findings, target: &str, code: Code) -> Value {
    let Findings { roles, missing, assumed, names, origins } = found;
    let path = |found: &Path| path(found, origins.as_ref());
    json!({
        "apiVersion": API_VERSION,
        "kind": "WhoCanReport",
        "target": target,
        "certain": code == Code::Yes,
        "missing": missing,
        "assumed": assumed,
        "accounts": names.iter().map(|(id, name)| (id.to_string(), json!(name))).collect::<serde_json::Map<_, _>>(),
        "roles": roles
            .iter()
            .map(|(role, answer)| json!({"role": role.to_string(), "paths": answer.paths.iter().map(path).collect::<Vec<_>>()}))
            .collect::<Vec<_>>(),
    })
}

/// One path, with what declares it.
pub(in crate::command) fn path(found: &Path, origins: Option<&Origins>) -> Value {
    let Path { hops, certainty } = found;
    let doubts: Vec<String> = match certainty {
        Certainty::Certain => Vec::new(),
        Certainty::Possible(doubts) => doubts.iter().map(ToString::to_string).collect(),
    };
    json!({
        "from": hops.first().map(|hop| hop.from.to_string()),
        "declaredBy": origins.map(|origins| origins.tell(found)),
        "certain": doubts.is_empty(),
        "doubts": doubts,
        "hops": hops.iter().map(hop).collect::<Vec<_>>(),
    })
}

fn hop(Hop { from, to, requirements, trust_by, identity_by }: &Hop) -> Value {
    json!({
        "from": from.to_string(),
        "to": to.to_string(),
        "requirements": requirements.0.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "trustBy": statement(trust_by),
        "identityBy": identity_by.as_ref().map(statement),
    })
}

fn statement(statement: &StatementRef) -> Value {
    let StatementRef { layer: _, policy, index, sid, span } = statement;
    json!({"policy": policy.to_string(), "index": index, "sid": sid.as_ref().map(ToString::to_string), "line": span.line})
}
