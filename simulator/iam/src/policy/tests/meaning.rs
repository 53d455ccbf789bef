//! What is equal in meaning and what is not, whatever the spelling.

use super::trust;
use crate::policy::*;
use crate::strategies;
use proptest::prelude::*;
use smol_str::SmolStr;

#[test]
fn rewritings_that_aws_makes_are_equal() {
    let root = r#"{"AWS":"arn:aws:iam::111111111111:root"}"#;
    for (one, other) in [
        (trust(r#"{"AWS":"111111111111"}"#, ""), trust(root, "")),
        (trust(r#"{"AWS":["111111111111"]}"#, ""), trust(root, r#","Sid":"X""#)),
        (trust(root, r#","Condition":{}"#), trust(root, r#","Sid":"""#)),
        (
            trust(r#"{"AWS":["arn:aws:iam::111111111111:user/a","arn:aws:iam::111111111111:user/b"]}"#, ""),
            trust(
                r#"{"AWS":["arn:aws:iam::111111111111:user/b","arn:aws:iam::111111111111:user/a","arn:aws:iam::111111111111:user/b"]}"#,
                "",
            ),
        ),
        (
            trust(root, r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}"#),
            trust(root, r#","Condition":{"bool":{"AWS:multifactorauthpresent":["true"]}}"#),
        ),
        (
            trust(root, r#","Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":3600}}"#),
            trust(root, r#","Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}"#),
        ),
        (
            trust(root, r#","Condition":{"ArnEquals":{"aws:PrincipalArn":["a","b"]}}"#),
            trust(root, r#","Condition":{"ArnLike":{"aws:PrincipalArn":["b","a","b"]}}"#),
        ),
        (
            trust(root, r#","Condition":{"Bool":{"a:b":"true"},"StringLike":{"c:d":"x","e:f":"y"}}"#),
            trust(root, r#","Condition":{"StringLike":{"e:f":"y","c:d":"x"},"Bool":{"a:b":"true"}}"#),
        ),
        (
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"STS:AssumeRole","Resource":"*"}}"#.into(),
            r#"{"Statement":[{"Action":["sts:assumerole"],"Effect":"Allow","Resource":["*"]}]}"#.into(),
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*"},{"Effect":"Deny","Action":[],"Resource":"*"}]}"#.into(),
            r#"{"Version":"2012-10-17","Id":"x","Statement":[{"Effect":"Allow","Action":"a:B","Resource":"*"},{"Effect":"Allow","Action":"a:b","Resource":"*"}]}"#.into(),
        ),
    ] {
        assert_eq!(Document::parse(&one), Document::parse(&other), "{one}\n{other}");
        assert_eq!(Document::parse(&one).policy().broken, []);
    }
}

#[test]
fn different_meanings_are_distinct() {
    let root = r#"{"AWS":"arn:aws:iam::111111111111:root"}"#;
    let with = |condition: &str| trust(root, &format!(r#","Condition":{condition}"#));
    let texts = [
        trust(root, ""),
        trust(root, "").replace("Allow", "Deny"),
        trust(root, "").replace("\"Action\"", "\"NotAction\""),
        trust(root, "").replace("\"Principal\"", "\"NotPrincipal\""),
        trust(root, r#","Foo":1"#),
        trust(root, r#","Foo":2"#),
        "{".to_owned(),
        r#"{"Statement":[]}"#.to_owned(),
        trust(r#"{"AWS":"arn:aws-cn:iam::111111111111:root"}"#, ""),
        trust(r#"{"AWS":"*"}"#, ""),
        trust(r#""*""#, ""),
        trust(r#"{"Service":"*"}"#, ""),
        trust(r#"{"AWS":"Service"}"#, ""),
        trust(r#"{"AWS":"arn:aws:iam::111111111111:role/R"}"#, ""),
        trust(r#"{"AWS":"arn:aws:iam::111111111111:role/r"}"#, ""),
        trust(r#"{"AWS":"arn:aws:iam::111111111111:role/a/R"}"#, ""),
        trust(r#"{"AWS":"arn:aws:sts::111111111111:assumed-role/R/session"}"#, ""),
        trust(r#"{"AWS":"arn:aws:iam::111111111111:user/R"}"#, ""),
        trust(r#"{"Federated":"accounts.google.com"}"#, ""),
        trust(r#"{"Service":"accounts.google.com"}"#, ""),
        with(r#"{"Bool":{"a:b":"true"}}"#),
        with(r#"{"BoolIfExists":{"a:b":"true"}}"#),
        with(r#"{"Bool":{"a:b":"false"}}"#),
        with(r#"{"Bool":{"a:b":["true","false"]}}"#),
        with(r#"{"Bool":{"a:b":[]}}"#),
        with(r#"{"Bool":{"a:c":"true"}}"#),
        with(r#"{"StringEquals":{"a:b":"x"}}"#),
        with(r#"{"StringEquals":{"a:b":"X"}}"#),
        with(r#"{"StringLike":{"a:b":"x"}}"#),
        with(r#"{"StringEqualsIgnoreCase":{"a:b":"x"}}"#),
        with(r#"{"ForAnyValue:StringEquals":{"a:b":"x"}}"#),
        with(r#"{"ForAllValues:StringEquals":{"a:b":"x"}}"#),
        with(r#"{"ArnLike":{"a:b":"x"}}"#),
        with(r#"{"ArnNotLike":{"a:b":"x"}}"#),
        with(r#"{"ArnLike":{"a:b":"x"},"ArnEquals":{"a:b":"y"}}"#),
        with(r#"{"ArnLike":{"a:b":["x","y"]}}"#),
        with(r#"{"StringLike":{"a:b":"${aws:username}"}}"#),
        with(r#"{"StringLike":{"a:b":"${aws:username}"}}"#).replace("2012", "2008"),
        with(r#"{"Sounds":{"a:b":"x"}}"#),
    ];
    for (i, one) in texts.iter().enumerate() {
        for (j, other) in texts.iter().enumerate() {
            assert_eq!(Document::parse(one) == Document::parse(other), i == j, "{one}\n{other}");
        }
    }
}

#[test]
fn building_gives_what_reading_gives() {
    let built = Policy::new(vec![
        Statement::allow(["sts:AssumeRole"])
            .sid("A1")
            .to([Principal::parse_aws("111111111111")])
            .when(BaseOperator::Bool, "aws:MultiFactorAuthPresent", ["true"])
            .when(
                Operator::plain(BaseOperator::StringLike).if_exists(),
                "sts:RoleSessionName",
                ["${aws:username}", "x"],
            ),
        Statement::deny(["iam:Get*"]).except_actions().on(["*"]),
    ]);
    assert_eq!(
        built.to_json(),
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"A1","Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringLikeIfExists":{"sts:RoleSessionName":["${aws:username}","x"]}}},{"Effect":"Deny","NotAction":"iam:Get*","Resource":"*"}]}"#
    );
}

#[test]
fn what_json_cannot_say_is_refused_rather_than_weakened() {
    let twice = Statement::allow(["sts:AssumeRole"]).when(BaseOperator::StringLike, "a:b", ["x*"]).when(
        BaseOperator::StringLike,
        "a:b",
        ["*y"],
    );
    let read = Document::from_policy(Policy::new(vec![twice]));
    let read = Document::parse(read.text());
    assert_eq!((read.policy().statements.len(), read.policy().broken.len()), (0, 1));
    let nobody = Statement::allow(["sts:AssumeRole"]).to([Principal::Invalid("*".into())]);
    let read = Document::parse(&Policy::new(vec![nobody]).to_json());
    let PrincipalClause::Is(principals) = &read.policy().statements[0].principal else { panic!() };
    assert!(matches!(principals.as_slice(), [Principal::Invalid(_)]));
}

/// The same statement in another spelling.
fn respelled(statement: &Statement) -> Statement {
    let twice = |values: &[SmolStr]| -> Vec<SmolStr> { values.iter().rev().chain(values).cloned().collect() };
    let upper = |values: &[SmolStr]| -> Vec<SmolStr> {
        values.iter().map(|value| value.to_ascii_uppercase().into()).collect()
    };
    let mut other = statement.clone();
    other.sid = Some("Other".into());
    other.action = match &statement.action {
        ActionClause::Is(actions) => ActionClause::Is(upper(&twice(actions))),
        ActionClause::IsNot(actions) => ActionClause::IsNot(upper(&twice(actions))),
    };
    if let ResourceClause::Is(resources) = &statement.resource {
        other.resource = ResourceClause::Is(twice(resources));
    }
    if let PrincipalClause::Is(principals) = &statement.principal {
        other.principal = PrincipalClause::Is(principals.iter().rev().cloned().collect());
    }
    other.conditions.reverse();
    for condition in &mut other.conditions {
        condition.key = condition.key.to_ascii_uppercase().into();
        condition.values = twice(&condition.values);
    }
    other
}

/// What may not differ between two statements of one canonical form, said in another way than the canonical form.
fn essence(statement: &Statement) -> (Effect, usize, std::collections::BTreeSet<(bool, String, String)>) {
    let conditions = statement
        .conditions
        .iter()
        .flat_map(|condition| {
            let key = condition.key.to_ascii_lowercase();
            condition
                .values
                .iter()
                .map(move |value| (condition.operator.if_exists, key.clone(), value.to_string()))
        })
        .collect();
    let clauses = match (&statement.principal, &statement.resource) {
        (PrincipalClause::Absent, ResourceClause::Absent) => 0,
        (PrincipalClause::Absent, ResourceClause::Is(_)) => 1,
        (PrincipalClause::Absent, ResourceClause::IsNot(_)) => 2,
        (PrincipalClause::Is(_), ResourceClause::Absent) => 3,
        (PrincipalClause::Is(_), ResourceClause::Is(_)) => 4,
        (PrincipalClause::Is(_), ResourceClause::IsNot(_)) => 5,
        (PrincipalClause::IsNot(_), ResourceClause::Absent) => 6,
        (PrincipalClause::IsNot(_), ResourceClause::Is(_)) => 7,
        (PrincipalClause::IsNot(_), ResourceClause::IsNot(_)) => 8,
    };
    (statement.effect, clauses, conditions)
}

proptest! {
    #[test]
    fn printing_and_reading_keeps_the_meaning(policy in strategies::policy()) {
        let text = policy.to_json();
        let read = Document::parse(&text);
        prop_assert_eq!(read.policy().broken.as_slice(), &[]);
        prop_assert_eq!(read.canonical(), &policy.canonical());
        prop_assert_eq!(read.policy().statements.len(), policy.statements.len());
        prop_assert_eq!(read.size(), Document::parse(&text).size());
    }

    #[test]
    fn printing_and_reading_keeps_what_is_broken(document in strategies::document()) {
        let again = Document::parse(&document.policy().to_json());
        prop_assert_eq!(again.canonical(), document.canonical());
    }

    #[test]
    fn spelling_does_not_matter(policy in strategies::policy()) {
        let other = Policy {
            statements: policy.statements.iter().rev().map(respelled).collect(),
            ..policy.clone()
        };
        prop_assert_eq!(other.canonical(), policy.canonical());
    }

    #[test]
    fn equal_statements_agree_in_essence(one in strategies::statement(), other in strategies::statement()) {
        if one.canonical() == other.canonical() {
            prop_assert_eq!(essence(&one), essence(&other));
        }
        let mut changed = one.clone();
        changed.effect = if one.effect == Effect::Allow { Effect::Deny } else { Effect::Allow };
        prop_assert_ne!(changed.canonical(), one.canonical());
        let mut changed = one.clone();
        changed.conditions.push(Condition {
            operator: Operator::plain(BaseOperator::StringEquals),
            key: "x:new".into(),
            values: vec!["v".into()],
        });
        prop_assert_ne!(changed.canonical(), one.canonical());
    }
}
