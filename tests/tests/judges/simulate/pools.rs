//! Statements from small pools, so that principals, resources, conditions and requests meet often.

use serde_json::{Map, Value, json};

use super::dice::Dice;

/// A condition: an operator, a key and its values as JSON.
const CONDITIONS: &[(&str, &str, &str)] = &[
    ("Bool", "aws:MultiFactorAuthPresent", r#""true""#),
    ("Bool", "aws:MultiFactorAuthPresent", r#""false""#),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", r#""true""#),
    ("BoolIfExists", "aws:multifactorauthpresent", r#""false""#),
    ("Bool", "aws:SecureTransport", r#""true""#),
    ("Null", "aws:MultiFactorAuthPresent", r#""true""#),
    ("Null", "aws:MultiFactorAuthAge", r#""true""#),
    ("NumericLessThan", "aws:MultiFactorAuthAge", r#""3600""#),
    ("NumericGreaterThanIfExists", "aws:MultiFactorAuthAge", r#""600""#),
    ("NumericLessThanEquals", "aws:MultiFactorAuthAge", r#"["1800", "10"]"#),
    ("StringEquals", "sts:ExternalId", r#"["acme-1", "acme-2"]"#),
    ("StringNotEquals", "sts:ExternalId", r#""acme-1""#),
    ("StringEqualsIfExists", "sts:ExternalId", r#""acme-1""#),
    ("StringEqualsIgnoreCase", "sts:ExternalId", r#""ACME-1""#),
    ("Null", "sts:ExternalId", r#""false""#),
    ("StringEquals", "sts:RoleSessionName", r#""${aws:username}""#),
    ("StringNotEquals", "sts:RoleSessionName", r#""${aws:username}""#),
    ("StringLike", "sts:RoleSessionName", r#"["deploy*", "al?ce"]"#),
    ("StringNotLike", "sts:RoleSessionName", r#""a*""#),
    ("StringLike", "sts:RoleSessionName", r#""${aws:username, 'deploy'}*""#),
    ("IpAddress", "aws:SourceIp", r#""203.0.113.0/24""#),
    ("IpAddress", "aws:SourceIp", r#"["2001:db8::/32", "203.0.113.7"]"#),
    ("NotIpAddress", "aws:SourceIp", r#"["203.0.113.0/25", "198.51.100.0/24"]"#),
    ("DateLessThan", "aws:CurrentTime", r#""2026-11-24T12:00:00Z""#),
    ("DateGreaterThanEquals", "aws:CurrentTime", r#""2026-11-25T00:00:00Z""#),
    ("DateLessThan", "aws:TokenIssueTime", r#""2026-11-24T06:00:00Z""#),
    ("NumericLessThan", "aws:EpochTime", r#""1795521600""#),
    ("StringEquals", "aws:PrincipalTag/team", r#""sre""#),
    ("StringNotEquals", "aws:PrincipalTag/team", r#""${aws:ResourceTag/team}""#),
    ("StringEquals", "aws:PrincipalTag/Team", r#""${aws:RequestTag/team}""#),
    ("StringLike", "aws:PrincipalTag/groups", r#""*:dev:*""#),
    ("StringEquals", "aws:PrincipalType", r#""User""#),
    ("StringLike", "aws:userid", r#""*:deploy""#),
    ("ArnLike", "aws:PrincipalArn", r#""arn:aws:iam::*:user/*""#),
    (
        "ArnEquals",
        "aws:PrincipalArn",
        r#"["arn:aws:iam::111111111111:role/H*", "arn:aws:iam::222222222222:*"]"#,
    ),
    ("ArnNotEquals", "aws:PrincipalArn", r#""arn:aws:iam::111111111111:role/Hub""#),
    ("StringEquals", "aws:PrincipalAccount", r#"["111111111111", "333333333333"]"#),
    ("StringEquals", "aws:PrincipalOrgID", r#""o-acme123456""#),
    ("StringNotEqualsIfExists", "aws:PrincipalOrgID", r#""o-acme123456""#),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", r#""o-acme123456/r-ab12/ou-ab12-dev00001/*""#),
    ("StringEquals", "sts:SourceIdentity", r#""alice""#),
    ("StringEqualsIfExists", "aws:SourceIdentity", r#""alice""#),
    ("ForAllValues:StringEquals", "aws:TagKeys", r#"["team", "cost"]"#),
    ("ForAnyValue:StringEquals", "aws:TagKeys", r#""team""#),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", r#""team""#),
    ("Null", "aws:TokenIssueTime", r#""false""#),
    ("StringEquals", "aws:ResourceTag/team", r#""sre""#),
    ("StringNotEquals", "sts:RoleSessionName", r#"["rolegate", "x1", "deploy"]"#),
    ("StringEquals", "aws:RequestedRegion", r#"["us-east-1", "eu-west-1"]"#),
    ("Bool", "aws:PrincipalIsAWSService", "false"),
];

const PRINCIPALS: &[&str] = &[
    "arn:aws:iam::111111111111:root",
    "111111111111",
    "222222222222",
    "arn:aws:iam::222222222222:root",
    "arn:aws:iam::111111111111:user/alice",
    "arn:aws:iam::222222222222:user/ops/bob",
    "arn:aws:iam::111111111111:role/Hub",
    "arn:aws:iam::222222222222:role/team/S",
    "arn:aws:sts::111111111111:assumed-role/Hub/deploy",
    "arn:aws:sts::222222222222:assumed-role/S/alice",
    "AIDA1ALICE0000000000",
    "AROA1HUB000000000000",
    "*",
];

const TRUST_ACTIONS: &[&str] = &[
    r#""sts:AssumeRole""#,
    r#"["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]"#,
    r#"["sts:AssumeRole", "sts:TagSession"]"#,
    r#"["STS:assumerole", "sts:SetSourceIdentity"]"#,
    r#""sts:SetSourceIdentity""#,
];

const ACTIONS: &[&str] = &[
    r#""Action": "sts:AssumeRole""#,
    r#""Action": "sts:*""#,
    r#""Action": "*""#,
    r#""Action": ["s3:Get*", "sts:Assume*"]"#,
    r#""Action": "sts:AssumeRol?""#,
    r#""Action": "s3:*""#,
    r#""NotAction": "sts:TagSession""#,
    r#""NotAction": ["iam:*", "sts:AssumeRole"]"#,
];

const RESOURCES: &[&str] = &[
    r#""Resource": "*""#,
    r#""Resource": "arn:aws:iam::222222222222:role/R""#,
    r#""Resource": ["arn:aws:iam::*:role/*S", "arn:aws:iam::111111111111:role/De?"]"#,
    r#""NotResource": "arn:aws:iam::222222222222:role/team/*""#,
    r#""Resource": "arn:aws:iam::222222222222:role/${aws:PrincipalTag/team}""#,
    r#""Resource": "arn:aws:iam::111111111111:*""#,
    r#""Resource": "arn:aws:iam::222222222222:role/*""#,
];

fn condition(dice: &mut Dice) -> Value {
    let mut block = Map::new();
    for _ in 0..dice.below(3) {
        let (operator, key, values) = dice.pick(CONDITIONS);
        let keys = block.entry(operator).or_insert_with(|| json!({}));
        keys[key] = serde_json::from_str(values).unwrap();
    }
    Value::Object(block)
}

fn parsed(text: &str, dice: &mut Dice, conditions: bool) -> Value {
    let mut statement: Value = serde_json::from_str(text).unwrap();
    if conditions {
        statement["Condition"] = condition(dice);
    }
    statement
}

fn effect(dice: &mut Dice, denies_of_12: usize) -> &'static str {
    if dice.happens(denies_of_12, 12) { "Deny" } else { "Allow" }
}

/// A statement of a trust policy; half of the time it names somebody who may be the caller.
pub(crate) fn trust(dice: &mut Dice, likely: &[String]) -> Value {
    let effect = effect(dice, 1);
    let principal = if dice.happens(3, 5) { dice.pick(likely) } else { dice.pick(PRINCIPALS).to_owned() };
    let action = dice.pick(TRUST_ACTIONS);
    let text =
        format!(r#"{{"Effect": "{effect}", "Principal": {{"AWS": "{principal}"}}, "Action": {action}}}"#);
    let conditions = dice.happens(2, 3);
    parsed(&text, dice, conditions)
}

/// A statement of an identity policy, a boundary, a session policy or an SCP.
pub(crate) fn own(dice: &mut Dice) -> Value {
    let effect = effect(dice, 1);
    let (action, resource) = (dice.pick(ACTIONS), dice.pick(RESOURCES));
    let conditions = dice.happens(1, 3);
    parsed(&format!(r#"{{"Effect": "{effect}", {action}, {resource}}}"#), dice, conditions)
}

/// A policy that lets most things through, so that the other layers come to decide.
pub(crate) fn wide() -> Value {
    json!({"Effect": "Allow", "Action": "*", "Resource": "*"})
}
/// A statement of an RCP: they only deny, everybody, with a service prefix.
pub(crate) fn rcp(dice: &mut Dice) -> Value {
    let action = dice.pick(&[r#""sts:AssumeRole""#, r#""sts:*""#, r#"["s3:*", "sts:SetSourceIdentity"]"#]);
    let resource = dice.pick(RESOURCES);
    let text = format!(r#"{{"Effect": "Deny", "Principal": "*", "Action": {action}, {resource}}}"#);
    parsed(&text, dice, true)
}
