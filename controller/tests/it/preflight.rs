//! The command `preflight`.

use crate::command::House;
use crate::common::DEVELOPMENT;
use crate::company::root_call;
use rolegate_cloud::Request;

#[tokio::test(flavor = "multi_thread")]
async fn every_account_is_asked_and_nothing_is_written() {
    let house = House::new("preflight").await;
    let answer = house.run(&["preflight", "-m", house.folder()]).await;
    assert_eq!(answer.code, 3, "writes are unknown, because they are not tried: {answer:?}");
    for words in
        ["auth (111111111111)", "production (444444444444)", "iam:ListRoles", ": allowed", ": unknown,"]
    {
        assert!(answer.stdout.contains(words), "{words}: {answer:?}");
    }
    assert!(!answer.stdout.contains("DENIED"), "{answer:?}");
    assert_eq!(house.writes(), 0);
    let answer = house.run(&["preflight", "development", "-m", house.folder(), "-o", "json"]).await;
    let report: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!((report.as_array().unwrap().len(), &report[0]["name"]), (1, &"development".into()));
    let checks = report[0]["checks"].as_array().unwrap();
    let of = |action: &str| {
        checks.iter().find(|check| check["action"] == action).map(|check| &check["permission"])
    };
    assert_eq!(of("iam:GetRole"), Some(&"Allowed".into()));
    assert_eq!(of("iam:CreateRole"), Some(&"Unknown".into()));
    assert_eq!(of("iam:AddUserToGroup"), None, "only gateways have groups");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_denied_is_one_and_bad_usage_is_two() {
    let house = House::new("preflight-denied").await;
    house.emulator.with_cloud(|cloud| {
        let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:ListRoles","Resource":"*"}]}"#;
        let request = Request::PutRolePolicy {
            role_name: "rolegate-controller".into(),
            policy_name: "no".into(),
            policy_document: document.into(),
        };
        root_call(cloud, DEVELOPMENT, request);
    });
    let answer = house.run(&["preflight", "-m", house.folder()]).await;
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stdout.contains("iam:ListRoles: DENIED"), "{answer:?}");
    for wrong in [&["preflight"][..], &["preflight", "nowhere"], &["preflight", "-m", "/absent.yaml"]] {
        let answer = house.run(wrong).await;
        assert_eq!(answer.code, 2, "{answer:?}");
        assert!(answer.stdout.is_empty() && !answer.stderr.is_empty(), "{answer:?}");
    }
}
