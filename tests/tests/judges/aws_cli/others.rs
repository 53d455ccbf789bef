//! Chains of roles, machines, and a third party whose owner has added what `owner-statements` says.

use super::home::{GATEWAY, Home, question, still};
use rolegate::command::Question;
use rolegate::command::export::aws_config::Source;
use rolegate::command::export::{Content, Selection, owner_statements};
use rolegate::plan::project::project;
use rolegate_cloud::{AccessKey, Cloud, Request, Response};
use rolegate_emulator::Emulator;
use rolegate_iam::Partition;
use std::fs;

const OPERATOR: &str = "arn:aws:iam::111111111111:role/Operator";
const PARTNER: &str = "666666666666";

/// People enter the operator, the operator enters production, and so does a partner.
const COMPANY: &str = r#"
apiVersion: rolegate.dev/v1alpha1
kind: AWSAccount
metadata: {name: auth}
spec:
  accountID: "111111111111"
  environment: gateway
  allowedBindings:
  - {namespaces: {all: {}}, roles: {all: {}}, subjects: [Group, User, Role, Account]}
---
apiVersion: rolegate.dev/v1alpha1
kind: AWSAccount
metadata: {name: production}
spec:
  accountID: "444444444444"
  gatewayRef: {name: auth}
  environment: production
  allowedBindings:
  - {namespaces: {all: {}}, roles: {all: {}}, subjects: [Group, User, Role, Account]}
---
apiVersion: rolegate.dev/v1alpha1
kind: AccessRole
metadata: {name: operator}
spec:
  audience: Human
  roleName: Operator
  require: {sessionName: Any}
  permissions: {awsManagedPolicies: [ReadOnlyAccess]}
---
apiVersion: rolegate.dev/v1alpha1
kind: AccessRole
metadata: {name: beyond}
spec:
  audience: Human
  path: /team/x/
  roleName: Beyond
  require: {mfa: NotRequired, sessionName: Any}
  permissions: {awsManagedPolicies: [ReadOnlyAccess]}
---
apiVersion: rolegate.dev/v1alpha1
kind: AccessRole
metadata: {name: scanner}
spec:
  audience: Machine
  roleName: Scanner
  permissions: {awsManagedPolicies: [SecurityAudit]}
---
apiVersion: rolegate.dev/v1alpha1
kind: AccountAccess
metadata: {name: operators, namespace: ops}
spec:
  roleRef: {name: operator}
  accounts: {names: [auth]}
  subjects: [{user: {name: kim}}]
---
apiVersion: rolegate.dev/v1alpha1
kind: AccountAccess
metadata: {name: onwards, namespace: ops}
spec:
  roleRef: {name: beyond}
  accounts: {names: [production]}
  subjects: [{role: {arn: "arn:aws:iam::111111111111:role/Operator"}}]
---
apiVersion: rolegate.dev/v1alpha1
kind: AccountAccess
metadata: {name: partner, namespace: ops}
spec:
  roleRef: {name: scanner}
  accounts: {names: [production]}
  subjects: [{account: {accountID: "666666666666", externalID: acme-5b1f09c37d2e8a64}}]
"#;

fn company() -> Question {
    question(vec![("company.yaml".to_owned(), COMPANY.to_owned())])
}

/// The company as it is declared, and the partner with a user of its own.
async fn served() -> (Emulator, AccessKey) {
    let declared = company().declared().unwrap_or_else(|answer| panic!("{}", answer.talk));
    let world = project(&declared.seen, &declared.outcome.plan);
    let mut cloud = Cloud::from_snapshot(world, jiff::Timestamp::now(), 7);
    let root = cloud.add_account(PARTNER.parse().unwrap(), Partition::Aws, "partner");
    let user = Request::CreateUser {
        user_name: "scan".to_owned(),
        path: None,
        permissions_boundary: None,
        tags: Vec::new(),
    };
    cloud.call(&root.credentials(), user).unwrap();
    let key = cloud.add_access_key(PARTNER.parse().unwrap(), &"scan".parse().unwrap()).unwrap();
    (Emulator::start(cloud, still()).await.unwrap(), key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chained_profile_goes_on_from_the_role_before_it() {
    let (emulator, _) = served().await;
    let emulator = tokio::task::spawn_blocking(move || {
        let home = Home::of_user(&emulator, "kim");
        let names = home.export(&company(), Selection::User("kim".to_owned()), Source::Usual);
        assert_eq!(names, ["auth-operator", "production-beyond-via-auth-operator"]);
        let chained = home.enter(&emulator, "production-beyond-via-auth-operator");
        chained.is_in("arn:aws:sts::444444444444:assumed-role/Beyond/kim", 1);
        // The same role without the one before it.
        home.append(
            "[profile direct]\nrole_arn = arn:aws:iam::444444444444:role/team/x/Beyond\nsource_profile = auth\n\
             region = us-east-1\n",
        );
        home.enter(&emulator, "direct").is_refused("(AccessDenied)");
        emulator
    })
    .await
    .unwrap();
    emulator.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_enters_with_the_credentials_of_its_environment_and_no_code() {
    let (emulator, key) = served().await;
    let emulator = tokio::task::spawn_blocking(move || {
        let mut home = Home::new("machine", &emulator, "unused", &key);
        let machine = Selection::Machine(OPERATOR.to_owned());
        assert_eq!(home.export(&company(), machine, Source::Usual), ["production-beyond"]);
        for (name, value) in session(&emulator) {
            home.variables.insert(name.to_owned(), value);
        }
        let entered = home.enter(&emulator, "production-beyond");
        entered.is_in("arn:aws:sts::444444444444:assumed-role/Beyond/Operator", 0);
        emulator
    })
    .await
    .unwrap();
    emulator.shutdown().await;
}

/// Credentials of a session of the operator, as a machine finds them in its environment.
fn session(emulator: &Emulator) -> [(&'static str, String); 3] {
    emulator.with_cloud(|cloud| {
        let (gateway, kim) = (GATEWAY.parse().unwrap(), "kim".parse().unwrap());
        let key = cloud.add_access_key(gateway, &kim).unwrap();
        let (serial, seed) = cloud.add_mfa_device(gateway, &kim).unwrap();
        let request = Request::AssumeRole {
            role_arn: OPERATOR.to_owned(),
            role_session_name: "i-0123456789".to_owned(),
            duration_seconds: None,
            external_id: None,
            serial_number: Some(serial.to_string()),
            token_code: rolegate_cloud::totp(&seed, cloud.clock()),
            source_identity: None,
            tags: Vec::new(),
            transitive_tag_keys: Vec::new(),
            policy: None,
            policy_arns: Vec::new(),
        };
        let Ok(Response::AssumedRole(answer)) = cloud.call(&key.credentials(), request) else {
            panic!("refused")
        };
        let session = answer.credentials;
        [
            ("AWS_ACCESS_KEY_ID", session.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", session.secret_access_key),
            ("AWS_SESSION_TOKEN", session.session_token),
        ]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_party_enters_once_its_owner_has_added_what_is_exported() {
    let (emulator, key) = served().await;
    let emulator = tokio::task::spawn_blocking(move || {
        let home = Home::new("partner", &emulator, "scan", &key);
        let party = Selection::ThirdParty(PARTNER.to_owned());
        let names = home.export(&company(), party, Source::Profile("scan".to_owned()));
        assert_eq!(names, ["production-scanner"]);
        home.enter(&emulator, "production-scanner").is_refused("(AccessDenied)");
        let owners = owner_statements(&company()).unwrap();
        let policy = owners.pieces.iter().find(|piece| piece.path.ends_with("666666666666/any-role.json"));
        let Some(Content::Whole { text, .. }) = policy.map(|piece| &piece.content) else {
            panic!("{owners:?}")
        };
        emulator.with_cloud(|cloud| {
            let root = cloud.root_key(PARTNER.parse().unwrap()).unwrap();
            let added = Request::PutUserPolicy {
                user_name: "scan".to_owned(),
                policy_name: "acme".to_owned(),
                policy_document: text.clone(),
            };
            cloud.call(&root.credentials(), added).unwrap();
        });
        let entered = home.enter(&emulator, "production-scanner");
        assert_eq!((entered.code, entered.prompts), (0, 0), "{}", entered.screen);
        assert!(
            entered.screen.contains("arn:aws:sts::444444444444:assumed-role/Scanner/"),
            "{}",
            entered.screen
        );
        // Without the external id, or with another, neither half lets in. A new home: the session of before is kept.
        let other = Home::new("partner-2", &emulator, "scan", &key);
        let config = fs::read_to_string(home.config()).unwrap();
        let id = "external_id = acme-5b1f09c37d2e8a64\n";
        assert!(config.contains(id));
        for instead in ["", "external_id = acme-0000000000000000\n"] {
            fs::write(other.config(), config.replace(id, instead)).unwrap();
            other.enter(&emulator, "production-scanner").is_refused("(AccessDenied)");
        }
        emulator
    })
    .await
    .unwrap();
    emulator.shutdown().await;
}
