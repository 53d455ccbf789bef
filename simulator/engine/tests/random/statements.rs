//! Statements of policies from small pools, and worlds of them.

use super::{Around, HOLDERS, LEVELS, ROLES, Spec, Tree};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;

fn conditions() -> impl Strategy<Value = String> {
    let pool: Vec<&'static str> = vec![
        r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#,
        r#""Bool": {"aws:MultiFactorAuthPresent": "false"}"#,
        r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}"#,
        r#""BoolIfExists": {"aws:multifactorauthpresent": "false"}"#,
        r#""Null": {"aws:MultiFactorAuthPresent": "true"}"#,
        r#""Null": {"aws:MultiFactorAuthAge": "true"}"#,
        r#""NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}"#,
        r#""NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "600"}"#,
        r#""StringEquals": {"sts:ExternalId": ["acme-1", "acme-2"]}"#,
        r#""StringNotEquals": {"sts:ExternalId": "acme-1"}"#,
        r#""StringEqualsIfExists": {"sts:ExternalId": "acme-1"}"#,
        r#""Null": {"sts:ExternalId": "false"}"#,
        r#""StringEquals": {"sts:RoleSessionName": "${aws:username}"}"#,
        r#""StringNotEquals": {"sts:RoleSessionName": "${aws:username}"}"#,
        r#""StringLike": {"sts:RoleSessionName": ["deploy*", "al?ce"]}"#,
        r#""StringNotLike": {"sts:RoleSessionName": "a*"}"#,
        r#""IpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#,
        r#""NotIpAddress": {"aws:SourceIp": ["203.0.113.0/25", "198.51.100.0/24"]}"#,
        r#""DateLessThan": {"aws:CurrentTime": "2026-11-24T12:00:00Z"}"#,
        r#""DateGreaterThanEquals": {"aws:CurrentTime": "2026-11-25T00:00:00Z"}"#,
        r#""DateLessThan": {"aws:TokenIssueTime": "2026-11-24T06:00:00Z"}"#,
        r#""StringEquals": {"aws:PrincipalTag/team": "sre"}"#,
        r#""StringNotEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}"#,
        r#""StringEquals": {"aws:PrincipalType": "User"}"#,
        r#""StringLike": {"aws:userid": "*:deploy"}"#,
        r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}"#,
        r#""ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/Hub"}"#,
        r#""StringEquals": {"aws:PrincipalOrgID": "o-acme123456"}"#,
        r#""StringEquals": {"sts:SourceIdentity": "alice"}"#,
        r#""ForAllValues:StringEquals": {"aws:TagKeys": "team"}"#,
        r#""StringNotEquals": {"aws:TagKeys": "team"}"#,
        r#""ForAnyValue:StringEqualsIfExists": {"sts:TransitiveTagKeys": "team"}"#,
        r#""Sounds": {"aws:username": "alice"}"#,
        r#""Null": {"aws:TokenIssueTime": "false"}"#,
        r#""StringLike": {"aws:CurrentTime": "2026-*"}"#,
        r#""StringEquals": {"aws:UserAgent": ["te*", "test"]}"#,
        r#""StringEquals": {"aws:ResourceTag/team": "sre"}"#,
        r#""StringNotEquals": {"sts:RoleSessionName": ["rolegate", "x1", "deploy"]}"#,
        r#""NumericNotEquals": {"aws:EpochTime": "soon"}"#,
        r#""StringEquals": {"aws:username": []}"#,
    ];
    prop_oneof![2 => Just(Vec::new()), 3 => prop::collection::vec(select(pool), 1..=2)].prop_map(
        |mut pool| {
            // An operator may stand only once.
            let operator = |text: &str| text.split(':').next().map(str::to_owned);
            if pool.len() == 2 && operator(pool[0]) == operator(pool[1]) {
                pool.pop();
            }
            format!("{{{}}}", pool.join(", "))
        },
    )
}

fn effect() -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => Just("Allow"), 1 => Just("Deny")]
}

fn trust_statement() -> impl Strategy<Value = String> {
    let principals = vec![
        "arn:aws:iam::111111111111:root",
        "222222222222",
        "arn:aws:iam::111111111111:user/alice",
        "arn:aws:iam::222222222222:user/bob",
        "arn:aws:iam::111111111111:role/Hub",
        "arn:aws:iam::222222222222:role/team/S",
        "arn:aws:sts::111111111111:assumed-role/Hub/deploy",
        "AIDAGONE000000000000",
        "AIDA1ALICE0000000000",
        "arn:aws:iam::222222222222:root",
        "111111111111",
        "*",
        "*",
    ];
    let actions = vec![
        r#""sts:AssumeRole""#,
        r#"["sts:AssumeRole", "sts:SetSourceIdentity"]"#,
        r#""sts:*""#,
        r#"["STS:assumerole", "sts:TagSession"]"#,
    ];
    (effect(), select(principals), select(actions), conditions()).prop_map(|(effect, principal, action, condition)| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": {{"AWS": "{principal}"}}, "Action": {action}, "Condition": {condition}}}"#
        )
    })
}

fn own_statement(effect: impl Strategy<Value = &'static str>) -> impl Strategy<Value = String> {
    let actions = vec![r#""sts:AssumeRole""#, r#""sts:*""#, r#""*""#, r#""s3:Get*""#];
    let resources = vec![
        r#""Resource": "*""#,
        r#""Resource": "arn:aws:iam::222222222222:role/R""#,
        r#""Resource": "arn:aws:iam::*:role/*S""#,
        r#""NotResource": "arn:aws:iam::222222222222:role/team/*""#,
        r#""Resource": "arn:aws:iam::222222222222:role/${aws:PrincipalTag/team}""#,
        r#""Resource": "arn:*:iam::222222222222:role/R""#,
    ];
    let plain = prop_oneof![2 => Just("{}".to_owned()), 1 => conditions()];
    (effect, select(actions), select(resources), plain).prop_map(|(effect, action, resource, condition)| {
        format!(r#"{{"Effect": "{effect}", "Action": {action}, {resource}, "Condition": {condition}}}"#)
    })
}

/// A Deny that fits anywhere but in a trust policy, and one that fits there.
pub fn deny() -> impl Strategy<Value = (String, String)> {
    let trust =
        trust_statement().prop_map(|text| text.replace(r#""Effect": "Allow""#, r#""Effect": "Deny""#));
    (own_statement(Just("Deny")), trust)
}

/// The statements of a policy.
pub fn policy() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(own_statement(effect()), 0..=3)
}

pub fn spec() -> impl Strategy<Value = Spec> {
    let own = prop_oneof![
        Just(vec![r#"{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}"#.to_owned()]),
        policy(),
    ];
    let boundary = prop_oneof![6 => Just(None), 1 => policy().prop_map(Some)];
    (
        prop::collection::vec(prop::collection::vec(trust_statement(), 0..=4), ROLES.len()),
        prop::collection::vec(own, HOLDERS),
        policy(),
        prop::collection::vec(boundary, HOLDERS),
        prop_oneof![
            5 => Just(Around::Alone),
            4 => tree().prop_map(Around::Within),
            1 => Just(Around::NotCollected)
        ],
    )
        .prop_map(|(trust, own, group, boundaries, around)| Spec {
            trust,
            own,
            group,
            boundaries,
            lost: BTreeSet::new(),
            reversed: false,
            around,
        })
}

/// An SCP statement; made an RCP where it denies.
fn limit() -> impl Strategy<Value = String> {
    let effect = prop_oneof![1 => Just("Allow"), 2 => Just("Deny")];
    own_statement(effect)
}

pub fn tree() -> impl Strategy<Value = Tree> {
    let lists = || prop::collection::vec(prop::collection::vec(limit(), 0..=1), LEVELS);
    let strict = prop::collection::vec(prop::bool::weighted(0.1), LEVELS);
    let unknown = prop::collection::btree_set((0..2usize, 0..LEVELS), 0..=1);
    let unknown = prop_oneof![4 => Just(BTreeSet::new()), 1 => unknown];
    (lists(), lists(), strict, unknown, prop::bool::weighted(0.2)).prop_map(
        |(scps, rcps, strict, unknown, managed_by_first)| Tree {
            limits: [scps, rcps].map(|lists| lists.try_into().unwrap()),
            strict: strict.try_into().unwrap(),
            unknown,
            managed_by_first,
        },
    )
}
