//! Every operation of the emulator, called by boto3; each answer held against botocore's own service model.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rolegate_cloud::{Cloud, Request};
use rolegate_emulator::{Emulator, Options};
use rolegate_iam::Partition;
use rolegate_tests::judges;
use serde_json::{Value, json};

const ACCOUNT: &str = "111111111111";

/// What the script says, one check a line.
fn checks(settings: &Value) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/boto3/judge.py");
    let mut child = Command::new(judges::python().unwrap())
        .arg(script)
        // Nothing of the machine's own configuration, and no files beside the script.
        .env_clear()
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    child.stdin.take().unwrap().write_all(settings.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "the script failed after\n{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Where the service model is known to differ from what AWS answers; see docs/judges.md.
const MODEL_IS_WRONG: [&str; 3] = [
    "PermissionsBoundaryType is 'Policy', which is none of ['PermissionsBoundaryPolicy']",
    "GetUser root: GetUserResult.User.UserId has the size 12, outside 16 to 128",
    "GetUser root: GetUserResult.User.UserName is required by User and missing",
];

fn faults(check: &Value) -> Vec<String> {
    let text = |field: &str| check[field].as_str().unwrap();
    let place = format!("{} {} {}", text("check"), text("operation"), text("about"));
    let all = check["faults"].as_array().unwrap().iter();
    all.map(|fault| format!("{}: {}", place.trim_end(), fault.as_str().unwrap())).collect()
}

async fn served() -> (Emulator, Value) {
    let mut cloud = Cloud::new(jiff::Timestamp::now(), 7);
    let root = cloud.add_account(ACCOUNT.parse().unwrap(), Partition::Aws, "auth");
    let emulator = Emulator::start(cloud, Options::default()).await.unwrap();
    let settings = json!({
        "endpoint": emulator.endpoint(),
        "account": ACCOUNT,
        "key": root.access_key_id,
        "secret": root.secret_access_key,
    });
    (emulator, settings)
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_finds_every_answer_as_the_service_model_says() {
    let (emulator, settings) = served().await;
    let checks = tokio::task::spawn_blocking(move || checks(&settings)).await.unwrap();
    emulator.shutdown().await;
    let faults: BTreeSet<String> = checks.iter().flat_map(faults).collect();
    let real: BTreeSet<&String> =
        faults.iter().filter(|fault| !MODEL_IS_WRONG.iter().any(|wrong| fault.contains(wrong))).collect();
    assert!(real.is_empty(), "{} faults:\n{real:#?}", real.len());
    for wrong in MODEL_IS_WRONG {
        assert!(faults.iter().any(|fault| fault.contains(wrong)), "put right, take it out: {wrong}");
    }

    let named = |kind: &str| -> BTreeSet<&str> {
        let of_kind = checks.iter().filter(|check| check["check"] == kind);
        of_kind.map(|check| check["operation"].as_str().unwrap()).collect()
    };
    let served: BTreeSet<&str> = Request::OPERATIONS.iter().map(|(_, operation)| *operation).collect();
    let missing: Vec<&&str> =
        served.iter().filter(|operation| !named("answer").contains(*operation)).collect();
    assert!(missing.is_empty(), "operations that boto3 did not call: {missing:?}");
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for check in checks.iter().filter(|check| check["check"] == "error") {
        *codes.entry(check["code"].as_str().unwrap()).or_default() += 1;
    }
    for code in
        ["NoSuchEntity", "EntityAlreadyExists", "DeleteConflict", "MalformedPolicyDocument", "AccessDenied"]
    {
        assert!(codes.contains_key(code), "no error {code} among {codes:?}");
    }
    assert_eq!(checks.iter().filter(|check| check["check"] == "pages").count(), 10);
}
