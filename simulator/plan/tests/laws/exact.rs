//! What is performed grants exactly what the bindings say, whichever way the open points of AWS turn out (design §5).

use crate::model::{Company, Person, company};
use crate::probe::{Probe, probes, usual};
use crate::world::{base, options, settle};
use proptest::prelude::*;
use rolegate_engine::Settings;
use rolegate_iam::{Account, Snapshot};
use rolegate_plan::naming::Holder;
use rolegate_plan::outcome::plan;

fn asked<'a>(company: &'a Company, random: &'a [Probe]) -> impl Iterator<Item = Probe> + 'a {
    let known = |probe: &Probe| {
        let home = match probe.person {
            Person::User(gateway, _) => company.is_here(gateway),
            Person::Machine(_) | Person::Third => true,
        };
        home && company.is_here(probe.account)
    };
    usual().into_iter().chain(random.iter().cloned()).filter(known)
}

pub(crate) fn exactly(company: &Company, world: &Snapshot, random: &[Probe], settings: &[Settings]) {
    for probe in asked(company, random) {
        let said = company.admits(probe.person, probe.account, probe.role, probe.manner);
        for settings in settings {
            let decision = probe.decision(world, settings);
            assert!(
                if said { decision.is_allowed() } else { decision.is_no() },
                "{probe:?} is declared {said}, and AWS would answer {decision:?}"
            );
        }
    }
}

fn gates_are_in_their_place(account: &Account) {
    for (arn, policy) in account.policies.iter().filter(|(arn, _)| arn.path.as_str() == "/rolegate/acme/") {
        assert!(policy.document().unwrap().size() <= 6144, "{arn}");
        let Some((holder, _)) = Holder::of_policy(&arn.name) else { continue };
        for user in account.users.values() {
            assert_eq!(user.attached.contains(arn), holder == Holder::User(user.name.clone()), "{arn}");
        }
        for group in account.groups.values() {
            assert_eq!(group.attached.contains(arn), holder == Holder::Group(group.name.clone()), "{arn}");
        }
        for role in account.roles.values() {
            assert_eq!(role.attached.contains(arn), holder == Holder::Role(role.name.clone()), "{arn}");
        }
    }
}

proptest! {
    #[test]
    fn what_is_performed_grants_exactly_what_is_declared(
        mut company in company(),
        random in probes(60),
        ways in prop::collection::vec(0usize..2048, 4),
    ) {
        company.observed_only = None;
        let validated = company.validated();
        let outcome = plan(&validated, &base(&company), &options());
        prop_assume!(outcome.errors.is_empty());
        prop_assert_eq!(&outcome.left_out, &[]);
        let (world, last) = settle(&validated, &base(&company), &options());
        prop_assert_eq!(&last.left_out, &[]);
        prop_assert_eq!(&last.held.removals, &[]);
        prop_assert_eq!(&last.orphans, &[]);
        let settings: Vec<_> =
            ways.iter().filter_map(|way| Settings::all().nth(*way)).chain([Settings::without_organizations()]).collect();
        exactly(&company, &world, &random, &settings);
        world.accounts.values().for_each(gates_are_in_their_place);
    }
}
