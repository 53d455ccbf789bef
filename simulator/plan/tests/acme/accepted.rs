//! Which grants are in, end to end: consent, rivals, gateways, and what ends a grant.

use crate::company::{acme, empty_world, options};
use rolegate_iam::UserName;
use rolegate_plan::accept::{Standing, accept};
use rolegate_plan::outcome::plan;
use rolegate_plan::step::Cause;
use rolegate_plan::validate::{ValidAccess, ValidAccount, ValidSubject, Validated};
use std::sync::Arc;

fn access<'a>(all: &'a mut Validated, namespace: &str, name: &str) -> &'a mut ValidAccess {
    Arc::make_mut(all.accesses.get_mut(&(namespace.into(), name.into())).unwrap())
}

/// What is wrong, in words; nothing may be planned then.
fn errors(all: &Validated) -> Vec<String> {
    let outcome = plan(all, &empty_world(all), &options());
    assert!(outcome.errors.is_empty() || outcome.plan.is_empty(), "nothing is planned from what is wrong");
    outcome.errors.iter().map(|error| error.message.clone()).collect()
}

#[test]
fn nothing_is_planned_without_the_consent_of_the_account_and_it_is_said_once() {
    let mut all = acme();
    Arc::make_mut(all.accounts.get_mut("production").unwrap()).allowed.clear();
    let binding = access(&mut all, "sre", "production");
    binding.subjects = ["sre", "developers"].map(|name| ValidSubject::Group(name.into())).into();
    let errors = errors(&all);
    let about =
        |error: &&String| error.contains("namespace sre to bind AccessRole site-reliability to a Group");
    assert_eq!(errors.iter().filter(about).count(), 1, "{errors:#?}");
    assert!(
        errors.iter().all(|error| error.starts_with("AWSAccount production does not allow")),
        "{errors:#?}"
    );
}

#[test]
fn an_ended_grant_needs_no_consent_any_more_to_be_taken_away() {
    let mut all = acme();
    let now = options().now;
    for binding in all.accesses.values_mut() {
        Arc::make_mut(binding).not_after = Some(now);
    }
    all.accounts.values_mut().for_each(|account| Arc::make_mut(account).allowed.clear());
    let world = empty_world(&all);
    let accepted = accept(&all, &world, now);
    assert_eq!(accepted.errors, []);
    assert!(accepted.grants.len() > 5);
    for grant in &accepted.grants {
        assert!(matches!(&grant.standing, Standing::Over(Cause::Expired(_))), "{:?}", grant.standing);
    }
}

#[test]
fn a_group_of_another_gateway_than_the_account_s_is_an_error() {
    let mut all = acme();
    let mut other = ValidAccount::clone(&all.accounts["auth"]);
    (other.name, other.id) = ("auth-two".into(), "999999999999".parse().unwrap());
    all.accounts.insert("auth-two".into(), Arc::new(other));
    all.groups.get_mut("sre").unwrap().gateway = "auth-two".into();
    let errors = errors(&all);
    let expected =
        "AccessGroup sre is in gateway auth-two, but AWSAccount production is entered from gateway auth";
    assert!(errors.iter().any(|error| error == expected), "{errors:#?}");
}

#[test]
fn somebody_who_is_not_there_is_left_out_by_name_while_the_binding_stands_and_silently_when_it_is_over() {
    let mut all = crate::gateway::with_kim(acme());
    let mut world = empty_world(&all);
    let auth = "111111111111".parse().unwrap();
    world.accounts.get_mut(&auth).unwrap().users.remove(&"kim".parse::<UserName>().unwrap());
    let reasons = |all: &Validated| -> Vec<_> {
        let left = accept(all, &world, options().now).left_out;
        left.into_iter().filter(|left| left.object.ends_with("sre/kim")).map(|left| left.reason).collect()
    };
    assert_eq!(reasons(&all), ["UserNotFound"]);
    access(&mut all, "sre", "kim").state = rolegate_crds::AccessState::Withdrawn;
    assert_eq!(reasons(&all), Vec::<&str>::new());
}

#[test]
fn two_roles_of_one_name_in_one_account_are_an_error_of_both_and_of_no_other() {
    let mut all = acme();
    let mut rival = all.roles["site-reliability"].clone();
    rival.name = "rival".into();
    all.roles.insert("rival".into(), rival);
    let mut binding = ValidAccess::clone(&all.accesses[&("sre".into(), "production".into())]);
    (binding.name, binding.role) = ("rival".into(), "rival".into());
    all.accesses.insert(("sre".into(), "rival".into()), Arc::new(binding));
    for allowed in &mut Arc::make_mut(all.accounts.get_mut("production").unwrap()).allowed {
        allowed.roles.names.get_or_insert_default().push("rival".to_owned());
    }
    let expected = "AccessRoles rival and site-reliability all want the role name SiteReliability in AWSAccount production";
    assert_eq!(errors(&all), [expected, expected]);
    access(&mut all, "sre", "rival").state = rolegate_crds::AccessState::Withdrawn;
    assert_eq!(errors(&all), Vec::<String>::new(), "who is withdrawn is no rival");
}

#[test]
fn networks_of_role_and_binding_are_met_together() {
    for (role, binding, both) in [
        ("10.0.0.0/8", "10.1.0.0/16", Some("10.1.0.0/16")),
        ("10.1.0.0/16", "10.0.0.0/8", Some("10.1.0.0/16")),
        ("10.0.0.0/8", "10.0.0.0/8", Some("10.0.0.0/8")),
        ("10.0.0.0/8", "11.0.0.0/8", None),
    ] {
        let mut all = acme();
        all.roles.get_mut("site-reliability").unwrap().source_cidrs = [role.into()].into();
        access(&mut all, "sre", "production").source_cidrs = [binding.into()].into();
        let world = empty_world(&all);
        let accepted = accept(&all, &world, options().now);
        let of_role = |grant: &&rolegate_plan::accept::Grant<'_>| {
            grant.role.name == "site-reliability" && grant.access.name == "production"
        };
        let found: Vec<_> = accepted
            .grants
            .iter()
            .filter(of_role)
            .map(|grant| grant.entry.facts.window.source_cidrs.clone())
            .collect();
        if let Some(both) = both {
            let cidrs = Some([both.into()].into());
            assert!(!found.is_empty() && found.iter().all(|found| *found == cidrs), "{found:?}");
            assert_eq!(accepted.errors, []);
        } else {
            assert_eq!(found, []);
            let message = &accepted.errors[0].message;
            assert!(message.starts_with("no address is both"), "{message}");
        }
    }
}
