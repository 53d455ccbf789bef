//! The identity half of a grant: customer managed policies in the gateway that allow `sts:AssumeRole` on exactly the granted
//! role ARNs (design §5). Written from [`Gate`]s and read back into them; which policy holds which is for [`crate::pack`].

use crate::entry::Window;
use crate::naming::{is_remembered, signed};
use crate::trust::{Remembered, window_conditions};
use rolegate_iam::policy::{ActionClause, Effect, PrincipalClause, ResourceClause, Span, Version};
use rolegate_iam::{Document, Policy, RoleArn, Statement};
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet};

/// Leave to assume one role, within a window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gate {
    /// The role, exactly.
    pub role: RoleArn,
    /// When and from where.
    pub window: Window,
}

/// What a policy of ours in the gateway holds.
#[derive(Debug, Clone, Default)]
pub struct Gates {
    /// The gates, and whether each stands in a statement that we wrote as it is.
    pub gates: BTreeMap<Gate, Remembered>,
    /// Foreign statements that deny: taking them away gives access.
    pub foreign_denies: Vec<Statement>,
    /// Whether there are foreign statements that allow, or that nobody understands.
    pub foreign_allows: bool,
}

fn statement(window: &Window, roles: BTreeSet<SmolStr>) -> Statement {
    signed(unsigned(window, roles))
}

fn unsigned(window: &Window, roles: BTreeSet<SmolStr>) -> Statement {
    Statement {
        sid: None,
        effect: Effect::Allow,
        principal: PrincipalClause::Absent,
        action: ActionClause::Is(vec!["sts:AssumeRole".into()]),
        resource: ResourceClause::Is(roles.into_iter().collect()),
        conditions: window_conditions(window),
        span: Span::default(),
    }
}

/// The policy that opens exactly these gates, beside foreign denies that are kept for now. `None` without any statement: IAM
/// knows no empty policy.
pub fn write<'a>(gates: impl IntoIterator<Item = &'a Gate>, kept_denies: &[Statement]) -> Option<Document> {
    let mut windows: BTreeMap<&Window, BTreeSet<SmolStr>> = BTreeMap::new();
    for Gate { role, window } in gates {
        windows.entry(window).or_default().insert(format_smolstr!("{role}"));
    }
    let mut statements: Vec<_> =
        windows.into_iter().map(|(window, roles)| statement(window, roles)).collect();
    statements.extend(kept_denies.iter().cloned());
    if statements.is_empty() {
        return None;
    }
    Some(Document::from_policy(Policy { version: Version::V2012, statements, broken: Vec::new() }))
}

/// Reads one of our policies in a gateway.
pub fn read(document: &Document) -> Gates {
    let policy = document.policy();
    let mut found = Gates { foreign_allows: !policy.broken.is_empty(), ..Gates::default() };
    for statement in &policy.statements {
        if statement.effect == Effect::Deny {
            found.foreign_denies.push(Statement { sid: None, ..statement.clone() });
            continue;
        }
        match read_statement(statement) {
            Some((gates, remembered)) => {
                for gate in gates {
                    let known = found.gates.entry(gate).or_insert(remembered);
                    *known = (*known).min(remembered);
                }
            }
            None => found.foreign_allows = true,
        }
    }
    found
}

/// The gates of one statement, if it is exactly what [`write`] makes of them.
fn read_statement(found: &Statement) -> Option<(Vec<Gate>, Remembered)> {
    let ResourceClause::Is(resources) = &found.resource else { return None };
    let window = Window::read(&found.conditions)?;
    let roles = resources.iter().map(|resource| resource.parse().ok()).collect::<Option<Vec<RoleArn>>>()?;
    let again = unsigned(&window, roles.iter().map(|role| format_smolstr!("{role}")).collect());
    let canonical = found.canonical();
    let remembered = if is_remembered(found, &canonical) { Remembered::Yes } else { Remembered::No };
    (again.canonical() == canonical)
        .then(|| (roles.into_iter().map(|role| Gate { role, window: window.clone() }).collect(), remembered))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(role: &str) -> Gate {
        Gate {
            role: format!("arn:aws:iam::222222222222:role/{role}").parse().unwrap(),
            window: Window::default(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let later = Window { not_after: Some("2027-01-01T00:00:00Z".parse().unwrap()), ..Window::default() };
        let gates = [gate("A"), gate("B"), Gate { window: later, ..gate("A") }];
        let read = read(&write(&gates, &[]).unwrap());
        assert_eq!(read.gates, gates.iter().map(|gate| (gate.clone(), Remembered::Yes)).collect());
        assert!(!read.foreign_allows && read.foreign_denies.is_empty());
    }

    #[test]
    fn a_statement_with_a_wildcard_or_another_sid_is_not_ours() {
        let wide = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#;
        assert!(read(&Document::parse(wide)).foreign_allows);
        let text = write(&[gate("A")], &[]).unwrap().text().replace("role/A", "role/B");
        assert_eq!(read(&Document::parse(&text)).gates, [(gate("B"), Remembered::No)].into());
    }
}
