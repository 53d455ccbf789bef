//! Laws that hold in every world: random small worlds, random requests.
#![expect(clippy::panic, reason = "a test stops where its input is not as expected")]

#[path = "reference/keys.rs"]
mod keys;
mod random;
mod reference;
#[path = "reference/values.rs"]
mod values;

use proptest::prelude::*;
use random::{Around, Sample, Spec, call, settings, spec};
use rolegate_engine::search::witness;
use rolegate_engine::settings::UncollectedControls;
use rolegate_engine::{
    Caller, Certainty, Decision, Index, PrincipalRef, SearchOptions, Settings, Verdict, assume_role, explain,
    verdict, who_can, who_can_enter,
};
use rolegate_iam::Snapshot;

fn decide(snapshot: &Snapshot, sample: &Sample, settings: &Settings) -> Decision {
    let direct =
        assume_role(snapshot, &sample.call.caller, &sample.call.request, &sample.call.environment, settings);
    let index = Index::new(snapshot);
    let indexed =
        assume_role(&index, &sample.call.caller, &sample.call.request, &sample.call.environment, settings);
    assert_eq!(direct, indexed, "the index answers as the snapshot does");
    let Sample { call } = sample;
    let short = verdict(&index, &call.caller, &call.request, &call.environment, settings);
    let expected = match &direct {
        Decision::Allowed { .. } => Some(Verdict::Allow),
        Decision::Denied { .. } | Decision::Refused { .. } => Some(Verdict::Deny),
        Decision::Possible { .. } => None,
    };
    assert_eq!(short, expected, "the short answer is the long one");
    let explained = explain(&index, &call.caller, &call.request, &call.environment, settings);
    assert_eq!(explained.decision, direct, "an explanation changes nothing");
    direct
}

/// Whether two answers agree on yes and no.
fn same(a: &Decision, b: &Decision) -> bool {
    a.is_allowed() == b.is_allowed() && a.is_no() == b.is_no()
}

fn principal(caller: &Caller) -> PrincipalRef {
    match caller {
        Caller::UserKey { arn } | Caller::UserSession { arn, .. } => PrincipalRef::User(arn.clone()),
        Caller::RoleSession(session) => PrincipalRef::Role(session.role.clone()),
        other => panic!("no principal: {other:?}"),
    }
}

/// The worlds and requests are not all of one kind: every answer is met often enough for the laws to say something.
#[test]
fn every_kind_of_answer_is_met() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut yes, mut no, mut open, mut entries, mut chains) = (0, 0, 0, 0, 0);
    for number in 0..1500 {
        let world = spec().new_tree(&mut runner).unwrap().current();
        let sample = call().new_tree(&mut runner).unwrap().current();
        let snapshot = world.clone().without_document(number).snapshot();
        match decide(&snapshot, &sample, &Settings::default()) {
            Decision::Allowed { .. } => yes += 1,
            Decision::Possible { .. } => open += 1,
            Decision::Denied { .. } | Decision::Refused { .. } => no += 1,
        }
        let index = Index::new(&snapshot);
        let answer = who_can(&index, &Spec::targets()[1], &SearchOptions::default());
        entries += usize::from(answer.paths.iter().any(|path| path.certainty == Certainty::Certain));
        chains += usize::from(answer.paths.iter().any(|path| path.hops.len() > 1));
    }
    eprintln!("allowed {yes}, denied {no}, possible {open}, certain paths {entries}, chains {chains}");
    for (what, count) in
        [("allowed", yes), ("denied", no), ("possible", open), ("paths", entries), ("chains", chains)]
    {
        assert!(count >= 50, "{what}: {count} of 1500");
    }
}

/// 50,000 requests over all layers, decided by an evaluator that shares no decision with the engine.
#[test]
fn a_second_evaluator_agrees() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let calls: Vec<Sample> = (0..1000).map(|_| call().new_tree(&mut runner).unwrap().current()).collect();
    let mut answers = [0; 3];
    for number in 0..1000 {
        let mut world = spec().new_tree(&mut runner).unwrap().current();
        if number % 4 == 0 {
            world = world.without_document(number);
        }
        let settings = match number % 5 {
            0 => Settings::default(),
            1 => random::reporting(),
            _ => Settings::combination(number * 97),
        };
        let snapshot = world.snapshot();
        let index = Index::new(&snapshot);
        for step in 0..50 {
            let Sample { call } = &calls[(number * 7 + step * 19) % calls.len()];
            let found = verdict(&index, &call.caller, &call.request, &call.environment, &settings);
            let expected = reference::decide(&snapshot, call, settings);
            answers[expected.map_or(2, usize::from)] += 1;
            assert_eq!(
                found.map(|found| found == Verdict::Allow),
                expected,
                "{settings:?}\n{call:?}\n{snapshot:#?}"
            );
        }
    }
    eprintln!("denied, allowed, cannot tell: {answers:?}");
    assert!(answers.iter().all(|count| *count > 1000), "{answers:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_deny_never_adds_access(world in spec(), deny in random::deny(), place in 0usize..32, sample in call(), settings in settings()) {
        let before = decide(&world.snapshot(), &sample, &settings);
        let after = decide(&world.clone().with_statement(place, deny).snapshot(), &sample, &settings);
        prop_assert!(!after.is_allowed() || before.is_allowed(), "{before:?} {after:?}");
        prop_assert!(!before.is_no() || after.is_no(), "{before:?} {after:?}");
    }

    #[test]
    fn a_boundary_never_adds_access(world in spec(), boundary in random::policy(), place in 0usize..8, sample in call(), settings in settings()) {
        let without = world.without_boundaries();
        let before = decide(&without.snapshot(), &sample, &settings);
        let after = decide(&without.clone().with_boundary(place, boundary).snapshot(), &sample, &settings);
        prop_assert!(!after.is_allowed() || before.is_allowed(), "{before:?} {after:?}");
        prop_assert!(!before.is_no() || after.is_no(), "{before:?} {after:?}");
    }

    /// SCPs and RCPs only ever take away; the organization itself is the same before and after.
    #[test]
    fn a_policy_of_the_organization_never_adds_access(world in spec(), tree in random::tree(), sample in call(), settings in settings()) {
        let tree = random::Tree { unknown: [].into(), ..tree };
        let before = decide(&world.around(Around::Within(tree.bare())).snapshot(), &sample, &settings);
        let after = decide(&world.around(Around::Within(tree)).snapshot(), &sample, &settings);
        prop_assert!(!after.is_allowed() || before.is_allowed(), "{before:?} {after:?}");
        prop_assert!(!before.is_no() || after.is_no(), "{before:?} {after:?}");
    }

    /// Across accounts an SCP limits exactly as a boundary does, which is evaluated by other code.
    #[test]
    fn an_scp_limits_across_accounts_as_a_boundary_does(world in spec(), statements in random::policy(), tree in random::tree(), samples in prop::collection::vec(call(), 8), settings in settings()) {
        let bare = random::Tree { unknown: [].into(), managed_by_first: false, ..tree.bare() };
        let without = world.without_boundaries();
        for sample in &samples {
            let (_, home) = sample.call.caller.home().unwrap();
            if sample.call.request.role_arn.contains(home.as_str()) {
                continue;
            }
            let level = if home.as_str().starts_with('1') { 1 } else { 2 };
            let mut limited = bare.clone();
            limited.limits[0][level].clone_from(&statements);
            limited.strict[level] = true;
            let by_scp = without.around(Around::Within(limited)).snapshot();
            let place = Spec::holder_of(&sample.call.caller);
            let by_boundary = without.around(Around::Within(bare.clone())).with_boundary(place, statements.clone()).snapshot();
            let by_scp = decide(&by_scp, sample, &settings);
            let by_boundary = decide(&by_boundary, sample, &settings);
            prop_assert!(same(&by_scp, &by_boundary), "{by_scp:?} {by_boundary:?}");
        }
    }

    /// One level less takes nothing away that the others gave.
    #[test]
    fn taking_a_level_away_never_takes_access(world in spec(), tree in random::tree(), kind in 0usize..2, level in 0..random::LEVELS, sample in call(), settings in settings()) {
        let tree = random::Tree { unknown: [].into(), ..tree };
        let mut less = tree.clone();
        less.limits[kind][level].clear();
        less.strict[level] = false;
        let before = decide(&world.around(Around::Within(tree)).snapshot(), &sample, &settings);
        let after = decide(&world.around(Around::Within(less)).snapshot(), &sample, &settings);
        prop_assert!(!before.is_allowed() || after.is_allowed(), "{before:?} {after:?}");
        prop_assert!(!after.is_no() || before.is_no(), "{before:?} {after:?}");
    }

    #[test]
    fn collecting_a_list_of_the_organization_never_flips_a_certain_answer(world in spec(), tree in random::tree(), gap in (0usize..2, 0..random::LEVELS), sample in call(), settings in settings()) {
        let vague = random::Tree { unknown: [gap].into(), ..tree.clone() };
        let filled = random::Tree { unknown: [].into(), ..tree };
        let vague = decide(&world.around(Around::Within(vague)).snapshot(), &sample, &settings);
        let filled = decide(&world.around(Around::Within(filled)).snapshot(), &sample, &settings);
        if !matches!(vague, Decision::Possible { .. }) {
            prop_assert!(same(&vague, &filled), "{vague:?} {filled:?}");
        }
    }

    /// Whatever the organization turns out to be, unless it is assumed to bind nothing.
    #[test]
    fn collecting_the_organization_never_flips_a_certain_answer(world in spec(), tree in random::tree(), alone in prop::bool::ANY, sample in call(), settings in settings()) {
        let settings = Settings { uncollected_controls: UncollectedControls::Report, ..settings };
        let around = if alone { Around::Alone } else { Around::Within(tree) };
        let vague = decide(&world.around(Around::NotCollected).snapshot(), &sample, &settings);
        let filled = decide(&world.around(around).snapshot(), &sample, &settings);
        if !matches!(vague, Decision::Possible { .. }) {
            prop_assert!(same(&vague, &filled), "{vague:?} {filled:?}");
        }
        let assumed = Settings { uncollected_controls: UncollectedControls::BindNothing, ..settings };
        let assumed = decide(&world.around(Around::NotCollected).snapshot(), &sample, &assumed);
        prop_assert!(!assumed.is_no() || filled.is_no(), "what is assumed never hides access: {assumed:?} {filled:?}");
    }

    #[test]
    fn filling_in_a_missing_document_never_flips_a_certain_answer(world in spec(), place in 0usize..32, sample in call(), settings in settings()) {
        let vague = decide(&world.clone().without_document(place).snapshot(), &sample, &settings);
        let filled = decide(&world.snapshot(), &sample, &settings);
        if !matches!(vague, Decision::Possible { .. }) {
            prop_assert!(same(&vague, &filled), "{vague:?} {filled:?}");
        }
    }

    #[test]
    fn settling_the_open_points_never_flips_a_certain_answer(world in spec(), sample in call(), settled in settings()) {
        let vague = decide(&world.snapshot(), &sample, &random::reporting());
        let settled = decide(&world.snapshot(), &sample, &settled);
        if !matches!(vague, Decision::Possible { .. }) {
            prop_assert!(same(&vague, &settled), "{vague:?} {settled:?}");
        }
    }

    #[test]
    fn learning_the_network_never_flips_a_certain_answer(world in spec(), sample in call(), settings in settings()) {
        let mut blind = sample.clone();
        blind.call.environment.network = rolegate_engine::Network::Unknown;
        let vague = decide(&world.snapshot(), &blind, &settings);
        let filled = decide(&world.snapshot(), &sample, &settings);
        if !matches!(vague, Decision::Possible { .. }) {
            prop_assert!(same(&vague, &filled), "{vague:?} {filled:?}");
        }
    }

    #[test]
    fn order_never_matters(world in spec(), sample in call(), settings in settings()) {
        let straight = decide(&world.snapshot(), &sample, &settings);
        let reversed = decide(&world.reversed().snapshot(), &sample, &settings);
        prop_assert!(same(&straight, &reversed), "{straight:?} {reversed:?}");
    }

    /// One hop of the symbolic search against the evaluator of single requests, both ways.
    #[test]
    fn who_can_enter_agrees_with_every_request(world in spec(), samples in prop::collection::vec(call(), 24), settings in settings()) {
        let snapshot = world.snapshot();
        let index = Index::new(&snapshot);
        for sample in &samples {
            let target = sample.call.request.role_arn.parse().unwrap();
            let (entries, _) = who_can_enter(&index, &target, &settings);
            let decision = decide(&snapshot, sample, &settings);
            let from = principal(&sample.call.caller);
            let of_caller = || entries.iter().filter(|entry| entry.from == from);
            if !decision.is_no() {
                let met = of_caller().any(|entry| entry.requirements.met_by(&sample.call) != Some(false));
                prop_assert!(met, "{sample:?}\n{decision:?}\nentries {:#?}", of_caller().collect::<Vec<_>>());
            }
            let free = sample.call.request.source_identity.is_none();
            for entry in of_caller().filter(|entry| free && entry.certainty == Certainty::Certain) {
                if entry.requirements.met_by(&sample.call) == Some(true) {
                    prop_assert!(decision.is_allowed(), "{sample:?}\n{decision:?}\n{entry:#?}");
                }
            }
        }
    }

    /// What is called certain can be done: a call that meets the requirements exists and is allowed.
    #[test]
    fn every_certain_entry_has_a_call_that_is_allowed(world in spec(), settings in settings()) {
        let snapshot = world.snapshot();
        let index = Index::new(&snapshot);
        for target in Spec::targets() {
            for entry in who_can_enter(&index, &target, &settings).0 {
                if entry.certainty != Certainty::Certain {
                    continue;
                }
                let calls = witness(&entry.from, &target, &entry.requirements, random::noon());
                prop_assert!(!calls.is_empty(), "{entry:#?}");
                for call in calls {
                    prop_assert_eq!(entry.requirements.met_by(&call), Some(true));
                    let decision = assume_role(&snapshot, &call.caller, &call.request, &call.environment, &settings);
                    prop_assert!(decision.is_allowed(), "{:?}\n{:?}\n{:#?}", call, decision, entry);
                }
            }
        }
    }

    /// Chains tried out call by call: whoever gets through two roles is an origin of the answer.
    #[test]
    fn every_chain_that_works_is_found(world in spec(), first in prop::collection::vec(call(), 12), second in prop::collection::vec(call(), 12), settings in settings()) {
        let snapshot = world.snapshot();
        let index = Index::new(&snapshot);
        for one in &first {
            if !decide(&snapshot, one, &settings).is_allowed() {
                continue;
            }
            let Some(session) = one.becomes() else { continue };
            for two in &second {
                let two = two.called_by(session.clone());
                let target = two.call.request.role_arn.parse().unwrap();
                if decide(&snapshot, &two, &settings).is_no() || one.call.request.role_arn == two.call.request.role_arn {
                    continue;
                }
                let options = SearchOptions { settings, max_hops: 3, ..SearchOptions::default() };
                let answer = who_can(&index, &target, &options);
                let from = principal(&one.call.caller);
                let found = answer.paths.iter().any(|path| path.hops[0].from == from);
                prop_assert!(found || from == PrincipalRef::Role(target.clone()), "{one:?}\n{two:?}\n{answer:#?}");
            }
        }
    }
}
