//! The command `preflight`.

use crate::command::{House, fits};
use crate::common::{DEVELOPMENT, GATEWAY};
use crate::company::root_call;
use rolegate::iam::policy::ActionClause;
use rolegate::iam::{Document, Policy};
use rolegate_cloud::{Cloud, Request};
use std::collections::BTreeSet;

/// The management policy of an account without one action.
fn take_away(cloud: &mut Cloud, account: &str, action: &str) {
    let arn = format!("arn:aws:iam::{account}:policy/rolegate-controller-1");
    let snapshot = cloud.snapshot();
    let policy = snapshot.policy(&arn.parse().unwrap()).unwrap().document().unwrap().policy().clone();
    let mut statements = policy.statements;
    for statement in &mut statements {
        if let ActionClause::Is(actions) = &mut statement.action {
            actions.retain(|allowed| allowed != action);
        }
    }
    statements.retain(|one| !matches!(&one.action, ActionClause::Is(actions) if actions.is_empty()));
    let request = Request::CreatePolicyVersion {
        policy_arn: arn,
        policy_document: Document::from_policy(Policy::new(statements)).text().to_owned(),
        set_as_default: Some(true),
    };
    root_call(cloud, account, request);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_bootstrap_everything_is_allowed_and_nothing_was_written() {
    let house = House::new("preflight").await;
    let answer = house.run(&["preflight", "-m", house.folder()]).await;
    assert_eq!(answer.code, 0, "{answer:?}");
    for words in ["auth (111111111111)", "production (444444444444)", "iam:ListRoles", ": allowed"] {
        assert!(answer.stdout.contains(words), "{words}: {answer:?}");
    }
    assert!(!answer.stdout.contains("DENIED") && !answer.stdout.contains("unknown"), "{answer:?}");
    fits(&answer.stdout);
    assert_eq!(house.writes(), 0);
    let answer = house.run(&["preflight", "development", "-m", house.folder(), "-o", "json"]).await;
    let report: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!((report.as_array().unwrap().len(), &report[0]["name"]), (1, &"development".into()));
    let checks = report[0]["checks"].as_array().unwrap();
    let of = |action: &str| {
        checks.iter().find(|check| check["action"] == action).map(|check| &check["permission"])
    };
    assert_eq!(of("iam:GetRole"), Some(&"Allowed".into()));
    assert_eq!(of("iam:CreateRole"), Some(&"Allowed".into()));
    assert_eq!(of("iam:AddUserToGroup"), None, "only gateways have groups");
    assert_eq!(of("iam:PutRolePermissionsBoundary"), None, "no role here has a boundary");
}

/// Whatever single write the policy lacks: its account, its name and the way out are told, and nothing else is found wanting.
#[tokio::test(flavor = "multi_thread")]
async fn each_write_that_the_policy_lacks_is_named_with_the_way_out() {
    let house = House::new("preflight-lacks").await;
    let whole = house.run(&["preflight", "auth", "development", "-m", house.folder(), "-o", "json"]).await;
    let report: serde_json::Value = serde_json::from_str(&whole.stdout).unwrap();
    let writes = |index: usize| -> BTreeSet<String> {
        let checks = report[index]["checks"].as_array().unwrap();
        let actions = checks.iter().map(|check| check["action"].as_str().unwrap().to_owned());
        actions
            .filter(|action| !["iam:Get", "iam:List", "sts:"].iter().any(|read| action.starts_with(read)))
            .collect()
    };
    assert!(writes(0).len() > writes(1).len() && writes(1).len() > 15, "{report:#}");
    let cloud = house.emulator.with_cloud(|cloud| cloud.clone());
    for (index, account, name) in [(0, GATEWAY, "auth"), (1, DEVELOPMENT, "development")] {
        for action in writes(index) {
            house.emulator.with_cloud(|now| {
                *now = cloud.clone();
                take_away(now, account, &action);
            });
            let answer = house.run(&["preflight", "auth", "development", "-m", house.folder()]).await;
            assert_eq!(answer.code, 1, "{action}: {answer:?}");
            let text = answer.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            let denied = format!(
                "{action}: DENIED, no policy of the management role allows it on arn:aws:iam::{account}:"
            );
            assert!(text.contains(&denied) && text.matches("DENIED").count() == 1, "{denied}: {answer:?}");
            assert!(text.contains("give the role the policy that rolegate bootstrap prints"), "{answer:?}");
            let part = text.split(&format!("{name} ({account})")).nth(1).unwrap();
            assert!(part.contains("DENIED"), "{name}: {answer:?}");
            fits(&answer.stdout);
        }
    }
}

/// Without leave to simulate nothing can be said of writes, and nothing is.
#[tokio::test(flavor = "multi_thread")]
async fn where_it_may_not_simulate_writes_are_unknown() {
    let house = House::new("preflight-blind").await;
    house.emulator.with_cloud(|cloud| take_away(cloud, DEVELOPMENT, "iam:SimulatePrincipalPolicy"));
    let answer = house.run(&["preflight", "-m", house.folder()]).await;
    assert_eq!(answer.code, 3, "{answer:?}");
    let text = answer.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("unknown, nothing is written to find out, and it cannot be simulated:"),
        "{answer:?}"
    );
    assert!(text.contains("iam:CreateRole") && !text.contains("DENIED"), "{answer:?}");
}

/// Where the manifests demand boundaries and the policy is from before: the calls with the boundary are found wanting.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_from_before_the_boundaries_is_found_wanting() {
    let house = House::new("preflight-bounded").await;
    let accounts = house.folder.join("accounts.yaml");
    let text = std::fs::read_to_string(&accounts).unwrap();
    let defaults = "  roleDefaults: {permissionsBoundary: {customerManaged: {name: fence, path: /limits/}}}\n  environment: ";
    std::fs::write(&accounts, text.replace("  environment: ", defaults)).unwrap();
    let answer = house.run(&["preflight", "production", "-m", house.folder()]).await;
    assert_eq!(answer.code, 1, "{answer:?}");
    let text = answer.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("iam:PutRolePermissionsBoundary: DENIED"), "{answer:?}");
    assert!(!text.contains("iam:DeleteRolePermissionsBoundary"), "{answer:?}");
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
    let mut nameless = house.command(&["preflight", "-m", house.folder()]);
    nameless.env_remove("ROLEGATE_INSTALLATION");
    let output = tokio::task::spawn_blocking(move || nameless.output().unwrap()).await.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("--installation is missing"), "{told}");
}
