//! A question about another action, put as one about `sts:AssumeRole`: for that one they take all keys of the request.

use serde_json::{Value, json};

use super::scene::Scene;

/// The scene in which exactly those statements are about `sts:AssumeRole` that were about the action.
pub(crate) fn as_assume_role(scene: &Scene, action: &str) -> Scene {
    let mut scene = scene.clone();
    for statement in scene.statements_mut() {
        let about = match (&statement["Action"], &statement["NotAction"]) {
            (Value::Null, not) => !any(not, action),
            (is, _) => any(is, action),
        };
        let fields = statement.as_object_mut().unwrap();
        fields.remove("NotAction");
        // The other is an action that a trust policy may hold.
        fields.insert(
            "Action".to_owned(),
            json!(if about { "sts:AssumeRole" } else { "sts:AssumeRoleWithSAML" }),
        );
    }
    scene
}

fn any(patterns: &Value, action: &str) -> bool {
    let text = |value: &Value| value.as_str().unwrap().to_ascii_lowercase();
    let patterns = match patterns {
        Value::Array(all) => all.iter().map(text).collect(),
        one => vec![text(one)],
    };
    patterns.iter().any(|pattern| matches(pattern.as_bytes(), action.to_ascii_lowercase().as_bytes()))
}

/// Whether a pattern with `*` and `?` matches; by trying, since both are short.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            matches(rest, text) || text.split_first().is_some_and(|(_, tail)| matches(pattern, tail))
        }
        (Some((b'?', rest)), Some((_, tail))) => matches(rest, tail),
        (Some((one, rest)), Some((other, tail))) => one == other && matches(rest, tail),
        _ => false,
    }
}

#[test]
fn statements_are_about_what_they_match() {
    for (pattern, action, expected) in [
        ("sts:*", "sts:TagSession", true),
        ("sts:Assume*", "sts:TagSession", false),
        ("STS:tagsessio?", "sts:TagSession", true),
        ("*", "sts:TagSession", true),
        ("sts:Tag", "sts:TagSession", false),
    ] {
        assert_eq!(any(&json!(["s3:*", pattern]), action), expected, "{pattern}");
    }
}
