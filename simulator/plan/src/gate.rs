//! The identity half of a grant: customer managed policies in the gateway that allow `sts:AssumeRole` on exactly the granted
//! role ARNs (design §5). Written from [`Gate`]s, read back into them, packed into as few policies as the quota allows.

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
    signed(Statement {
        sid: None,
        effect: Effect::Allow,
        principal: PrincipalClause::Absent,
        action: ActionClause::Is(vec!["sts:AssumeRole".into()]),
        resource: ResourceClause::Is(roles.into_iter().collect()),
        conditions: window_conditions(window),
        span: Span::default(),
    })
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
            Some(gates) => {
                let remembered = if is_remembered(statement) { Remembered::Yes } else { Remembered::No };
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
fn read_statement(found: &Statement) -> Option<Vec<Gate>> {
    let ResourceClause::Is(resources) = &found.resource else { return None };
    let window = Window::read(&found.conditions)?;
    let roles = resources.iter().map(|resource| resource.parse().ok()).collect::<Option<Vec<RoleArn>>>()?;
    let again = statement(&window, roles.iter().map(|role| format_smolstr!("{role}")).collect());
    (again.canonical() == found.canonical())
        .then(|| roles.into_iter().map(|role| Gate { role, window: window.clone() }).collect())
}

/// Distributes gates over numbered policies of at most `quota` characters (AWS's counting). A gate that has a place keeps
/// it; new ones fill the first policy with room, then new policies. The result holds every gate exactly once.
pub fn pack(
    wanted: &BTreeSet<Gate>,
    places: &BTreeMap<Gate, usize>,
    quota: usize,
) -> BTreeMap<usize, BTreeSet<Gate>> {
    let mut scale = Scale::default();
    let mut policies: BTreeMap<usize, Packed<'_>> = BTreeMap::new();
    for gate in wanted {
        if let Some(place) = places.get(gate) {
            let packed = policies.entry(*place).or_default();
            let cost = packed.cost(gate, &mut scale);
            packed.add(gate, cost);
        }
    }
    for gate in wanted.iter().filter(|gate| !places.contains_key(gate)) {
        let mut index = 1;
        loop {
            let packed = policies.entry(index).or_default();
            let cost = packed.cost(gate, &mut scale);
            if packed.gates.is_empty() || packed.size + cost <= quota {
                packed.add(gate, cost);
                break;
            }
            index += 1;
        }
    }
    policies.into_iter().map(|(index, packed)| (index, packed.gates)).collect()
}

/// One policy being filled.
#[derive(Default)]
struct Packed<'a> {
    gates: BTreeSet<Gate>,
    windows: BTreeSet<&'a Window>,
    /// Never less than the size that IAM counts.
    size: usize,
}

impl<'a> Packed<'a> {
    /// What the gate adds at most: its ARN in a list, and a statement of its own if no other has its window.
    fn cost(&self, gate: &'a Gate, scale: &mut Scale<'a>) -> usize {
        let frame = if self.windows.contains(&gate.window) { 0 } else { scale.frame(gate) };
        frame + format_smolstr!("{}", gate.role).len() + "\"\",".len()
    }

    fn add(&mut self, gate: &'a Gate, cost: usize) {
        self.gates.insert(gate.clone());
        self.windows.insert(&gate.window);
        self.size += cost;
    }
}

/// The size of a policy with one statement for each window, measured once.
#[derive(Default)]
struct Scale<'a>(BTreeMap<&'a Window, usize>);

impl<'a> Scale<'a> {
    fn frame(&mut self, gate: &'a Gate) -> usize {
        // A list has brackets that a single value lacks.
        let measure = || write([gate], &[]).map_or(0, |document| document.size()) + "[]".len();
        *self.0.entry(&gate.window).or_insert_with(measure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(gates: &BTreeSet<Gate>) -> usize {
        write(gates, &[]).map_or(0, |document| document.size())
    }

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

    #[test]
    fn packing_holds_every_gate_once_within_the_quota_and_moves_nothing() {
        let mut places = BTreeMap::new();
        let mut wanted = BTreeSet::new();
        for number in 0..400 {
            wanted.insert(gate(&format!("role-number-{number}")));
            let packed = pack(&wanted, &places, 6144);
            let all: Vec<_> = packed.values().flatten().cloned().collect();
            assert_eq!(all.len(), wanted.len());
            assert!(packed.values().all(|gates| size(gates) <= 6144));
            let now: BTreeMap<Gate, usize> = packed
                .iter()
                .flat_map(|(index, gates)| gates.iter().map(|gate| (gate.clone(), *index)))
                .collect();
            assert!(places.iter().all(|(gate, place)| now.get(gate) == Some(place)));
            places = now;
        }
        assert!(places.values().max() > Some(&1));
    }

    #[test]
    fn what_a_gate_costs_is_never_less_than_what_it_adds() {
        let windows = ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]
            .map(|end| Window { not_after: Some(end.parse().unwrap()), ..Window::default() });
        let mut wanted = BTreeSet::new();
        for number in 0..60 {
            let window = windows.get(number % 3).cloned().unwrap_or_default();
            wanted.insert(Gate { window, ..gate(&format!("r{number}")) });
        }
        for quota in 300..900 {
            let packed = pack(&wanted, &BTreeMap::new(), quota);
            assert!(packed.values().all(|gates| gates.len() == 1 || size(gates) <= quota), "{quota}");
        }
    }
}
