//! [`Policy`] to JSON text as AWS would print it. Decides nothing about what may be written.

use super::principal::Kind;
use super::{
    ActionClause, Condition, Effect, Policy, Principal, PrincipalClause, ResourceClause, Statement, Version,
};
use smol_str::SmolStr;

impl Policy {
    /// Compact JSON in AWS's usual order of elements (`Version`, `Statement`; `Sid`, `Effect`, `Principal`, `Action`,
    /// `Resource`, `Condition`). Reading it gives a policy of the same meaning.
    ///
    /// What JSON cannot say is not weakened: two conditions with the same operator and key but other values become duplicate
    /// members, which neither IAM nor [`super::parse`] accepts.
    pub fn to_json(&self) -> String {
        let Self { version, statements, broken } = self;
        let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
        if let Some(whole) = broken.iter().find(|broken| !is_json(&broken.source)) {
            return whole.source.clone();
        }
        let version = match version {
            Version::V2008 => "2008-10-17",
            Version::V2012 => "2012-10-17",
        };
        let statements: Vec<String> = statements
            .iter()
            .map(Statement::to_json)
            .chain(broken.iter().map(|broken| broken.source.clone()))
            .collect();
        format!("{{\"Version\":\"{version}\",\"Statement\":[{}]}}", statements.join(","))
    }
}

impl Statement {
    /// Compact JSON of this statement alone.
    pub fn to_json(&self) -> String {
        let Self { sid, effect, principal, action, resource, conditions, span: _ } = self;
        let mut members = Vec::new();
        if let Some(sid) = sid {
            members.push(format!("\"Sid\":{}", json_string(sid)));
        }
        members.push(match effect {
            Effect::Allow => "\"Effect\":\"Allow\"".to_owned(),
            Effect::Deny => "\"Effect\":\"Deny\"".to_owned(),
        });
        match principal {
            PrincipalClause::Absent => {}
            PrincipalClause::Is(list) => members.push(format!("\"Principal\":{}", principals(list))),
            PrincipalClause::IsNot(list) => members.push(format!("\"NotPrincipal\":{}", principals(list))),
        }
        members.push(match action {
            ActionClause::Is(list) => format!("\"Action\":{}", scalar_or_list(list)),
            ActionClause::IsNot(list) => format!("\"NotAction\":{}", scalar_or_list(list)),
        });
        match resource {
            ResourceClause::Absent => {}
            ResourceClause::Is(list) => members.push(format!("\"Resource\":{}", scalar_or_list(list))),
            ResourceClause::IsNot(list) => members.push(format!("\"NotResource\":{}", scalar_or_list(list))),
        }
        if !conditions.is_empty() {
            members.push(format!("\"Condition\":{}", condition_block(conditions)));
        }
        format!("{{{}}}", members.join(","))
    }
}

/// A JSON string with its quotes.
pub(super) fn json_string(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    push_json(&mut json, text);
    json
}

fn push_json(json: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        json.push_str(&serde_json::Value::from(text).to_string());
    } else {
        json.push('"');
        json.push_str(text);
        json.push('"');
    }
}

/// A JSON array of strings.
pub(super) fn json_list<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let mut json = String::from("[");
    for (place, value) in values.into_iter().enumerate() {
        if place > 0 {
            json.push(',');
        }
        push_json(&mut json, value);
    }
    json.push(']');
    json
}

fn scalar_or_list(values: &[SmolStr]) -> String {
    match values {
        [value] => json_string(value),
        values => json_list(values.iter().map(SmolStr::as_str)),
    }
}

fn principals(principals: &[Principal]) -> String {
    if let [Principal::BareStar] = principals {
        return "\"*\"".to_owned();
    }
    if principals.is_empty() {
        return "{\"AWS\":[]}".to_owned();
    }
    let written: Vec<(Kind, SmolStr)> = principals.iter().map(Principal::written).collect();
    let types: Vec<String> = [Kind::Aws, Kind::Service, Kind::Federated, Kind::CanonicalUser]
        .into_iter()
        .filter_map(|kind| {
            let texts: Vec<SmolStr> =
                written.iter().filter(|(of, _)| *of == kind).map(|(_, text)| text.clone()).collect();
            (!texts.is_empty()).then(|| format!("\"{}\":{}", kind.as_str(), scalar_or_list(&texts)))
        })
        .collect();
    format!("{{{}}}", types.join(","))
}

/// Pairs grouped by operator, in order of first appearance.
fn condition_block(conditions: &[Condition]) -> String {
    let mut groups: Vec<(String, Vec<&Condition>)> = Vec::new();
    for condition in conditions {
        let operator = condition.operator.to_string();
        match groups.iter_mut().find(|(name, _)| *name == operator) {
            Some((_, group)) if group.contains(&condition) => {}
            Some((_, group)) => group.push(condition),
            None => groups.push((operator, vec![condition])),
        }
    }
    let groups: Vec<String> = groups
        .into_iter()
        .map(|(operator, group)| {
            let pairs: Vec<String> = group
                .into_iter()
                .map(|pair| format!("{}:{}", json_string(&pair.key), scalar_or_list(&pair.values)))
                .collect();
            format!("{}:{{{}}}", json_string(&operator), pairs.join(","))
        })
        .collect();
    format!("{{{}}}", groups.join(","))
}
