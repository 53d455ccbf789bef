//! The company of the examples in somebody else's AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rolegate::command::who_can::{Reach, who_can};
use rolegate::command::{Output, Question};
use rolegate::load;
use rolegate_iam::Snapshot;
use rolegate_tests::{judges, programs};
use serde::Deserialize;
use serde_json::{Value, json};

use super::served::Served;

/// The role as which the pipeline runs.
const MACHINE: &str = "arn:aws:iam::111111111111:role/ci";
/// Doors of every kind.
pub(crate) const DOORS: [&str; 10] = [
    "arn:aws:iam::111111111111:role/Auditor",
    "arn:aws:iam::222222222222:role/Deploy",
    "arn:aws:iam::222222222222:role/Developer",
    "arn:aws:iam::222222222222:role/Lobby",
    "arn:aws:iam::333333333333:role/Deploy",
    "arn:aws:iam::333333333333:role/Developer",
    "arn:aws:iam::444444444444:role/Deploy",
    "arn:aws:iam::444444444444:role/PartnerScanner",
    "arn:aws:iam::444444444444:role/SiteReliability",
    "arn:aws:iam::555555555555:role/Developer",
];
const INSTALLATION: &str = "acme";
const ADMINISTRATOR: &str = "rolegate";

/// Keys that were made when the accounts were furnished.
#[derive(Debug, Deserialize)]
struct Made {
    roots: BTreeMap<String, (String, String, Option<String>)>,
    users: BTreeMap<String, (String, String)>,
}

/// The company, furnished.
pub(crate) struct Company {
    kind: &'static str,
    endpoint: String,
    folder: PathBuf,
    made: Made,
}

/// What a program of ours said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    talk: String,
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, out, talk } = self;
        write!(f, "exit code {code:?}\n{out}\n{talk}")
    }
}

/// A way in: the role, who, over which hops with which requirements, whether for certain.
pub(crate) type Ways = BTreeSet<String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A role of the development account that people enter without MFA and under any name: neither MFA codes nor policy variables
/// are known to the independent AWS that checks trust policies.
const LOBBY: &str = "
apiVersion: rolegate.dev/v1alpha1
kind: AccessRole
metadata: {name: lobby}
spec: {roleName: Lobby, audience: Human, require: {mfa: NotRequired, sessionName: Any}}
---
apiVersion: rolegate.dev/v1alpha1
kind: AccountAccess
metadata: {name: lobby, namespace: audit}
spec: {roleRef: {name: lobby}, accounts: {names: [development]}, subjects: [{group: {name: auditors}}]}
";

/// The manifests of the example, and the lobby.
fn manifests() -> Vec<(String, String)> {
    let loaded = load::manifests(&[root().join("examples/acme")]);
    assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
    let consent =
        |text: String| text.replace("roles: {names: [auditor]}", "roles: {names: [auditor, lobby]}");
    let mut files: Vec<(String, String)> =
        loaded.files.into_iter().map(|(name, text)| (name, consent(text))).collect();
    files.push(("lobby.yaml".to_owned(), LOBBY.to_owned()));
    files
}

/// Runs a script of the judges on a thread of its own.
async fn script(name: &str, input: Value) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/clouds").join(name);
    let mut command = Command::new(judges::python().unwrap());
    command
        .arg(script)
        .env_clear()
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    tokio::task::spawn_blocking(move || {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python starts");
        child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{command:?} failed");
        serde_json::from_slice(&output.stdout).unwrap()
    })
    .await
    .unwrap()
}

impl Company {
    /// The accounts of the examples' world, made over the API.
    pub(crate) async fn furnish(served: &Served) -> Self {
        let input = json!({
            "endpoint": served.endpoint,
            "kind": served.kind,
            "world": root().join("examples/world"),
            "administrator": ADMINISTRATOR,
            "management": "rolegate-controller",
        });
        let made = serde_json::from_value(script("furnish.py", input).await).unwrap();
        let folder = served.folder.clone();
        std::fs::create_dir_all(folder.join("acme")).unwrap();
        for (name, text) in manifests() {
            let name = Path::new(&name).file_name().unwrap();
            std::fs::write(folder.join("acme").join(name), text).unwrap();
        }
        Self { kind: served.kind, endpoint: served.endpoint.clone(), folder, made }
    }

    pub(crate) fn users(&self) -> usize {
        self.made.users.len()
    }

    /// `rolegate-controller` as a pipeline starts it, over the manifests in the folder.
    pub(crate) async fn controller(&self, arguments: &[&str]) -> Said {
        let (key, secret) = &self.made.users[ADMINISTRATOR];
        let mut command = Command::new(programs::program("rolegate-controller").unwrap());
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env("HOME", &self.folder)
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", "us-east-1")
            .env("ROLEGATE_INSTALLATION", INSTALLATION)
            .stdin(Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code(), out: text(output.stdout), talk: text(output.stderr) }
    }

    /// `apply --yes`; the steps that were done.
    pub(crate) async fn apply(&self) -> Vec<Value> {
        let said = self.controller(&["apply", "acme", "--yes", "-o", "json"]).await;
        let report: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said}"));
        assert_eq!((said.code, report["ending"].as_str()), (Some(0), Some("AsDeclared")), "{said}");
        report["done"].as_array().unwrap().clone()
    }

    /// What our own `snapshot` collects.
    pub(crate) async fn collected(&self) -> Snapshot {
        let said = self.controller(&["snapshot", "-m", "acme", "--out", "collected"]).await;
        assert_eq!(said.code, Some(0), "{said}");
        load::snapshots(&[self.folder.join("collected")]).unwrap()
    }

    /// What the AWS CLI reads, in the folder that anybody can make.
    pub(crate) async fn snapshot(&self) -> Snapshot {
        for (account, credentials) in &self.made.roots {
            let folder = self.folder.join("snapshot").join(account);
            std::fs::create_dir_all(&folder).unwrap();
            let details = "get-account-authorization-details --filter User Role Group LocalManagedPolicy";
            for (call, file) in
                [(details, "account-authorization-details.json"), ("list-roles", "list-roles.json")]
            {
                let words: Vec<&str> = std::iter::once("iam").chain(call.split(' ')).collect();
                let text = self.cli(credentials, &words).await;
                let text = if self.kind == "moto" { with_policy_names(&text) } else { text };
                std::fs::write(folder.join(file), text).unwrap();
            }
        }
        load::snapshots(&[self.folder.join("snapshot")]).unwrap()
    }

    async fn cli(&self, credentials: &(String, String, Option<String>), arguments: &[&str]) -> Vec<u8> {
        let (key, secret, token) = credentials;
        let mut command = Command::new(judges::aws_cli().unwrap());
        command
            .args(["--endpoint-url", &self.endpoint, "--region", "us-east-1", "--output", "json"])
            .args(arguments)
            .env_clear()
            .env("HOME", &self.folder)
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .envs(token.iter().map(|token| ("AWS_SESSION_TOKEN", token)));
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{}: {}", self.kind, String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Who entered what: every user with a key alone, and the machine.
    pub(crate) async fn try_doors(&self) -> Vec<(String, String, String)> {
        let input = json!({
            "endpoint": self.endpoint,
            "roots": self.made.roots,
            "users": self.made.users,
            "machine": MACHINE,
            "doors": DOORS,
        });
        serde_json::from_value(script("doors.py", input).await).unwrap()
    }
}

/// moto leaves the names and ids of managed policies out of the details; their ARNs have the names, and the ids decide nothing.
fn with_policy_names(text: &[u8]) -> Vec<u8> {
    let mut details: Value = serde_json::from_slice(text).unwrap();
    for policy in details["Policies"].as_array_mut().into_iter().flatten() {
        let name = policy["Arn"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        policy["PolicyId"] = format!("ANPA{name}").into();
        policy["PolicyName"] = name.into();
    }
    details.to_string().into_bytes()
}

/// Who can enter an account as the manifests promise, in the accounts as they were before.
pub(crate) fn promised(target: &str) -> Ways {
    who_can_enter(target, load::snapshots(&[root().join("examples/world")]).unwrap())
}

/// Who can enter an account.
pub(crate) fn who_can_enter(target: &str, snapshot: Snapshot) -> Ways {
    let question = Question {
        manifests: manifests(),
        snapshot: Some(snapshot),
        installation: Some(INSTALLATION.to_owned()),
        at: jiff::Timestamp::now(),
        approved: None,
        dormant_retention: rolegate_plan::outcome::DORMANT_RETENTION,
    };
    let answer = who_can(&question, target, Reach::Chains, Output::Json);
    let report: Value = serde_json::from_str(&answer.out).unwrap_or_else(|_| panic!("{answer:?}"));
    let roles = report["roles"].as_array().unwrap().iter();
    roles
        .flat_map(|role| role["paths"].as_array().unwrap().iter().map(|path| way(&role["role"], path)))
        .collect()
}

fn way(role: &Value, path: &Value) -> String {
    let hop = |hop: &Value| format!("{} → {} with {}", hop["from"], hop["to"], hop["requirements"]);
    let hops: Vec<String> = path["hops"].as_array().unwrap().iter().map(hop).collect();
    format!("{role}: {}; certain: {}, declared by {}", hops.join(", "), path["certain"], path["declaredBy"])
}
