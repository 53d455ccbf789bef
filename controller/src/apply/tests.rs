//! Reconciling toward scripted plans over a port that fails as told: order, retries, reports.

use super::*;
use crate::applied::{Ending, Reason};
use rolegate_iam::{Account, Partition};
use rolegate_plan::absence::{Entity, Presence};
use rolegate_plan::outcome::Held;
use rolegate_plan::port::{ErrorClass, Observation};
use rolegate_plan::step::{Action, Cause, Effect, Plan};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

const A: &str = "111111111111";
const B: &str = "222222222222";

fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

/// A step is called by the name of the group that it makes (or, when it narrows, deletes the policy of).
fn step(account: &str, name: &str, after: &[usize], seen: &[usize]) -> Step {
    Step {
        account: id(account),
        action: Action::CreateGroup { group: name.parse().unwrap(), path: "/".parse().unwrap() },
        effect: Effect::Widens,
        cause: Cause::Drift,
        after: after.to_vec(),
        seen: seen.to_vec(),
    }
}

fn narrowing(account: &str, name: &str) -> Step {
    let group = name.parse().unwrap();
    let action = Action::DeleteGroupPolicy { group, policy: "p".parse().unwrap() };
    Step { action, effect: Effect::Narrows, ..step(account, name, &[], &[]) }
}

fn name(action: &Action) -> String {
    match action {
        Action::CreateGroup { group, .. } | Action::DeleteGroupPolicy { group, .. } => group.to_string(),
        _ => panic!("{action}"),
    }
}

#[derive(Debug, Clone, Copy)]
enum Answer {
    /// Refused, nothing written.
    Fail(ErrorClass),
    /// Written, answer lost.
    Lost,
    /// Answered with success, never visible.
    Invisible,
}

fn failure(class: ErrorClass) -> Failure {
    Failure { call: "CreateGroup", class, code: None, message: "as told".to_owned() }
}

/// What was written and is visible, what was asked, and how to answer.
#[derive(Default)]
struct Fake {
    written: Mutex<BTreeSet<(AccountId, String)>>,
    performed: Mutex<Vec<String>>,
    observed: Mutex<Vec<AccountId>>,
    answers: Mutex<BTreeMap<String, VecDeque<Answer>>>,
    closed: BTreeMap<AccountId, ErrorClass>,
    asked: Mutex<Vec<String>>,
    presences: Mutex<VecDeque<Result<Presence, Failure>>>,
}

impl Fake {
    fn answering(answers: &[(&str, &[Answer])]) -> Self {
        let answers = answers.iter().map(|(name, list)| ((*name).to_owned(), list.iter().copied().collect()));
        Self { answers: Mutex::new(answers.collect()), ..Self::default() }
    }

    /// What of these steps is not visible yet, with indices as in a new plan.
    fn rest(&self, steps: &[Step], seen: &Snapshot) -> Plan {
        let written = self.written.lock().unwrap();
        let open = |step: &Step| {
            seen.accounts.contains_key(&step.account)
                && !written.contains(&(step.account, name(&step.action)))
        };
        let left: Vec<usize> = (0..steps.len()).filter(|index| open(&steps[*index])).collect();
        let place = |index: &usize| left.iter().position(|known| known == index);
        let steps = left.iter().map(|index| Step {
            after: steps[*index].after.iter().filter_map(place).collect(),
            seen: steps[*index].seen.iter().filter_map(place).collect(),
            ..steps[*index].clone()
        });
        Plan { steps: steps.collect() }
    }
}

impl Port for Fake {
    async fn observe(&self, entrance: &Entrance) -> Result<Observation, Failure> {
        self.observed.lock().unwrap().push(entrance.id);
        if let Some(class) = self.closed.get(&entrance.id) {
            return Err(failure(*class));
        }
        let account = Account::empty(entrance.id, Partition::Aws, None);
        Ok(Observation { account, aws_managed: BTreeMap::new() })
    }

    async fn exists(&self, _: &Entrance, entity: &Entity) -> Result<Presence, Failure> {
        self.asked.lock().unwrap().push(entity.to_string());
        self.presences.lock().unwrap().pop_front().unwrap_or(Ok(Presence::Absent))
    }

    async fn perform(&self, entrance: &Entrance, action: &Action) -> Result<(), Failure> {
        let name = name(action);
        self.performed.lock().unwrap().push(name.clone());
        let answer = self.answers.lock().unwrap().get_mut(&name).and_then(VecDeque::pop_front);
        if matches!(answer, None | Some(Answer::Lost)) {
            self.written.lock().unwrap().insert((entrance.id, name));
        }
        match answer {
            None | Some(Answer::Invisible) => Ok(()),
            Some(Answer::Fail(class)) => Err(failure(class)),
            Some(Answer::Lost) => Err(failure(ErrorClass::Unavailable)),
        }
    }
}

/// Nothing is questionable.
fn no_questions(_: &Account) -> BTreeSet<Entity> {
    BTreeSet::new()
}

#[derive(Default)]
struct NoSleep(Mutex<Vec<u128>>);

impl Sleeper for NoSleep {
    async fn sleep(&self, time: Duration) {
        self.0.lock().unwrap().push(time.as_millis());
    }
}

/// Answers as told, and counts the questions.
struct Says(Decision, usize);

impl Ui for Says {
    fn decide(&mut self, _: &Preview<'_>) -> Decision {
        self.1 += 1;
        self.0
    }

    fn tried(&mut self, _: usize, _: &Step, _: Result<(), &Failure>) {}
}

fn entrance(account: &str) -> Entrance {
    Entrance {
        name: (if account == B { "account-2" } else { "account-1" }).to_owned(),
        id: id(account),
        partition: Partition::Aws,
        roles: Vec::new(),
        external_id: None,
    }
}

struct Ran {
    applied: Applied,
    pauses: Vec<u128>,
    asked: usize,
}

fn run_with(port: &Fake, steps: &[Step], decision: Decision, observe_only: &[&str]) -> Ran {
    let goal = Goal {
        entrances: vec![entrance(A), entrance(B)],
        observe_only: observe_only.iter().map(|account| id(account)).collect(),
        approved: None,
        questions: &no_questions,
        gateways: BTreeSet::new(),
        now: Timestamp::UNIX_EPOCH,
        plan: &|seen, _| Outcome { plan: port.rest(steps, seen), ..Outcome::default() },
    };
    run_goal(port, &goal, decision)
}

fn run_goal(port: &Fake, goal: &Goal<'_>, decision: Decision) -> Ran {
    let pace = Pace::with(NoSleep::default());
    let mut ui = Says(decision, 0);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let applied = runtime.block_on(toward(goal, &mut Memory::default(), port, &pace, &mut ui));
    Ran { applied, pauses: pace.sleeper.0.into_inner().unwrap(), asked: ui.1 }
}

fn run(port: &Fake, steps: &[Step]) -> Ran {
    run_with(port, steps, Decision::Apply, &[])
}

fn done(applied: &Applied) -> Vec<(String, usize)> {
    applied.done.iter().map(|done| (name(&done.step.action), done.round)).collect()
}

fn failed(applied: &Applied) -> Vec<(String, ErrorClass, u32)> {
    applied.failed.iter().map(|f| (name(&f.step.action), f.failure.class, f.tries)).collect()
}

fn not_done(applied: &Applied) -> Vec<(String, Reason)> {
    applied.not_done.iter().map(|n| (name(&n.step.action), n.reason.clone())).collect()
}

#[test]
fn what_must_be_seen_waits_for_a_round_and_what_follows_does_not() {
    let steps = [
        step(A, "a", &[], &[]),
        step(A, "b", &[0], &[]),
        step(B, "c", &[], &[0, 1]),
        step(B, "d", &[2], &[]),
    ];
    let port = Fake::default();
    let Ran { applied, pauses, asked } = run(&port, &steps);
    assert_eq!(done(&applied), [("a".into(), 1), ("b".into(), 1), ("c".into(), 2), ("d".into(), 2)]);
    assert_eq!((applied.ending(), applied.rounds, asked), (Ending::AsDeclared, 2, 1));
    assert!(pauses.is_empty(), "nothing went wrong, so nothing waits: {pauses:?}");
    let observed = port.observed.into_inner().unwrap();
    assert_eq!(observed, [id(A), id(B), id(A), id(B)], "only what was written is observed again");
}

#[test]
fn nothing_to_do_asks_nobody_and_only_observes() {
    let port = Fake::default();
    let Ran { applied, asked, .. } = run(&port, &[]);
    assert_eq!((applied.ending().code(), applied.rounds, asked), (0, 0, 0));
    assert_eq!((applied.calls.observed, applied.calls.performed), (2, 0));
}

#[test]
fn a_refusal_keeps_back_its_dependents_and_nothing_else() {
    for class in [ErrorClass::Invalid, ErrorClass::Denied, ErrorClass::Quota, ErrorClass::Bug] {
        let port = Fake::answering(&[("a", &[Answer::Fail(class)])]);
        let steps = [
            step(A, "a", &[], &[]),
            step(A, "b", &[0], &[]),
            step(A, "c", &[], &[]),
            narrowing(A, "r"),
            step(B, "d", &[], &[]),
            step(B, "e", &[], &[0]),
            step(B, "f", &[], &[4]),
        ];
        let Ran { applied, .. } = run(&port, &steps);
        let mut names = done(&applied);
        names.sort();
        assert_eq!(names, [("c".into(), 1), ("d".into(), 1), ("f".into(), 2), ("r".into(), 1)], "{class}");
        assert_eq!(failed(&applied), [("a".into(), class, 1)], "tried once");
        let waits = |name: &str| Reason::WaitsFor(vec![format!("create group {name} in {A}")]);
        assert_eq!(not_done(&applied), [("b".into(), waits("a")), ("e".into(), waits("a"))]);
        assert_eq!(applied.ending(), Ending::Incomplete);
    }
}

#[test]
fn passing_failures_are_tried_again_with_growing_pauses() {
    for class in
        [ErrorClass::Throttled, ErrorClass::Unavailable, ErrorClass::Propagating, ErrorClass::Conflict]
    {
        let port = Fake::answering(&[("a", &[Answer::Fail(class); 3])]);
        let Ran { applied, pauses, .. } = run(&port, &[step(A, "a", &[], &[]), step(A, "b", &[0], &[])]);
        assert_eq!(done(&applied), [("a".into(), 4), ("b".into(), 4)], "{class}");
        assert_eq!(pauses, [250, 500, 1000]);
        assert_eq!(applied.ending(), Ending::AsDeclared);
    }
}

#[test]
fn a_failure_that_does_not_pass_ends_after_the_last_round() {
    let port = Fake::answering(&[("a", &[Answer::Fail(ErrorClass::Throttled); 100])]);
    let Ran { applied, pauses, .. } = run(&port, &[step(A, "a", &[], &[])]);
    assert_eq!(failed(&applied), [("a".into(), ErrorClass::Throttled, 12)]);
    assert_eq!((applied.rounds, pauses.len()), (12, 11));
}

#[test]
fn a_conflict_that_stays_is_tried_four_times() {
    let port = Fake::answering(&[("a", &[Answer::Fail(ErrorClass::Conflict); 100])]);
    let Ran { applied, .. } = run(&port, &[step(A, "a", &[], &[])]);
    assert_eq!(failed(&applied), [("a".into(), ErrorClass::Conflict, 4)]);
    assert_eq!(applied.rounds, 4);
}

#[test]
fn a_lost_answer_is_reported_as_done_when_it_was() {
    let port = Fake::answering(&[("a", &[Answer::Lost])]);
    let Ran { applied, .. } = run(&port, &[step(A, "a", &[], &[]), step(A, "b", &[0], &[])]);
    assert_eq!(done(&applied), [("a".into(), 1), ("b".into(), 2)]);
    assert!(applied.failed.is_empty() && applied.not_done.is_empty());
    assert_eq!(*port.performed.lock().unwrap(), ["a", "b"]);
}

#[test]
fn what_is_never_seen_is_not_reported_as_reached() {
    let port = Fake::answering(&[("a", &[Answer::Invisible; 100])]);
    let Ran { applied, .. } = run(&port, &[step(A, "a", &[], &[]), step(B, "b", &[], &[0])]);
    assert_eq!(done(&applied), [("a".into(), 1)], "once");
    let waits = Reason::WaitsFor(vec![format!("create group a in {A}")]);
    assert_eq!(not_done(&applied), [("a".into(), Reason::NotSeen), ("b".into(), waits)]);
    assert_eq!((applied.rounds, applied.ending()), (12, Ending::Incomplete));
}

#[test]
fn silence_leaves_the_rest_for_later_but_never_a_removal() {
    let dead: &[Answer] = &[Answer::Fail(ErrorClass::Unavailable)];
    let port = Fake::answering(&[("a", dead), ("b", dead), ("c", dead)]);
    let steps = [
        step(A, "a", &[], &[]),
        step(A, "b", &[], &[]),
        step(A, "c", &[], &[]),
        step(A, "d", &[], &[]),
        narrowing(A, "r"),
    ];
    let Ran { applied, .. } = run(&port, &steps);
    assert_eq!(port.performed.lock().unwrap()[..4], ["a", "b", "c", "r"].map(str::to_owned));
    assert_eq!((applied.done.len(), applied.ending()), (5, Ending::AsDeclared));
}

#[test]
fn an_account_that_cannot_be_observed_is_named_and_the_others_go_on() {
    for (class, looks) in [(ErrorClass::Denied, 1), (ErrorClass::Unavailable, 3)] {
        let port = Fake { closed: [(id(B), class)].into(), ..Fake::default() };
        let Ran { applied, .. } = run(&port, &[step(A, "a", &[], &[]), step(B, "b", &[], &[])]);
        assert_eq!(done(&applied), [("a".into(), 1)]);
        assert_eq!(applied.unreachable[0].name, "account-2");
        assert_eq!(applied.unreachable[0].failure.class, class);
        assert_eq!(applied.ending(), Ending::Incomplete);
        let observed = port.observed.lock().unwrap().iter().filter(|account| **account == id(B)).count();
        assert_eq!(observed, looks, "{class}");
    }
}

#[test]
fn nothing_observed_is_cannot_tell() {
    let closed = [(id(A), ErrorClass::Denied), (id(B), ErrorClass::Denied)].into();
    let Ran { applied, .. } = run(&Fake { closed, ..Fake::default() }, &[step(A, "a", &[], &[])]);
    assert_eq!(applied.ending().code(), 3);
}

#[test]
fn no_means_that_nothing_is_written() {
    let port = Fake::default();
    let Ran { applied, .. } = run_with(&port, &[step(A, "a", &[], &[])], Decision::Stop, &[]);
    assert!(port.performed.lock().unwrap().is_empty());
    assert_eq!(not_done(&applied), [("a".into(), Reason::Refused)]);
    assert_eq!(applied.ending(), Ending::Incomplete);
}

#[test]
fn nothing_is_written_in_an_account_of_mode_observe() {
    let port = Fake::default();
    let steps = [step(A, "a", &[], &[]), step(B, "b", &[], &[]), step(B, "c", &[], &[0])];
    let Ran { applied, .. } = run_with(&port, &steps, Decision::Apply, &[A]);
    assert_eq!(*port.performed.lock().unwrap(), ["b"]);
    assert_eq!(not_done(&applied)[0], ("a".into(), Reason::ObserveOnly));
}

#[test]
fn contradictory_objects_write_nothing_and_ask_nobody() {
    let port = Fake::default();
    let error = rolegate_plan::manifest::Diagnostic {
        file: "a.yaml".into(),
        document: 1,
        position: rolegate_plan::manifest::Position::default(),
        object: "AccessRole a".into(),
        path: String::new(),
        message: "conflict".into(),
        help: String::new(),
    };
    let steps = [step(A, "a", &[], &[])];
    let goal = Goal {
        entrances: vec![entrance(A)],
        observe_only: BTreeSet::new(),
        approved: None,
        questions: &no_questions,
        gateways: BTreeSet::new(),
        now: Timestamp::UNIX_EPOCH,
        plan: &|seen, _| Outcome {
            errors: vec![error.clone()],
            plan: port.rest(&steps, seen),
            ..Outcome::default()
        },
    };
    let Ran { applied, asked, .. } = run_goal(&port, &goal, Decision::Apply);
    assert!(port.performed.lock().unwrap().is_empty());
    assert_eq!((applied.ending().code(), asked), (2, 0));
}

/// Two removals are held together; once let through, the second is finished although the set has another digest by then.
#[test]
fn an_approved_set_is_finished_in_the_same_run() {
    let removals: Vec<HeldRemoval> = ["x", "y"]
        .iter()
        .map(|what| HeldRemoval { account: id(A), what: (*what).to_owned(), why: "absent".to_owned() })
        .collect();
    for (decision, approved, reached) in [
        (Decision::ApplyWithHeld, None, true),
        (Decision::Apply, Some("2".to_owned()), true),
        (Decision::Apply, Some("7".to_owned()), false),
        (Decision::Apply, None, false),
    ] {
        let port = Fake::answering(&[("y", &[Answer::Fail(ErrorClass::Throttled)])]);
        let plan = |seen: &Snapshot, told: Told<'_>| {
            let (digest, before) = (told.approved, told.let_through);
            let rest = port.rest(&[narrowing(A, "x"), narrowing(A, "y")], seen);
            let open: Vec<HeldRemoval> = removals
                .iter()
                .filter(|removal| rest.steps.iter().any(|step| name(&step.action) == removal.what))
                .cloned()
                .collect();
            let whole = digest == Some(open.len().to_string());
            if open.iter().all(|removal| whole || before.contains(removal)) {
                Outcome { plan: rest, approved: open, ..Outcome::default() }
            } else {
                let digest = open.len().to_string();
                Outcome { held: Held { removals: open, digest }, ..Outcome::default() }
            }
        };
        let goal = Goal {
            entrances: vec![entrance(A)],
            observe_only: BTreeSet::new(),
            approved,
            questions: &no_questions,
            gateways: BTreeSet::new(),
            now: Timestamp::UNIX_EPOCH,
            plan: &plan,
        };
        let Ran { applied, .. } = run_goal(&port, &goal, decision);
        assert_eq!(applied.done.len(), if reached { 2 } else { 0 }, "{decision:?}");
        assert_eq!(applied.held.removals.len(), if reached { 0 } else { 2 });
        assert_eq!(applied.ending(), if reached { Ending::AsDeclared } else { Ending::Incomplete });
    }
}

/// A person who takes so long over the first question that somebody else does the first step meanwhile.
struct Slow<'a> {
    port: &'a Fake,
    shown: Vec<Vec<String>>,
    told: usize,
}

impl Ui for Slow<'_> {
    fn decide(&mut self, preview: &Preview<'_>) -> Decision {
        if self.shown.is_empty() {
            self.port.written.lock().unwrap().insert((id(A), "a".to_owned()));
        }
        self.shown.push(preview.outcome.plan.steps.iter().map(|step| name(&step.action)).collect());
        Decision::Apply
    }

    fn answered_by(&self) -> AnsweredBy {
        AnsweredBy::Person
    }

    fn changed(&mut self) {
        self.told += 1;
    }

    fn tried(&mut self, _: usize, _: &Step, _: Result<(), &Failure>) {}
}

#[test]
fn what_a_person_agreed_to_is_done_only_if_it_is_still_the_plan() {
    let port = Fake::default();
    let steps = [step(A, "a", &[], &[]), step(A, "b", &[], &[])];
    let goal = Goal {
        entrances: vec![entrance(A)],
        observe_only: BTreeSet::new(),
        approved: None,
        questions: &no_questions,
        gateways: BTreeSet::new(),
        now: Timestamp::UNIX_EPOCH,
        plan: &|seen, _| Outcome { plan: port.rest(&steps, seen), ..Outcome::default() },
    };
    let mut ui = Slow { port: &port, shown: Vec::new(), told: 0 };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let applied = runtime.block_on(toward(
        &goal,
        &mut Memory::default(),
        &port,
        &Pace::with(NoSleep::default()),
        &mut ui,
    ));
    assert_eq!(ui.shown, [vec!["a".to_owned(), "b".to_owned()], vec!["b".to_owned()]]);
    assert_eq!((ui.told, done(&applied)), (1, vec![("b".into(), 1)]));
}
