//! Parameters as the service models allow them (§3.1), and documents as IAM accepts them (§1.1, §3.2, §4.3). Reads no state.

use crate::api::Tag;
use crate::error::AwsError;
use rolegate_iam::policy::{self, Document, DocumentKind, Severity};
use rolegate_iam::{Path, PolicyArn, Tags, UserName};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

/// The most tags an entity or a session carries.
pub(crate) const MAX_TAGS: usize = 50;
const MAX_DOCUMENT: usize = 131_072;
const MAX_DESCRIPTION: usize = 1000;

/// A parameter outside its schema, in AWS's words.
pub(crate) fn out_of_schema(field: &str, constraint: impl Display) -> AwsError {
    AwsError::validation(format!(
        "1 validation error detected: Value at '{field}' failed to satisfy constraint: {constraint}"
    ))
}

/// A name, path or ARN.
pub(crate) fn parse<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<T, AwsError> {
    text.parse().map_err(|error: T::Err| out_of_schema(field, error))
}

/// An optional path of a user, group or role.
pub(crate) fn path(text: Option<&str>) -> Result<Path, AwsError> {
    text.map_or_else(|| Ok(Path::root()), |text| parse("path", text))
}

/// An optional path of a policy, which allows fewer characters.
pub(crate) fn policy_path(text: Option<&str>) -> Result<Path, AwsError> {
    let path = path(text)?;
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | ',' | '+' | '@' | '=' | '_' | '-');
    if path.as_str().chars().all(allowed) && !path.as_str().contains("//") {
        Ok(path)
    } else {
        Err(out_of_schema(
            "path",
            "Member must satisfy regular expression pattern: ((/[A-Za-z0-9\\.,\\+@=_-]+)*)/",
        ))
    }
}

/// The filter of the list operations.
pub(crate) fn path_prefix(text: Option<&str>) -> Result<&str, AwsError> {
    let prefix = text.unwrap_or("/");
    let well_formed = prefix.starts_with('/')
        && prefix.len() <= 512
        && prefix.bytes().all(|byte| (0x21..=0x7f).contains(&byte));
    if well_formed {
        Ok(prefix)
    } else {
        Err(out_of_schema(
            "pathPrefix",
            "Member must satisfy regular expression pattern: \\u002F[\\u0021-\\u007F]*",
        ))
    }
}

/// The name of a user to be: shorter than those that may exist.
pub(crate) fn new_user_name(text: &str) -> Result<UserName, AwsError> {
    let name: UserName = parse("userName", text)?;
    if text.len() <= 64 {
        Ok(name)
    } else {
        Err(out_of_schema("userName", "Member must have length less than or equal to 64"))
    }
}

/// The ARN of a managed policy.
pub(crate) fn policy_arn(field: &str, text: &str) -> Result<PolicyArn, AwsError> {
    if !(20..=2048).contains(&text.len()) {
        return Err(out_of_schema(field, "Member must have length between 20 and 2048"));
    }
    text.parse().map_err(|_| AwsError::invalid_input(format!("ARN {text} is not valid.")))
}

/// A description of a role or policy.
pub(crate) fn description(text: Option<&str>) -> Result<Option<String>, AwsError> {
    let Some(text) = text else { return Ok(None) };
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    if text.chars().count() > MAX_DESCRIPTION {
        return Err(out_of_schema("description", "Member must have length less than or equal to 1000"));
    }
    if text.chars().all(allowed) {
        Ok(Some(text.to_owned()))
    } else {
        Err(out_of_schema(
            "description",
            "Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
        ))
    }
}

/// A number within its schema, or its default.
pub(crate) fn seconds(
    field: &str,
    value: Option<i64>,
    min: u32,
    max: u32,
    default: u32,
) -> Result<u32, AwsError> {
    let Some(value) = value else { return Ok(default) };
    u32::try_from(value).ok().filter(|value| (min..=max).contains(value)).ok_or_else(|| {
        let bound = if value < i64::from(min) {
            format!("greater than or equal to {min}")
        } else {
            format!("less than or equal to {max}")
        };
        out_of_schema(field, format!("Member must have value {bound}"))
    })
}

/// Tags to put on an entity or a session (§3.1, §2.10).
pub(crate) fn tags(tags: &[Tag]) -> Result<Tags, AwsError> {
    if tags.len() > MAX_TAGS {
        return Err(out_of_schema("tags", "Member must have length less than or equal to 50"));
    }
    let mut known = Tags::new();
    for (key, value) in tags {
        tag_key(key)?;
        if value.chars().count() > 256 || !value.chars().all(is_tag_char) {
            return Err(out_of_schema(
                "tags.member.value",
                "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
            ));
        }
        if known.get(key).is_some() {
            return Err(AwsError::invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        known.set(key, value);
    }
    Ok(known)
}

/// Tag keys to remove, or to make transitive.
pub(crate) fn tag_keys(field: &str, keys: &[String]) -> Result<BTreeSet<String>, AwsError> {
    if keys.len() > MAX_TAGS {
        return Err(out_of_schema(field, "Member must have length less than or equal to 50"));
    }
    keys.iter().map(|key| tag_key(key).map(|()| key.to_ascii_lowercase())).collect()
}

fn tag_key(key: &str) -> Result<(), AwsError> {
    if !(1..=128).contains(&key.chars().count()) || !key.chars().all(is_tag_char) {
        return Err(out_of_schema(
            "tags.member.key",
            "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
        ));
    }
    if key.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("aws:")) {
        return Err(AwsError::invalid_input("Caller is not allowed to create tags with the aws: prefix"));
    }
    Ok(())
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`. Letters, marks aside, and separators are what the standard library can tell.
fn is_tag_char(c: char) -> bool {
    c.is_alphanumeric()
        || (c.is_whitespace() && !c.is_control())
        || matches!(c, '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@')
}

/// A document that IAM would store; existence of principals is not checked here (see `trust`).
///
/// # Errors
/// `ValidationError` outside the schema, `MalformedPolicyDocument` for what IAM does not understand.
pub(crate) fn document(field: &str, text: &str, kind: DocumentKind) -> Result<Document, AwsError> {
    if !(1..=MAX_DOCUMENT).contains(&text.chars().count()) {
        return Err(out_of_schema(field, "Member must have length between 1 and 131072"));
    }
    let document = Document::parse(text);
    let refusal =
        policy::validate(kind, &document).into_iter().find(|fault| fault.severity == Severity::Error);
    match refusal {
        Some(fault) => Err(AwsError::malformed(fault.message)),
        None => Ok(document),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_follow_the_service_model() {
        let pair = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
        for (key, value) in [("Team", ""), ("größe", "a b"), ("k:/=+-@_.", "v")] {
            assert!(tags(&pair(key, value)).is_ok(), "{key}");
        }
        for (key, value, code) in [
            ("", "v", "ValidationError"),
            ("a*", "v", "ValidationError"),
            ("a", "v;", "ValidationError"),
            ("AWS:x", "v", "InvalidInput"),
        ] {
            assert_eq!(tags(&pair(key, value)).unwrap_err().code, code, "{key}");
        }
        let twice = [pair("a", "1"), pair("A", "2")].concat();
        assert_eq!(tags(&twice).unwrap_err().code, "InvalidInput");
        let many: Vec<_> = (0..51).map(|n| (format!("k{n}"), String::new())).collect();
        assert_eq!(tags(&many).unwrap_err().code, "ValidationError");
    }

    #[test]
    fn paths_names_and_numbers_are_checked() {
        assert!(policy_path(Some("/a/b/")).is_ok() && policy_path(None).is_ok());
        assert!(policy_path(Some("/a*/")).is_err() && path(Some("/a*/")).is_ok());
        assert!(new_user_name(&"u".repeat(64)).is_ok() && new_user_name(&"u".repeat(65)).is_err());
        assert_eq!(seconds("durationSeconds", None, 900, 43200, 3600).unwrap(), 3600);
        for wrong in [899, 43201, -1] {
            assert!(seconds("durationSeconds", Some(wrong), 900, 43200, 3600).is_err());
        }
        assert!(description(Some(&"d".repeat(1001))).is_err() && description(Some("é")).is_ok());
    }
}
