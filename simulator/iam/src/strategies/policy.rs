//! Strategies of the policy language.

use super::{account_id, parsed, partition, role_arn, session_arn, text, user_arn};
use crate::account::AccountId;
use crate::policy::principal::Kind;
use crate::policy::{
    ActionClause, BaseOperator, Condition, Document, Effect, Operator, Policy, Principal, PrincipalClause,
    ResourceClause, SetOperator, Span, Statement, Version,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use smol_str::SmolStr;

/// Every form of a principal but the bare `*`, including those that IAM would refuse.
pub fn principal() -> impl Strategy<Value = Principal> {
    let federated_user =
        parsed::<AccountId>("[12]{12}").prop_map(|id| format!("arn:aws:sts::{id}:federated-user/bob"));
    prop_oneof![
        1 => Just(Principal::Any),
        3 => (option::of(partition()), account_id())
            .prop_map(|(partition, id)| Principal::Account { partition, id }),
        3 => user_arn().prop_map(Principal::User),
        3 => role_arn().prop_map(Principal::Role),
        2 => session_arn().prop_map(Principal::Session),
        1 => text(&["AIDAEXAMPLE1", "AROAEXAMPLE1"]).prop_map(Principal::UniqueId),
        1 => federated_user.prop_map(|text| Principal::FederatedUser(text.into())),
        1 => text(&["ec2.amazonaws.com", "lambda.amazonaws.com"]).prop_map(Principal::Service),
        1 => text(&["accounts.google.com", "arn:aws:iam::111111111111:saml-provider/x"])
            .prop_map(Principal::Federated),
        1 => Just(Principal::CanonicalUser("79a59df900b949e5".into())),
        1 => (
            select(vec![Kind::Aws, Kind::Service, Kind::Federated, Kind::CanonicalUser]),
            select(vec!["arn:aws:iam::111111111111:group/g", "arn:aws:iam::111111111111:role/*", "?", ""]),
        )
            .prop_map(|(kind, text)| Principal::parse(kind, text)),
    ]
}

/// Every operator, including those that IAM does not know.
pub fn operator() -> impl Strategy<Value = Operator> {
    let base = prop_oneof![
        4 => select(vec![
            BaseOperator::StringEquals,
            BaseOperator::StringNotEquals,
            BaseOperator::StringLike,
            BaseOperator::Bool,
            BaseOperator::ArnEquals,
            BaseOperator::ArnLike,
            BaseOperator::ArnNotEquals,
            BaseOperator::ArnNotLike,
            BaseOperator::NumericLessThan,
            BaseOperator::DateGreaterThan,
            BaseOperator::IpAddress,
            BaseOperator::Null,
        ]),
        1 => Just(BaseOperator::Unknown("Sounds".into())),
    ];
    let set = option::weighted(0.3, select(vec![SetOperator::ForAllValues, SetOperator::ForAnyValue]));
    (base, set, any::<bool>()).prop_map(|(base, set, if_exists)| Operator { set, base, if_exists })
}

/// Condition values, variables and odd characters among them.
pub fn condition_value() -> impl Strategy<Value = SmolStr> {
    prop_oneof![
        text(&["true", "false", "3600", "a", "A", "*", "${aws:username}", "10.0.0.0/8", "\"\\", ""]),
        "\\PC{0,6}".prop_map(SmolStr::from),
    ]
}

/// Conditions without two of one operator and key.
pub fn conditions() -> impl Strategy<Value = Vec<Condition>> {
    let key = text(&[
        "aws:PrincipalArn",
        "AWS:principalarn",
        "aws:MultiFactorAuthPresent",
        "sts:ExternalId",
        "aws:PrincipalTag/Team",
    ]);
    btree_map((operator(), key), vec(condition_value(), 0..3), 0..3).prop_map(|pairs| {
        pairs.into_iter().map(|((operator, key), values)| Condition { operator, key, values }).collect()
    })
}

/// Lists of actions.
pub fn action_clause() -> impl Strategy<Value = ActionClause> {
    let actions = text(&[
        "sts:AssumeRole",
        "STS:assumerole",
        "sts:TagSession",
        "sts:*",
        "*",
        "iam:Get?ser",
        "s3:GetObject",
    ]);
    (vec(actions, 0..4), any::<bool>())
        .prop_map(|(actions, is)| if is { ActionClause::Is(actions) } else { ActionClause::IsNot(actions) })
}

/// Statements with every clause, also in combinations that IAM would refuse.
pub fn statement() -> impl Strategy<Value = Statement> {
    let resources = vec(
        text(&[
            "*",
            "arn:aws:iam::111111111111:role/*",
            "arn:aws:iam::*:role/a/b",
            "arn:aws:s3:::b/${aws:userid}",
        ]),
        0..3,
    );
    let principals = prop_oneof![
        1 => Just(vec![Principal::BareStar]),
        9 => vec(principal(), 0..4),
    ];
    (
        option::of("[A-Za-z0-9]{1,4}"),
        any::<bool>(),
        (principals, 0..4u8),
        action_clause(),
        (resources, 0..4u8),
        conditions(),
    )
        .prop_map(|(sid, allow, (principals, principal), action, (resources, resource), conditions)| {
            Statement {
                sid: sid.map(Into::into),
                effect: if allow { Effect::Allow } else { Effect::Deny },
                principal: match principal {
                    0 => PrincipalClause::Absent,
                    1 => PrincipalClause::IsNot(principals),
                    _ => PrincipalClause::Is(principals),
                },
                action,
                resource: match resource {
                    0 => ResourceClause::Absent,
                    1 => ResourceClause::IsNot(resources),
                    _ => ResourceClause::Is(resources),
                },
                conditions,
                span: Span::default(),
            }
        })
}

/// Policies whose statements are all understood.
pub fn policy() -> impl Strategy<Value = Policy> {
    (any::<bool>(), vec(statement(), 0..4)).prop_map(|(new, statements)| Policy {
        version: if new { Version::V2012 } else { Version::V2008 },
        statements,
        broken: Vec::new(),
    })
}

/// Documents, a few of them broken in part or as a whole.
pub fn document() -> impl Strategy<Value = Document> {
    let broken = select(vec![
        "",
        "null",
        "[1",
        "  {\"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"sts:*\", \"Foo\": 1}]}\n",
        "{\"Version\": \"2011\", \"Statement\": []}",
        "{\"Statement\": [{\"Effect\": \"Allow\", \"Effect\": \"Deny\", \"Action\": \"*\"}, {}]}",
        "%7B%7D",
        "{\"a\": \"\u{1}\"}",
    ]);
    prop_oneof![
        9 => policy().prop_map(Document::from_policy),
        1 => broken.prop_map(Document::parse),
    ]
}
