//! What IAM refuses, in IAM's words.

use super::trust;
use crate::policy::*;

#[test]
fn iam_refuses_in_its_own_words() {
    let account = r#"{"AWS":"111111111111"}"#;
    let identity = |rest: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"iam:GetUser"{rest}}}]}}"#
        )
    };
    for (kind, text, expected) in [
        (DocumentKind::Trust, trust(account, ""), None),
        (DocumentKind::Trust, trust(r#"{"AWS":"*"}"#, ""), None),
        (DocumentKind::Trust, trust(account, r#","Resource":"*""#), Some("Has prohibited field Resource")),
        (
            DocumentKind::Trust,
            trust(account, "").replace("\"Principal\"", "\"NotPrincipal\""),
            Some("Allow with NotPrincipal is not allowed."),
        ),
        (
            DocumentKind::Trust,
            trust(account, "").replace("\"Principal\"", "\"NotPrincipal\"").replace("Allow", "Deny"),
            Some("AssumeRole policy must not contain NotPrincipal field."),
        ),
        (
            DocumentKind::Trust,
            trust(account, "").replace("sts:AssumeRole", "iam:PassRole"),
            Some("AssumeRole policy may only specify STS AssumeRole actions."),
        ),
        (
            DocumentKind::Trust,
            trust(account, r#","NotResource":"*""#),
            Some("Has prohibited field NotResource"),
        ),
        (
            DocumentKind::Trust,
            trust(account, "").replace("\"Action\"", "\"NotAction\""),
            Some("AssumeRole policy may only specify STS AssumeRole actions."),
        ),
        (
            DocumentKind::Trust,
            r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#.into(),
            Some("Missing required field Principal"),
        ),
        (
            DocumentKind::Trust,
            trust(r#""*""#, ""),
            Some(r#"AssumeRolepolicy contained an invalid principal: "STAR":"*""#),
        ),
        (
            DocumentKind::Trust,
            trust(r#"{"AWS":"arn:aws:iam::111111111111:role/*"}"#, ""),
            Some(r#"Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:role/*""#),
        ),
        (DocumentKind::Trust, "{".into(), Some("This policy contains invalid Json")),
        (
            DocumentKind::Trust,
            trust(account, "").replace("2012", "2013"),
            Some("The policy must contain a valid version string"),
        ),
        (
            DocumentKind::Identity,
            r#"{"Statement":[{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"}]}"#.into(),
            Some("The Statement Ids in the policy are not unique"),
        ),
        (
            DocumentKind::Identity,
            r#"{"Statement":[{"Sid":"","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"","Effect":"Allow","Action":"*","Resource":"*"}]}"#.into(),
            None,
        ),
        (DocumentKind::Identity, identity(r#","Resource":"*""#), None),
        (DocumentKind::Identity, identity(r#","Resource":"arn:aws:iam::*:role/x*""#), None),
        (DocumentKind::Identity, identity(""), Some("Policy statement must contain resources.")),
        (
            DocumentKind::Identity,
            identity(r#","Resource":"*","Principal":{"AWS":"*"}"#),
            Some("Policy document should not specify a principal."),
        ),
        (
            DocumentKind::Identity,
            identity(r#","Resource":"arn:*:iam::*:role/x""#),
            Some(r#"Partition "*" is not valid for resource "arn:*:iam::*:role/x"."#),
        ),
        (DocumentKind::Identity, identity(r#","Resource":"arn:aws:i*::*:role/x""#), Some("Vendor i* is not valid")),
        (
            DocumentKind::Identity,
            identity(r#","Resource":"x""#),
            Some(r#"Resource x must be in ARN format or "*"."#),
        ),
        (
            DocumentKind::Identity,
            identity(r#","Resource":"*","Condition":{"Sounds":{"a:b":"c"}}"#),
            Some("Invalid Condition type : Sounds."),
        ),
        (
            DocumentKind::Identity,
            identity(r#","Resource":"*","Condition":{"NullIfExists":{"a:b":"true"}}"#),
            Some("Invalid Condition type : NullIfExists."),
        ),
        (
            DocumentKind::Identity,
            identity(r#","Resource":"*""#).replace("\"Version\"", "\"Id\":\"x\",\"Version\""),
            Some("Syntax errors in policy."),
        ),
        (
            DocumentKind::Identity,
            identity(r#","Resource":"arn:aws:s3:::字""#),
            Some("Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"),
        ),
        (DocumentKind::Identity, identity(",\u{b}\"Resource\":\"*\""), Some("Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+")),
    ] {
        let found = validate(kind, &Document::parse(&text));
        assert_eq!(found.first().map(|fault| fault.message.as_str()), expected, "{text}");
    }
    let words =
        validate(DocumentKind::Identity, &Document::parse(&identity(r#","Resource":"arn:aws:iam::1:u*""#)));
    assert!(words.iter().any(|fault| fault.message.starts_with("IAM resource path must either be")));
}
