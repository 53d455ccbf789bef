//! Watching, with a clock that moves while it waits: what is done when, what is told, how it ends.

use crate::command::{Answer, House};
use crate::common::{DEVELOPMENT, GATEWAY};
use crate::company::{apply, as_declared, manifests, options, port, root_call};
use jiff::{SignedDuration, Timestamp};
use rolegate_cloud::{Cloud, Request};
use rolegate_controller::applied::Ending;
use rolegate_controller::pace::Sleeper;
use rolegate_controller::watch::{Inputs, Settings, watch};
use rolegate_controller::{Applied, CloudPort, Event, Pace};
use rolegate_plan::validate::Validated;
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

/// Something that happens while everybody waits.
type Act<'a> = (i64, Box<dyn FnOnce() + Send + 'a>);

/// Waiting moves the cloud's clock, and things happen in their time.
struct Theatre<'a> {
    port: &'a CloudPort,
    begin: Timestamp,
    acts: Mutex<VecDeque<Act<'a>>>,
    /// Seconds after which it is over.
    end: i64,
    /// Or writes.
    writes: usize,
}

impl Theatre<'_> {
    fn seconds(&self) -> i64 {
        self.port.with_cloud(|cloud| cloud.clock()).duration_since(self.begin).as_secs()
    }
}

impl Sleeper for &Theatre<'_> {
    async fn sleep(&self, time: Duration) {
        let time = SignedDuration::try_from(time).unwrap();
        self.port.with_cloud(|cloud| cloud.set_clock(cloud.clock() + time));
        let mut acts = self.acts.lock().unwrap();
        while acts.front().is_some_and(|(at, _)| *at <= self.seconds()) {
            let (_, act) = acts.pop_front().unwrap();
            act();
        }
    }

    fn is_stopped(&self) -> bool {
        self.seconds() >= self.end || writes(self.port) >= self.writes
    }
}

fn is_write(action: &str) -> bool {
    !["iam:Get", "iam:List", "sts:"].iter().any(|read| action.starts_with(read))
}

fn writes(port: &CloudPort) -> usize {
    port.with_cloud(|cloud| cloud.calls().iter().filter(|call| is_write(call.action)).count())
}

/// Manifests that change when told.
struct Desk<'a>(&'a Mutex<(u32, Result<Validated, Vec<String>>)>, u32);

impl Inputs for Desk<'_> {
    fn changed(&mut self) -> bool {
        self.0.lock().unwrap().0 != self.1
    }

    fn read(&mut self) -> Result<Validated, Vec<String>> {
        let (version, content) = &*self.0.lock().unwrap();
        self.1 = *version;
        content.clone()
    }
}

type Paper = Mutex<(u32, Result<Validated, Vec<String>>)>;

fn paper(validated: Validated) -> Paper {
    Mutex::new((0, Ok(validated)))
}

fn write(paper: &Paper, content: Result<Validated, Vec<String>>) {
    let mut paper = paper.lock().unwrap();
    *paper = (paper.0 + 1, content);
}

struct Seen {
    events: Vec<Event>,
    last: Applied,
}

impl Seen {
    fn kinds(&self) -> Vec<&str> {
        self.events.iter().map(|event| event.kind).filter(|kind| *kind != "Stopped").collect()
    }

    fn texts(&self, kind: &str) -> Vec<&str> {
        self.events.iter().filter(|event| event.kind == kind).map(|event| event.text.as_str()).collect()
    }
}

fn play(port: &CloudPort, paper: &Paper, resync: i64, theatre: &Theatre<'_>) -> Seen {
    let clock = || port.with_cloud(|cloud| cloud.clock());
    let settings =
        Settings { options: options(port), resync: SignedDuration::from_mins(resync), clock: &clock };
    let mut events = Vec::new();
    let mut tell = |event| events.push(event);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let pace = Pace::with(theatre);
    let last = runtime.block_on(watch(port, &mut Desk(paper, 0), &settings, &pace, &mut tell));
    Seen { events, last }
}

fn theatre<'a>(port: &'a CloudPort, minutes: i64, acts: Vec<Act<'a>>) -> Theatre<'a> {
    let begin = port.with_cloud(|cloud| cloud.clock());
    Theatre { port, begin, acts: Mutex::new(acts.into()), end: minutes * 60, writes: usize::MAX }
}

/// The company as declared, its calls forgotten.
fn settled() -> (CloudPort, Paper) {
    let (port, validated) = (port(), manifests(&[], &[]));
    as_declared(&apply(&port, &validated));
    port.with_cloud(Cloud::clear_calls);
    (port, paper(validated))
}

/// When each account was read, in minutes.
fn looks(port: &CloudPort, begin: Timestamp) -> BTreeMap<String, Vec<i64>> {
    let mut looks: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    port.with_cloud(|cloud| {
        for call in cloud.calls().iter().filter(|call| call.action == "iam:GetAccountAuthorizationDetails") {
            let account = call.account.map(|id| id.to_string()).unwrap_or_default();
            looks.entry(account).or_default().push(call.at.duration_since(begin).as_mins());
        }
    });
    looks
}

fn detach(port: &CloudPort) {
    let request = Request::DetachRolePolicy {
        role_name: "Auditor".into(),
        policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess".into(),
    };
    port.with_cloud(|cloud| root_call(cloud, DEVELOPMENT, request));
}

#[test]
fn what_is_as_declared_is_looked_at_when_it_is_due_and_nothing_is_told() {
    let (port, paper) = settled();
    let play_time = theatre(&port, 120, vec![]);
    let seen = play(&port, &paper, 15, &play_time);
    assert_eq!((seen.kinds(), writes(&port)), (vec![], 0));
    assert_eq!(seen.last.ending(), Ending::AsDeclared);
    let looks = looks(&port, play_time.begin);
    assert_eq!(looks.len(), 5);
    for (account, times) in &looks {
        assert!((6..=11).contains(&times.len()), "{account}: {times:?}");
    }
    let seconds: Vec<&i64> = looks.values().map(|times| &times[1]).collect();
    assert!(seconds.iter().any(|time| *time != seconds[0]), "they do not all come at once: {looks:?}");
}

#[test]
fn what_somebody_changes_is_repaired_and_told_once() {
    let (port, paper) = settled();
    let drift: Act<'_> = (600, Box::new(|| detach(&port)));
    let seen = play(&port, &paper, 15, &theatre(&port, 90, vec![drift]));
    assert_eq!(seen.kinds(), ["Done"]);
    let line = seen.events[0].to_string();
    assert!(
        line.contains(DEVELOPMENT) && line.contains("+ attach policy ReadOnlyAccess to role Auditor"),
        "{line}"
    );
    assert!(!line.contains('\n'));
}

/// The resync is a day: it is the time of the binding that wakes.
#[test]
fn what_ends_is_taken_away_when_it_ends() {
    let (port, paper) = settled();
    let end: Timestamp = "2026-12-31T18:00:00Z".parse().unwrap();
    port.with_cloud(|cloud| cloud.set_clock(end - SignedDuration::from_mins(10)));
    let seen = play(&port, &paper, 1440, &theatre(&port, 30, vec![]));
    let done: Vec<&Event> = seen.events.iter().filter(|event| event.kind == "Done").collect();
    assert!(
        !done.is_empty() && done.iter().all(|event| event.at < end + SignedDuration::from_secs(5)),
        "{done:?}"
    );
    assert!(done.iter().any(|event| event.text.contains("expired")), "{done:?}");
}

#[test]
fn an_edit_is_done_at_once() {
    let (port, paper) = settled();
    let edited = manifests(&[], &[("members: [ana, cobus, michael]", "members: [ana, michael]")]);
    let edit: Act<'_> = (60, Box::new(|| write(&paper, Ok(edited))));
    let seen = play(&port, &paper, 1440, &theatre(&port, 5, vec![edit]));
    let removed = |event: &&Event| event.text.contains("remove user cobus");
    let event = seen.events.iter().find(removed).unwrap();
    let begin: Timestamp = "2026-12-01T08:00:00Z".parse().unwrap();
    assert!((60..=66).contains(&event.at.duration_since(begin).as_secs()), "{event}");
    assert_eq!(seen.last.ending(), Ending::AsDeclared);
}

/// Nothing is written on half of the input, and nothing is taken for withdrawn.
#[test]
fn while_the_manifests_cannot_be_read_nothing_is_written() {
    let (port, paper) = settled();
    let good = paper.lock().unwrap().1.clone();
    let acts: Vec<Act<'_>> = vec![
        (60, Box::new(|| write(&paper, Err(vec!["a.yaml:3: no YAML".to_owned()])))),
        (120, Box::new(|| detach(&port))),
        (7200, Box::new(|| write(&paper, Ok(Validated::default())))),
        (
            9000,
            Box::new(|| {
                assert_eq!(writes(&port), 1, "the stranger's alone");
                write(&paper, good);
            }),
        ),
    ];
    let seen = play(&port, &paper, 15, &theatre(&port, 200, acts));
    assert_eq!(seen.kinds(), ["Error", "Error", "Error", "Error", "Readable", "Done"], "{:?}", seen.events);
    assert!(seen.texts("Error")[0].contains("a.yaml:3"));
    assert!(seen.texts("Error")[2].contains("no AWSAccount"));
}

#[test]
fn a_lost_manifest_is_held_and_told_once() {
    let (port, paper) = settled();
    let lost: Act<'_> = (60, Box::new(|| write(&paper, Ok(manifests(&["sre.yaml"], &[])))));
    let seen = play(&port, &paper, 15, &theatre(&port, 120, vec![lost]));
    assert_eq!((seen.texts("Held").len(), writes(&port)), (1, 0), "{:?}", seen.events);
    assert!(seen.texts("Held")[0].contains(&seen.last.held.digest));
    assert!(looks(&port, Timestamp::UNIX_EPOCH).len() == 5);
}

#[test]
fn a_closed_account_backs_off_alone_and_is_told_when_it_opens() {
    let (port, paper) = settled();
    let trust = port.with_cloud(|cloud| {
        let role = cloud.snapshot().accounts[&DEVELOPMENT.parse().unwrap()].roles
            [&"rolegate-controller".parse().unwrap()]
            .clone();
        role.trust.text().to_owned()
    });
    let rewrite = |text: String| {
        let request = Request::UpdateAssumeRolePolicy {
            role_name: "rolegate-controller".into(),
            policy_document: text,
        };
        port.with_cloud(|cloud| root_call(cloud, DEVELOPMENT, request));
        // Sessions that were made before live on: they end with the clock.
        port.with_cloud(|cloud| cloud.set_clock(cloud.clock() + SignedDuration::from_hours(2)));
    };
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
    let acts: Vec<Act<'_>> =
        vec![(60, Box::new(|| rewrite(deny.to_owned()))), (60 * 60 * 8, Box::new(|| rewrite(trust)))];
    let seen = play(&port, &paper, 15, &theatre(&port, 60 * 14, acts));
    assert_eq!(seen.kinds(), ["Unreachable", "Reachable"], "{:?}", seen.events);
    let refused = port.with_cloud(|cloud| {
        cloud.calls().iter().filter(|call| call.action == "sts:AssumeRole" && call.outcome.is_err()).count()
    });
    assert!((6..=16).contains(&refused), "ever less often, at least hourly: {refused}");
    let looks = looks(&port, Timestamp::UNIX_EPOCH);
    assert!(looks[GATEWAY].len() > 30, "the others go on: {looks:?}");
}

#[test]
fn a_dead_account_is_tried_after_two_minutes_and_then_hourly() {
    let port = port();
    port.with_cloud(|cloud| cloud.remove_outside_account("666666666666".parse().unwrap()));
    let seen = play(&port, &paper(manifests(&[], &[])), 15, &theatre(&port, 185, vec![]));
    let refused = port.with_cloud(|cloud| {
        let refusals = cloud.calls().iter().filter(|call| call.outcome == Err("MalformedPolicyDocument"));
        refusals.map(|call| call.at).collect::<Vec<_>>()
    });
    let minutes: Vec<i64> = refused.iter().map(|at| at.duration_since(refused[0]).as_mins()).collect();
    assert_eq!(minutes, [0, 2, 62, 122, 182]);
    let left = seen.texts("LeftOut");
    assert_eq!(left.len(), 1, "told once: {left:?}");
    assert!(left[0].contains("InvalidPrincipal"));
}

#[test]
fn stopping_ends_between_two_steps_and_names_what_is_undone() {
    for after in [1, 2, 3, 5, 8, 13, 21, 34, 55] {
        let (port, paper) = (port(), paper(manifests(&[], &[])));
        let stage = Theatre { writes: after, ..theatre(&port, 60, vec![]) };
        let seen = play(&port, &paper, 15, &stage);
        let done = seen.texts("Done").len();
        assert!((after..after + 16).contains(&done) && done == writes(&port), "{after}: {done}");
        let undone = seen.texts("Undone").len();
        assert!(
            undone > 0 && seen.events.last().unwrap().text.contains(&undone.to_string()),
            "{:?}",
            seen.events
        );
        assert_ne!(seen.last.ending(), Ending::AsDeclared);
        as_declared(&apply(&port, &manifests(&[], &[])));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_watches_until_it_is_told_to_stop() {
    let house = House::new("watch").await;
    for wrong in [&["apply", house.folder(), "--watch"][..], &["apply", "-", "--watch", "--yes"]] {
        let answer = house.run(wrong).await;
        assert_eq!(answer.code, 2, "{answer:?}");
    }
    let mut command = house.command(&["apply", house.folder(), "--yes", "--watch", "-o", "json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let file = house.folder.join("sre.yaml");
    let answer = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = Vec::new();
        let mut until = |word: &str| {
            while told.last().is_none_or(|line: &String| !line.contains(word)) {
                told.push(lines.next().unwrap().unwrap());
            }
        };
        until("attach policy role-ci-1 to role ci");
        let good = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, "kind: [").unwrap();
        until("nothing is written until the manifests can be read again");
        std::fs::write(&file, good).unwrap();
        until("the manifests can be read again\"");
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        until("Stopped");
        let mut answer = Answer::from(child.wait_with_output().unwrap());
        answer.stdout = told.join("\n");
        answer
    });
    let answer = answer.await.unwrap();
    assert_eq!(answer.code, 0, "{answer:?}");
    for line in answer.stdout.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["time"].is_string() && event["event"].is_string(), "{line}");
    }
}
