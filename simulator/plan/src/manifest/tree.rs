//! YAML (and with it JSON) as a tree in which everything knows its place. Knows no Kubernetes and judges no field.
//!
//! Plain scalars mean what YAML 1.2 says. A key that is written twice, an alias that grows without bounds and nesting without
//! end are errors here, because every reader of such a file would see something else in it.

use super::Position;
use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// How many nodes the aliases of one file may stand for.
const ALIASED_NODES: usize = 100_000;
/// How deep collections may be nested.
const DEPTH: usize = 64;

/// One document of a file.
#[derive(Debug)]
pub(super) struct Document {
    /// From 1.
    pub(super) number: usize,
    /// Its root; none for an empty or an unreadable document.
    pub(super) root: Option<Node>,
    /// What is wrong with its text.
    pub(super) faults: Vec<Fault>,
}

/// Something wrong in the text.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) at: Position,
    pub(super) message: String,
    pub(super) help: String,
}

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) at: Position,
    pub(super) value: Value,
}

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A text.
    Text {
        text: String,
        /// Whether it stands without quotes.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the text, no key twice.
    Map(Vec<Entry>),
    /// A value with a tag of its own, such as `!Ref`: nothing that a manifest could mean.
    Tagged(String),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) at: Position,
    pub(super) node: Node,
}

/// Reads all documents. After one that cannot be read the next is tried.
pub(super) fn documents(text: &str) -> Vec<Document> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DEPTH,
        block_nesting_limit: DEPTH,
        simple_key_max_lookahead: 1024,
    };
    Reader::new(text, options).documents()
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: BTreeMap<usize, Node>,
    budget: usize,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, options: Options) -> Self {
        Self {
            parser: Parser::new_from_str_with_options(text, options),
            anchors: BTreeMap::new(),
            budget: ALIASED_NODES,
            faults: Vec::new(),
        }
    }

    fn documents(mut self) -> Vec<Document> {
        let mut found = Vec::new();
        loop {
            let root = match self.document() {
                Ok(None) => return found,
                Ok(Some(root)) => Some(root),
                Err(error) => {
                    self.faults.push(unparsable(&error));
                    None
                }
            };
            let failed = root.is_none();
            let number = found.len() + 1;
            found.push(Document { number, root, faults: std::mem::take(&mut self.faults) });
            if failed && !matches!(self.parser.proceed_next_document(), Ok(true)) {
                return found;
            }
        }
    }

    /// The next document's root; none at the end of the file.
    fn document(&mut self) -> Result<Option<Node>, ScanError> {
        let mut root = None;
        while let Some(next) = self.parser.next_event() {
            let (event, span) = next?;
            match event {
                Event::StreamStart | Event::DocumentStart(..) => {}
                Event::StreamEnd => return Ok(None),
                Event::DocumentEnd => {
                    self.anchors.clear();
                    let nothing = Node { at: position(&span), value: Value::Null };
                    return Ok(Some(root.unwrap_or(nothing)));
                }
                event => root = Some(self.node(event, &span)?),
            }
        }
        Ok(None)
    }

    fn node(&mut self, event: Event<'a>, span: &Span) -> Result<Node, ScanError> {
        let at = position(span);
        let (anchor, tag, value) = match event {
            Event::Scalar(text, style, anchor, tag) => (anchor, None, scalar(&text, style, tag.as_deref())),
            Event::SequenceStart(_, anchor, tag) => (anchor, tag, self.list()?),
            Event::MappingStart(_, anchor, tag) => (anchor, tag, self.map()?),
            Event::Alias(anchor) => return Ok(Node { at, value: self.aliased(anchor, at) }),
            _ => (0, None, Value::Null),
        };
        let value = match tag.filter(|tag: &Cow<'_, Tag>| !tag.is_yaml_core_schema()) {
            Some(tag) => Value::Tagged(tag.original()),
            None => value,
        };
        let node = Node { at, value };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self) -> Result<Value, ScanError> {
        let mut items = Vec::new();
        while let Some(next) = self.parser.next_event() {
            let (event, span) = next?;
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            items.push(self.node(event, &span)?);
        }
        Ok(Value::List(items))
    }

    fn map(&mut self) -> Result<Value, ScanError> {
        let mut entries = Vec::new();
        let mut keys = BTreeSet::new();
        while let Some(next) = self.parser.next_event() {
            let (event, span) = next?;
            let key = match &event {
                Event::MappingEnd => break,
                Event::Scalar(text, ..) => Some(text.to_string()),
                _ => None,
            };
            let at = position(&span);
            self.node(event, &span)?;
            let Some((event, span)) = self.parser.next_event().transpose()? else { break };
            let node = self.node(event, &span)?;
            match key {
                None => self.fault(at, "a key is not a text".into(), "write a name before the colon"),
                Some(key) if !keys.insert(key.clone()) => {
                    self.fault(at, format!("`{key}` is written twice"), "keep one of the two");
                }
                Some(key) => entries.push(Entry { key, at, node }),
            }
        }
        Ok(Value::Map(entries))
    }

    fn aliased(&mut self, anchor: usize, at: Position) -> Value {
        let Some(node) = self.anchors.get(&anchor) else {
            self.fault(at, "an alias stands inside the value that it repeats".into(), "write the value out");
            return Value::Null;
        };
        if let Some(left) = self.budget.checked_sub(size(&node.value)) {
            self.budget = left;
            return node.value.clone();
        }
        let message = format!("the aliases of this file stand for more than {ALIASED_NODES} values");
        self.fault(at, message, "write the values out");
        Value::Null
    }

    fn fault(&mut self, at: Position, message: String, help: &str) {
        self.faults.push(Fault { at, message, help: help.to_owned() });
    }
}

fn unparsable(error: &ScanError) -> Fault {
    let marker = error.marker();
    Fault {
        at: Position { line: narrow(marker.line()), column: narrow(marker.col()).saturating_add(1) },
        message: format!("this is not YAML: {}", error.info()),
        help: "the rest of the document was not read; mend it and check again".to_owned(),
    }
}

fn position(span: &Span) -> Position {
    Position { line: narrow(span.start.line()), column: narrow(span.start.col()).saturating_add(1) }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn size(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(|item| size(&item.value)).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|entry| size(&entry.node.value)).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text { .. } | Value::Tagged(_) => 1,
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    match tag {
        Some(tag) if tag.is_yaml_core_schema_tag("str") => {
            return Value::Text { text: text.to_owned(), plain: false };
        }
        Some(tag) if !tag.is_yaml_core_schema() => return Value::Tagged(tag.original()),
        _ => {}
    }
    if style != ScalarStyle::Plain {
        return Value::Text { text: text.to_owned(), plain: false };
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_number(text) => Value::Number(text.to_owned()),
        _ => Value::Text { text: text.to_owned(), plain: true },
    }
}

/// Whether a plain scalar is a number of YAML 1.2's core schema.
fn is_number(text: &str) -> bool {
    let all =
        |digits: &str, valid: fn(&u8) -> bool| !digits.is_empty() && digits.bytes().all(|byte| valid(&byte));
    if let Some(digits) = text.strip_prefix("0x") {
        return all(digits, u8::is_ascii_hexdigit);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return all(digits, |byte| (b'0'..=b'7').contains(byte));
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_is_sound = exponent
        .is_none_or(|digits| all(digits.strip_prefix(['-', '+']).unwrap_or(digits), u8::is_ascii_digit));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    exponent_is_sound
        && !(whole.is_empty() && fraction.is_empty())
        && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
}

impl Node {
    /// The value of a key, if this is a map that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node),
            _ => None,
        }
    }

    /// The text, if this is one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The same as JSON. A number that JSON cannot write becomes a text.
    pub(super) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null | Value::Tagged(_) => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(text) => {
                serde_json::from_str(text).map_or_else(|_| Json::String(text.clone()), Json::Number)
            }
            Value::Text { text, .. } => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Map(entries) => {
                Json::Object(entries.iter().map(|entry| (entry.key.clone(), entry.node.to_json())).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Node {
        let mut all = documents(text);
        assert_eq!(all.len(), 1, "{all:?}");
        let document = all.remove(0);
        assert!(document.faults.is_empty(), "{:?}", document.faults);
        document.root.unwrap()
    }

    #[test]
    fn plain_scalars_mean_what_yaml_1_2_says() {
        for (text, json) in [
            ("a: no", r#"{"a":"no"}"#),
            ("a: true", r#"{"a":true}"#),
            ("a: 12", r#"{"a":12}"#),
            ("a: 012", r#"{"a":"012"}"#),
            ("a: 1e3", r#"{"a":1000.0}"#),
            ("a: '12'", r#"{"a":"12"}"#),
            ("a: !!str 12", r#"{"a":"12"}"#),
            ("a: 2012-10-17", r#"{"a":"2012-10-17"}"#),
            ("a: ~", r#"{"a":null}"#),
            ("a:", r#"{"a":null}"#),
            ("a: |\n  x\n  y\n", r#"{"a":"x\ny\n"}"#),
            (r#"{"a": ["b", {"c": "\u00e9\ud83d\ude00\/"}]}"#, r#"{"a":["b",{"c":"é😀/"}]}"#),
            ("x: &x [1]\ny: *x", r#"{"x":[1],"y":[1]}"#),
        ] {
            assert_eq!(only(text).to_json().to_string(), json, "{text}");
        }
        assert!(matches!(only("012").value, Value::Number(_)), "an unquoted account id is a number");
    }

    #[test]
    fn places_are_lines_and_columns_from_one() {
        let root = only("# c\na:\n  - b: é\n    c: x\n");
        let item = match &root.get("a").unwrap().value {
            Value::List(items) => items[0].clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(item.get("c").unwrap().at, Position { line: 4, column: 8 });
    }

    #[test]
    fn faults_do_not_hide_the_other_documents() {
        let found = documents("a: [1\n---\nb: 1\nb: 2\n---\nc: 3\n");
        let summary: Vec<String> = found
            .iter()
            .map(|document| {
                let faults: Vec<String> = document
                    .faults
                    .iter()
                    .map(|fault| format!("{}:{} {}", fault.at.line, fault.at.column, fault.message))
                    .collect();
                format!("{} {}", document.number, faults.join("; "))
            })
            .collect();
        assert_eq!(summary.len(), 3, "{summary:?}");
        assert!(summary[0].starts_with("1 1:4 this is not YAML"), "{summary:?}");
        assert_eq!(summary[1..], ["2 4:1 `b` is written twice", "3 "]);
    }

    #[test]
    fn aliases_and_nesting_are_bounded() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..9 {
            let below = vec![format!("*a{}", level - 1); 10].join(",");
            bomb = format!("{bomb}a{level}: &a{level} [{below}]\n");
        }
        assert!(documents(&bomb)[0].faults.iter().any(|fault| fault.message.contains("more than")));
        let deep = "[".repeat(100_000);
        assert!(documents(&deep)[0].root.is_none());
        assert!(documents("a: &a [*a]")[0].faults.len() == 1);
    }
}
