//! What iam-simulate is asked, and what it answers. It runs as a process of its own, fed over its standard streams.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use rolegate_tests::judges;
use serde_json::{Map, Value, json};

use super::disguise;
use super::scene::{self, Caller, NOW, ORGANIZATION, Scene};
use super::tree::{self, Node};

/// What it says of one action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Allowed,
    Explicit,
    Implicit,
    /// It would not read the input.
    Refused,
}

/// Its answers to one scene, by action, in the order of [`Scene::actions`].
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) verdicts: Vec<Verdict>,
    /// For people.
    pub(crate) raw: Value,
}

fn policy(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn named(name: &str, statements: &[Value]) -> Value {
    json!({"name": name, "policy": policy(statements)})
}

/// A scene as it is put to them, perhaps so that a point in which they differ cannot matter.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) scene: Scene,
    /// Whether they may leave out keys of the request that are not listed for the action.
    pub(crate) keys: Keys,
}

/// Which keys of the request count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Those that are listed for the action; what people get.
    Listed,
    /// All that are given.
    Given,
}

impl Asked {
    pub(crate) fn plainly(scene: &Scene) -> Self {
        Self { scene: scene.clone(), keys: Keys::Listed }
    }

    fn line(&self) -> String {
        let simulation = |action: &&'static str| match self.keys {
            Keys::Given => simulation(&disguise::as_assume_role(&self.scene, action), "sts:AssumeRole"),
            Keys::Listed => simulation(&self.scene, action),
        };
        json!(self.scene.actions().iter().map(simulation).collect::<Vec<_>>()).to_string()
    }
}

/// The question whether a scene allows one action.
fn simulation(scene: &Scene, action: &str) -> Value {
    let all = |name: &str, policies: &[Vec<Value>]| -> Vec<Value> {
        policies.iter().map(|statements| named(name, statements)).collect()
    };
    let mut simulation = json!({
        "request": {
            "principal": scene.caller.arn(),
            "action": action,
            "resource": {"resource": scene.target.arn("role"), "accountId": scene.target.account},
            "contextVariables": context(scene),
        },
        "identityPolicies": all("identity", &scene.identity),
        "serviceControlPolicies": controls(scene, scene.caller.who().account, |node| &node.scps),
        "resourceControlPolicies": controls(scene, scene.target.account, |node| &node.rcps),
        "resourcePolicy": policy(&scene.trust),
    });
    if let Some(statements) = &scene.boundary {
        simulation["permissionBoundaryPolicies"] = json!([named("boundary", statements)]);
    }
    if let Some(statements) = &scene.endpoint {
        simulation["vpcEndpointPolicies"] = json!([named("endpoint", statements)]);
    }
    if let Some(statements) = &scene.session {
        simulation["sessionPolicy"] = policy(statements);
    }
    simulation
}

/// The control policies that bind an account, by level.
fn controls(scene: &Scene, account: &str, of: fn(&Node) -> &Vec<Vec<Value>>) -> Vec<Value> {
    let levels = scene.tree.iter().flat_map(|tree| tree.binding(account));
    let level = |node: &Node| {
        let policies: Vec<Value> = of(node).iter().map(|statements| named("control", statements)).collect();
        json!({"orgIdentifier": node.name, "policies": policies})
    };
    levels.map(level).collect()
}

/// The keys of the request, by §2.7 of the notes on AWS and not by our own code.
fn context(scene: &Scene) -> Value {
    let mut keys = Map::new();
    let mut put = |key: &str, value: Value| keys.insert(key.to_owned(), value);
    let who = scene.caller.who();
    put("aws:CurrentTime", json!(NOW));
    put("aws:EpochTime", json!("1795521600"));
    put("aws:SecureTransport", json!("true"));
    put("aws:RequestedRegion", json!("us-east-1"));
    put("aws:ViaAWSService", json!("false"));
    put("aws:PrincipalIsAWSService", json!("false"));
    if scene.endpoint.is_some() {
        put("aws:SourceVpce", json!(scene::ENDPOINT));
        put("aws:SourceVpc", json!(scene::VPC));
        put("aws:VpcSourceIp", json!(scene.source_ip));
    } else {
        put("aws:SourceIp", json!(scene.source_ip));
    }
    put("aws:PrincipalArn", json!(scene.caller.base_arn()));
    put("aws:PrincipalAccount", json!(who.account));
    put("aws:ResourceAccount", json!(scene.target.account));
    put("sts:RoleSessionName", json!(scene.session_name));
    if let Some(id) = scene.external_id {
        put("sts:ExternalId", json!(id));
    }
    if scene.tree.is_some() {
        put("aws:PrincipalOrgID", json!(ORGANIZATION));
        put("aws:PrincipalOrgPaths", json!([tree::org_path(who.account)]));
        put("aws:ResourceOrgID", json!(ORGANIZATION));
        put("aws:ResourceOrgPaths", json!([tree::org_path(scene.target.account)]));
    }
    if !scene.tags.is_empty() {
        put("aws:TagKeys", json!(scene.tags.iter().map(|(key, _)| *key).collect::<Vec<_>>()));
    }
    for (key, value) in &scene.tags {
        put(&format!("aws:RequestTag/{key}"), json!(value));
    }
    for (key, value) in &scene.target_tags {
        put(&format!("aws:ResourceTag/{key}"), json!(value));
        put(&format!("iam:ResourceTag/{key}"), json!(value));
    }
    keys.extend(of_caller(scene));
    Value::Object(keys)
}

fn of_caller(scene: &Scene) -> Map<String, Value> {
    let mut keys = Map::new();
    let mut put = |key: &str, value: Value| keys.insert(key.to_owned(), value);
    let (mut tags, mfa, mut source_identity) = (scene.caller_tags.clone(), mfa(scene), scene.source_identity);
    match &scene.caller {
        Caller::Key { user } | Caller::Session { user, .. } => {
            put("aws:PrincipalType", json!("User"));
            put("aws:userid", json!(user.id));
            put("aws:username", json!(user.name));
        }
        Caller::Role { role, session, tags: session_tags, source_identity: inherited } => {
            put("aws:PrincipalType", json!("AssumedRole"));
            put("aws:userid", json!(format!("{}:{session}", role.id)));
            tags = scene.role_tags(true, role.id == scene.target.id).to_vec();
            tags.retain(|(key, _)| !session_tags.iter().any(|(other, _)| key.eq_ignore_ascii_case(other)));
            tags.extend(session_tags);
            if let Some(identity) = inherited {
                put("aws:SourceIdentity", json!(identity));
                source_identity = source_identity.or(*inherited);
            }
        }
    }
    if !matches!(scene.caller, Caller::Key { .. }) {
        put("aws:TokenIssueTime", json!(scene::issued_at()));
    }
    if let Some(identity) = source_identity {
        put("sts:SourceIdentity", json!(identity));
    }
    for (key, value) in tags {
        put(&format!("aws:PrincipalTag/{key}"), json!(value));
    }
    if let Some(present) = mfa.0 {
        put("aws:MultiFactorAuthPresent", json!(present.to_string()));
    }
    if let Some(age) = mfa.1 {
        put("aws:MultiFactorAuthAge", json!(age.to_string()));
    }
    keys
}

/// `aws:MultiFactorAuthPresent` and `aws:MultiFactorAuthAge`.
fn mfa(scene: &Scene) -> (Option<bool>, Option<u32>) {
    match &scene.caller {
        Caller::Key { .. } if scene.mfa_in_call => (Some(true), Some(0)),
        Caller::Key { .. } => (None, None),
        Caller::Session { mfa_age, .. } => (Some(mfa_age.is_some()), *mfa_age),
        Caller::Role { .. } => (Some(false), None),
    }
}

/// Asks one process about all of them.
pub(crate) fn ask(questions: &[Asked]) -> Vec<Reply> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/node/simulate.cjs");
    let mut child = Command::new("node")
        .arg(script)
        .env("NODE_PATH", judges::node_modules().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let mut input = child.stdin.take().unwrap();
    let lines: Vec<String> = questions.iter().map(Asked::line).collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            writeln!(input, "{line}").unwrap();
        }
    });
    let output = BufReader::new(child.stdout.take().unwrap());
    let replies: Vec<Reply> = output.lines().map(|line| reply(&line.unwrap())).collect();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success(), "node failed");
    assert_eq!(replies.len(), questions.len());
    replies
}

fn reply(line: &str) -> Reply {
    let raw: Value = serde_json::from_str(line).unwrap();
    let verdict = |one: &Value| match one["result"].as_str() {
        Some("Allowed") => Verdict::Allowed,
        Some("ExplicitlyDenied") => Verdict::Explicit,
        Some("ImplicitlyDenied") => Verdict::Implicit,
        _ => Verdict::Refused,
    };
    Reply { verdicts: raw.as_array().unwrap().iter().map(verdict).collect(), raw }
}
