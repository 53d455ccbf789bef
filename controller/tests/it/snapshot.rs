//! The command `snapshot`: what it writes is what is there, and never less than what was written before.

use crate::command::{Answer, House};
use crate::common::GATEWAY;
use crate::company::root_call;
use rolegate_cloud::Request;
use rolegate_iam::snapshot::{Collected, Part};
use rolegate_iam::{Account, Snapshot};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const PRODUCTION: &str = "444444444444";

struct Out(PathBuf);

impl Out {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("rolegate-snapshot-{}-{name}", std::process::id())))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    fn read(&self) -> Snapshot {
        rolegate::load::snapshots(std::slice::from_ref(&self.0)).unwrap()
    }

    fn files(&self, account: &str) -> BTreeMap<String, String> {
        files(&self.0.join(account))
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file());
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

async fn collect(house: &House, out: &Out) -> Answer {
    house.run(&["snapshot", "-m", house.folder(), "--out", out.path()]).await
}

/// The times of reads are the reader's own, names are the manifests', and the world was loaded without its quotas.
fn comparable(account: &Account) -> Account {
    let summary = BTreeMap::new();
    Account { collected: Collected::everything(None), name: None, summary, ..account.clone() }
}

/// Denies the controller something in an account.
fn deny(house: &House, account: &str, action: &str) {
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"{action}","Resource":"*"}}]}}"#
    );
    let request = Request::PutRolePolicy {
        role_name: "rolegate-controller".into(),
        policy_name: "no".into(),
        policy_document: document,
    };
    house.emulator.with_cloud(|cloud| root_call(cloud, account, request));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_what_is_there() {
    let (house, out) = (House::new("snapshot-whole").await, Out::new("whole"));
    let answer = collect(&house, &out).await;
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stdout.contains("5 of 5 accounts collected in full"), "{answer:?}");
    assert_eq!(house.writes(), 0);
    let (read, there) = (out.read(), house.emulator.with_cloud(|cloud| cloud.snapshot()));
    assert_eq!(read.accounts.len(), 5);
    for (id, account) in &read.accounts {
        assert_eq!(comparable(account), comparable(&there.accounts[id]));
        assert!(account.collected.summary.is_collected() && account.collected.role_settings.is_collected());
    }
    let documents = |world: &Snapshot| -> BTreeMap<_, _> {
        let policies = world.aws_managed.values();
        policies.map(|policy| (policy.arn.clone(), policy.document().cloned())).collect()
    };
    assert_eq!(documents(&read), documents(&there), "AWS's own policies come along");
    assert!(out.files(PRODUCTION)["account.json"].contains("production"));
    let again = collect(&house, &out).await;
    assert_eq!((again.code, out.read().accounts.len()), (0, 5));
    let hidden = std::fs::read_dir(&out.0).unwrap().count();
    assert_eq!(hidden, 5, "nothing is left lying about");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_not_collected_and_says_why() {
    let (house, out) = (House::new("snapshot-partial").await, Out::new("partial"));
    deny(&house, PRODUCTION, "iam:ListRoles");
    let answer = collect(&house, &out).await;
    assert_eq!(answer.code, 3, "{answer:?}");
    assert!(
        answer.stdout.contains("collected in part") && answer.stdout.contains("list-roles.json"),
        "{answer:?}"
    );
    let files = out.files(PRODUCTION);
    assert!(!files.contains_key("list-roles.json") && files["NOT-COLLECTED.txt"].contains("AccessDenied"));
    let read = out.read();
    let production = &read.accounts[&PRODUCTION.parse().unwrap()].collected;
    assert!(production.roles.is_collected());
    assert!(matches!(production.role_settings, Part::NotCollected { .. }));
    assert_eq!(read.accounts.len(), 5, "the others are whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn less_never_takes_the_place_of_more() {
    let (house, out) = (House::new("snapshot-kept").await, Out::new("kept"));
    assert_eq!(collect(&house, &out).await.code, 0);
    std::fs::write(out.0.join(PRODUCTION).join("notes.txt"), "mine").unwrap();
    let before = out.files(PRODUCTION);
    for action in ["iam:ListRoles", "iam:GetAccountAuthorizationDetails", "iam:*"] {
        deny(&house, PRODUCTION, action);
        let answer = collect(&house, &out).await;
        assert_eq!(answer.code, 3, "{answer:?}");
        let said = answer.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("left as it was"), "{answer:?}");
        assert_eq!(out.files(PRODUCTION), before, "{action}");
    }
    house.emulator.with_cloud(|cloud| {
        let request =
            Request::DeleteRolePolicy { role_name: "rolegate-controller".into(), policy_name: "no".into() };
        root_call(cloud, PRODUCTION, request);
    });
    std::fs::create_dir_all(out.0.join(format!(".{PRODUCTION}.new/half"))).unwrap();
    assert_eq!(collect(&house, &out).await.code, 0, "what a crash left behind is in nobody's way");
    assert_eq!(out.files(PRODUCTION)["notes.txt"], "mine", "what others put there is carried over");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_be_entered_stops_no_other() {
    let (house, out) = (House::new("snapshot-closed").await, Out::new("closed"));
    house.emulator.with_cloud(|cloud| {
        let request = Request::UpdateAssumeRolePolicy {
            role_name: "rolegate-controller".into(),
            policy_document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#.into(),
        };
        root_call(cloud, PRODUCTION, request);
    });
    let mut command = house.command(&["snapshot", "-m", house.folder(), "--out", out.path(), "-o", "json"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let answer = Answer::from(output);
    assert_eq!(answer.code, 3, "{answer:?}");
    let report: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    let state = |name: &str| {
        let account = report.as_array().unwrap().iter().find(|account| account["name"] == name).unwrap();
        (account["state"].as_str().unwrap().to_owned(), account["failure"]["class"].clone())
    };
    assert_eq!(state("production"), ("Unreachable".to_owned(), "Denied".into()));
    assert_eq!(state("staging"), ("Whole".to_owned(), serde_json::Value::Null));
    assert_eq!(out.read().accounts.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_named_by_manifest_or_by_id() {
    let (house, out) = (House::new("snapshot-ids").await, Out::new("ids"));
    let run = |arguments: Vec<String>| {
        let arguments: Vec<String> = ["snapshot".to_owned(), "--out".to_owned(), out.path().to_owned()]
            .into_iter()
            .chain(arguments)
            .collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = house.command(&arguments);
        async move {
            let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
            Answer::from(output)
        }
    };
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let answer = run(owned(&["staging", "-m", house.folder()])).await;
    assert_eq!((answer.code, out.read().accounts.len()), (0, 1), "{answer:?}");
    let answer = run(owned(&[PRODUCTION, "--role", "rolegate-controller"])).await;
    assert_eq!((answer.code, out.read().accounts.len()), (0, 2), "{answer:?}");
    let answer = run(owned(&[PRODUCTION])).await;
    assert_eq!(answer.code, 3, "{answer:?}");
    assert!(answer.stdout.contains(GATEWAY), "the keys at hand are of another account: {answer:?}");
    for wrong in [&["nowhere"][..], &[], &["nowhere", "-m", "/absent.yaml"], &["1234"]] {
        let answer = run(owned(wrong)).await;
        assert_eq!(answer.code, 2, "{wrong:?}: {answer:?}");
        assert!(!answer.stderr.is_empty() && answer.stdout.is_empty(), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_replaced_stays_whole() {
    let (house, out) = (House::new("snapshot-stuck").await, Out::new("stuck"));
    assert_eq!(collect(&house, &out).await.code, 0);
    std::fs::create_dir(out.0.join(PRODUCTION).join("mine")).unwrap();
    let before = out.files(PRODUCTION);
    let answer = collect(&house, &out).await;
    assert_eq!(answer.code, 2, "{answer:?}");
    // Lines are broken where the path ends, and the path holds the number of this process.
    let words = answer.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("cannot be written"), "{answer:?}");
    assert_eq!(out.files(PRODUCTION), before);
    assert!(out.0.join(PRODUCTION).join("mine").is_dir());
}
