//! What a written document means for access, in words: who is let in by a trust policy, which roles a gate opens.

use rolegate_iam::Document;
use rolegate_plan::entry::{Facts, SessionNameRule};
use rolegate_plan::gate::{self, Gate};
use rolegate_plan::naming::Installation;
use rolegate_plan::step::Action;
use rolegate_plan::trust;
use std::collections::BTreeMap;

/// One line for each way in or out that the document of a step gives; nothing for other steps.
pub(super) fn lines(action: &Action, installation: &Installation) -> Vec<String> {
    match action {
        Action::UpdateTrust { document, .. } => entries(document, installation),
        Action::CreatePolicy { document, .. } | Action::CreatePolicyVersion { document, .. } => {
            gates(document)
        }
        _ => Vec::new(),
    }
}

fn entries(document: &Document, installation: &Installation) -> Vec<String> {
    let found = trust::read(document, installation);
    if found.entries.is_empty() {
        return vec!["lets nobody in".to_owned()];
    }
    let mut by_facts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in found.entries.keys() {
        by_facts.entry(entry.facts.to_string()).or_default().push(entry.who.to_string());
    }
    by_facts.into_iter().map(|(facts, who)| with(&format!("lets in {}", who.join(", ")), &facts)).collect()
}

fn gates(document: &Document) -> Vec<String> {
    let mut by_window: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Gate { role, window } in gate::read(document).gates.into_keys() {
        let facts = Facts { mfa: None, session_name: SessionNameRule::Any, window };
        by_window.entry(facts.to_string()).or_default().push(format!("{}/{}", role.account, role.name));
    }
    by_window
        .into_iter()
        .map(|(window, roles)| with(&format!("opens {}", roles.join(", ")), &window))
        .collect()
}

fn with(what: &str, conditions: &str) -> String {
    if conditions.is_empty() { what.to_owned() } else { format!("{what}: {conditions}") }
}
