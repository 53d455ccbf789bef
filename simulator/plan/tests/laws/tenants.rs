//! What one namespace declares never changes what another's bindings grant (design §4).

use crate::model::{Company, company, history};
use crate::probe::{probes, usual};
use crate::world::{base, options, settle};
use proptest::prelude::*;
use rolegate_plan::outcome::plan;

/// Bindings of one namespace alone: those with even numbers are red.
fn red(company: &Company) -> Company {
    let mut red = company.clone();
    red.accesses.iter_mut().skip(1).step_by(2).for_each(|access| *access = None);
    red
}

proptest! {
    #[test]
    fn a_neighbour_changes_nothing((before, other) in history(), random in probes(40)) {
        let mut before = before;
        before.observed_only = None;
        let mut after = before.clone();
        for (number, theirs) in other.accesses.iter().enumerate() {
            if number % 2 == 1 && number < after.accesses.len() {
                after.accesses[number].clone_from(theirs);
            }
        }
        let after = after.sound();
        prop_assume!(red(&after) == red(&before));
        let (world, _) = settle(&before.validated(), &base(&before), &options());
        let validated = after.validated();
        prop_assume!(plan(&validated, &world, &options()).errors.is_empty());
        let (done, _) = settle(&validated, &world, &options());
        for probe in usual().into_iter().chain(random) {
            if red(&after).admits(probe.person, probe.account, probe.role, probe.manner) {
                prop_assert!(probe.enters(&done), "{:?}", probe);
            }
        }
    }

    #[test]
    fn one_role_name_for_two_is_an_error_of_both(company in company()) {
        let mut company = company;
        let Some(found) = company.accesses.iter().flatten().find(|access| access.role == 0 && !access.withdrawn).cloned() else {
            return Ok(());
        };
        // A reader of its own, that is not bound yet.
        company.accesses.iter_mut().for_each(|access| *access = access.take().filter(|access| access.role != 1));
        company.roles[1] = company.roles[0].clone();
        company.accesses.push(Some(crate::model::Access { role: 1, ..found }));
        let outcome = plan(&company.validated(), &base(&company), &options());
        if found_is_over(&company) {
            return Ok(());
        }
        prop_assert!(outcome.plan.is_empty());
        let parties: Vec<_> = outcome.errors.iter().filter(|error| error.message.contains("role name")).collect();
        prop_assert!(parties.len() >= 2, "{:?}", outcome.errors);
    }
}

/// Whether the doubled binding stands no more.
fn found_is_over(company: &Company) -> bool {
    let last = company.accesses.last().unwrap().as_ref().unwrap();
    let over = last.not_after == 1 && last.not_before != 1;
    over || company.roles[0].as_ref().unwrap().terminating
}
