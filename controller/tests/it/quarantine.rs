//! Principals that AWS refuses: their own binding is left out, everybody else's changes go through, and what works stays.

use crate::company::{NoSleep, Say, apply, as_declared, manifests, options, port, root_call};
use rolegate_cloud::{Cloud, Quota, Request};
use rolegate_controller::applied::Ending;
use rolegate_controller::{Applied, CloudPort, Decision, Memory, Pace, reconcile_with};
use rolegate_iam::{AccountId, Document, RoleName};
use rolegate_plan::absence::{Entity, Presence};
use rolegate_plan::port::{Entrance, ErrorClass, Failure, Observation, Port};
use rolegate_plan::step::Action;
use rolegate_plan::validate::Validated;
use std::sync::Mutex;

const PRODUCTION: &str = "444444444444";
const THIRD: &str = "666666666666";
const OTHER: &str = "888888888888";
const ROOT: &str = "arn:aws:iam::111111111111:root";

fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn scanner() -> RoleName {
    "PartnerScanner".parse().unwrap()
}

/// The company whose third party's account is not there any more.
fn dead() -> CloudPort {
    let port = port();
    port.with_cloud(|cloud| cloud.remove_outside_account(id(THIRD)));
    port
}

/// A second third party in the same role.
fn with_another() -> Validated {
    let another = format!(
        "  - account: {{accountID: \"{OTHER}\", externalID: acme-0123456789abcdef}}\n  require:\n    sourceCIDRs: [198"
    );
    manifests(&[], &[("  require:\n    sourceCIDRs: [198", &another)])
}

fn trust(port: &CloudPort) -> Document {
    port.with_cloud(|cloud| cloud.snapshot().accounts[&id(PRODUCTION)].roles[&scanner()].trust.clone())
}

fn lets_in(port: &CloudPort, account: &str) -> bool {
    trust(port).text().contains(account)
}

fn refusals(port: &CloudPort) -> usize {
    let is_refusal = |call: &&rolegate_cloud::CallRecord| call.outcome == Err("MalformedPolicyDocument");
    port.with_cloud(|cloud| cloud.calls().iter().filter(is_refusal).count())
}

fn invalid(applied: &Applied) -> Vec<&str> {
    let left = applied.left_out.iter().filter(|left| left.reason == "InvalidPrincipal");
    left.map(|left| left.object.as_str()).collect()
}

fn run<P: Port>(memory: &mut Memory, port: &P, cloud: &CloudPort, validated: &Validated) -> Applied {
    let options = options(cloud);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (pace, mut ui) = (Pace::with(NoSleep), Say(Decision::Apply));
    runtime.block_on(reconcile_with(memory, port, validated, &options, &pace, &mut ui))
}

fn wait(port: &CloudPort, minutes: i64) {
    port.with_cloud(|cloud| {
        let later = cloud.clock() + jiff::SignedDuration::from_mins(minutes);
        cloud.set_clock(later);
        cloud.clear_calls();
    });
}

#[test]
fn a_dead_account_leaves_out_its_own_binding_and_nothing_else() {
    let (dead, alive) = (dead(), port());
    let validated = manifests(&[], &[]);
    as_declared(&apply(&alive, &validated));
    let applied = apply(&dead, &validated);
    assert_eq!(
        (applied.ending(), invalid(&applied)),
        (Ending::Incomplete, vec!["AccountAccess partners/scanner"])
    );
    assert!(applied.failed.is_empty() && applied.not_done.is_empty(), "{applied:#?}");
    assert!(applied.rounds <= 3, "{}", applied.rounds);
    assert_eq!((applied.left_out.len(), refusals(&dead)), (1, 1));
    let (mut with, mut without) =
        (alive.with_cloud(|cloud| cloud.snapshot()), dead.with_cloud(|cloud| cloud.snapshot()));
    for world in [&mut with, &mut without] {
        let role = world.accounts.get_mut(&id(PRODUCTION)).unwrap().roles.get_mut(&scanner()).unwrap();
        role.trust = Document::parse("{}");
    }
    assert_eq!(with.accounts, without.accounts, "everything else is as if the account were alive");
    assert!(!lets_in(&dead, "Allow"), "{}", trust(&dead).text());
}

#[test]
fn a_neighbour_in_the_same_role_gets_in() {
    let port = dead();
    port.with_cloud(|cloud| cloud.add_outside_account(id(OTHER)));
    let applied = apply(&port, &with_another());
    assert_eq!(invalid(&applied), ["AccountAccess partners/scanner"]);
    assert!(lets_in(&port, OTHER) && !lets_in(&port, THIRD), "{}", trust(&port).text());
    assert_eq!(applied.left_out[0].account, id(PRODUCTION));
    assert!(applied.left_out[0].message.contains(THIRD), "{:?}", applied.left_out);
}

/// One refusal tells of one principal; the next of the next.
#[test]
fn two_dead_accounts_are_found_one_by_one() {
    let port = dead();
    let applied = apply(&port, &with_another());
    assert_eq!((invalid(&applied).len(), refusals(&port)), (2, 2));
    assert!(applied.failed.is_empty(), "{applied:#?}");
}

#[test]
fn it_is_tried_again_after_two_minutes_then_hourly_and_let_in_when_it_is_there() {
    let (port, validated, mut memory) = (dead(), manifests(&[], &[]), Memory::default());
    run(&mut memory, &port, &port, &validated);
    for (minutes, tries) in [(1, 0), (2, 1), (30, 0), (31, 1), (59, 0), (2, 1)] {
        wait(&port, minutes);
        let applied = run(&mut memory, &port, &port, &validated);
        assert_eq!(
            (refusals(&port), invalid(&applied).len(), applied.done.len()),
            (tries, 1, 0),
            "{minutes}"
        );
    }
    port.with_cloud(|cloud| cloud.add_outside_account(id(THIRD)));
    wait(&port, 61);
    as_declared(&run(&mut memory, &port, &port, &validated));
    assert!(lets_in(&port, THIRD));
}

#[test]
fn who_is_in_and_dies_stays_as_it_was_until_something_must_be_written() {
    let (port, validated) = (port(), manifests(&[], &[]));
    as_declared(&apply(&port, &validated));
    port.with_cloud(|cloud| {
        cloud.remove_outside_account(id(THIRD));
        cloud.add_outside_account(id(OTHER));
        cloud.clear_calls();
    });
    as_declared(&apply(&port, &validated));
    assert_eq!(refusals(&port), 0, "nobody asked");
    let applied = apply(&port, &with_another());
    assert_eq!(invalid(&applied), ["AccountAccess partners/scanner"]);
    assert!(lets_in(&port, OTHER) && !lets_in(&port, THIRD), "the neighbour's change goes through");
    assert_eq!(refusals(&port), 9, "and only after AWS said so for long");
}

/// AWS's hiccups: refuses trust policies with a third party, or the gateway, for some time.
struct Hiccup<'a> {
    inner: &'a CloudPort,
    named: &'static str,
    left: Mutex<u32>,
    sent: Mutex<Vec<Document>>,
}

impl Port for Hiccup<'_> {
    async fn observe(&self, entrance: &Entrance) -> Result<Observation, Failure> {
        self.inner.observe(entrance).await
    }

    async fn exists(&self, entrance: &Entrance, entity: &Entity) -> Result<Presence, Failure> {
        self.inner.exists(entrance, entity).await
    }

    async fn perform(&self, entrance: &Entrance, action: &Action) -> Result<(), Failure> {
        if let Action::UpdateTrust { document, .. } = action {
            let mut left = self.left.lock().unwrap();
            if *left > 0 && document.text().contains(self.named) {
                *left -= 1;
                return Err(Failure {
                    call: "UpdateAssumeRolePolicy",
                    class: ErrorClass::Propagating,
                    code: Some("MalformedPolicyDocument".into()),
                    message: format!("Invalid principal in policy: \"AWS\":\"{}\"", self.named),
                });
            }
            self.sent.lock().unwrap().push(document.clone());
        }
        self.inner.perform(entrance, action).await
    }
}

fn hiccup<'a>(inner: &'a CloudPort, named: &'static str, times: u32) -> Hiccup<'a> {
    Hiccup { inner, named, left: Mutex::new(times), sent: Mutex::default() }
}

#[test]
fn a_working_grant_is_never_lost_to_a_refusal_that_passes() {
    for times in 1..9 {
        let (port, mut memory) = (port(), Memory::default());
        as_declared(&apply(&port, &manifests(&[], &[])));
        port.with_cloud(|cloud| cloud.add_outside_account(id(OTHER)));
        let flaky = hiccup(&port, "arn:aws:iam::666666666666:root", times);
        as_declared(&run(&mut memory, &flaky, &port, &with_another()));
        assert!(lets_in(&port, OTHER) && lets_in(&port, THIRD));
        let sent = flaky.sent.lock().unwrap();
        assert!(sent.iter().all(|document| document.text().contains(THIRD)), "{times}: {sent:?}");
    }
}

#[test]
fn the_gateway_is_unavailable_and_nobody_is_left_out_for_it() {
    let (port, validated, mut memory) = (port(), manifests(&[], &[]), Memory::default());
    as_declared(&run(&mut memory, &hiccup(&port, ROOT, 5), &port, &validated));
    let port = self::port();
    let applied = run(&mut memory, &hiccup(&port, ROOT, u32::MAX), &port, &validated);
    assert!(invalid(&applied).is_empty() && !applied.failed.is_empty(), "{applied:#?}");
    for failed in &applied.failed {
        assert_eq!(failed.failure.class, ErrorClass::Unavailable, "{}", failed.failure);
        assert!(failed.failure.message.contains("has not caught up"), "{}", failed.failure);
    }
    assert!(lets_in(&port, THIRD), "the others go on");
}

/// What a stranger put beside a dead account goes, although AWS takes no document with the dead one.
#[test]
fn what_must_be_taken_away_goes_beside_a_dead_account() {
    let (port, validated) = (port(), manifests(&[], &[]));
    as_declared(&apply(&port, &validated));
    let spoilt = trust(&port).text().replace(
        "\"Statement\":[",
        r#""Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"},"#,
    );
    assert!(spoilt.contains(r#""AWS":"*""#));
    port.with_cloud(|cloud| {
        let request =
            Request::UpdateAssumeRolePolicy { role_name: "PartnerScanner".into(), policy_document: spoilt };
        root_call(cloud, PRODUCTION, request);
        cloud.remove_outside_account(id(THIRD));
        cloud.clear_calls();
    });
    let applied = apply(&port, &validated);
    assert!(!lets_in(&port, r#""*""#) || lets_in(&port, "Deny"), "{}", trust(&port).text());
    assert!(!lets_in(&port, "Allow"), "{}", trust(&port).text());
    assert_eq!(invalid(&applied), ["AccountAccess partners/scanner"]);
}

/// A stranger's Deny that names somebody who is gone keeps no document from being written.
#[test]
fn a_foreign_deny_of_somebody_gone_blocks_nothing() {
    let (port, validated) = (port(), manifests(&[], &[]));
    as_declared(&apply(&port, &validated));
    let user = |name: &str| Request::CreateUser {
        user_name: name.into(),
        path: None,
        permissions_boundary: None,
        tags: Vec::new(),
    };
    port.with_cloud(|cloud| {
        root_call(cloud, PRODUCTION, user("gone"));
        root_call(cloud, PRODUCTION, user("here"));
    });
    let spoilt = trust(&port).text().replace(
        "\"Statement\":[",
        r#""Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"},
           {"Effect":"Deny","Principal":{"AWS":["arn:aws:iam::444444444444:user/gone","arn:aws:iam::444444444444:user/here"]},"Action":"sts:AssumeRole"},"#,
    );
    port.with_cloud(|cloud| {
        let request =
            Request::UpdateAssumeRolePolicy { role_name: "PartnerScanner".into(), policy_document: spoilt };
        root_call(cloud, PRODUCTION, request);
        root_call(cloud, PRODUCTION, Request::DeleteUser { user_name: "gone".into() });
        cloud.clear_calls();
    });
    assert!(lets_in(&port, "AIDA"), "{}", trust(&port).text());
    as_declared(&apply(&port, &validated));
    assert!(
        !lets_in(&port, "AIDA") && !lets_in(&port, r#""*""#) && lets_in(&port, THIRD),
        "{}",
        trust(&port).text()
    );
}

/// Half tightened, half loosened, the document in between is longer than either: it does not fit, and the removals go alone.
#[test]
fn a_narrowing_that_does_not_fit_is_sent_as_removals_alone() {
    let subject = |account: &str, validity: &str, number: usize| {
        format!(
            "\n---\napiVersion: rolegate.dev/v1alpha1\nkind: AccountAccess\nmetadata: {{name: more-{number}, namespace: partners}}\nspec:\n  \
             roleRef: {{name: partner-scanner}}\n  accounts: {{names: [production]}}\n  subjects: [{{account: {{accountID: \
             \"{account}\", externalID: acme-0123456789abcdef}}}}]\n{validity}"
        )
    };
    let company = |narrow: &str, wide: &str| {
        let mut more = subject(wide, "", 0);
        for number in 1..4 {
            let validity = format!("  validity: {{notAfter: \"203{number}-01-01T00:00:00Z\"}}\n");
            more.push_str(&subject(narrow, &validity, number));
        }
        let end = "  justification: yearly penetration test, contract 2026-17\n";
        manifests(&[], &[(end, &format!("{end}{more}"))])
    };
    let port = port();
    port.with_cloud(|cloud| {
        cloud.add_outside_account(id(OTHER));
        cloud.add_outside_account(id("777777777777"));
    });
    as_declared(&apply(&port, &company(OTHER, "777777777777")));
    let size = trust(&port).size();
    port.with_cloud(|cloud| {
        let quota = i64::try_from(size).unwrap() + 40;
        cloud.set_quota(id(PRODUCTION), Quota::AssumeRolePolicySize, quota);
        cloud.clear_calls();
    });
    let applied = apply(&port, &company("777777777777", OTHER));
    let refused = port
        .with_cloud(|cloud| cloud.calls().iter().filter(|call| call.outcome == Err("LimitExceeded")).count());
    assert_eq!(refused, 1, "{applied:#?}");
    as_declared(&applied);
    port.with_cloud(Cloud::clear_calls);
    as_declared(&apply(&port, &company("777777777777", OTHER)));
}
