//! What an account that did not change costs, counted by the emulator over HTTP: its snapshot and the pages of its roles.

use crate::command::House;
use crate::common::{DEVELOPMENT, GATEWAY};
use crate::company::{Say, as_declared, manifests};
use jiff::{SignedDuration, Timestamp};
use rolegate_aws::{Aws, Keys, Settings};
use rolegate_cloud::{Cloud, Quota, Request};
use rolegate_controller::pace::Sleeper;
use rolegate_controller::watch::{self, Inputs, watch};
use rolegate_controller::{Decision, Pace, reconcile};
use rolegate_plan::outcome::Options;
use rolegate_plan::validate::Validated;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// How often what was served, by the account that was acted in.
type Served = BTreeMap<(String, &'static str), usize>;

const TARGETS: [&str; 4] = ["222222222222", "333333333333", "444444444444", "555555555555"];
const DETAILS: &str = "iam:GetAccountAuthorizationDetails";
/// As many as need a second page in both lists.
const FOREIGN_ROLES: usize = 1001;

fn served(house: &House) -> Served {
    let mut served = Served::new();
    for call in house.emulator.calls() {
        assert_eq!(call.outcome, Ok(()), "{call:?}");
        *served.entry((call.account.unwrap().to_string(), call.action)).or_default() += 1;
    }
    house.emulator.clear_calls();
    served
}

/// The snapshot of every account, `rounds` times: one page of each list, in development two.
fn snapshots(rounds: usize) -> Served {
    let pages = |account: &str| if account == DEVELOPMENT { 2 * rounds } else { rounds };
    let accounts = TARGETS.into_iter().chain([GATEWAY]);
    let lists =
        |account: &str| [DETAILS, "iam:ListRoles"].map(|call| ((account.to_owned(), call), pages(account)));
    accounts.flat_map(lists).collect()
}

/// Entering: the key of the gateway assumes each role; each session asks who it is. Served once for each account.
fn entering() -> Served {
    let identity =
        TARGETS.into_iter().chain([GATEWAY]).map(|account| (account.to_owned(), "sts:GetCallerIdentity"));
    let mut served: Served = identity.map(|call| (call, 1)).collect();
    served.insert((GATEWAY.to_owned(), "sts:AssumeRole"), TARGETS.len() + 1);
    served
}

/// More roles in development than one page holds.
fn crowd(cloud: &mut Cloud) {
    let development = DEVELOPMENT.parse().unwrap();
    cloud.set_quota(development, Quota::Roles, 5000);
    let root = cloud.root_key(development).unwrap().credentials();
    for number in 0..FOREIGN_ROLES {
        let request = Request::CreateRole {
            role_name: format!("foreign-{number:04}"),
            path: None,
            assume_role_policy_document:
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#
                    .into(),
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
            tags: Vec::new(),
        };
        cloud.call(&root, request).unwrap();
    }
    cloud.clear_calls();
}

/// What a new process does not know: the quotas of every account, and the AWS-managed policies in use, once for all accounts.
fn learnt(served: &mut Served) -> [usize; 2] {
    let accounts = TARGETS.into_iter().chain([GATEWAY]);
    for account in accounts {
        assert_eq!(served.remove(&(account.to_owned(), "iam:GetAccountSummary")), Some(1), "{account}");
    }
    ["iam:GetPolicy", "iam:GetPolicyVersion"].map(|action| {
        let of: Vec<_> = served.keys().filter(|(_, call)| *call == action).cloned().collect();
        of.iter().filter_map(|key| served.remove(key)).sum()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_apply_makes_the_calls_of_the_snapshots_and_no_other() {
    let house = House::new("calls").await;
    house.emulator.with_cloud(crowd);
    let answer = house.run(&["apply", house.folder(), "--yes"]).await;
    assert_eq!(answer.code, 0, "{answer:?}");
    served(&house);
    let answer = house.run(&["apply", house.folder(), "--yes"]).await;
    assert!(answer.code == 0 && answer.stdout.starts_with("Nothing was done."), "{answer:?}");
    let mut calls = served(&house);
    for (call, times) in entering() {
        assert_eq!(calls.remove(&call), Some(times), "{call:?}");
    }
    let managed = house.emulator.with_cloud(|cloud| used(cloud));
    assert_eq!(learnt(&mut calls), [managed, managed]);
    assert_eq!(calls, snapshots(1));
}

/// AWS-managed policies that are attached or a boundary anywhere.
fn used(cloud: &Cloud) -> usize {
    let mut arns = std::collections::BTreeSet::new();
    for account in cloud.snapshot().accounts.values() {
        for user in account.users.values() {
            arns.extend(user.attached.iter().chain(&user.boundary).cloned());
        }
        for role in account.roles.values() {
            arns.extend(role.attached.iter().chain(&role.boundary).cloned());
        }
        arns.extend(account.groups.values().flat_map(|group| group.attached.iter().cloned()));
    }
    arns.iter().filter(|arn| arn.owner == rolegate_iam::PolicyOwner::Aws).count()
}

/// Manifests that stay as they are.
struct Same(Validated);

impl Inputs for Same {
    fn changed(&mut self) -> bool {
        false
    }

    fn read(&mut self) -> Result<Validated, Vec<String>> {
        Ok(self.0.clone())
    }
}

/// A clock that moves while everybody waits, until an end.
struct Clock {
    now: Mutex<Timestamp>,
    end: Timestamp,
}

impl Clock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }
}

impl Sleeper for &Clock {
    async fn sleep(&self, time: Duration) {
        *self.now.lock().unwrap() += SignedDuration::try_from(time).unwrap();
    }

    fn is_stopped(&self) -> bool {
        self.now() >= self.end
    }
}

fn options(now: Timestamp) -> Options {
    Options::new("files", now)
}

/// What a process learnt it keeps: its quotas for a day and AWS's policies for an hour of real time, its sessions while they
/// live. The rounds of a watch are the bulk reads alone.
#[tokio::test(flavor = "multi_thread")]
async fn the_rounds_of_a_watch_make_the_calls_of_the_snapshots_alone() {
    let house = House::new("calls-watch").await;
    house.emulator.with_cloud(crowd);
    let keys = Keys {
        access_key_id: house.key.access_key_id.clone(),
        secret_access_key: house.key.secret_access_key.clone(),
        session_token: None,
    };
    let settings = Settings {
        endpoint_url: Some(house.emulator.endpoint()),
        credentials: Some(keys),
        ..Settings::new("acme")
    };
    let (aws, validated, begin) = (Aws::new(settings).await, manifests(&[], &[]), Timestamp::now());
    let applied =
        reconcile(&aws, &validated, &options(begin), &Pace::default(), &mut Say(Decision::Apply)).await;
    as_declared(&applied);
    served(&house);
    let minutes = 50;
    let clock = Clock { now: Mutex::new(begin), end: begin + SignedDuration::from_mins(minutes) };
    let read = || clock.now();
    let settings =
        watch::Settings { options: options(begin), resync: SignedDuration::from_mins(15), clock: &read };
    let mut events = Vec::new();
    let mut tell = |event| events.push(event);
    let last = watch(&aws, &mut Same(validated), &settings, &Pace::with(&clock), &mut tell).await;
    as_declared(&last);
    let calls = served(&house);
    for account in TARGETS.into_iter().chain([GATEWAY]) {
        // The first look, and one about every quarter of an hour: each account has its own rhythm.
        let looks =
            calls[&(account.to_owned(), "iam:ListRoles")] / if account == DEVELOPMENT { 2 } else { 1 };
        assert!((3..=6).contains(&looks), "{account}: {looks}");
        let own = |calls: &Served| -> Served {
            calls
                .iter()
                .filter(|((of, _), _)| of == account)
                .map(|(call, times)| (call.clone(), *times))
                .collect()
        };
        assert_eq!(own(&calls), own(&snapshots(looks)));
    }
    assert_eq!(calls.len(), 2 * (TARGETS.len() + 1));
}
