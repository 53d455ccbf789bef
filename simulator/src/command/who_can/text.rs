//! Who can reach what, as text: by role, principals of one way together, shortest first.

use super::{Findings, Reach};
use crate::command::origin::Origins;
use crate::render::text::{count, paragraph, push_line};
use crate::render::{entity, label};
use rolegate_engine::search::{Certainty, Hop, Path, PrincipalRef};
use rolegate_engine::{PolicyKind, StatementRef};
use rolegate_iam::AccountId;
use std::collections::{BTreeMap, BTreeSet};

type Names = BTreeMap<AccountId, String>;

pub(super) fn findings(found: &Findings, reach: Reach) -> String {
    let Findings { roles, missing, assumed, names, origins } = found;
    let mut out = String::new();
    for (role, answer) in roles {
        paragraph(&mut out, "", "  ", &format!("{}:", entity(role, names)));
        let ways = ways(&answer.paths, names, origins.as_ref());
        if ways.is_empty() {
            push_line(&mut out, if missing.is_empty() { "  no one" } else { "  nobody that is known" });
        }
        for way in ways {
            show(&mut out, &way);
        }
        push_line(&mut out, "");
    }
    if roles.is_empty() && missing.is_empty() {
        push_line(&mut out, "There is no role, so no one can enter.");
    }
    verdict(&mut out, found, reach);
    for what in assumed {
        paragraph(&mut out, "Assumed: ", "  ", &format!("{what}."));
    }
    out
}

fn verdict(out: &mut String, found: &Findings, reach: Reach) {
    let origins: BTreeSet<&PrincipalRef> = found
        .roles
        .iter()
        .flat_map(|(_, answer)| &answer.paths)
        .filter_map(|path| Some(&path.hops.first()?.from))
        .collect();
    if found.missing.is_empty() {
        let how = match reach {
            Reach::OneHop => "directly; --chains follows roles that enter roles",
            Reach::Chains => "over chains of any length",
        };
        let words = format!(
            "{} of {}, {how}. Nothing that was looked for is missing.",
            count(origins.len(), "principal reaches a role", "principals reach a role"),
            count(found.roles.len(), "role", "roles")
        );
        return paragraph(out, "", "", &words);
    }
    push_line(out, "Cannot tell whether that is all, or all certain. What is missing:");
    for what in &found.missing {
        paragraph(out, "  ? ", "    ", what);
    }
}

/// Principals that reach the target in the same way.
pub(in crate::command) struct Way {
    /// The first of them.
    pub(in crate::command) from: PrincipalRef,
    kind: String,
    /// All of them, for people.
    pub(in crate::command) who: BTreeSet<String>,
    /// What every hop requires, and through which statements.
    pub(in crate::command) hops: Vec<String>,
    by: BTreeSet<String>,
    /// The objects that declare it, where anything is declared.
    origin: Option<String>,
    pub(in crate::command) doubts: BTreeSet<String>,
}

/// Paths of one way together, in the order of the first of each.
pub(in crate::command) fn ways(paths: &[Path], names: &Names, origins: Option<&Origins>) -> Vec<Way> {
    let mut ways: Vec<(String, Way)> = Vec::new();
    for path in paths {
        let Some(first) = path.hops.first() else { continue };
        let (kind, who) = principal(&first.from, names);
        let hops = hops(&path.hops, names);
        let doubts = doubts(&path.certainty);
        let origin = origins.map(|origins| origins.tell(path));
        let key = format!("{kind}\n{hops:?}\n{doubts:?}\n{origin:?}");
        let by = path.hops.iter().flat_map(statements);
        if let Some((_, way)) = ways.iter_mut().find(|(known, _)| *known == key) {
            way.who.insert(who);
            way.by.extend(by);
        } else {
            let who = BTreeSet::from([who]);
            let from = first.from.clone();
            ways.push((key, Way { from, kind, who, hops, by: by.collect(), origin, doubts }));
        }
    }
    ways.into_iter().map(|(_, way)| way).collect()
}

fn show(out: &mut String, way: &Way) {
    let who: Vec<_> = way.who.iter().map(String::as_str).collect();
    let possibly = if way.doubts.is_empty() { "" } else { "possibly: " };
    paragraph(out, "  ", "    ", &format!("{possibly}{}{}", way.kind, who.join(", ")));
    match way.hops.as_slice() {
        [only] => paragraph(out, "    with ", "      ", only),
        many => calls(out, many),
    }
    ground(out, way);
}

/// The calls of a way of several, one after the other.
pub(in crate::command) fn calls(out: &mut String, hops: &[String]) {
    for (number, hop) in hops.iter().enumerate() {
        paragraph(out, &format!("    {}. ", number + 1), "       ", hop);
    }
}

/// What a way stands on: what declares it or by which statements, and what is not known.
pub(in crate::command) fn ground(out: &mut String, way: &Way) {
    if let Some(origin) = &way.origin {
        paragraph(out, "    ", "      ", origin);
    } else {
        let by: Vec<_> = way.by.iter().map(String::as_str).collect();
        paragraph(out, "    by ", "      ", &by.join(", "));
    }
    for doubt in &way.doubts {
        paragraph(out, "    ? ", "      ", doubt);
    }
}

fn principal(from: &PrincipalRef, names: &Names) -> (String, String) {
    match from {
        PrincipalRef::User(arn) => {
            (format!("users of {}: ", label(arn.account, names)), arn.name.to_string())
        }
        PrincipalRef::Role(arn) => ("sessions of ".to_owned(), entity(arn, names)),
        PrincipalRef::AnyoneIn(account) => {
            ("anyone whom its administrators allow in account ".to_owned(), label(*account, names))
        }
        PrincipalRef::Anyone
        | PrincipalRef::Service(_)
        | PrincipalRef::Federated(_)
        | PrincipalRef::Other(_) => (String::new(), from.to_string()),
    }
}

/// What each hop requires; the way of one hop says nothing more, longer ones name the roles on the way.
fn hops(hops: &[Hop], names: &Names) -> Vec<String> {
    match hops {
        [only] => vec![only.requirements.to_string()],
        many => many
            .iter()
            .map(|Hop { to, requirements, .. }| format!("enters {}, with {requirements}", entity(to, names)))
            .collect(),
    }
}

fn statements(hop: &Hop) -> Vec<String> {
    let short = |statement: &StatementRef| {
        let sid = statement
            .sid
            .as_ref()
            .map_or_else(|| format!("statement {}", statement.index + 1), ToString::to_string);
        match &statement.policy.kind {
            PolicyKind::Trust => format!("{sid} (trust)"),
            PolicyKind::Inline(name) => format!("{sid} (policy {name})"),
            PolicyKind::Managed(arn) | PolicyKind::Boundary(arn) | PolicyKind::ManagedSession(arn) => {
                format!("{sid} (policy {})", arn.name)
            }
            PolicyKind::Session(_) => format!("{sid} (session policy)"),
            PolicyKind::Scp(name) | PolicyKind::Rcp(name) => format!("{sid} (policy {name})"),
            PolicyKind::Endpoint => format!("{sid} (endpoint policy)"),
        }
    };
    std::iter::once(short(&hop.trust_by)).chain(hop.identity_by.as_ref().map(short)).collect()
}

fn doubts(certainty: &Certainty) -> BTreeSet<String> {
    match certainty {
        Certainty::Certain => BTreeSet::new(),
        Certainty::Possible(doubts) => doubts.iter().map(ToString::to_string).collect(),
    }
}
