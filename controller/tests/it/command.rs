//! The command from outside, over the SDK and HTTP: exit codes, standard output, standard error.

use crate::common::{root, world};
use rolegate_cloud::AccessKey;
use rolegate_emulator::{Emulator, Options};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) struct House {
    pub(crate) emulator: Emulator,
    pub(crate) key: AccessKey,
    /// A copy of the manifests.
    pub(crate) folder: PathBuf,
}

impl House {
    pub(crate) async fn new(name: &str) -> Self {
        let (cloud, key) = world(jiff::Timestamp::now());
        let emulator = Emulator::start(cloud, Options::default()).await.unwrap();
        let folder = std::env::temp_dir().join(format!("rolegate-apply-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for entry in std::fs::read_dir(root().join("examples/acme")).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
        Self { emulator, key, folder }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rolegate-controller"));
        command
            .args(arguments)
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", &self.key.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &self.key.secret_access_key)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_ENDPOINT_URL", self.emulator.endpoint())
            .env("ROLEGATE_INSTALLATION", "acme")
            .stdin(Stdio::null());
        command
    }

    /// Runs in a thread of its own, so that the emulator can answer.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Answer {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        Answer::from(output)
    }

    pub(crate) fn folder(&self) -> &str {
        self.folder.to_str().unwrap()
    }

    /// The writes since the last time this was asked.
    pub(crate) fn writes(&self) -> usize {
        let calls = self.emulator.calls();
        self.emulator.clear_calls();
        let reads = ["iam:Get", "iam:List", "iam:Simulate", "sts:"];
        calls.iter().filter(|call| !reads.iter().any(|read| call.action.starts_with(read))).count()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub(crate) fn fits(text: &str) {
    for line in text.lines() {
        let is_one_word = line.split_whitespace().count() == 1;
        assert!(is_one_word || line.chars().count() <= 80, "{line}");
        assert!(!line.contains('\u{1b}'), "no colour in a pipe: {line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_needs_a_yes_and_says_so() {
    let house = House::new("yes").await;
    let answer = house.run(&["apply", house.folder()]).await;
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(
        answer.stdout.contains("~ create role Auditor [AccessRole auditor]"),
        "the plan is shown: {answer:?}"
    );
    assert!(answer.stderr.contains("--yes"), "{answer:?}");
    assert_eq!(house.writes(), 0);
    let answer = house.run(&["apply", house.folder(), "--yes"]).await;
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stdout.contains("AWS is as declared."), "{answer:?}");
    fits(&answer.stdout);
    assert!(house.writes() > 20);
    let answer = house.run(&["apply", "-m", house.folder(), "--yes"]).await;
    assert_eq!((answer.code, house.writes()), (0, 0), "{answer:?}");
    assert!(answer.stdout.starts_with("Nothing was done. AWS is as declared."), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_come_in_one_report_and_nothing_is_written() {
    let house = House::new("errors").await;
    std::fs::write(house.folder.join("broken.yaml"), "kind: [").unwrap();
    std::fs::write(
        house.folder.join("wrong.yaml"),
        "apiVersion: rolegate.dev/v1alpha1\nkind: AccessGroup\nmetadata: {name: x}\nspec: {gatewayRef: {name: nowhere}, memberz: []}\n",
    )
    .unwrap();
    let answer = house.run(&["apply", house.folder(), "/absent.yaml", "--yes"]).await;
    assert_eq!((answer.code, house.writes()), (2, 0), "{answer:?}");
    for place in ["broken.yaml", "wrong.yaml", "memberz", "/absent.yaml"] {
        assert!(answer.stdout.contains(place), "{place}: {answer:?}");
    }
    assert!(answer.stderr.contains("nothing was written"), "{answer:?}");
    assert!(house.emulator.calls().is_empty(), "AWS was not even asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_manifest_is_held_until_the_digest_is_given() {
    let house = House::new("held").await;
    assert_eq!(house.run(&["apply", house.folder(), "--yes"]).await.code, 0);
    std::fs::remove_file(house.folder.join("sre.yaml")).unwrap();
    house.writes();
    let answer = house.run(&["apply", house.folder(), "--yes"]).await;
    assert_eq!((answer.code, house.writes()), (1, 0), "{answer:?}");
    // As a shell reads it: a backslash at the end of a line continues it.
    let command = answer.stderr.replace("\\\n", " ");
    let command = command.lines().find(|line| line.contains("--approve-removals")).unwrap();
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    let digest = *words.last().unwrap();
    assert!(answer.stdout.contains(digest), "{answer:?}");
    let wrong = house.run(&["apply", house.folder(), "--yes", "--approve-removals", "0123"]).await;
    assert_eq!((wrong.code, house.writes()), (1, 0), "{wrong:?}");
    let answer = house.run(&words).await;
    assert_eq!(answer.code, 0, "the printed command does it: {answer:?}");
    assert!(house.writes() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_get_json_and_standard_input_is_read() {
    let house = House::new("json").await;
    let mut text = String::new();
    for entry in std::fs::read_dir(&house.folder).unwrap() {
        text.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
        text.push_str("\n---\n");
    }
    let mut command = house.command(&["apply", "-", "--yes", "-o", "json"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    });
    let answer = Answer::from(output.await.unwrap());
    assert_eq!(answer.code, 0, "{answer:?}");
    let report: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(report["ending"], "AsDeclared");
    assert!(report["done"].as_array().unwrap().len() > 20);
    assert!(answer.stderr.contains("create role"), "the plan is talk here");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_cannot_tell() {
    let house = House::new("keys").await;
    let mut command = house.command(&["apply", house.folder(), "--yes"]);
    command.env("AWS_SECRET_ACCESS_KEY", "wrong");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let answer = Answer::from(output);
    assert_eq!(answer.code, 3, "{answer:?}");
    assert!(answer.stdout.contains("AWS_SECRET_ACCESS_KEY"), "{answer:?}");
    let mut command = house.command(&["apply", house.folder(), "--yes"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let answer = Answer::from(output);
    assert_eq!(answer.code, 3, "{answer:?}");
    assert!(
        answer.stdout.contains("no credentials found") && answer.stdout.contains("AWS_PROFILE"),
        "{answer:?}"
    );
    assert_eq!(house.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_usage_is_two() {
    let house = House::new("usage").await;
    for arguments in [
        &["apply"][..],
        &["apply", "-"],
        &["apply", house.folder(), "--dormant-role-retention", "soon"],
        &["apply", house.folder(), "-o", "yaml"],
        &["destroy"],
    ] {
        let answer = house.run(arguments).await;
        assert_eq!(answer.code, 2, "{arguments:?}: {answer:?}");
        assert!(!answer.stderr.is_empty() && answer.stdout.is_empty(), "{arguments:?}: {answer:?}");
    }
    assert_eq!(house.run(&["--help"]).await.code, 0);
    assert!(Path::new(house.folder()).exists());
}
