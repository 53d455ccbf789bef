//! `bootstrap` over the example company.

use crate::world::acme;
use rolegate::command::Output;
use rolegate::command::bootstrap::{Asked, policy};
use rolegate::iam::Document;
use rolegate::{Answer, Code};
use serde_json::Value;

pub(crate) fn asked(accounts: &[&str]) -> Asked {
    Asked {
        manifests: acme(),
        installation: Some("acme".to_owned()),
        accounts: accounts.iter().map(|&name| name.to_owned()).collect(),
        trusted_by: None,
    }
}

/// Actions that a document allows, in order.
fn allowed(document: &Value) -> Vec<String> {
    let statements = document["Statement"].as_array().unwrap();
    let mut actions: Vec<String> = statements
        .iter()
        .filter(|statement| statement["Effect"] == "Allow")
        .flat_map(|statement| match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            one => vec![one.clone()],
        })
        .map(|action| action.as_str().unwrap().to_owned())
        .collect();
    actions.sort();
    actions.dedup();
    actions
}

#[test]
fn a_document_is_printed_as_iam_takes_it() {
    for account in ["auth", "111111111111", "production"] {
        let Answer { code, out, talk } = policy(&asked(&[account]), Output::Text);
        assert_eq!(code, Code::Yes, "{talk}");
        let document = Document::parse(&out);
        assert_eq!((document.faults(), document.policy().broken.len()), (&[][..], 0), "{out}");
        assert!(
            document.size() <= 6144 && talk.starts_with("1 policy document for role /rolegate-controller of")
        );
        let report: Value = serde_json::from_str(&policy(&asked(&[account]), Output::Json).out).unwrap();
        let documents = report["documents"].as_array().unwrap();
        assert_eq!(documents, &[serde_json::from_str::<Value>(&out).unwrap()]);
    }
}

/// What would let somebody out of the fence is allowed in no account.
#[test]
fn nothing_is_allowed_that_is_not_needed() {
    for (account, users) in [("auth", true), ("production", false)] {
        let answer = policy(&asked(&[account]), Output::Text);
        let actions = allowed(&serde_json::from_str(&answer.out).unwrap());
        let touches = |word: &str| actions.iter().any(|action| action.contains(word));
        for never in
            ["*", "PassRole", "AccessKey", "LoginProfile", "CreateUser", "UpdateGroup", "SetDefault", "sts:"]
        {
            assert!(!touches(never), "{account} {never}");
        }
        for gateway in ["AttachUserPolicy", "TagUser", "AddUserToGroup", "CreateGroup", "CreatePolicyVersion"]
        {
            assert_eq!(touches(gateway), users, "{account} {gateway}");
        }
    }
}

#[test]
fn an_account_that_is_not_declared_is_named_with_those_that_are() {
    let answer = policy(&asked(&["prod\u{1b}[2J"]), Output::Text);
    assert_eq!((answer.code, answer.out.as_str()), (Code::Bad, ""));
    assert!(
        answer.talk.contains("is no account of the manifests; declared are: auth, development")
            && !answer.talk.contains('\u{1b}'),
        "{}",
        answer.talk
    );
}
