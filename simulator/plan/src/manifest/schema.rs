//! Checks a tree against the schema of its kind and finds every error in it. Knows the schema only: what fields mean beyond
//! that is for `validate`.

use super::tree::{Entry, Node, Value};
use super::{Position, listed, nearest};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// How the rest of an object is read when a field of it is in error, so that the other errors are found too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As if the field were not there.
    Without,
    /// With the number or truth value as the text that was meant.
    AsText,
    /// As it is: the value has the right form.
    AsItIs,
}

/// An error in a field.
#[derive(Debug)]
pub(super) struct FieldFault {
    pub(super) reading: Reading,
    pub(super) path: String,
    pub(super) at: Position,
    pub(super) message: String,
    pub(super) help: String,
}

/// Collects errors, and the place of every field on the way.
#[derive(Debug, Default)]
pub(super) struct Checker {
    pub(super) faults: Vec<FieldFault>,
    pub(super) fields: BTreeMap<SmolStr, Position>,
}

impl Checker {
    /// Checks a node that stands at `path`; `at` is the place of its key.
    pub(super) fn check(&mut self, path: &str, at: Position, node: &Node, schema: &JSONSchemaProps) {
        self.fields.insert(path.into(), at);
        match (&node.value, schema.type_.as_deref()) {
            (Value::Null, _) => {
                self.fault(path, at, "is empty".into(), "write a value, or leave the field out".into());
            }
            (Value::Tagged(tag), _) => {
                let help = "write the value itself".into();
                self.fault(path, at, format!("`{tag}` means nothing in a manifest"), help);
            }
            (Value::Map(entries), Some("object")) => self.map(path, at, entries, schema),
            (Value::List(items), Some("array")) => self.list(path, at, items, schema),
            (Value::Text { text, plain }, Some("string")) => self.text(path, node.at, (text, *plain), schema),
            (Value::Bool(_) | Value::Number(_), Some("string")) => self.unquoted(path, node),
            (Value::Bool(_), Some("boolean")) | (Value::Number(_), Some("integer" | "number")) => {}
            (found, wanted) => {
                let wanted = in_words(wanted);
                let message = format!("is {}, and {wanted} is expected", describe(found));
                self.fault(path, node.at, message, format!("write {wanted}"));
            }
        }
    }

    /// Adds an error.
    pub(super) fn fault(&mut self, path: &str, at: Position, message: String, help: String) {
        self.fault_in(Reading::Without, path, at, message, help);
    }

    fn fault_in(&mut self, reading: Reading, path: &str, at: Position, message: String, help: String) {
        self.faults.push(FieldFault { reading, path: path.to_owned(), at, message, help });
    }

    fn unquoted(&mut self, path: &str, node: &Node) {
        let (written, what) = match &node.value {
            Value::Number(text) => (text.clone(), "a number"),
            Value::Bool(value) => (value.to_string(), "a truth value"),
            _ => return,
        };
        let message = format!("`{written}` without quotes is {what}, and a text is expected");
        self.fault_in(Reading::AsText, path, node.at, message, format!("quote it: \"{written}\""));
    }

    fn text(&mut self, path: &str, at: Position, (text, plain): (&str, bool), schema: &JSONSchemaProps) {
        if plain && matches!(text.to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off" | "y" | "n") {
            let message =
                format!("`{text}` without quotes is a truth value to kubectl, and a text is expected");
            return self.fault_in(Reading::AsItIs, path, at, message, format!("quote it: \"{text}\""));
        }
        if let Some(allowed) = &schema.enum_ {
            let words: Vec<&str> = allowed.iter().filter_map(|value| value.0.as_str()).collect();
            if !words.contains(&text) {
                let help = match nearest(text, words.iter().copied()) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!("write one of {}", listed(words.iter().copied())),
                };
                self.fault(path, at, format!("`{text}` is none of {}", listed(words)), help);
            }
            return;
        }
        let length = text.chars().count();
        self.bounds(path, at, (length, "character"), (schema.min_length, schema.max_length));
    }

    fn list(&mut self, path: &str, at: Position, items: &[Node], schema: &JSONSchemaProps) {
        self.bounds(path, at, (items.len(), "entry"), (schema.min_items, schema.max_items));
        if let Some(JSONSchemaPropsOrArray::Schema(item_schema)) = &schema.items {
            for (index, item) in items.iter().enumerate() {
                self.check(&format!("{path}[{index}]"), item.at, item, item_schema);
            }
        }
        self.repeated(path, items, schema);
    }

    /// Entries of sets, and keys of lists that are maps, stand once.
    fn repeated(&mut self, path: &str, items: &[Node], schema: &JSONSchemaProps) {
        let keys = match schema.x_kubernetes_list_type.as_deref() {
            Some("set") => None,
            Some("map") => schema.x_kubernetes_list_map_keys.as_ref(),
            _ => return,
        };
        let mut seen = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let identity = match keys {
                None => item.text().map(str::to_owned),
                Some(keys) => {
                    let default = |key: &String| if key == "path" { "/" } else { "" };
                    let parts =
                        keys.iter().map(|key| item.get(key).and_then(Node::text).unwrap_or(default(key)));
                    Some(parts.collect::<String>())
                }
            };
            if let Some(identity) = identity
                && !seen.insert(identity.clone())
            {
                let message = format!("`{identity}` stands here twice");
                self.fault_in(
                    Reading::AsItIs,
                    &format!("{path}[{index}]"),
                    item.at,
                    message,
                    "leave one of the two out".into(),
                );
            }
        }
    }

    fn map(&mut self, path: &str, at: Position, entries: &[Entry], schema: &JSONSchemaProps) {
        self.bounds(path, at, (entries.len(), "field"), (schema.min_properties, schema.max_properties));
        if schema.x_kubernetes_preserve_unknown_fields == Some(true) {
            return self.remember(path, entries);
        }
        let known = schema.properties.as_ref();
        let values = match &schema.additional_properties {
            Some(JSONSchemaPropsOrBool::Schema(values)) => Some(values),
            _ => None,
        };
        for Entry { key, at, node } in entries {
            let inner = join(path, key);
            if let Some(schema) = known.and_then(|known| known.get(key)).or(values.map(|values| &**values)) {
                self.check(&inner, *at, node, schema);
            } else {
                let names = known.into_iter().flat_map(|known| known.keys().map(String::as_str));
                self.unknown(&inner, key, *at, names.collect());
            }
        }
        for required in schema.required.iter().flatten() {
            if !entries.iter().any(|entry| entry.key == *required) {
                let inner = join(path, required);
                let what = known
                    .and_then(|known| known.get(required))
                    .and_then(|schema| schema.description.as_deref());
                let what = what.map(|what| what.split_whitespace().collect::<Vec<_>>().join(" "));
                let help =
                    what.map_or_else(|| "write it".to_owned(), |what| format!("write it: {}", lower(&what)));
                self.fault(&inner, at, "is missing".into(), help);
            }
        }
    }

    /// Reports a field that nobody knows, with the nearest that is known.
    pub(super) fn unknown(&mut self, path: &str, key: &str, at: Position, known: Vec<&str>) {
        let help = match nearest(key, known.iter().copied()) {
            _ if key == "<<" => "merge keys are not part of YAML 1.2: write the fields out".to_owned(),
            Some(word) => format!("did you mean `{word}`?"),
            None if known.is_empty() => "nothing may stand here: leave it out".to_owned(),
            None => format!("leave it out; known here: {}", listed(known)),
        };
        self.fault(path, at, "is no field of this version".into(), help);
    }

    /// Keeps the places inside a value that no schema describes.
    fn remember(&mut self, path: &str, entries: &[Entry]) {
        for Entry { key, at, node } in entries {
            let inner = join(path, key);
            self.fields.insert(inner.as_str().into(), *at);
            self.remember_node(&inner, node);
        }
    }

    fn remember_node(&mut self, path: &str, node: &Node) {
        match &node.value {
            Value::Map(entries) => self.remember(path, entries),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let inner = format!("{path}[{index}]");
                    self.fields.insert(inner.as_str().into(), item.at);
                    self.remember_node(&inner, item);
                }
            }
            Value::Tagged(tag) => {
                let message = format!("`{tag}` means nothing in a manifest");
                self.fault(path, node.at, message, "write the value itself".into());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text { .. } => {}
        }
    }

    fn bounds(
        &mut self,
        path: &str,
        at: Position,
        (found, what): (usize, &str),
        (least, most): (Option<i64>, Option<i64>),
    ) {
        let found_number = i64::try_from(found).unwrap_or(i64::MAX);
        if let Some(least) = least.filter(|least| found_number < *least) {
            let message = format!("has {}, and at least {least} must be there", counted(found, what));
            self.fault_in(Reading::AsItIs, path, at, message, format!("write at least {least}"));
        }
        if let Some(most) = most.filter(|most| found_number > *most) {
            let message = format!("has {}, and at most {most} are allowed", counted(found, what));
            self.fault_in(Reading::AsItIs, path, at, message, format!("write at most {most}"));
        }
    }
}

/// The path of a field of the value at `path`.
pub(super) fn join(path: &str, key: &str) -> String {
    let simple = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    match (path, simple) {
        ("", true) => key.to_owned(),
        (path, true) => format!("{path}.{key}"),
        (path, false) => format!("{path}[\"{key}\"]"),
    }
}

fn counted(found: usize, what: &str) -> String {
    match (found, what) {
        (1, what) => format!("1 {what}"),
        (found, "entry") => format!("{found} entries"),
        (found, what) => format!("{found} {what}s"),
    }
}

fn lower(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut rest = text.chars();
    match rest.next() {
        // A word that starts with two capitals is a name, such as `IAM`.
        Some(first) if !rest.as_str().starts_with(|second: char| second.is_uppercase()) => {
            first.to_lowercase().chain(rest).collect()
        }
        _ => text.to_owned(),
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::Bool(value) => format!("the truth value `{value}`"),
        Value::Number(text) => format!("the number `{text}`"),
        Value::Text { text, .. } => format!("the text `{text}`"),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a map".to_owned(),
        Value::Tagged(tag) => format!("`{tag}`"),
    }
}

fn in_words(schema_type: Option<&str>) -> &'static str {
    match schema_type {
        Some("object") => "a map of fields",
        Some("array") => "a list",
        Some("string") => "a text",
        Some("boolean") => "true or false",
        Some("integer" | "number") => "a number",
        _ => "another value",
    }
}
