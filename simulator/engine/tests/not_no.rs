//! What the search must not leave out, and must not call certain.

mod ask;
mod world;

use ask::{A, B, ask, check, lines, one_hop, role, trusting, world};
use rolegate_engine::settings::AnyValueIfExists;
use rolegate_engine::{
    AssumeRole, Caller, Certainty, Decision, Environment, SearchOptions, Settings, assume_role,
};

const TARGET: &str = "arn:aws:iam::222222222222:role/R";

/// The certainty of each path, by its origin.
fn certainties(world: &str, options: &SearchOptions) -> Vec<(String, bool)> {
    let answer = ask(world, TARGET, options);
    answer
        .paths
        .iter()
        .filter_map(|path| Some((ask::short(&path.hops.first()?.from), path.certainty == Certainty::Certain)))
        .collect()
}

fn alice(condition: &str) -> Vec<bool> {
    certainties(&one_hop(condition), &SearchOptions::default())
        .into_iter()
        .map(|(_, certain)| certain)
        .collect()
}

#[test]
fn what_can_be_chosen_is_found() {
    for condition in [
        r#""Null": {"aws:TokenIssueTime": "false"}"#,
        r#"StringEquals: {"aws:UserAgent": "a*b"}"#,
        r#"StringEquals: {"aws:RequestedRegion": "eu-west-1"}"#,
        r#"StringNotEquals: {"sts:RoleSessionName": ["rolegate", "rolegate-0", "rolegate-1", "us-east-1", "x1"]}"#,
        r#"NumericLessThan: {"aws:EpochTime": "1795521600"}"#,
        r#"DateNotEquals: {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}, DateLessThan: {"aws:CurrentTime": "2025-01-01T00:00:00Z"}"#,
    ] {
        assert_eq!(alice(condition), [true], "{condition}");
    }
}

#[test]
fn what_the_solver_cannot_tell_is_possible() {
    for condition in [
        r#"StringLike: {"aws:CurrentTime": "2026-*"}"#,
        r#"NumericLessThan: {"aws:EpochTime": "1795521600.5"}"#,
        r#"StringLike: {"aws:MultiFactorAuthAge": "7?"}"#,
        r#"DateLessThan: {"aws:CurrentTime": "24.11.2026"}"#,
        r#"IpAddress: {"aws:SourceIp": "10.0.0/8"}"#,
        r#"StringLike: {"sts:RoleSessionName": "a*"}, StringLikeIfExists: {"sts:RoleSessionName": "*b"}"#,
        r#"StringEquals: {"sts:ExternalId": []}"#,
        r#"StringNotEquals: {"aws:username": []}"#,
        r#"NumericNotEquals: {"aws:EpochTime": "soon"}"#,
    ] {
        assert_eq!(alice(condition), [false], "{condition}");
    }
}

/// Keys that nothing is known of for a service are not those of an IAM caller.
#[test]
fn a_service_may_call_for_somebody() {
    let statement = r#"{Effect: Allow, Principal: {Service: "ec2.amazonaws.com"}, Action: "sts:AssumeRole", Condition: {Bool: {"aws:ViaAWSService": "VALUE"}}}"#;
    for value in ["true", "false"] {
        let text = world(&["alice"], &[role("R", B, &statement.replace("VALUE", value))]);
        let caller =
            Caller::Service { principal: "ec2.amazonaws.com".into(), source_account: None, source_arn: None };
        let environment = Environment::at("2026-11-24T12:00:00Z".parse().unwrap());
        let request = AssumeRole::new(TARGET, "i-0123456789");
        let decision =
            assume_role(&ask::read(&text).index(), &caller, &request, &environment, &Settings::default());
        assert!(matches!(decision, Decision::Possible { .. }), "{value}: {decision:?}");
    }
}

#[test]
fn a_session_is_never_older_than_any_session_can_be() {
    let world = one_hop(r#"DateLessThan: {"aws:TokenIssueTime": "2026-11-24T00:00:00Z"}"#);
    let at = |time: &str| {
        let options = SearchOptions { time: Some(time.parse().unwrap()), ..SearchOptions::default() };
        certainties(&world, &options).len()
    };
    assert_eq!((at("2026-11-25T11:00:00Z"), at("2026-11-25T13:00:00Z")), (1, 0));
}

#[test]
fn a_forced_open_point_is_used() {
    let world = one_hop(r#""ForAnyValue:StringEqualsIfExists": {"sts:ExternalId": "acme-1"}"#);
    for (any_value_if_exists, requirement) in [
        (AnyValueIfExists::True, "external id StringEqualsIfExists acme-1"),
        (AnyValueIfExists::False, "external id ForAnyValue:StringEqualsIfExists acme-1"),
    ] {
        let settings = Settings { any_value_if_exists, ..Settings::default() };
        let answer = ask(&world, TARGET, &SearchOptions { settings, ..SearchOptions::default() });
        assert_eq!(lines(&answer), [format!("certain: 1:user/alice -[{requirement}]-> 2:role/R")]);
    }
}

#[test]
fn an_inherited_tag_may_replace_that_of_the_role() {
    let hub = role(
        "Hub",
        A,
        &trusting(A, "").replace(r#""sts:AssumeRole""#, r#"["sts:AssumeRole", "sts:TagSession"]"#),
    );
    let plain = role("Hub", A, &trusting(A, ""));
    let tagged = trusting(A, r#"StringEquals: {"aws:ResourceTag/env": "dev"}"#);
    let taggable = tagged.replace(r#""sts:AssumeRole""#, r#"["sts:AssumeRole", "sts:TagSession"]"#);
    let from = |hub: &str, target: &str| {
        certainties(&world(&["alice"], &[hub.to_owned(), role("R", B, target)]), &SearchOptions::default())
            .into_iter()
            .filter(|(from, _)| from == "1:role/Hub")
            .map(|(_, certain)| certain)
            .collect::<Vec<_>>()
    };
    assert_eq!(from(&hub, &taggable), [false]);
    assert_eq!(from(&plain, &taggable), [false; 0]);
    assert_eq!(from(&hub, &tagged), [false; 0]);
}

#[test]
fn whoever_cannot_be_seen_may_come_from_a_provider_or_carry_tags() {
    for condition in [
        r#"StringEquals: {"saml:sub": "alice"}"#,
        r#"StringEquals: {"aws:FederatedProvider": "arn:aws:iam::444444444444:saml-provider/X"}"#,
        r#"StringEquals: {"token.actions.githubusercontent.com:sub": "x"}"#,
        r#"StringEquals: {"aws:ResourceTag/env": "dev"}"#,
    ] {
        let statement = format!(
            r#"{{Effect: Allow, Principal: {{AWS: "*"}}, Action: ["sts:AssumeRole", "sts:TagSession"], Condition: {{{condition}}}}}"#
        );
        let origins = certainties(&world(&["alice"], &[role("R", B, &statement)]), &SearchOptions::default());
        let anyone = ("anyone in any other account whom its administrators allow".to_owned(), false);
        assert_eq!(origins, [anyone], "{condition}");
    }
}

#[test]
fn the_path_of_a_role_that_only_a_session_shows_is_not_known() {
    let statement = r#"{Effect: Allow, Principal: {AWS: "arn:aws:sts::444444444444:assumed-role/Hub/deploy"}, Action: "sts:AssumeRole", Condition: {ArnLike: {"aws:PrincipalArn": "arn:aws:iam::444444444444:role/team/Hub"}}}"#;
    let origins = certainties(&world(&["alice"], &[role("R", B, statement)]), &SearchOptions::default());
    assert_eq!(origins, [("4:role/Hub".to_owned(), false)]);
}

#[test]
fn an_exempt_session_may_be_the_calling_one() {
    let hub = role("Hub", B, "");
    let trust = r#"{Effect: Allow, Principal: {AWS: "arn:aws:iam::222222222222:role/Hub"}, Action: "sts:AssumeRole"},
        {Effect: Deny, NotPrincipal: {AWS: "arn:aws:sts::222222222222:assumed-role/Hub/deploy"}, Action: "sts:AssumeRole"}"#;
    let origins = certainties(&world(&["alice"], &[hub, role("R", B, trust)]), &SearchOptions::default());
    assert_eq!(origins, [("2:role/Hub".to_owned(), false)]);
}

#[test]
fn nobody_crosses_partitions() {
    let statement = r#"{Effect: Allow, Principal: {AWS: "*"}, Action: "sts:AssumeRole"}"#;
    let world = world(&["alice"], &[role("R", B, statement)])
        .replace("111111111111:user", "333333333333:user")
        .replace("arn:aws:iam::333333333333", "arn:aws-cn:iam::333333333333");
    let world = world.replacen("users:", "  - {id: \"333333333333\", partition: aws-cn}\nusers:", 1);
    let anyone = ("anyone in any other account whom its administrators allow".to_owned(), false);
    assert_eq!(certainties(&world, &SearchOptions::default()), [anyone]);
}

#[test]
fn what_two_hops_ask_for_must_go_together() {
    let hub = |condition: &str| {
        role(
            "Hub",
            A,
            &trusting(
                A,
                &format!(r#"ArnLike: {{"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}, {condition}"#),
            ),
        )
    };
    let target = |condition: &str| {
        role(
            "R",
            B,
            &format!(
                r#"{{Effect: Allow, Principal: {{AWS: "arn:aws:iam::111111111111:role/Hub"}}, Action: "sts:AssumeRole", Condition: {{{condition}}}}}"#
            ),
        )
    };
    let early = r#"DateLessThan: {"aws:CurrentTime": "2026-01-01T00:00:00Z"}"#;
    let late = r#"DateGreaterThan: {"aws:CurrentTime": "2027-01-01T00:00:00Z"}"#;
    check(
        &world(&["alice"], &[hub(early), target(late)]),
        &[
            "certain: 1:role/Hub -[after 2027-01-01T00:00:00Z]-> 2:role/R",
            "possible: 1:user/alice -[before 2026-01-01T00:00:00Z]-> 1:role/Hub -[after 2027-01-01T00:00:00Z]-> 2:role/R",
        ],
    );
    let named = |pattern: &str| format!(r#"StringLike: {{"sts:RoleSessionName": "{pattern}"}}"#);
    check(
        &world(
            &["alice"],
            &[hub(&named("a*")), target(r#"StringLike: {"aws:userid": "AROAHub000000000000000:*b"}"#)],
        ),
        &[
            "certain: 1:role/Hub -[name of the calling session like AROAHub000000000000000:*b]-> 2:role/R",
            "possible: 1:user/alice -[session name like AROAHub000000000000000:*b, session name like a*]-> 1:role/Hub -[nothing more]-> 2:role/R",
        ],
    );
}

/// A way for fewer kinds of credentials that asks less of them is a way of its own.
#[test]
fn a_session_of_any_age_is_not_left_to_the_way_that_asks_for_a_young_one() {
    let trust = [
        r#"NumericLessThan: {"aws:MultiFactorAuthAge": "3600"}"#,
        r#"Bool: {"aws:MultiFactorAuthPresent": "true"}, "Null": {"aws:TokenIssueTime": "false"}"#,
    ]
    .map(|condition| trusting(A, condition))
    .join(", ");
    check(
        &world(&["alice"], &[role("R", B, &trust)]),
        &[
            "certain: 1:user/alice -[MFA younger than 1h]-> 2:role/R",
            "certain: 1:user/alice -[a session with MFA, some issue time of the session]-> 2:role/R",
        ],
    );
}
