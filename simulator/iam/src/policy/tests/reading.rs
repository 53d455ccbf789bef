//! What is understood, what is broken, and where faults are said to be.

use crate::policy::*;
use proptest::prelude::*;

#[test]
fn what_is_not_understood_is_broken_and_the_rest_survives() {
    let good = r#"{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}"#;
    for (bad, reason, effect) in [
        (
            r#"{"Effect":"Deny","Action":"a:b","Resource":"*","Foo":1}"#,
            "unknown statement element `Foo`",
            Some(Effect::Deny),
        ),
        (
            r#"{"Effect":"Deny","Action":"a:b","resource":"*"}"#,
            "unknown statement element `resource`",
            Some(Effect::Deny),
        ),
        (r#"{"Effect":"deny","Action":"a:b","Resource":"*"}"#, "unknown effect `deny`", None),
        (r#"{"Action":"a:b","Resource":"*"}"#, "`Effect` is missing", None),
        (r#"{"Effect":"Allow","Effect":"Deny","Action":"a:b"}"#, "`Effect` occurs twice in one object", None),
        (r#"{"Effect":"Deny","Resource":"*"}"#, "`Action` is missing", Some(Effect::Deny)),
        (
            r#"{"Effect":"Deny","Action":"a:b","NotAction":"a:c"}"#,
            "`Action` and `NotAction` are in one statement",
            Some(Effect::Deny),
        ),
        (
            r#"{"Effect":"Deny","Action":"a:b","Resource":"*","NotResource":"*"}"#,
            "`Resource` and `NotResource` are in one statement",
            Some(Effect::Deny),
        ),
        (r#"{"Effect":"Deny","Action":["a:b",1]}"#, "an action must be a string", Some(Effect::Deny)),
        (r#"{"Effect":"Deny","Action":"sts*"}"#, "the action `sts*` names no service", Some(Effect::Deny)),
        (r#"{"Effect":"Deny","Action":null}"#, "an action must be a string", Some(Effect::Deny)),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":{}}"#,
            "a resource must be a string",
            Some(Effect::Deny),
        ),
        (r#"{"Effect":"Deny","Action":"*","Sid":1}"#, "`Sid` must be a string", Some(Effect::Deny)),
        (
            r#"{"Effect":"Deny","Action":"*","Principal":"111111111111"}"#,
            "`Principal` must be an object",
            Some(Effect::Deny),
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Principal":{"aws":"*"}}"#,
            "unknown type of principal `aws`",
            Some(Effect::Deny),
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Principal":{"AWS":"*","AWS":"1"}}"#,
            "`AWS` occurs twice in one object",
            Some(Effect::Deny),
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Condition":[]}"#,
            "`Condition` must be an object",
            Some(Effect::Deny),
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Condition":null}"#,
            "`Condition` must be an object",
            Some(Effect::Deny),
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Condition":{"Bool":{}}}"#,
            "the condition `Bool` has no key",
            Some(Effect::Deny),
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Condition":{"Bool":{"a:b":null}}}"#,
            "a value of the condition key `a:b` is neither text, number nor boolean",
            Some(Effect::Deny),
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Condition":{"Bool":{"a:b":"x","a:b":"y"}}}"#,
            "`a:b` occurs twice in one object",
            Some(Effect::Deny),
        ),
        ("[]", "a statement must be an object", None),
        ("null", "a statement must be an object", None),
    ] {
        let text = format!(r#"{{"Statement":[{good},{bad}]}}"#);
        let document = Document::parse(&text);
        let policy = document.policy();
        assert_eq!(policy.statements.len(), 1, "{bad}");
        let [broken] = policy.broken.as_slice() else { panic!("{bad}") };
        assert_eq!((broken.reason.as_str(), broken.effect, broken.source.as_str()), (reason, effect, bad));
        assert_eq!(text.get(broken.span.start..broken.span.end), Some(bad));
        assert!(
            document
                .faults()
                .iter()
                .any(|fault| fault.severity == Severity::Error && fault.message == reason)
        );
        assert!(!validate(DocumentKind::Identity, &document).is_empty(), "{bad}");
    }
}

#[test]
fn a_document_that_is_not_understood_is_one_broken_statement_over_all_of_it() {
    let nested = "[".repeat(100_000);
    for (text, reason) in [
        ("", "the document is empty"),
        ("{", "invalid JSON: unterminated object"),
        ("[]", "a policy document must be an object"),
        ("{}", "`Statement` is missing"),
        (r#"{"Statement":1}"#, "`Statement` must be an object or an array of objects"),
        (r#"{"Statement":[],"Statement":[]}"#, "`Statement` occurs twice in one object"),
        (r#"{"Version":"2012-10-18","Statement":[]}"#, "unknown policy version \"2012-10-18\""),
        (r#"{"Version":2012,"Statement":[]}"#, "unknown policy version 2012"),
        (r#"{"Statement":[],"Comment":"x"}"#, "unknown policy element `Comment`"),
        (r#"{"Statement":[],"Id":1}"#, "`Id` must be a string"),
        (r#"{"Statement":[],}"#, "invalid JSON: trailing commas are not allowed"),
        ("{\"Statement\":[]} // x", "invalid JSON: comments are not allowed"),
        (r"{'Statement':[]}", "invalid JSON: single-quoted strings are not allowed"),
        (r"{Statement:[]}", "invalid JSON: expected string for object property"),
        (r#"{"Version":"2012-10-17" "Statement":[]}"#, "invalid JSON: expected comma"),
        (&nested, "invalid JSON: maximum nesting depth exceeded"),
    ] {
        let (policy, faults) = parse::policy(text);
        assert!(policy.statements.is_empty());
        let [broken] = policy.broken.as_slice() else { panic!("{text}") };
        assert_eq!((broken.reason.as_str(), broken.source.as_str()), (reason, text));
        assert_eq!((broken.span.start, broken.span.end), (0, text.len()));
        assert_eq!(faults.len(), 1);
        assert!(!validate(DocumentKind::Trust, &Document::parse(text)).is_empty(), "{text}");
    }
}

#[test]
fn faults_say_where() {
    let text = "{\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Sid\": \"é\", \"Principal\": \"*\", \"Action\": []}\n  ]\n}";
    let found: Vec<_> = Document::parse(text)
        .faults()
        .iter()
        .map(|fault| (fault.span.line, fault.span.column, fault.severity, fault.message.clone()))
        .collect();
    assert_eq!(
        found,
        [
            (3, 32, Severity::Error, "the Sid `é` holds other characters than letters and digits".to_owned()),
            (3, 50, Severity::Error, "a bare `*` as principal is refused in trust policies".to_owned()),
            (3, 65, Severity::Lint, "the list of actions is empty".to_owned()),
        ]
    );
}

#[test]
fn principals_have_exactly_the_forms_of_iam() {
    use crate::policy::principal::Kind;
    let check = |kind, text: &str| format!("{:?}", Principal::parse(kind, text));
    for (text, expected) in [
        ("*", "Any"),
        ("111111111111", "Account { partition: None, id: 111111111111 }"),
        ("arn:aws:iam::111111111111:root", "Account { partition: Some(Aws), id: 111111111111 }"),
        ("arn:aws:iam::111111111111:user/a/b", "User(arn:aws:iam::111111111111:user/a/b)"),
        ("arn:aws:iam::111111111111:role/R", "Role(arn:aws:iam::111111111111:role/R)"),
        (
            "arn:aws:sts::111111111111:assumed-role/R/se",
            "Session(arn:aws:sts::111111111111:assumed-role/R/se)",
        ),
        ("AROAEXAMPLE1", "UniqueId(\"AROAEXAMPLE1\")"),
        (
            "arn:aws:sts::111111111111:federated-user/bob",
            "FederatedUser(\"arn:aws:sts::111111111111:federated-user/bob\")",
        ),
    ] {
        assert_eq!(check(Kind::Aws, text), expected);
    }
    for text in [
        "",
        "1111",
        "arn:aws:iam::111111111111:group/g",
        "arn:aws:iam::111111111111:role/*",
        "arn:aws:iam::111111111111:role/a*/b",
        "arn:aws:iam::*:root",
        "arn:aws:sts::111111111111:assumed-role/R/*",
        "arn:aws:iam:us-east-1:111111111111:root",
        "AROA*",
        "**",
    ] {
        assert_eq!(Principal::parse(Kind::Aws, text), Principal::Invalid(text.into()));
    }
    assert_eq!(Principal::parse(Kind::Service, "*"), Principal::Invalid("Service:*".into()));
}

#[test]
fn size_leaves_out_white_space_between_tokens_only() {
    for (text, size) in [("", 0), (" { \"a b\" : \"\\\" c\" }\n", 14), ("{\"é\":1}", 7)] {
        assert_eq!(Document::parse(text).size(), size, "{text}");
    }
}

proptest! {
    #[test]
    fn reading_never_fails_and_never_forgets(text in "\\PC{0,40}|(\\{\"Statement\":\\[)?[\\[\\]{}:,\"a-zA-Z0-9 ]{0,40}") {
        let (policy, faults) = parse::policy(&text);
        prop_assert!(!policy.broken.is_empty() || !policy.statements.is_empty() || !faults.is_empty());
        let _ = validate(DocumentKind::Trust, &Document::parse(&text));
    }
}
