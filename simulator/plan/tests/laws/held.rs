//! Nothing is removed without a live reason; what is held goes by its digest and by no other (design §6.7, §6.8).

use crate::model::{Company, company, history};
use crate::probe::usual;
use crate::world::{base, lines, options, settle};
use proptest::prelude::*;
use rolegate_iam::Snapshot;
use rolegate_plan::outcome::{Options, plan};
use rolegate_plan::project::project;
use rolegate_plan::step::{Cause, Effect};
use rolegate_plan::validate::Validated;

fn names(validated: &Validated) -> Vec<String> {
    let accesses = validated.accesses.values().map(|access| access.key().to_string());
    let roles = validated.roles.keys().map(|name| format!("AccessRole {name}"));
    let groups = validated.groups.keys().map(|name| format!("AccessGroup {name}"));
    let accounts = validated.accounts.keys().map(|name| format!("AWSAccount {name}"));
    accesses.chain(roles).chain(groups).chain(accounts).collect()
}

/// Every object stands: without memory, a withdrawn twin would explain the absence of another.
fn standing(mut company: Company) -> Company {
    company.observed_only = None;
    for access in company.accesses.iter_mut().flatten() {
        access.withdrawn = false;
        access.not_after = 0;
    }
    company.roles.iter_mut().flatten().for_each(|role| role.terminating = false);
    company.sound()
}

/// What is left when objects are only taken away.
fn without(company: &Company, mask: u16) -> Company {
    let mut less = company.clone();
    let mut bit = 0;
    let mut gone = || {
        bit += 1;
        mask >> (bit - 1) & 1 == 1
    };
    for access in &mut less.accesses {
        if gone() {
            *access = None;
        }
    }
    for (number, group) in less.groups.iter_mut().enumerate() {
        let used = less
            .accesses
            .iter()
            .flatten()
            .any(|access| access.subjects.contains(&crate::model::Subject::Group(number)));
        if gone() && !used {
            *group = None;
        }
    }
    for (number, role) in less.roles.iter_mut().enumerate() {
        if gone() && !less.accesses.iter().flatten().any(|access| access.role == number) {
            *role = None;
        }
    }
    less
}

fn entering(world: &Snapshot) -> Vec<bool> {
    usual().iter().map(|probe| probe.enters(world)).collect()
}

/// Performs to the end, once begun sets finished.
fn finish(validated: &Validated, world: &Snapshot, mut options: Options) -> Snapshot {
    let mut world = world.clone();
    for _ in 0..12 {
        let outcome = plan(validated, &world, &options);
        options.approved_removals.extend(outcome.approved);
        if outcome.plan.is_empty() {
            return world;
        }
        world = project(&world, &outcome.plan);
    }
    panic!("never at rest");
}

proptest! {
    #[test]
    fn every_removal_has_a_cause_that_is_here((before, after) in history()) {
        let (world, _) = settle(&before.validated(), &base(&before), &options());
        let validated = after.validated();
        let known = names(&validated);
        let outcome = plan(&validated, &world, &options());
        for step in outcome.plan.steps.iter().filter(|step| step.effect == Effect::Narrows) {
            match &step.cause {
                Cause::Edited(object) | Cause::Withdrawn(object) | Cause::Expired(object)
                | Cause::Terminating(object) | Cause::Declared(object) | Cause::RetentionOver(object) => {
                    prop_assert!(known.iter().any(|name| name == object.as_str()), "{}", object);
                }
                Cause::Ownership => {}
                Cause::Drift | Cause::Approved => {
                    prop_assert!(false, "nobody changed anything: {:#?}", lines(&outcome.plan.steps));
                }
            }
        }
    }

    #[test]
    fn what_is_absent_removes_nothing(company in company(), mask in any::<u16>()) {
        let company = standing(company);
        let (world, _) = settle(&company.validated(), &base(&company), &options());
        let less = without(&company, mask);
        let validated = less.validated();
        let outcome = plan(&validated, &world, &options());
        let narrow: Vec<_> = outcome.plan.steps.iter().filter(|step| step.effect == Effect::Narrows).collect();
        prop_assert!(narrow.is_empty(), "{narrow:#?}");
        let (done, _) = settle(&validated, &world, &options());
        prop_assert_eq!(entering(&world), entering(&done));
    }

    #[test]
    fn the_digest_lets_exactly_its_set_through(company in company(), mask in 0u16..64) {
        let company = standing(company);
        let (world, _) = settle(&company.validated(), &base(&company), &options());
        // A role whose AccessRole is gone too is an orphan, which no digest covers yet.
        let (roles, groups) = (company.roles.clone(), company.groups.clone());
        let less = Company { roles, groups, ..without(&company, mask) };
        let validated = less.validated();
        let held = plan(&validated, &world, &options()).held;
        let wrong = Options { approved: Some("0123456789ab".into()), ..options() };
        let kept = plan(&validated, &world, &wrong).plan;
        prop_assert!(kept.is_empty(), "{:#?}", lines(&kept.steps));
        prop_assume!(!held.removals.is_empty());
        let right = Options { approved: Some(held.digest.clone()), ..options() };
        let mut outcome = plan(&validated, &world, &right);
        outcome.approved.sort();
        prop_assert_eq!(&outcome.approved, &held.removals);
        prop_assert_eq!(&outcome.held.removals, &[]);
        let done = finish(&validated, &world, right);
        crate::exact::exactly(&less, &done, &[], &[rolegate_engine::Settings::without_organizations()]);
    }

    #[test]
    fn a_withdrawn_binding_is_never_held(mut company in company(), number in 0usize..6) {
        company.observed_only = None;
        let (world, _) = settle(&company.validated(), &base(&company), &options());
        let Some(Some(access)) = company.accesses.get_mut(number) else { return Ok(()) };
        access.withdrawn = true;
        let validated = company.validated();
        let (done, last) = settle(&validated, &world, &options());
        prop_assert_eq!(last.held.removals, &[]);
        crate::exact::exactly(&company, &done, &[], &[rolegate_engine::Settings::without_organizations()]);
    }
}
