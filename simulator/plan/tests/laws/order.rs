//! On the way nobody may enter who may enter neither before nor after, with neither more rights nor weaker proof; nothing ever gets
//! stuck (design §6.3). Steps are performed in any order that `after` and `seen` allow, and planning starts anew at any time.

use crate::model::{Person, THIRD, history};
use crate::probe::{Probe, probes, rights, usual};
use crate::tamper::{deeds, tamper};
use crate::world::{at, base, id, line, lines, options, perform, settle};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rolegate_iam::{AccountId, Snapshot};
use rolegate_plan::outcome::plan;
use rolegate_plan::step::Step;
use rolegate_plan::validate::Validated;
use std::collections::{BTreeMap, BTreeSet};

/// In which order one performs what may be performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// As listed.
    Listed,
    /// As it comes.
    Any,
}

/// A source of choices.
struct Choices(u64);

impl Choices {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

struct Watch {
    probes: Vec<Probe>,
    enters: Vec<bool>,
    /// What each may do in the role, before or after.
    limits: Vec<u8>,
    /// Whether each may enter before or after.
    open: Vec<bool>,
    /// Sessions of each, by the time of issue.
    sessions: BTreeSet<(usize, Timestamp)>,
}

fn home(person: Person) -> AccountId {
    match person {
        Person::User(gateway, _) => id(gateway),
        Person::Machine(machine) => id([0, 2][machine]),
        Person::Third => THIRD.parse().unwrap(),
    }
}

impl Watch {
    fn new(before: &Snapshot, after: &Snapshot, random: &[Probe], clock: Timestamp) -> Self {
        let exists = |probe: &Probe| {
            let name = probe.role.parse().unwrap();
            [before, after].into_iter().any(|world| {
                world
                    .accounts
                    .get(&id(probe.account))
                    .is_some_and(|account| account.roles.contains_key(&name))
            })
        };
        let probes: Vec<_> = usual().into_iter().chain(random.iter().cloned()).filter(exists).collect();
        let late = clock + SignedDuration::from_hours(1);
        let mut watch = Self {
            probes,
            enters: Vec::new(),
            limits: Vec::new(),
            open: Vec::new(),
            sessions: BTreeSet::new(),
        };
        for (number, probe) in watch.probes.iter().enumerate() {
            let may = [before, after]
                .map(|world| probe.enters(world).then(|| rights(world, &probe.role_arn(), late, late)));
            watch.enters.push(may[0].is_some());
            watch.open.push(may.iter().any(Option::is_some));
            watch.limits.push(may.iter().flatten().fold(0, |all, bits| all | bits));
            if may[0].is_some() {
                watch.sessions.insert((number, clock - SignedDuration::from_secs(60)));
            }
        }
        watch
    }

    /// Checks the state after a step.
    fn look(
        &mut self,
        world: &Snapshot,
        step: &Step,
        clock: Timestamp,
        with_sessions: bool,
        story: &[String],
    ) {
        let mut memo: BTreeMap<(String, Timestamp), u8> = BTreeMap::new();
        let mut may = |probe: &Probe, issued: Timestamp| {
            let arn = probe.role_arn();
            *memo.entry((arn.to_string(), issued)).or_insert_with(|| rights(world, &arn, issued, clock))
        };
        for (number, probe) in self.probes.iter().enumerate() {
            if home(probe.person) == step.account || id(probe.account) == step.account {
                self.enters[number] = probe.enters(world);
            }
            if !self.enters[number] {
                continue;
            }
            assert!(self.open[number], "{probe:?} may enter on the way\n{story:#?}");
            let soon = clock + SignedDuration::from_secs(1);
            let now = may(probe, soon);
            let limit = self.limits[number];
            assert_eq!(now & !limit, 0, "{probe:?} may do {now:03b} on the way, not {limit:03b}\n{story:#?}");
            if with_sessions {
                self.sessions.insert((number, clock));
            }
        }
        for (number, issued) in self.sessions.iter().filter(|_| with_sessions) {
            let (probe, limit) = (&self.probes[*number], self.limits[*number]);
            let now = may(probe, *issued);
            assert_eq!(
                now & !limit,
                0,
                "the session of {probe:?} of {issued} may do {now:03b}, not {limit:03b}\n{story:#?}"
            );
        }
    }
}

/// Performs until nothing is left to do, looking on.
fn walk(validated: &Validated, before: &Snapshot, random: &[Probe], seed: u64, manner: Manner) {
    let (after, _) = settle(validated, before, &options());
    let mut clock: Timestamp = options().now;
    let mut watch = Watch::new(before, &after, random, clock);
    let mut world = before.clone();
    let mut choices = Choices(seed);
    let mut story = Vec::new();
    for _ in 0..150 {
        let outcome = plan(validated, &world, &at(clock));
        if outcome.plan.is_empty() {
            return;
        }
        story.push(format!("-- plan: {:#?}", lines(&outcome.plan.steps)));
        let steps = &outcome.plan.steps;
        let mut stop = 1 + choices.below(steps.len());
        let (mut done, mut tried) = (BTreeSet::new(), BTreeSet::new());
        while stop > 0 {
            let ready: Vec<_> = (0..steps.len())
                .filter(|step| !tried.contains(step) && steps[*step].seen.is_empty())
                .filter(|step| steps[*step].after.iter().all(|earlier| done.contains(earlier)))
                .collect();
            if ready.is_empty() {
                break;
            }
            let next = if manner == Manner::Listed { ready[0] } else { ready[choices.below(ready.len())] };
            tried.insert(next);
            match perform(&mut world, &steps[next]) {
                Ok(()) => {
                    done.insert(next);
                    stop -= 1;
                    clock += SignedDuration::from_secs(1);
                    story.push(line(&steps[next]));
                    watch.look(&world, &steps[next], clock, manner == Manner::Listed, &story);
                }
                // In the order of the list, AWS has nothing to refuse.
                Err(why) => assert!(manner == Manner::Any, "{why}: {}\n{story:#?}", line(&steps[next])),
            }
        }
        assert!(!done.is_empty(), "stuck: nothing can be performed\n{story:#?}");
    }
    panic!("no end:\n{story:#?}");
}

proptest! {
    #[test]
    fn on_the_way_nobody_may_more_than_before_or_after(
        (before, after) in history(), deeds in deeds(4), random in probes(60), seed in any::<u64>(),
    ) {
        let (mut world, _) = settle(&before.validated(), &base(&before), &options());
        tamper(&mut world, &before, &deeds);
        walk(&after.validated(), &world, &random, seed, Manner::Any);
    }

    #[test]
    fn sessions_do_not_gain_what_their_people_lost(
        (before, after) in history(), deeds in deeds(2), random in probes(60), seed in any::<u64>(),
    ) {
        let (mut world, _) = settle(&before.validated(), &base(&before), &options());
        tamper(&mut world, &before, &deeds);
        walk(&after.validated(), &world, &random, seed, Manner::Listed);
    }
}
