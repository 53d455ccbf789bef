//! Plans come to rest, continue where they stopped, leave alone what is not ours, and do not depend on the order of files.

use crate::model::{company, history, read};
use crate::tamper::{deeds, neighbours, tamper};
use crate::world::{base, essence, lines, options, settle};
use proptest::prelude::*;
use rolegate_iam::snapshot::{Group, Role, User};
use rolegate_iam::{Account, Snapshot};
use rolegate_plan::naming::Installation;
use rolegate_plan::observed::{owner, owns_group, owns_policy};
use rolegate_plan::outcome::plan;
use rolegate_plan::project::project;
use rolegate_plan::step::{Plan, Step};
use rolegate_plan::validate::Validated;
use std::hash::{DefaultHasher, Hash, Hasher};

fn prefix(plan: &Plan, count: usize) -> Plan {
    Plan { steps: plan.steps[..count].to_vec() }
}

fn sorted(steps: &[Step]) -> Vec<String> {
    let mut all: Vec<_> = steps.iter().map(essence).collect();
    all.sort();
    all
}

fn ours() -> Installation {
    Installation::new("acme")
}

fn stranger(account: &Account, validated: &Validated, role: &Role) -> bool {
    owner(account, role, &ours()).is_none_or(|name| !validated.roles.contains_key(&name))
}

/// The same without what is ours on it.
fn bare_role(account: &Account, role: &Role) -> Role {
    let mut role = role.clone();
    role.attached.retain(|arn| !owns_policy(arn, account, &ours()));
    role
}

fn bare_user(account: &Account, before: &Account, user: &User) -> User {
    let mut user = user.clone();
    user.attached.retain(|arn| !owns_policy(arn, account, &ours()));
    user.tags.remove("rolegate.dev/acme");
    // A group under our path that lost its mark is not ours, until nothing foreign is left in it.
    user.groups.retain(|name| before.groups.get(name).is_some_and(|group| group.path != ours().path()));
    user
}

fn bare_group(account: &Account, group: &Group) -> Group {
    let mut group = group.clone();
    group.attached.retain(|arn| !owns_policy(arn, account, &ours()));
    group
}

fn nothing_foreign_changed(before: &Snapshot, after: &Snapshot, validated: &Validated) {
    for (id, old) in &before.accounts {
        let new = &after.accounts[id];
        if !validated.accounts.values().any(|account| account.id == *id) {
            assert_eq!(old, new);
        }
        for (name, role) in old.roles.iter().filter(|(_, role)| stranger(old, validated, role)) {
            assert_eq!(bare_role(old, role), bare_role(new, &new.roles[name]));
        }
        for (name, user) in &old.users {
            assert_eq!(bare_user(old, old, user), bare_user(new, old, &new.users[name]));
        }
        for (name, group) in old.groups.iter().filter(|(_, group)| !owns_group(old, group, &ours())) {
            assert_eq!(bare_group(old, group), bare_group(new, &new.groups[name]));
        }
        for (arn, policy) in old.policies.iter().filter(|(arn, _)| !owns_policy(arn, old, &ours())) {
            assert_eq!(policy, &new.policies[arn]);
        }
    }
}

proptest! {
    #[test]
    fn a_performed_plan_leaves_nothing_to_do((before, mut after) in history(), deeds in deeds(6)) {
        // A role whose object is going is deleted only when it is seen asleep.
        after.roles.iter_mut().flatten().for_each(|role| role.terminating = false);
        let after = after.sound();
        let (mut world, _) = settle(&before.validated(), &base(&before), &options());
        tamper(&mut world, &before, &deeds);
        let validated = after.validated();
        let first = plan(&validated, &world, &options());
        let done = project(&world, &first.plan);
        let second = plan(&validated, &done, &options());
        prop_assert!(second.plan.is_empty(), "first {:#?}\nthen {:#?}", lines(&first.plan.steps), lines(&second.plan.steps));
    }

    #[test]
    fn a_plan_continues_where_it_stopped((before, mut after) in history(), deeds in deeds(4), stop in any::<prop::sample::Index>()) {
        after.roles.iter_mut().flatten().for_each(|role| role.terminating = false);
        let after = after.sound();
        let (mut world, _) = settle(&before.validated(), &base(&before), &options());
        tamper(&mut world, &before, &deeds);
        let validated = after.validated();
        let whole = plan(&validated, &world, &options());
        let count = stop.index(whole.plan.steps.len() + 1);
        let begun = project(&world, &prefix(&whole.plan, count));
        let rest = plan(&validated, &begun, &options());
        prop_assert_eq!(sorted(&rest.plan.steps), sorted(&whole.plan.steps[count..]), "stopped at {} of {:#?}", count, lines(&whole.plan.steps));
    }

    #[test]
    fn nothing_foreign_is_changed((before, after) in history(), deeds in deeds(10)) {
        let (mut world, _) = settle(&before.validated(), &base(&before), &options());
        neighbours(&mut world);
        tamper(&mut world, &before, &deeds);
        let validated = after.validated();
        let (done, _) = settle(&validated, &world, &options());
        nothing_foreign_changed(&world, &done, &validated);
    }

    #[test]
    fn the_order_of_files_means_nothing(company in company(), seed in any::<u64>()) {
        let mut files = company.files();
        let (one, _) = read(&files);
        files.sort_by_key(|(name, _)| {
            let mut hasher = DefaultHasher::new();
            (seed, name).hash(&mut hasher);
            hasher.finish()
        });
        let (other, faults) = read(&files);
        prop_assert_eq!(faults, []);
        let (one, other) = (plan(&one, &base(&company), &options()), plan(&other, &base(&company), &options()));
        prop_assert_eq!(one.plan, other.plan);
        prop_assert_eq!(one.left_out, other.left_out);
        prop_assert_eq!(one.errors.len(), other.errors.len());
    }
}
