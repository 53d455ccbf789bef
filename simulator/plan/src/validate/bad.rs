//! What is refused, and in which words. Each case is a file beside a sound company.

use super::{ValidateOptions, validate};
use crate::manifest::read;

const COMPANY: &str = "\
{apiVersion: rolegate.dev/v1alpha1, kind: AWSAccount, metadata: {name: auth}, spec: {accountID: '111111111111', environment: gateway}}
---
{apiVersion: rolegate.dev/v1alpha1, kind: AWSAccount, metadata: {name: other}, spec: {accountID: '999999999999', environment: gateway}}
---
{apiVersion: rolegate.dev/v1alpha1, kind: AWSAccount, metadata: {name: production}, spec: {accountID: '444444444444', environment: production, gatewayRef: {name: auth}}}
---
{apiVersion: rolegate.dev/v1alpha1, kind: AccessGroup, metadata: {name: developers}, spec: {gatewayRef: {name: auth}, members: [ana]}}
---
{apiVersion: rolegate.dev/v1alpha1, kind: AccessGroup, metadata: {name: elsewhere}, spec: {gatewayRef: {name: other}}}
---
{apiVersion: rolegate.dev/v1alpha1, kind: AccessRole, metadata: {name: reader}, spec: {roleName: Reader, audience: Human, require: {sourceCIDRs: [203.0.113.0/24]}}}
---
{apiVersion: rolegate.dev/v1alpha1, kind: AccessRole, metadata: {name: deploy}, spec: {audience: Machine}}
";

/// The head of an object; its spec follows.
fn object(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: rolegate.dev/v1alpha1, kind: {kind}, metadata: {{name: {name}}}, spec:\n{spec}}}\n"
    )
}

fn access(spec: &str) -> String {
    object("AccountAccess", "x", spec)
}

/// The errors, one a line: place, field, message, and after `=>` the way out.
fn report(text: &str) -> String {
    let files = [("base.yaml".to_owned(), COMPANY.to_owned()), ("m.yaml".to_owned(), text.to_owned())];
    let (manifests, mut found) = read(&files);
    let (validated, more) = validate(&manifests, &ValidateOptions { installation: "acme".into() });
    found.extend(more);
    found.sort();
    for diagnostic in &found {
        let named = validated.unreadable.iter().any(|key| key.to_string() == diagnostic.object);
        assert!(named, "{} is in error and not named as such", diagnostic.object);
    }
    let lines = found
        .iter()
        .map(|d| format!("{}:{} {}: {} => {}", d.file, d.position.line, d.path, d.message, d.help));
    lines.collect::<Vec<_>>().join("\n")
}

fn check(cases: &[(String, &str)]) {
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = report(text);
        if found != *expected {
            wrong.push(format!("{text}\n-- found\n{found}\n-- expected\n{expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_company_is_sound() {
    assert_eq!(report(""), "");
}

#[test]
fn accounts() {
    let account = |spec: &str| object("AWSAccount", "prod", spec);
    check(&[
        (account("{accountID: '33333333333x', environment: Prod}"), ""),
        (account("{accountID: '444444444444', environment: production, gatewayRef: {name: auth}}"), ""),
        (account("{accountID: '333333333333', environment: a, gatewayRef: {name: aut}}"), ""),
        (account("{accountID: '333333333333', environment: a, gatewayRef: {name: production}}"), ""),
        (account("{accountID: '333333333333', environment: a, gatewayRef: {name: prod}}"), ""),
        (
            account(
                "{accountID: '333333333333', environment: a, partition: aws-cn, gatewayRef: {name: auth}}",
            ),
            "",
        ),
        (
            account(
                "{accountID: '333333333333', environment: a, allowedBindings: [\n\
                 {namespaces: {}, roles: {names: [readers], all: {}}, subjects: [Group]},\n\
                 {namespaces: {selector: {matchExpressions: [{key: a, operator: In}]}}, roles: {names: [readers]}, subjects: [Group, Group]}]}",
            ),
            "",
        ),
        (
            account(
                "{accountID: '333333333333', environment: a, managementRole: {name: 'a b', externalID: 'a\"b',\n\
                 via: ['arn:aws:iam::999999999999:role/hub*']}}",
            ),
            "",
        ),
    ]);
}

#[test]
fn groups() {
    let group = |name: &str, spec: &str| object("AccessGroup", name, spec);
    check(&[
        (group("developers-of-the-web-shop", "{gatewayRef: {name: auht}}"), ""),
        (
            group(
                "a",
                "{gatewayRef: {name: production}, groupName: 'a/b', members: [Ana, ana, 'ci-*', 'a b']}",
            ),
            "",
        ),
        (group("a", "{gatewayRef: {name: auth}, groupName: ROLEGATE-acme-Developers}"), ""),
        (group("developers", "{gatewayRef: {name: auth}}"), ""),
    ]);
}

#[test]
fn an_eleventh_group() {
    let mut text = String::new();
    for number in 0..10 {
        text.push_str(&object(
            "AccessGroup",
            &format!("g{number}"),
            "{gatewayRef: {name: auth}, members: [Ana]}",
        ));
        text.push_str("---\n");
    }
    let found = report(&text);
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), 11, "{found}");
    assert_eq!(lines[0], "");
    let ten = text.replacen("members: [Ana]", "members: []", 1);
    assert_eq!(report(&ten), "");
}

#[test]
fn roles() {
    let role = |spec: &str| object("AccessRole", "r", spec);
    let many: String = (0..11).map(|number| format!("p{number},")).collect();
    let long = "x".repeat(5_100);
    check(&[
        (role("{audience: Human, roleName: AWSReservedSSO_x, path: /aws-reserved/sso/}"), ""),
        (role("{audience: Human, roleName: organizationaccountaccessrole}"), ""),
        (role("{audience: Human, roleName: Rolegate-Controller}"), ""),
        (role("{audience: Human, roleName: 'a,b', path: /a}"), ""),
        (role("{audience: Human, roleName: 'R*', path: '/${aws:username}/'}"), ""),
        (role(&format!("{{audience: Human, path: /{}/}}", "x".repeat(64))), ""),
        (role("{audience: Machine, require: {mfa: Required, sessionName: UserName, mfaMaxAge: 1h}}"), ""),
        (role("{audience: Human, require: {mfa: NotRequired, mfaMaxAge: 5m}, maxSessionDuration: 13h}"), ""),
        (role("{audience: Human, maxSessionDuration: 1.5h}"), ""),
        (
            role(
                "{audience: Human, require: {sourceCIDRs: [0.0.0.0/0, 10.0.0.0/8, 203.0.113.5/24, office]}}",
            ),
            "",
        ),
        (
            role(
                "{audience: Human, tags: {'aws:x': a, Team: a, team: b, 'a|b': 'c|d', rolegate.dev/owner: me}}",
            ),
            "",
        ),
        (role(&format!("{{audience: Human, permissions: {{awsManagedPolicies: [{many}]}}}}")), ""),
        (
            role(
                "{audience: Human, permissions: {awsManagedPolicies: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'Read*']}}",
            ),
            "",
        ),
        (
            role(
                "{audience: Human, permissions: {inlinePolicies: [\n\
                 {name: rolegate-x, document: {Version: '2012-10-17', Statement: [\n\
                 {Effect: Allow, Action: 's3:*', Resource: '*'},\n\
                 {Effect: Permit, Action: 's3:*', Resource: '$(ACCOUNT)'}]}},\n\
                 {name: b, document: {Version: '2012-10-17', Statement: [\n\
                 {Effect: Allow, Action: 's3:*', Resource: '*'},\n\
                 {Effect: Allow, Action: 's3:*', Resource: '*', Principal: '*'}]}}]}}",
            ),
            "",
        ),
        (
            role(&format!(
                "{{audience: Human, permissions: {{inlinePolicies: [\n\
                 {{name: a, document: {{Version: '2012-10-17', Statement: [{{Effect: Allow, Action: 's3:*', Resource: 'arn:aws:s3:::{long}'}}]}}}},\n\
                 {{name: b, document: {{Version: '2012-10-17', Statement: [{{Effect: Allow, Action: 's3:*', Resource: 'arn:aws:s3:::{long}'}}]}}}}]}}}}"
            )),
            "",
        ),
    ]);
}

#[test]
fn bindings() {
    let person = "subjects: [{user: {name: kim}}]";
    check(&[
        (access(&format!("{{roleRef: {{name: raeder}}, accounts: {{names: [prodution]}}, {person}}}")), ""),
        (access(&format!("{{roleRef: {{name: reader}}, accounts: {{}}, {person}}}")), ""),
        (
            access(&format!(
                "{{roleRef: {{name: reader}}, accounts: {{names: [production], selector: {{environments: [production]}}}}, {person}}}"
            )),
            "",
        ),
        (
            access(
                "{roleRef: {name: reader}, accounts: {names: [production]}, subjects: [\n\
                 {},\n{user: {name: kim}, group: {name: developers}},\n{user: {name: 'k*'}},\n{user: {name: kim}},\n{user: {name: kim}},\n\
                 {group: {name: developer}},\n{group: {name: elsewhere}},\n{role: {arn: 'arn:aws:iam::111111111111:role/ci'}},\n\
                 {grup: {name: developers}}]}",
            ),
            "",
        ),
        (
            access(
                "{roleRef: {name: deploy}, accounts: {names: [production]}, subjects: [\n\
                 {user: {name: kim}},\n{group: {name: developers}},\n{role: {arn: 'arn:aws:iam::111111111111:role/*'}},\n\
                 {role: {arn: 'arn:aws:iam::777777777777:role/ci'}},\n{role: {arn: 'arn:aws:iam::444444444444:role/Reader'}},\n\
                 {role: {arn: 'arn:aws-cn:iam::111111111111:role/ci'}},\n{role: {arn: 'arn:aws:iam::111111111111:user/ci'}},\n\
                 {account: {accountID: '444444444444', externalID: acme-5b1f09c37d2e8a64}},\n\
                 {account: {accountID: '66666666666x', externalID: 'acme 5b1f09c37d2e8a64'}},\n\
                 {account: {accountID: '666666666666', externalID: acme}}]}",
            ),
            "",
        ),
        (
            access(&format!(
                "{{roleRef: {{name: reader}}, accounts: {{names: [production]}}, {person},\n\
                 require: {{sourceCIDRs: [198.51.100.0/24]}},\n\
                 validity: {{notBefore: '2026-12-31T18:00:00Z',\nnotAfter: '2026-12-31T18:00:00Z'}}}}"
            )),
            "",
        ),
        (
            access(&format!(
                "{{roleRef: {{name: reader}}, accounts: {{names: [production]}}, {person}, validity: {{notAfter: '2026-12-31 18:00:00Z'}}}}"
            )),
            "",
        ),
        (
            access(&format!(
                "{{roleRef: {{name: reader}}, accounts: {{names: [production]}}, {person}, validity: {{notAfter: '2026-02-30T18:00:00Z'}}}}"
            )),
            "",
        ),
    ]);
}

#[test]
fn the_name_of_the_installation() {
    for (name, sound) in [
        ("acme", true),
        ("a-1", true),
        ("", false),
        ("Acme", false),
        ("owner", false),
        ("a.b", false),
        ("-a", false),
    ] {
        let (manifests, _) = read(&[]);
        let (_, found) = validate(&manifests, &ValidateOptions { installation: name.into() });
        assert_eq!(found.is_empty(), sound, "{name}: {found:?}");
    }
    let (_, found) = validate(&read(&[]).0, &ValidateOptions { installation: "x".repeat(21) });
    assert_eq!(found.len(), 1);
}
