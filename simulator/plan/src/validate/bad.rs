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
        (
            account("{accountID: '33333333333x', environment: Prod}"),
            "m.yaml:2 spec.accountID: invalid account id `33333333333x`: twelve digits are expected (in YAML, quoted) => write the twelve digits, in quotes\n\
m.yaml:2 spec.environment: `Prod` is no name here: lower-case letters, digits and `-` are allowed, and it starts and ends with a letter or digit => rename it",
        ),
        (
            account("{accountID: '444444444444', environment: production, gatewayRef: {name: auth}}"),
            "base.yaml:5 spec.accountID: account 444444444444 is also that of AWSAccount prod in m.yaml:2 => an account is described once: keep one of the two\n\
m.yaml:2 spec.accountID: account 444444444444 is also that of AWSAccount production in base.yaml:5 => an account is described once: keep one of the two",
        ),
        (
            account("{accountID: '333333333333', environment: a, gatewayRef: {name: aut}}"),
            "m.yaml:2 spec.gatewayRef.name: there is no AWSAccount `aut` => did you mean `auth`?",
        ),
        (
            account("{accountID: '333333333333', environment: a, gatewayRef: {name: production}}"),
            "m.yaml:2 spec.gatewayRef.name: AWSAccount `production` is no gateway: it has a gatewayRef itself => did you mean its gateway, `auth`?",
        ),
        (
            account("{accountID: '333333333333', environment: a, gatewayRef: {name: prod}}"),
            "m.yaml:2 spec.gatewayRef.name: an account cannot be its own gateway => leave gatewayRef out if people sign in here",
        ),
        (
            account(
                "{accountID: '333333333333', environment: a, partition: aws-cn, gatewayRef: {name: auth}}",
            ),
            "m.yaml:2 spec.gatewayRef.name: the gateway is in partition aws, and nothing is trusted across partitions => use a gateway of the account's own partition",
        ),
        (
            account(
                "{accountID: '333333333333', environment: a, partition: aws-cn, managementRole: {via: ['arn:aws:iam::999999999999:role/hub']}}",
            ),
            "m.yaml:2 spec.managementRole.via[0]: the role is in partition aws, and no role is assumed across partitions => name a role of partition aws-cn",
        ),
        (
            account(
                "{accountID: '333333333333', environment: a, allowedBindings: [\n\
                 {namespaces: {}, roles: {names: [readers], all: {}}, subjects: [Group]},\n\
                 {namespaces: {selector: {matchExpressions: [{key: a, operator: In}]}}, roles: {names: [readers]}, subjects: [Group, Group]}]}",
            ),
            "m.yaml:3 spec.allowedBindings[0].namespaces: exactly one of names, selector and all must be set => write `all: {}` to mean every one\n\
m.yaml:3 spec.allowedBindings[0].roles: exactly one of names, selector and all must be set => write `all: {}` to mean every one\n\
m.yaml:3 spec.allowedBindings[0].roles.names[0]: there is no AccessRole `readers` => did you mean `reader`?\n\
m.yaml:4 spec.allowedBindings[1].namespaces.selector.matchExpressions[0]: In on `a` has no values => values are given for In and NotIn, and only for them\n\
m.yaml:4 spec.allowedBindings[1].roles.names[0]: there is no AccessRole `readers` => did you mean `reader`?\n\
m.yaml:4 spec.allowedBindings[1].subjects[1]: `Group` stands here twice => leave one of the two out",
        ),
        (
            account(
                "{accountID: '333333333333', environment: a, managementRole: {name: 'a b', externalID: 'a\"b',\n\
                 via: ['arn:aws:iam::999999999999:role/hub*']}}",
            ),
            "m.yaml:2 spec.managementRole.name: invalid role name `a b`: 1 to 64 letters, digits and _+=,.@- are allowed => write a role name that AWS takes\n\
m.yaml:2 spec.managementRole.externalID: `a\"b` is no external id: letters, digits and _+=,.@:/- are allowed => make a random one, such as the output of `openssl rand -hex 16`\n\
m.yaml:3 spec.managementRole.via[0]: `arn:aws:iam::999999999999:role/hub*` is a pattern, and exactly one role ARN is expected => name each role ARN by itself",
        ),
    ]);
}

#[test]
fn groups() {
    let group = |name: &str, spec: &str| object("AccessGroup", name, spec);
    check(&[
        (
            group("developers-of-the-web-shop", "{gatewayRef: {name: auht}}"),
            "m.yaml:1 metadata.name: `developers-of-the-web-shop` is no name here: 1 to 24 characters are allowed, and it has 26 => rename it\n\
m.yaml:2 spec.gatewayRef.name: there is no AWSAccount `auht` => did you mean `auth`?",
        ),
        (
            group(
                "a",
                "{gatewayRef: {name: production}, groupName: 'a/b', members: [Ana, ana, 'ci-*', 'a b']}",
            ),
            "m.yaml:2 spec.gatewayRef.name: AWSAccount `production` is no gateway: nobody signs in there => name the account in which the members' users are\n\
m.yaml:2 spec.groupName: invalid group name `a/b`: 1 to 128 letters, digits and _+=,.@- are allowed => write a group name that AWS takes\n\
m.yaml:2 spec.members[1]: `ana` and `Ana` are one user: IAM ignores case => keep the spelling that the user has in AWS\n\
m.yaml:2 spec.members[2]: `ci-*` is a pattern, and exactly one user name is expected => name each user name by itself\n\
m.yaml:2 spec.members[3]: invalid user name `a b`: 1 to 128 letters, digits and _+=,.@- are allowed => write a user name that AWS takes",
        ),
        (
            group("a", "{gatewayRef: {name: auth}, groupName: ROLEGATE-acme-Developers}"),
            "base.yaml:7 spec.groupName: IAM group `rolegate-acme-developers` of `auth` is also that of AccessGroup a in m.yaml:2 => IAM ignores case: choose another groupName\n\
m.yaml:2 spec.groupName: IAM group `rolegate-acme-developers` of `auth` is also that of AccessGroup developers in base.yaml:7 => IAM ignores case: choose another groupName",
        ),
        (
            group("developers", "{gatewayRef: {name: auth}}"),
            "m.yaml:1 metadata.name: is declared twice; first in base.yaml:7 => rename one of the two, or leave it out",
        ),
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
    assert_eq!(
        lines[0],
        "base.yaml:7 spec.members[0]: user `ana` of `auth` is in 11 AccessGroups, and AWS allows 10 groups for a user => \
         take the user out of some, or bind the user directly"
    );
    let ten = text.replacen("members: [Ana]", "members: []", 1);
    assert_eq!(report(&ten), "");
}

#[test]
fn roles() {
    let role = |spec: &str| object("AccessRole", "r", spec);
    check(&[
        (
            role("{audience: Human, roleName: AWSReservedSSO_x, path: /aws-reserved/sso/}"),
            "m.yaml:2 spec.roleName: `AWSReservedSSO_x` is a role that AWS makes and relies on => choose another name\n\
m.yaml:2 spec.path: only AWS makes roles in `/aws-reserved/sso/` => choose another path",
        ),
        (
            role("{audience: Human, roleName: organizationaccountaccessrole}"),
            "m.yaml:2 spec.roleName: `organizationaccountaccessrole` is a role that AWS makes and relies on => choose another name",
        ),
        (
            role("{audience: Human, roleName: Rolegate-Controller}"),
            "m.yaml:2 spec.roleName: `Rolegate-Controller` is the role through which Rolegate itself works in account `auth` => choose another name",
        ),
        (
            role("{audience: Human, roleName: 'a,b', path: /a}"),
            "m.yaml:2 spec.roleName: `a,b` cannot go into the tag that says whose the role is: AWS refuses `,` there => choose a name without commas\n\
m.yaml:2 spec.path: invalid path `/a`: `/`, or up to 512 printable ASCII characters that start and end with `/` => write a path that AWS takes",
        ),
        (
            role("{audience: Human, roleName: 'R*', path: '/${aws:username}/'}"),
            "m.yaml:2 spec.roleName: `R*` is a pattern, and exactly one role name is expected => name each role name by itself\n\
m.yaml:2 spec.path: `/${aws:username}/` is a pattern, and exactly one path is expected => name each path by itself",
        ),
        (
            role(&format!("{{audience: Human, path: /{}/}}", "x".repeat(64))),
            "m.yaml:2 spec.path: path and name have 66 characters, and the console switches to roles of at most 64 => shorten the path or the name",
        ),
        (
            role("{audience: Machine, require: {mfa: Required, sessionName: UserName, mfaMaxAge: 1h}}"),
            "m.yaml:2 spec.require.mfa: machines have no MFA device: nobody could enter => leave it out, or make the role `audience: Human`\n\
m.yaml:2 spec.require.sessionName: machines have no user name: nobody could enter => write `sessionName: Any`, or make the role `audience: Human`\n\
m.yaml:2 spec.require.mfaMaxAge: MFA is not asked for, so its age means nothing => leave it out, or write `mfa: Required`",
        ),
        (
            role("{audience: Machine, trust: GatewayAccount}"),
            "m.yaml:2 spec.trust: machines are trusted by name: with GatewayAccount anybody could give somebody leave to be one => write `trust: Subjects`, or make the role `audience: Human`",
        ),
        (
            role("{audience: Human, trust: Gateway}"),
            "m.yaml:2 spec.trust: `Gateway` is none of Subjects, GatewayAccount => write one of Subjects, GatewayAccount",
        ),
        (
            role("{audience: Human, require: {mfa: NotRequired, mfaMaxAge: 5m}, maxSessionDuration: 13h}"),
            "m.yaml:2 spec.require.mfaMaxAge: MFA is not asked for, so its age means nothing => leave it out, or write `mfa: Required`\n\
m.yaml:2 spec.require.mfaMaxAge: `5m` is outside of what is possible, 15m to 36h => write at least 15m and at most 36h\n\
m.yaml:2 spec.maxSessionDuration: `13h` is outside of what is possible, 1h to 12h => write at least 1h and at most 12h",
        ),
        (
            role("{audience: Human, maxSessionDuration: 1.5h}"),
            "m.yaml:2 spec.maxSessionDuration: invalid duration `1.5h`: hours, minutes and seconds are expected, such as `1h`, `90m` or `1h30m` => write it as `1h` or `90m`",
        ),
        (
            role(
                "{audience: Human, require: {sourceCIDRs: [0.0.0.0/0, 10.0.0.0/8, 203.0.113.5/24, office]}}",
            ),
            "m.yaml:2 spec.require.sourceCIDRs[0]: `0.0.0.0/0` is too much of the internet to be a requirement => name the networks you mean, or leave the requirement out\n\
m.yaml:2 spec.require.sourceCIDRs[1]: `10.0.0.0/8` is private, and AWS sees public addresses only: nobody could enter => write the public address behind which these machines are\n\
m.yaml:2 spec.require.sourceCIDRs[2]: `203.0.113.5/24` has bits beyond its length => write 203.0.113.0/24, or 203.0.113.5/32\n\
m.yaml:2 spec.require.sourceCIDRs[3]: `office` is no network => write it as 203.0.113.0/24 or 2001:db8::/32",
        ),
        (
            role(
                "{audience: Human, tags: {'aws:x': a, Team: a, team: b, 'a|b': 'c|d', rolegate.dev/owner: me}}",
            ),
            "m.yaml:2 spec.tags[\"team\"]: `team` is there twice: AWS ignores the case of keys => keep one of the two\n\
m.yaml:2 spec.tags[\"aws:x\"]: tags that start as `aws:x` does are not yours to set => choose another key\n\
m.yaml:2 spec.tags[\"a|b\"]: `a|b` is no tag key: 1 to 128 letters, digits, spaces and _.:/=+-@ are allowed => choose another key\n\
m.yaml:2 spec.tags[\"a|b\"]: `c|d` is no tag value: up to 256 letters, digits, spaces and _.:/=+-@ are allowed => choose another value\n\
m.yaml:2 spec.tags[\"rolegate.dev/owner\"]: tags that start as `rolegate.dev/owner` does are not yours to set => choose another key",
        ),
    ]);
}

#[test]
fn permissions() {
    let role = |spec: &str| object("AccessRole", "r", spec);
    let many = (0..11).map(|number| format!("p{number}")).collect::<Vec<_>>().join(",");
    let long = "x".repeat(5_100);
    check(&[
        (
            role(&format!("{{audience: Human, permissions: {{awsManagedPolicies: [{many}]}}}}")),
            "m.yaml:2 spec.permissions: 11 managed policies, and AWS attaches at most 10 to a role => join several into one customer managed policy",
        ),
        (
            role(
                "{audience: Human, permissions: {awsManagedPolicies: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'Read*']}}",
            ),
            "m.yaml:2 spec.permissions.awsManagedPolicies[0]: `arn:aws:iam::aws:policy/ReadOnlyAccess` is an ARN, and the partition is not yours to write => write `ReadOnlyAccess`\n\
m.yaml:2 spec.permissions.awsManagedPolicies[1]: `Read*` is a pattern, and exactly one policy name is expected => name each policy name by itself",
        ),
        (
            role(
                "{audience: Human, permissions: {customerManagedPolicies: [\n\
                 {name: group-developers-1, path: /rolegate/acme/}]},\n\
                 permissionsBoundary: {customerManaged: {name: rolegate-claim, path: /rolegate/other/}}}",
            ),
            "m.yaml:3 spec.permissions.customerManagedPolicies[0].path: policies under `/rolegate/` are Rolegate's own => name a policy under another path\n\
m.yaml:4 spec.permissionsBoundary.customerManaged.path: policies under `/rolegate/` are Rolegate's own => name a policy under another path",
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
            "m.yaml:3 spec.permissions.inlinePolicies[0].name: names that start with `rolegate-` are Rolegate's own => choose another name\n\
m.yaml:3 spec.permissions.inlinePolicies[0].document: `$(ACCOUNT)` is replaced by nothing => known: $(AWS_ACCOUNT_ID), $(AWS_PARTITION)\n\
m.yaml:5 spec.permissions.inlinePolicies[0].document.Statement[1]: IAM would refuse this: Syntax errors in policy. => write `\"Effect\": \"Allow\"` or `\"Effect\": \"Deny\"`\n\
m.yaml:8 spec.permissions.inlinePolicies[1].document.Statement[1]: IAM would refuse this: Policy document should not specify a principal. => remove it: the policy is about whom it is attached to",
        ),
        (
            role(&format!(
                "{{audience: Human, permissions: {{inlinePolicies: [\n\
                 {{name: a, document: {{Version: '2012-10-17', Statement: [{{Effect: Allow, Action: 's3:*', Resource: 'arn:aws:s3:::{long}'}}]}}}},\n\
                 {{name: b, document: {{Version: '2012-10-17', Statement: [{{Effect: Allow, Action: 's3:*', Resource: 'arn:aws:s3:::{long}'}}]}}}}]}}}}"
            )),
            "m.yaml:2 spec.permissions.inlinePolicies: the inline policies have 10400 characters together, and AWS takes at most 10240 on a role => move some of it into customer managed policies, or write shorter statements",
        ),
    ]);
}

#[test]
fn bindings() {
    let person = "subjects: [{user: {name: kim}}]";
    check(&[
        (
            access(&format!("{{roleRef: {{name: raeder}}, accounts: {{names: [prodution]}}, {person}}}")),
            "m.yaml:2 spec.roleRef.name: there is no AccessRole `raeder` => did you mean `reader`?\n\
m.yaml:2 spec.accounts.names[0]: there is no AWSAccount `prodution` => did you mean `production`?",
        ),
        (
            access(&format!("{{roleRef: {{name: reader}}, accounts: {{}}, {person}}}")),
            "m.yaml:2 spec.accounts: exactly one of names and selector must be set => write `names: [...]` or `selector: {environments: [...]}`",
        ),
        (
            access(&format!(
                "{{roleRef: {{name: reader}}, accounts: {{names: [production], selector: {{environments: [production]}}}}, {person}}}"
            )),
            "m.yaml:2 spec.accounts: exactly one of names and selector must be set => write `names: [...]` or `selector: {environments: [...]}`",
        ),
        (
            access(
                "{roleRef: {name: reader}, accounts: {names: [production]}, subjects: [\n\
                 {},\n{user: {name: kim}, group: {name: developers}},\n{user: {name: 'k*'}},\n{user: {name: kim}},\n{user: {name: kim}},\n\
                 {group: {name: developer}},\n{group: {name: elsewhere}},\n{role: {arn: 'arn:aws:iam::111111111111:role/ci'}},\n\
                 {grup: {name: developers}}]}",
            ),
            "m.yaml:3 spec.subjects[0]: exactly one of group, user, role and account must be set => write one of group, user, role and account, and a further entry for each further subject\n\
m.yaml:4 spec.subjects[1]: exactly one of group, user, role and account must be set => write one of group, user, role and account, and a further entry for each further subject\n\
m.yaml:5 spec.subjects[2].user.name: `k*` is a pattern, and exactly one user name is expected => name each user name by itself\n\
m.yaml:7 spec.subjects[4]: user kim stands here twice => leave one of the two out\n\
m.yaml:8 spec.subjects[5].group.name: there is no AccessGroup `developer` => did you mean `developers`?\n\
m.yaml:9 spec.subjects[6].group.name: its members sign in at `other`, and account `production` is entered from `auth` => bind a group of that gateway, in an AccountAccess of its own\n\
m.yaml:10 spec.subjects[7]: AccessRole `reader` asks for `sessionName: UserName`, which a role can never meet => bind it to a role of `audience: Machine`, or let this one take `sessionName: Any` without `mfa: Required`\n\
m.yaml:11 spec.subjects[8].grup: is no field of this version => did you mean `group`?",
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
            "m.yaml:3 spec.subjects[0]: AccessRole `deploy` is for machines, and people may never assume it => bind people to a role of `audience: Human`\n\
m.yaml:4 spec.subjects[1]: AccessRole `deploy` is for machines, and people may never assume it => bind people to a role of `audience: Human`\n\
m.yaml:5 spec.subjects[2].role.arn: `arn:aws:iam::111111111111:role/*` is a pattern, and exactly one role ARN is expected => name each role ARN by itself\n\
m.yaml:6 spec.subjects[3].role.arn: no AWSAccount here describes account 777777777777 => declare the account, or bind it as `account: {accountID, externalID}`\n\
m.yaml:7 spec.subjects[4].role.arn: this is the role of AccessRole `reader`, which people enter: they could go on from it => bind a role that only machines have\n\
m.yaml:8 spec.subjects[5].role.arn: account `auth` is in partition aws => write arn:aws:iam::…\n\
m.yaml:9 spec.subjects[6].role.arn: invalid role ARN `arn:aws:iam::111111111111:user/ci`: arn:PARTITION:iam::ACCOUNT:role/PATH/NAME is expected => write a role ARN that AWS takes\n\
m.yaml:10 spec.subjects[7].account.accountID: this is no third party: AWSAccount `production` describes it => bind its roles by ARN: `role: {arn: ...}`\n\
m.yaml:11 spec.subjects[8].account.accountID: invalid account id `66666666666x`: twelve digits are expected (in YAML, quoted) => write the twelve digits, in quotes\n\
m.yaml:11 spec.subjects[8].account.externalID: `acme 5b1f09c37d2e8a64` is no external id: letters, digits and _+=,.@:/- are allowed => make a random one, such as the output of `openssl rand -hex 16`\n\
m.yaml:12 spec.subjects[9].account.externalID: has 4 characters, and at least 16 must be there => write at least 16",
        ),
        (
            format!(
                "{}---\n{}",
                object(
                    "AccessRole",
                    "open",
                    "{audience: Human, trust: GatewayAccount, require: {sessionName: Any}}"
                ),
                access(
                    "{roleRef: {name: open}, accounts: {names: [production]},\nsubjects: [{role: {arn: 'arn:aws:iam::111111111111:role/ci'}}]}"
                )
            ),
            "m.yaml:6 spec.subjects[0]: AccessRole `open` asks for MFA of everybody (`trust: GatewayAccount`), which a role can never meet => bind it to a role of `audience: Machine`",
        ),
        (
            access(&format!(
                "{{roleRef: {{name: reader}}, accounts: {{names: [production]}}, {person},\n\
                 require: {{sourceCIDRs: [198.51.100.0/24]}},\n\
                 validity: {{notBefore: '2026-12-31T18:00:00Z',\nnotAfter: '2026-12-31T18:00:00Z'}}}}"
            )),
            "m.yaml:3 spec.require.sourceCIDRs: no address is in these networks and in those that AccessRole `reader` asks for: nobody could enter => choose networks within 203.0.113.0/24\n\
m.yaml:5 spec.validity.notAfter: the end, 2026-12-31T18:00:00Z, is not after the beginning, 2026-12-31T18:00:00Z: nobody could ever enter => write a later end or an earlier beginning",
        ),
        (
            access(&format!(
                "{{roleRef: {{name: reader}}, accounts: {{names: [production]}}, {person}, validity: {{notAfter: '2026-12-31 18:00:00Z'}}}}"
            )),
            "m.yaml:2 spec.validity.notAfter: `2026-12-31 18:00:00Z` is no time => write it as 2026-12-31T18:00:00Z",
        ),
        (
            access(&format!(
                "{{roleRef: {{name: reader}}, accounts: {{names: [production]}}, {person}, validity: {{notAfter: '2026-02-30T18:00:00Z'}}}}"
            )),
            "m.yaml:2 spec.validity.notAfter: `2026-02-30T18:00:00Z` is no time => write it as 2026-12-31T18:00:00Z",
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
