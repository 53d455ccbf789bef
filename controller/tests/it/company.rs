//! Reconciling the company over the cloud in process.

use crate::common::{DEVELOPMENT, GATEWAY, root, world};
use jiff::Timestamp;
use rolegate_cloud::{Cloud, Faults, Request};
use rolegate_controller::applied::Ending;
use rolegate_controller::pace::Sleeper;
use rolegate_controller::{Applied, CloudPort, Decision, Pace, Preview, Ui, reconcile};
use rolegate_iam::AccountId;
use rolegate_plan::manifest;
use rolegate_plan::outcome::Options;
use rolegate_plan::port::{ErrorClass, Failure};
use rolegate_plan::step::{Action, Cause, Step};
use rolegate_plan::validate::{ValidateOptions, Validated, validate};
use std::time::Duration;

pub(crate) fn now() -> Timestamp {
    "2026-12-01T08:00:00Z".parse().unwrap()
}

/// The manifests of the example, with these files left out and these texts replaced.
pub(crate) fn manifests(without: &[&str], replace: &[(&str, &str)]) -> Validated {
    let loaded = rolegate::load::manifests(&[root().join("examples/acme")]);
    assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
    let mut files = loaded.files;
    files.retain(|(name, _)| !without.iter().any(|file| name.ends_with(file)));
    for (from, to) in replace {
        assert!(files.iter().any(|(_, text)| text.contains(from)), "{from}");
        files = files.into_iter().map(|(name, text)| (name, text.replace(from, to))).collect();
    }
    let (manifests, unreadable) = manifest::read(&files);
    let (validated, invalid) = validate(&manifests, &ValidateOptions { installation: "acme".into() });
    let errors: Vec<String> = unreadable.iter().chain(&invalid).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    validated
}

pub(crate) struct NoSleep;

impl Sleeper for NoSleep {
    async fn sleep(&self, _: Duration) {}
}

pub(crate) struct Say(pub(crate) Decision);

impl Ui for Say {
    fn decide(&mut self, _: &Preview<'_>) -> Decision {
        self.0
    }

    fn tried(&mut self, _: usize, _: &Step, _: Result<(), &Failure>) {}
}

pub(crate) fn port() -> CloudPort {
    let (cloud, key) = world(now());
    CloudPort::new(cloud, key.credentials(), "acme")
}

pub(crate) fn options(port: &CloudPort) -> Options {
    Options::new("files", port.with_cloud(|cloud| cloud.clock()))
}

pub(crate) fn apply_as(port: &CloudPort, validated: &Validated, decision: Decision) -> Applied {
    let options = options(port);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(reconcile(port, validated, &options, &Pace::with(NoSleep), &mut Say(decision)))
}

pub(crate) fn apply(port: &CloudPort, validated: &Validated) -> Applied {
    apply_as(port, validated, Decision::Apply)
}

pub(crate) fn as_declared(applied: &Applied) {
    assert_eq!(applied.ending(), Ending::AsDeclared, "{applied:#?}");
}

pub(crate) fn root_call(cloud: &mut Cloud, account: &str, request: Request) {
    let id: AccountId = account.parse().unwrap();
    let key = cloud.root_key(id).unwrap();
    cloud.call(&key.credentials(), request).unwrap();
}

#[test]
fn a_second_run_finds_nothing_to_do_and_only_observes() {
    let (port, validated) = (port(), manifests(&[], &[]));
    let first = apply(&port, &validated);
    as_declared(&first);
    assert!(first.done.len() > 20 && first.rounds >= 1, "{}", first.done.len());
    port.with_cloud(Cloud::clear_calls);
    let second = apply(&port, &validated);
    as_declared(&second);
    assert_eq!((second.done.len(), second.rounds, second.calls.performed), (0, 0, 0));
    assert_eq!(second.calls.observed, validated.accounts.len());
    let mut actions: Vec<&str> =
        port.with_cloud(|cloud| cloud.calls().iter().map(|call| call.action).collect());
    actions.sort_unstable();
    actions.dedup();
    assert_eq!(actions, ["iam:GetAccountAuthorizationDetails", "iam:ListRoles", "sts:GetCallerIdentity"]);
}

#[test]
fn what_was_there_before_and_is_not_ours_stays_as_it_was() {
    let (port, validated) = (port(), manifests(&[], &[]));
    let before = port.with_cloud(|cloud| cloud.snapshot());
    as_declared(&apply(&port, &validated));
    let after = port.with_cloud(|cloud| cloud.snapshot());
    for (id, account) in &before.accounts {
        let now = &after.accounts[id];
        for (name, role) in &account.roles {
            assert_eq!(now.roles[name].trust, role.trust, "{id} {name}");
            assert_eq!(now.roles[name].inline, role.inline, "{id} {name}");
        }
        for (name, group) in &account.groups {
            assert_eq!(&now.groups[name], group, "{id} {name}");
        }
        for (name, user) in &account.users {
            let foreign = |user: &rolegate_iam::snapshot::User| {
                let ours = |name: &str| name.starts_with("rolegate");
                let groups =
                    user.groups.iter().filter(|group| !ours(group.as_str())).cloned().collect::<Vec<_>>();
                let tags = user.tags.iter().filter(|(key, _)| !ours(key));
                let tags: Vec<_> = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
                (groups, tags, user.inline.clone())
            };
            assert_eq!(foreign(&now.users[name]), foreign(user), "{id} {name}");
        }
    }
}

#[test]
fn what_somebody_widened_is_repaired_as_drift() {
    let (port, validated) = (port(), manifests(&[], &[]));
    as_declared(&apply(&port, &validated));
    let role = port.with_cloud(|cloud| {
        let id: AccountId = DEVELOPMENT.parse().unwrap();
        let snapshot = cloud.snapshot();
        let owned = |role: &&rolegate_iam::snapshot::Role| role.tags.get("rolegate.dev/owner").is_some();
        let role = snapshot.accounts[&id].roles.values().find(owned).unwrap().name.clone();
        let wide = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
        let request =
            Request::UpdateAssumeRolePolicy { role_name: role.to_string(), policy_document: wide.into() };
        root_call(cloud, DEVELOPMENT, request);
        role
    });
    let applied = apply(&port, &validated);
    as_declared(&applied);
    let repairs: Vec<&Step> = applied.done.iter().map(|done| &done.step).collect();
    assert!(
        repairs
            .iter()
            .any(|step| matches!(&step.action, Action::UpdateTrust { role: of, .. } if *of == role)
                && step.cause == Cause::Drift),
        "{repairs:#?}"
    );
}

#[test]
fn a_leaver_loses_the_membership_and_a_lost_manifest_removes_nothing() {
    let (port, validated) = (port(), manifests(&[], &[]));
    as_declared(&apply(&port, &validated));
    let without_cobus = manifests(&[], &[("members: [ana, cobus, michael]", "members: [ana, michael]")]);
    let applied = apply(&port, &without_cobus);
    as_declared(&applied);
    let removes = |step: &Step| matches!(&step.action, Action::RemoveUserFromGroup { user, .. } if user.as_str() == "cobus");
    assert!(applied.done.iter().any(|done| removes(&done.step)), "{applied:#?}");
    let before = port.with_cloud(|cloud| cloud.snapshot());
    let lost = manifests(&["sre.yaml"], &[("members: [ana, cobus, michael]", "members: [ana, michael]")]);
    let applied = apply(&port, &lost);
    assert_eq!(applied.ending(), Ending::Incomplete);
    assert!(!applied.held.removals.is_empty());
    assert_eq!(port.with_cloud(|cloud| cloud.snapshot()).accounts, before.accounts, "nothing was removed");
    let approved = apply_as(&port, &lost, Decision::ApplyWithHeld);
    as_declared(&approved);
    assert!(approved.done.iter().any(|done| done.step.cause == Cause::Approved));
    as_declared(&apply(&port, &lost));
}

#[test]
fn an_account_that_cannot_be_entered_is_named_and_the_others_are_done() {
    let (port, validated) = (port(), manifests(&[], &[]));
    port.with_cloud(|cloud| {
        let request = Request::UpdateAssumeRolePolicy {
            role_name: "rolegate-controller".into(),
            policy_document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#.into(),
        };
        root_call(cloud, DEVELOPMENT, request);
    });
    let applied = apply(&port, &validated);
    assert_eq!(applied.ending(), Ending::Incomplete);
    assert_eq!(applied.unreachable.len(), 1);
    assert_eq!(applied.unreachable[0].name, "development");
    assert_eq!(applied.unreachable[0].failure.class, ErrorClass::Denied);
    assert!(applied.done.iter().any(|done| done.step.account.as_str() == GATEWAY));
    assert!(applied.done.iter().all(|done| done.step.account.as_str() != DEVELOPMENT));
    assert!(applied.failed.is_empty(), "{:#?}", applied.failed);
}

/// Every n-th call goes wrong, for many n: whatever the moment, the same run ends as declared, or the next one does.
#[test]
fn throttling_and_lost_answers_end_as_declared() {
    let validated = manifests(&[], &[]);
    for every in 2..24 {
        for faults in [
            Faults { throttle_every: Some(every), ..Faults::default() },
            Faults { lose_response_every: Some(every), ..Faults::default() },
        ] {
            let port = port();
            port.with_cloud(|cloud| cloud.set_faults(faults));
            let applied = apply(&port, &validated);
            assert!(
                applied.failed.iter().all(|failed| failed.failure.class != ErrorClass::Bug),
                "{applied:#?}"
            );
            port.with_cloud(|cloud| cloud.set_faults(Faults::default()));
            as_declared(&apply(&port, &validated));
            assert!(apply(&port, &validated).done.is_empty(), "{faults:?}");
        }
    }
}
