//! A document as a tree whose members keep their order, and its printing as JSON. Escapes whatever a name may hold.

use rolegate_iam::policy::{ActionClause, Condition, Effect, ResourceClause, Version};
use rolegate_iam::{Document, Statement};
use smol_str::SmolStr;

/// A tree of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn map<K: Into<String>>(members: impl IntoIterator<Item = (K, Node)>) -> Self {
        Self::Map(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A permissions policy in AWS's usual order of elements.
    pub(super) fn of(document: &Document) -> Self {
        let policy = document.policy();
        let version = match policy.version {
            Version::V2008 => "2008-10-17",
            Version::V2012 => "2012-10-17",
        };
        let statements = policy.statements.iter().map(statement).collect();
        Self::map([("Version", Self::text(version)), ("Statement", Self::List(statements))])
    }

    /// JSON over several lines, two spaces deeper each time.
    pub(super) fn json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out, "\n");
        out.push('\n');
        out
    }

    fn write_json(&self, out: &mut String, margin: &str) {
        let deeper = format!("{margin}  ");
        match self {
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "[" } else { "," });
                    out.push_str(&deeper);
                    item.write_json(out, &deeper);
                }
                out.push_str(if items.is_empty() { "[" } else { margin });
                out.push(']');
            }
            Self::Map(members) => {
                for (index, (key, value)) in members.iter().enumerate() {
                    out.push_str(if index == 0 { "{" } else { "," });
                    for part in [&deeper, &quoted(key), ": "] {
                        out.push_str(part);
                    }
                    value.write_json(out, &deeper);
                }
                out.push_str(if members.is_empty() { "{" } else { margin });
                out.push('}');
            }
        }
    }
}

/// A JSON string with its quotes; a YAML string in double quotes as well.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn statement(statement: &Statement) -> Node {
    let Statement { sid, effect, principal: _, action, resource, conditions, span: _ } = statement;
    let effect = match effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let (action, actions) = match action {
        ActionClause::Is(actions) => ("Action", actions),
        ActionClause::IsNot(actions) => ("NotAction", actions),
    };
    let mut members: Vec<(String, Node)> =
        sid.iter().map(|sid| ("Sid".to_owned(), Node::text(sid.as_str()))).collect();
    members.push(("Effect".to_owned(), Node::text(effect)));
    members.push((action.to_owned(), values(actions)));
    match resource {
        ResourceClause::Absent => {}
        ResourceClause::Is(resources) => members.push(("Resource".to_owned(), values(resources))),
        ResourceClause::IsNot(resources) => members.push(("NotResource".to_owned(), values(resources))),
    }
    if !conditions.is_empty() {
        members.push(("Condition".to_owned(), block(conditions)));
    }
    Node::Map(members)
}

fn values(values: &[SmolStr]) -> Node {
    match values {
        [value] => Node::text(value.as_str()),
        values => Node::List(values.iter().map(|value| Node::text(value.as_str())).collect()),
    }
}

/// Conditions by operator, in order of first appearance.
fn block(conditions: &[Condition]) -> Node {
    let mut operators: Vec<(String, Node)> = Vec::new();
    for Condition { operator, key, values: wanted } in conditions {
        let pair = (key.to_string(), values(wanted));
        let operator = operator.to_string();
        match operators.iter_mut().find(|(name, _)| *name == operator) {
            Some((_, Node::Map(pairs))) => pairs.push(pair),
            _ => operators.push((operator, Node::Map(vec![pair]))),
        }
    }
    Node::Map(operators)
}
