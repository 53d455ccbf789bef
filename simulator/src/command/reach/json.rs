//! What is reached, for programs.

use super::subject::Who;
use super::{Findings, Reached};
use crate::Code;
use crate::command::API_VERSION;
use crate::command::who_can::json::path;
use serde_json::{Map, Value, json};

pub(super) fn report(found: &Findings, asked: &str, code: Code) -> Value {
    let Findings { who, reached, roles, accounts, missing, assumed, names, origins } = found;
    let (kind, name) = who.identity();
    let members = match who {
        Who::Group(group) => Some(group.members.iter().map(ToString::to_string).collect::<Vec<_>>()),
        Who::Anyone | Who::One(_) => None,
    };
    let role = |Reached { role, paths, certain }: &Reached| {
        json!({
            "role": role.to_string(),
            "certain": certain,
            "paths": paths.iter().map(|found| path(found, origins.as_ref())).collect::<Vec<_>>(),
        })
    };
    json!({
        "apiVersion": API_VERSION,
        "kind": "ReachReport",
        "subject": {"asked": asked, "kind": kind, "name": name, "members": members},
        "answer": match code {
            Code::Yes => "yes",
            Code::No | Code::Bad => "no",
            Code::Unknown => "unknown",
        },
        "certain": code != Code::Unknown,
        "missing": missing,
        "assumed": assumed,
        "accounts": names.iter().map(|(id, name)| (id.to_string(), json!(name))).collect::<Map<_, _>>(),
        "lookedAt": {"roles": roles, "accounts": accounts},
        "reached": reached.iter().map(role).collect::<Vec<_>>(),
    })
}
