//! Who can reach a role, over small worlds: inputs in YAML, answers as lines.

mod ask;
mod world;

use ask::{A, B, ask, check, lines, one_hop, role, trusting, world};
use rolegate_engine::settings::MfaAfterHop;
use rolegate_engine::{Limit, SearchOptions, Settings};

#[test]
fn nothing_is_required_where_nothing_is_asked() {
    check(&one_hop(""), &["certain: 1:user/alice -[nothing more]-> 2:role/R"]);
}

#[test]
fn what_the_caller_chooses_is_a_requirement() {
    for (condition, requirement) in [
        (r#"Bool: {"aws:MultiFactorAuthPresent": "true"}"#, "MFA"),
        (r#"NumericLessThan: {"aws:MultiFactorAuthAge": "3600"}"#, "MFA younger than 1h"),
        (r#"NumericLessThanEquals: {"aws:MultiFactorAuthAge": "3600"}"#, "MFA no older than 1h"),
        (
            r#"Bool: {"aws:MultiFactorAuthPresent": "true"}, NumericLessThan: {"aws:MultiFactorAuthAge": "900"}"#,
            "MFA younger than 15min",
        ),
        (r#"StringEquals: {"sts:ExternalId": "acme-1"}"#, "external id acme-1"),
        (r#"StringEquals: {"sts:RoleSessionName": "${aws:username}"}"#, "session name = own user name"),
        (r#"StringLike: {"sts:RoleSessionName": "${aws:username}-*"}"#, "session name like alice-*"),
        (r#"IpAddress: {"aws:SourceIp": "203.0.113.0/24"}"#, "from 203.0.113.0/24"),
        (r#"DateLessThan: {"aws:CurrentTime": "2026-12-31T18:00:00Z"}"#, "before 2026-12-31T18:00:00Z"),
        (r#""Null": {"aws:MultiFactorAuthPresent": "false"}"#, "MFA or temporary credentials"),
        (r#"BoolIfExists: {"aws:MultiFactorAuthPresent": "true"}"#, "a long-term key, or a session with MFA"),
        (
            r#"DateGreaterThan: {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}"#,
            "issue time of the session > 2026-01-01T00:00:00Z, temporary credentials",
        ),
    ] {
        let expected = format!("certain: 1:user/alice -[{requirement}]-> 2:role/R");
        let got =
            lines(&ask(&one_hop(condition), "arn:aws:iam::222222222222:role/R", &SearchOptions::default()));
        let sorted = |text: &str| {
            let mut parts: Vec<String> =
                text.split(['[', ']', ',']).map(|part| part.trim().to_owned()).collect();
            parts.sort();
            parts
        };
        assert_eq!(got.len(), 1, "{condition}: {got:?}");
        assert_eq!(sorted(&got[0]), sorted(&expected), "{condition}: {got:?}");
    }
}

#[test]
fn what_cannot_be_met_is_no_path() {
    for condition in [
        r#"StringEquals: {"aws:username": "bob"}"#,
        r#"StringEquals: {"aws:PrincipalTag/team": "sre"}"#,
        r#"StringEquals: {"aws:PrincipalType": "AssumedRole"}"#,
        r#"ArnEquals: {"aws:PrincipalArn": "arn:aws:iam::111111111111:user/bob"}"#,
        r#"StringEquals: {"sts:ExternalId": ["x"]}, StringLike: {"sts:ExternalId": "acme-1"}"#,
        r#"StringEquals: {"sts:RoleSessionName": "a b"}"#,
        r#"DateLessThan: {"aws:CurrentTime": "2026-01-01T00:00:00Z"}, DateGreaterThan: {"aws:CurrentTime": "2026-02-01T00:00:00Z"}"#,
        r#"IpAddress: {"aws:SourceIp": "203.0.113.0/24"}, NotIpAddress: {"aws:SourceIp": "203.0.0.0/16"}"#,
        r#"NumericLessThan: {"aws:MultiFactorAuthAge": "0"}"#,
    ] {
        check(&one_hop(condition), &[]);
    }
}

#[test]
fn time_may_be_given() {
    let world = one_hop(r#"DateLessThan: {"aws:CurrentTime": "2026-12-31T18:00:00Z"}"#);
    let at = |time: &str| SearchOptions { time: Some(time.parse().unwrap()), ..SearchOptions::default() };
    let target = "arn:aws:iam::222222222222:role/R";
    let open = ask(&world, target, &at("2026-12-31T17:59:59Z"));
    assert_eq!(lines(&open), ["certain: 1:user/alice -[nothing more]-> 2:role/R"]);
    assert_eq!(lines(&ask(&world, target, &at("2026-12-31T18:00:00Z"))), [""; 0]);
}

#[test]
fn a_deny_becomes_what_must_be_avoided() {
    let deny = r#"{Effect: Deny, Principal: {AWS: "*"}, Action: "sts:AssumeRole", Condition: {StringEquals: {"sts:RoleSessionName": "root-session"}}}"#;
    let trust = format!("{}, {deny}", trusting(A, ""));
    check(
        &world(&["alice"], &[role("R", B, &trust)]),
        &["certain: 1:user/alice -[session name not root-session]-> 2:role/R"],
    );
    let deny = r#"{Effect: Deny, Principal: {AWS: "*"}, Action: "sts:AssumeRole", Condition: {NotIpAddress: {"aws:SourceIp": "203.0.113.0/24"}}}"#;
    let trust = format!("{}, {deny}", trusting(A, ""));
    check(
        &world(&["alice"], &[role("R", B, &trust)]),
        &["certain: 1:user/alice -[from 203.0.113.0/24]-> 2:role/R"],
    );
}

#[test]
fn two_hops_with_the_facts_of_the_session() {
    let hub = role("Hub", A, &trusting(A, r#"StringEquals: {"aws:PrincipalType": "User"}"#));
    let target = role(
        "R",
        B,
        r#"{Effect: Allow, Principal: {AWS: "arn:aws:iam::111111111111:role/Hub"}, Action: "sts:AssumeRole"}"#,
    );
    check(
        &world(&["alice"], &[hub.clone(), target]),
        &[
            "certain: 1:role/Hub -[nothing more]-> 2:role/R",
            "certain: 1:user/alice -[nothing more]-> 1:role/Hub -[nothing more]-> 2:role/R",
        ],
    );
    // The session that the target names is a session name to choose in the hop before.
    let target = role(
        "R",
        B,
        r#"{Effect: Allow, Principal: {AWS: "arn:aws:sts::111111111111:assumed-role/Hub/deploy"}, Action: "sts:AssumeRole"}"#,
    );
    check(
        &world(&["alice"], &[hub.clone(), target]),
        &[
            "certain: 1:role/Hub -[name of the calling session deploy]-> 2:role/R",
            "certain: 1:user/alice -[session name deploy]-> 1:role/Hub -[nothing more]-> 2:role/R",
        ],
    );
    // A role session has no user name.
    let target = role("R", B, &trusting(A, r#"StringEquals: {"sts:RoleSessionName": "${aws:username}"}"#));
    check(
        &world(&["alice"], &[hub, target]),
        &["certain: 1:user/alice -[session name = own user name]-> 2:role/R"],
    );
}

#[test]
fn a_session_name_that_the_hop_before_forbids_is_no_path() {
    let hub = role(
        "Hub",
        A,
        &trusting(
            A,
            r#"StringEquals: {"aws:PrincipalType": "User", "sts:RoleSessionName": "${aws:username}"}"#,
        ),
    );
    let target = role(
        "R",
        B,
        r#"{Effect: Allow, Principal: {AWS: "arn:aws:sts::111111111111:assumed-role/Hub/deploy"}, Action: "sts:AssumeRole"}"#,
    );
    check(
        &world(&["alice"], &[hub, target]),
        &["certain: 1:role/Hub -[name of the calling session deploy]-> 2:role/R"],
    );
}

#[test]
fn whether_mfa_survives_a_hop_is_a_setting() {
    let hub = role(
        "Hub",
        A,
        r#"{Effect: Allow, Principal: {AWS: "arn:aws:iam::111111111111:user/alice"}, Action: "sts:AssumeRole"}"#,
    );
    let target = role(
        "R",
        B,
        r#"{Effect: Allow, Principal: {AWS: "arn:aws:iam::111111111111:role/Hub"}, Action: "sts:AssumeRole", Condition: {Bool: {"aws:MultiFactorAuthPresent": "true"}}}"#,
    );
    let world = world(&["alice"], &[hub, target]);
    let with = |mfa_after_hop| {
        let settings = Settings { mfa_after_hop, ..Settings::default() };
        let options = SearchOptions { settings, ..SearchOptions::default() };
        lines(&ask(&world, "arn:aws:iam::222222222222:role/R", &options))
    };
    assert_eq!(with(MfaAfterHop::Lost), [""; 0]);
    let path = |certainty: &str| {
        [
            format!("{certainty}: 1:role/Hub -[a role session obtained from an MFA session]-> 2:role/R"),
            format!(
                "{certainty}: 1:user/alice -[a session with MFA]-> 1:role/Hub -[nothing more]-> 2:role/R"
            ),
        ]
    };
    assert_eq!(with(MfaAfterHop::Kept), path("certain"));
    assert_eq!(with(MfaAfterHop::Report), path("possible"));
}

#[test]
fn who_cannot_be_seen_is_never_left_out() {
    let outside = r#"{Effect: Allow, Principal: {AWS: "arn:aws:iam::444444444444:root"}, Action: "sts:AssumeRole", Condition: {StringEquals: {"sts:ExternalId": "acme-77"}}}"#;
    check(
        &world(&[], &[role("R", B, outside)]).replace("users:\n", ""),
        &[
            "possible: anyone in account 444444444444 whom its administrators allow -[external id acme-77]-> 2:role/R",
        ],
    );
    let anyone = r#"{Effect: Allow, Principal: {AWS: "*"}, Action: "sts:AssumeRole"}"#;
    check(
        &world(&["alice"], &[role("R", B, anyone)]),
        &[
            "certain: 1:user/alice -[nothing more]-> 2:role/R",
            "possible: anyone in any other account whom its administrators allow -[nothing more]-> 2:role/R",
        ],
    );
}

#[test]
fn a_service_is_certain_where_the_trust_policy_alone_lets_it_in() {
    const SERVICE: &str = r#"Principal: {Service: "ec2.amazonaws.com"}"#;
    let allow = |action: &str| format!(r#"{{Effect: Allow, {SERVICE}, Action: "{action}"}}"#);
    let deny = r#"{Effect: Deny, Principal: {AWS: "*"}, Action: "sts:AssumeRole", Condition: {StringEquals: {"aws:SourceAccount": "9"}}}"#;
    let broken = r#"{Effect: Allow, Principal: {Moon: "x"}, Action: "sts:AssumeRole"}"#;
    let guarded = format!(
        r#"{{Effect: Allow, {SERVICE}, Action: "sts:AssumeRole", Condition: {{StringEquals: {{"aws:SourceAccount": "222222222222"}}}}}}"#
    );
    let federated = r#"{Effect: Allow, Principal: {Federated: "arn:aws:iam::222222222222:saml-provider/X"}, Action: "sts:AssumeRoleWithSAML"}"#;
    for (trust, expected) in [
        (allow("sts:AssumeRole"), "certain: the service ec2.amazonaws.com -[nothing more]-> 2:role/R"),
        (allow("sts:*"), "certain: the service ec2.amazonaws.com -[nothing more]-> 2:role/R"),
        (
            format!("{}, {deny}", allow("sts:AssumeRole")),
            "possible: the service ec2.amazonaws.com -[nothing more]-> 2:role/R",
        ),
        (
            format!("{}, {broken}", allow("sts:AssumeRole")),
            "possible: the service ec2.amazonaws.com -[nothing more]-> 2:role/R",
        ),
        (guarded, "possible: the service ec2.amazonaws.com -[aws:SourceAccount 222222222222]-> 2:role/R"),
        (
            federated.to_owned(),
            "possible: the identity provider arn:aws:iam::222222222222:saml-provider/X -[nothing more]-> 2:role/R",
        ),
    ] {
        check(&world(&["alice"], &[role("R", B, &trust)]), &[expected]);
    }
}

#[test]
fn what_a_service_enters_carries_no_mfa_and_a_name_that_nobody_chose() {
    let hub = role(
        "Hub",
        A,
        r#"{Effect: Allow, Principal: {Service: "ec2.amazonaws.com"}, Action: "sts:AssumeRole"}"#,
    );
    let target = |principal: &str, condition: &str| {
        role(
            "R",
            B,
            &format!(
                r#"{{Effect: Allow, Principal: {{AWS: "{principal}"}}, Action: "sts:AssumeRole", Condition: {{{condition}}}}}"#
            ),
        )
    };
    let by_role = "arn:aws:iam::111111111111:role/Hub";
    check(
        &world(&["alice"], &[hub.clone(), target(by_role, "")]),
        &[
            "certain: 1:role/Hub -[nothing more]-> 2:role/R",
            "certain: the service ec2.amazonaws.com -[nothing more]-> 1:role/Hub -[nothing more]-> 2:role/R",
        ],
    );
    check(
        &world(
            &["alice"],
            &[hub.clone(), target(by_role, r#"Bool: {"aws:MultiFactorAuthPresent": "true"}"#)],
        ),
        &["possible: 1:role/Hub -[a role session obtained from an MFA session]-> 2:role/R"],
    );
    check(
        &world(&["alice"], &[hub, target("arn:aws:sts::111111111111:assumed-role/Hub/deploy", "")]),
        &[
            "certain: 1:role/Hub -[name of the calling session deploy]-> 2:role/R",
            "possible: the service ec2.amazonaws.com -[session name deploy]-> 1:role/Hub -[nothing more]-> 2:role/R",
        ],
    );
}

#[test]
fn what_was_not_collected_is_a_doubt_and_never_no_one() {
    let options = SearchOptions::default();
    let answer = ask("", "arn:aws:iam::333333333333:role/R", &options);
    assert!(answer.paths.is_empty());
    assert_eq!(answer.doubts.len(), 1, "{:?}", answer.doubts);
    // A user whose managed policy is not there may do anything, or nothing.
    let world = format!(
        r#"users:
  - arn: "arn:aws:iam::111111111111:user/alice"
    id: AIDAALICE00000000000
    missing_policies: ["arn:aws:iam::aws:policy/AdministratorAccess"]
roles:
{}"#,
        role("R", B, &trusting(A, ""))
    );
    check(&world, &["possible: 1:user/alice -[nothing more]-> 2:role/R"]);
}

#[test]
fn a_limit_is_part_of_the_answer() {
    let hub = role("Hub", A, &trusting(A, r#"StringEquals: {"aws:PrincipalType": "User"}"#));
    let target = role(
        "R",
        B,
        r#"{Effect: Allow, Principal: {AWS: "arn:aws:iam::111111111111:role/Hub"}, Action: "sts:AssumeRole"}"#,
    );
    let world = world(&["alice"], &[hub, target]);
    let ask = |options: SearchOptions| ask(&world, "arn:aws:iam::222222222222:role/R", &options);
    let whole = ask(SearchOptions::default());
    assert_eq!(whole.limit, None);
    let one = ask(SearchOptions { max_hops: 1, ..SearchOptions::default() });
    assert_eq!((one.paths.len(), one.limit), (1, Some(Limit::Hops)));
    let poor = ask(SearchOptions { budget: 2, ..SearchOptions::default() });
    assert_eq!(poor.limit, Some(Limit::Budget));
    // Nothing was cut where no longer path exists.
    let two = ask(SearchOptions { max_hops: 2, ..SearchOptions::default() });
    assert_eq!((two.paths.len(), two.limit), (2, None));
}

#[test]
fn a_source_identity_needs_its_own_action() {
    let only = trusting(A, r#"StringEquals: {"sts:SourceIdentity": "alice"}"#);
    check(&world(&["alice"], &[role("R", B, &only)]), &[]);
    let both =
        only.replace(r#"Action: "sts:AssumeRole""#, r#"Action: ["sts:AssumeRole", "sts:SetSourceIdentity"]"#);
    // The identity policy of the helper allows only sts:AssumeRole, and across accounts both sides are needed.
    check(&world(&["alice"], &[role("R", B, &both)]), &[]);
    let free = world(&["alice"], &[role("R", B, &both)])
        .replace(r#"Action: "sts:AssumeRole", Resource"#, r#"Action: "sts:*", Resource"#);
    check(&free, &["certain: 1:user/alice -[source identity alice]-> 2:role/R"]);
}
