//! Where a policy document stands in a snapshot file, so that a statement can be shown with its line. Understands nothing of it.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// Which document is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The trust policy of the role with this ARN.
    Trust(String),
    /// An inline policy: the ARN of its holder, and its name.
    Inline(String, String),
    /// The default version of the managed policy with this ARN.
    Managed(String),
    /// The control policy with this name, as `describe-policy` prints it.
    Control(String),
}

/// A position in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// The position of a byte of this document in this file; `offset` counts from the start of the document's text. `None` when the
/// file does not hold the document, or holds another text at its place. Where it is written as a text inside the JSON, its
/// own lines are not lines of the file, and the position is that of the text.
pub fn position(file: &str, place: &Place, document: &str, offset: usize) -> Option<Position> {
    let parsed = parse_to_ast(file, &CollectOptions::default(), &ParseOptions::default()).ok()?;
    let value = parsed.value?;
    let at = match find(&value, place)? {
        Value::StringLit(text) if text.value == document => text.range().start,
        Value::Object(object) => {
            let start = object.range().start;
            file.get(start..)?.starts_with(document).then(|| start.checked_add(offset))??
        }
        _ => return None,
    };
    let before = file.get(..at)?;
    let line = before.bytes().filter(|byte| *byte == b'\n').count().checked_add(1)?;
    let column = before.rsplit('\n').next().map_or(0, |text| text.chars().count()).checked_add(1)?;
    Some(Position { line, column })
}

fn find<'a, 'b>(value: &'b Value<'a>, place: &Place) -> Option<&'b Value<'a>> {
    match value {
        Value::Object(object) => here(object, place)
            .or_else(|| object.properties.iter().find_map(|property| find(&property.value, place))),
        Value::Array(array) => array.elements.iter().find_map(|element| find(element, place)),
        _ => None,
    }
}

fn here<'a, 'b>(object: &'b Object<'a>, place: &Place) -> Option<&'b Value<'a>> {
    let member = |object: &'b Object<'a>, name: &str| object.get(name).map(|property| &property.value);
    let objects = |name: &str| object.get_array(name).into_iter().flat_map(|list| &list.elements);
    match place {
        Place::Trust(arn) if is(object, "Arn", arn) => member(object, "AssumeRolePolicyDocument"),
        Place::Inline(arn, name) if is(object, "Arn", arn) => {
            let lists = ["UserPolicyList", "GroupPolicyList", "RolePolicyList"];
            let mut entries = lists.iter().flat_map(|list| objects(list)).filter_map(Value::as_object);
            member(entries.find(|entry| is(entry, "PolicyName", name))?, "PolicyDocument")
        }
        Place::Managed(arn) if is(object, "Arn", arn) => {
            let counts = |version: &&Object<'_>| {
                version.get_boolean("IsDefaultVersion").is_some_and(|default| default.value)
            };
            let mut versions = objects("PolicyVersionList").filter_map(Value::as_object);
            member(versions.find(counts)?, "Document")
        }
        Place::Control(name) => {
            let summary = object.get_object("PolicySummary")?;
            is(summary, "Name", name).then(|| member(object, "Content"))?
        }
        Place::Trust(_) | Place::Inline(..) | Place::Managed(_) => None,
    }
}

fn is(object: &Object<'_>, name: &str, value: &str) -> bool {
    object.get_string(name).is_some_and(|text| text.value == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"RoleDetailList": [
  {"Arn": "arn:1", "AssumeRolePolicyDocument": {"x": 1}, "RolePolicyList": []},
  {"Arn": "arn:2", "AssumeRolePolicyDocument": {
      "x": 1}, "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"y": 2}}]}],
 "Policies": [{"Arn": "arn:3", "PolicyVersionList": [{"IsDefaultVersion": false, "Document": {"z": 0}},
                                                     {"IsDefaultVersion": true, "Document": {"z": 3}}]}],
 "é": {"PolicySummary": {"Name": "scp"}, "Content": "{\"w\": 4}"}}"#;

    #[test]
    fn documents_are_found_where_they_stand() {
        let at = |place, document: &str, offset| {
            position(FILE, &place, document, offset).map(|at| (at.line, at.column))
        };
        assert_eq!(at(Place::Trust("arn:1".into()), r#"{"x": 1}"#, 1), Some((2, 49)));
        assert_eq!(at(Place::Trust("arn:2".into()), "{\n      \"x\": 1}", 8), Some((4, 7)));
        assert_eq!(at(Place::Inline("arn:2".into(), "p".into()), r#"{"y": 2}"#, 0), Some((4, 73)));
        assert_eq!(at(Place::Managed("arn:3".into()), r#"{"z": 3}"#, 0), Some((6, 93)));
        assert_eq!(at(Place::Control("scp".into()), r#"{"w": 4}"#, 3), Some((7, 53)));
        // Another text stands there.
        assert_eq!(at(Place::Managed("arn:3".into()), r#"{"z": 0}"#, 0), None);
        assert_eq!(at(Place::Control("scp".into()), r#"{"w": 5}"#, 0), None);
        assert_eq!(at(Place::Trust("arn:3".into()), "{}", 0), None);
    }
}
