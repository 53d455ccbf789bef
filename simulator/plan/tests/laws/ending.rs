//! Sessions end where the binding says so, and of nobody who keeps his access (design §5, revocation).

use crate::model::{Person, history};
use crate::probe::{name, rights_of, usual};
use crate::world::{at, base, options, settle};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rolegate_iam::Snapshot;
use rolegate_plan::outcome::plan;
use rolegate_plan::project::apply;
use rolegate_plan::validate::Validated;

/// Performs what may be performed, round by round, a minute each; the world and the time at the end.
fn rounds(validated: &Validated, world: &Snapshot) -> (Snapshot, Timestamp) {
    let (mut world, mut clock) = (world.clone(), options().now);
    for _ in 0..12 {
        let outcome = plan(validated, &world, &at(clock));
        if outcome.plan.steps.iter().all(|step| !step.seen.is_empty()) {
            return (world, clock);
        }
        for step in outcome.plan.steps.iter().filter(|step| step.seen.is_empty()) {
            apply(world.accounts.get_mut(&step.account).unwrap(), &step.action);
        }
        clock += SignedDuration::from_mins(1);
    }
    panic!("never at rest");
}

proptest! {
    #[test]
    fn sessions_end_with_the_access_where_the_binding_says_so((mut before, mut after) in history()) {
        before.observed_only = None;
        after.observed_only = None;
        let (world, _) = settle(&before.validated(), &base(&before), &options());
        let validated = after.validated();
        prop_assume!(plan(&validated, &world, &options()).errors.is_empty());
        let (done, clock) = rounds(&validated, &world);
        prop_assume!(plan(&validated, &done, &at(clock)).held.removals.is_empty());
        for probe in usual().iter().filter(|probe| matches!(probe.person, Person::User(..))) {
            if !after.ends(&before, probe.person, probe.account, probe.role) {
                continue;
            }
            for issued in [options().now - SignedDuration::from_mins(5), options().now] {
                let may = rights_of(&done, &probe.role_arn(), name(probe.person), (issued, clock));
                prop_assert_eq!(may, 0, "{:?} lost access, and a session of {} lives", probe, issued);
            }
        }
    }
}
