//! What others must add on their side: policies that the evaluator takes as what they are for, and nothing more.

use super::company::{AUTH, PRODUCTION, Place, access, account, asked, role};
use super::saving::Folder;
use crate::world::{acme, question};
use rolegate::Code;
use rolegate::command::Output;
use rolegate::command::export::{Content, Export, owner_statements};
use rolegate::deliver::deliver;
use rolegate::iam::Document;
use serde_json::Value;

fn policies(export: &Export) -> Vec<(String, Value)> {
    let json = export.pieces.iter().filter(|piece| piece.path.extension().is_some_and(|end| end == "json"));
    json.map(|piece| {
        let Content::Whole { text, mark } = &piece.content else { panic!() };
        assert!(text.contains(mark));
        assert!(Document::parse(text).policy().broken.is_empty(), "{text}");
        (piece.path.display().to_string(), serde_json::from_str(text).unwrap())
    })
    .collect()
}

#[test]
fn a_third_party_is_told_its_role_and_its_external_id() {
    let export = owner_statements(&question(acme(), None)).unwrap();
    let found = policies(&export);
    assert_eq!(found.len(), 1, "the machine of the gateway needs nothing: both halves are written");
    assert_eq!(found[0].0, "666666666666/any-role.json");
    assert_eq!(
        found[0].1,
        serde_json::json!({"Version": "2012-10-17", "Statement": [{
            "Sid": "RolegateExport",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": "arn:aws:iam::444444444444:role/PartnerScanner",
            "Condition": {"StringEquals": {"sts:ExternalId": "acme-5b1f09c37d2e8a64"}},
        }]})
    );
    let shown = deliver(export, None, Output::Text);
    assert_eq!(shown.code, Code::Yes);
    for part in [
        "The owner of account 666666666666",
        "sends --external-id",
        "from 198.51.100.0/24",
        "\"Sid\": \"RolegateExport\"",
    ] {
        assert!(shown.out.contains(part), "{part}: {}", shown.out);
    }
}

#[test]
fn a_machine_outside_the_gateway_gets_policies_within_the_quota() {
    let machine = "arn:aws:iam::222222222222:role/builder";
    let places: Vec<(String, String)> =
        (0..300).map(|n| (format!("account-{n}"), format!("{:012}", 700_000_000_000_u64 + n))).collect();
    let accounts: String = places
        .iter()
        .map(|(name, id)| {
            account(&Place { name, id, ..PRODUCTION }, Some("auth"))
                .replace(&format!("environment: {name}"), "environment: e")
        })
        .collect();
    let manifests = account(&AUTH, None)
        + &account(&Place { name: "build", id: "222222222222", ..PRODUCTION }, Some("auth"))
        + &accounts
        + &role("deploy", "  audience: Machine\n")
        + &access("a", "deploy", "x", &format!("role: {{arn: \"{machine}\"}}"), "")
            .replace("names: [x]", "selector: {environments: [e]}");
    let export = owner_statements(&asked(manifests)).unwrap();
    let found = policies(&export);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["222222222222/role-builder.json", "222222222222/role-builder-2.json"]);
    let mut roles = Vec::new();
    for (_, policy) in &found {
        assert!(policy.to_string().len() <= 6144);
        let statements = policy["Statement"].as_array().unwrap();
        assert!(statements.len() == 1 && statements[0].get("Condition").is_none());
        roles.extend(
            statements[0]["Resource"]
                .as_array()
                .unwrap()
                .iter()
                .map(|role| role.as_str().unwrap().to_owned()),
        );
    }
    let expected: Vec<String> =
        places.iter().map(|(_, id)| format!("arn:aws:iam::{id}:role/deploy")).collect();
    assert_eq!(roles, expected);
}

#[test]
fn when_nobody_else_must_do_anything_it_says_so() {
    let export = owner_statements(&asked(account(&AUTH, None))).unwrap();
    let shown = deliver(export, None, Output::Text);
    assert!(shown.out.starts_with("Nobody else must do anything"), "{}", shown.out);
}

#[test]
fn a_file_that_is_not_ours_is_left_as_it_is() {
    let folder = Folder::new("owners");
    let path = folder.path().join("666666666666/any-role.json");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "{\"theirs\": true}").unwrap();
    let export = || owner_statements(&question(acme(), None)).unwrap();
    let refused = deliver(export(), Some(folder.path()), Output::Text);
    assert!(
        refused.code == Code::Bad && refused.talk.contains("was not written by this command"),
        "{}",
        refused.talk
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"theirs\": true}");
    assert!(!path.with_file_name("README.txt").exists());
    std::fs::remove_file(&path).unwrap();
    assert_eq!(deliver(export(), Some(folder.path()), Output::Text).code, Code::Yes);
    let again = deliver(export(), Some(folder.path()), Output::Text);
    assert!(again.out.lines().all(|line| line.starts_with("unchanged ")), "{}", again.out);
}
