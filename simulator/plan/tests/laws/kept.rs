//! A plan that is kept while bindings change decides what a plan from nothing decides.

use crate::model::{Company, history};
use crate::tamper::{deeds, neighbours, tamper};
use crate::world::{at, base, lines, options, settle};
use jiff::SignedDuration;
use proptest::prelude::*;
use rolegate_plan::outcome::{Outcome, plan};
use rolegate_plan::planner::{Extent, Planner};

/// The company with some of the other's bindings.
fn with_bindings(company: &Company, other: &Company, mask: u8) -> Company {
    let mut mixed = company.clone();
    for (number, (mine, theirs)) in mixed.accesses.iter_mut().zip(&other.accesses).enumerate() {
        if mask >> (number % 8) & 1 == 1 {
            mine.clone_from(theirs);
        }
    }
    mixed.sound()
}

proptest! {
    #[test]
    fn a_kept_plan_decides_as_one_from_nothing(
        (mut before, mut after) in history(),
        by_gateway in prop::bool::weighted(0.2),
        deeds in deeds(4),
        changes in prop::collection::vec((any::<u8>(), prop_oneof![4 => Just(0i64), 1 => 1i64..400]), 1..6),
    ) {
        before.observed_only = None;
        for role in before.roles.iter_mut().flatten() {
            role.by_gateway &= by_gateway;
        }
        before = before.sound();
        after.roles.clone_from(&before.roles);
        after.groups.clone_from(&before.groups);
        let (mut world, _) = settle(&before.validated(), &base(&before), &options());
        neighbours(&mut world);
        tamper(&mut world, &before, &deeds);
        let (world, _) = settle(&before.validated(), &world, &options());
        let mut planner = Planner::new(&world);
        let (first, extent) = planner.plan(&before.validated(), &options());
        prop_assert_eq!(extent, Extent::Whole);
        prop_assert_eq!(&first, &plan(&before.validated(), &world, &options()));
        let quiet = first == Outcome::default();
        let mut kept = quiet && !before.roles.iter().flatten().any(|role| role.by_gateway);
        let mut clock = options().now;
        for (mask, hours) in changes {
            clock += SignedDuration::from_hours(hours);
            let changed = with_bindings(&before, &after, mask).validated();
            let whole = plan(&changed, &world, &at(clock));
            let (outcome, extent) = planner.plan(&changed, &at(clock));
            prop_assert_eq!(
                &outcome, &whole, "{:?}\n{:#?}\n{:#?}", extent, lines(&outcome.plan.steps), lines(&whole.plan.steps)
            );
            kept &= hours == 0;
            prop_assert!(extent == Extent::Touched || !kept, "what was quiet is planned whole");
        }
    }
}
