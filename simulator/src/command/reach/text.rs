//! What is reached, as text: by role, the ways into it shortest first.

use super::subject::Who;
use super::{Findings, Reached};
use crate::command::who_can::text::{Way, calls, ground, ways};
use crate::render;
use crate::render::text::{count, paragraph, push_line};
use rolegate_engine::search::PrincipalRef;

pub(super) fn findings(found: &Findings) -> String {
    let mut out = String::new();
    let who = found.who.label(&found.names);
    if !found.reached.is_empty() {
        paragraph(&mut out, "", "  ", &format!("What {who} can enter:"));
        push_line(&mut out, "");
    }
    for Reached { role, paths, certain: _ } in &found.reached {
        paragraph(&mut out, "", "  ", &format!("{}:", render::entity(role, &found.names)));
        for way in ways(paths, &found.names, found.origins.as_ref()) {
            show(&mut out, &way, found);
        }
        push_line(&mut out, "");
    }
    verdict(&mut out, found, &who);
    for what in &found.assumed {
        paragraph(&mut out, "Assumed: ", "  ", &format!("{what}."));
    }
    out
}

fn show(out: &mut String, way: &Way, found: &Findings) {
    let possibly = if way.doubts.is_empty() { "" } else { "possibly " };
    let who = whose(way, found);
    match way.hops.as_slice() {
        [only] => paragraph(out, "  ", "    ", &format!("{possibly}in one call{who}, with {only}")),
        many => {
            paragraph(out, "  ", "    ", &format!("{possibly}in {} calls{who}:", many.len()));
            calls(out, many);
        }
    }
    ground(out, way);
}

/// Whose way it is, where that is not everybody who is asked about, each by name.
fn whose(way: &Way, found: &Findings) -> String {
    let by_name = matches!(
        way.from,
        PrincipalRef::User(_) | PrincipalRef::Role(_) | PrincipalRef::Service(_) | PrincipalRef::Anyone
    );
    match &found.who {
        Who::Group(group) if by_name && way.who.len() < group.members.len() => {
            let who: Vec<&str> = way.who.iter().map(String::as_str).collect();
            format!(" ({})", who.join(", "))
        }
        _ if by_name => String::new(),
        _ => format!(" (as {})", way.from),
    }
}

fn verdict(out: &mut String, found: &Findings, who: &str) {
    let Findings { reached, roles, accounts, missing, .. } = found;
    let world = format!(
        "{} in {}, over chains of any length",
        count(*roles, "role", "roles"),
        count(*accounts, "account", "accounts")
    );
    if missing.is_empty() {
        let words = match reached.len() {
            0 => format!("Nothing: {who} can enter none of {world}. Nothing that was looked for is missing."),
            number => format!("{number} of {world}. Nothing that was looked for is missing."),
        };
        return paragraph(out, "", "", &words);
    }
    if reached.is_empty() {
        let words = format!("Nothing is known that {who} can enter, of {world}.");
        paragraph(out, "", "", &words);
    }
    push_line(out, "Cannot tell whether that is all, or all certain. What is missing:");
    for what in missing {
        paragraph(out, "  ? ", "    ", what);
    }
}
