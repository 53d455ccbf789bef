//! A plan that is kept while bindings change decides what a plan from nothing decides.

use crate::model::{ACCOUNTS, Company, Subject, history};
use crate::tamper::{Deed, deeds, neighbours, tamper};
use crate::world::{at, base, id, lines, options, settle};
use jiff::SignedDuration;
use proptest::prelude::*;
use rolegate_crds::AccountSelector;
use rolegate_iam::Snapshot;
use rolegate_plan::outcome::{Options, Outcome, plan};
use rolegate_plan::planner::{Extent, Planner};
use rolegate_plan::validate::{ValidAccess, ValidSubject, Validated};
use std::sync::Arc;

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

/// What somebody does to one binding that no [`Company`] knows; numbers choose the binding.
#[derive(Debug, Clone, Copy)]
struct Twist {
    kind: u8,
    which: usize,
}

fn twists() -> impl Strategy<Value = Vec<Twist>> {
    let twist = (0u8..9, 0usize..64).prop_map(|(kind, which)| Twist { kind, which });
    prop::collection::vec(twist, 0..3)
}

/// The other AccessRole of the same role name.
fn rival(role: &str) -> &'static str {
    match role {
        "developer" => "reader",
        "reader" => "developer",
        "deploy" => "deploy-more",
        "deploy-more" => "deploy",
        _ => "operator",
    }
}

fn twist(all: &mut Validated, Twist { kind, which }: Twist) {
    let keys: Vec<_> = all.accesses.keys().cloned().collect();
    let Some(key) = which.checked_rem(keys.len()).map(|place| keys[place].clone()) else { return };
    let mut access = ValidAccess::clone(&all.accesses[&key]);
    match kind {
        // Handed over, or a conflict.
        0 | 1 => {
            let other = rival(&access.role);
            if !all.roles.contains_key(other) {
                return;
            }
            access.role = other.into();
            if kind == 1 {
                access.name = "rival".into();
            }
        }
        2 => access.terminating = true,
        // A namespace that may bind nothing.
        3 => access.namespace = "green".into(),
        4 => {
            access.subjects.insert(ValidSubject::User("nobody".parse().unwrap()));
        }
        // A role of ours that is itself a subject.
        5 => {
            let role = ["Developer", "Deploy", "Scan"][which % 3];
            let arn = format!("arn:aws:iam::{}:role/{role}", ACCOUNTS[which % 2].1);
            access.subjects.insert(ValidSubject::Role(arn.parse().unwrap()));
        }
        6 => access.name = "twin".into(),
        7 => {
            access.accounts.names = None;
            let environments = vec!["any".to_owned()];
            access.accounts.selector = Some(AccountSelector { environments, ..AccountSelector::default() });
        }
        _ => {
            all.accesses.remove(&key);
            return;
        }
    }
    all.accesses.insert((access.namespace.clone(), access.name.clone()), Arc::new(access));
}

/// Where the accounts and what else is not a binding differ from what a [`Company`] draws.
#[derive(Debug, Clone)]
struct Setting {
    /// One of two role names that are the same to IAM is written otherwise.
    other_case: bool,
    /// An account that is only observed from now on.
    observed: Option<usize>,
    /// How many more roles and policies every account takes.
    room: Option<(i64, i64)>,
    /// How long a trust policy may be.
    trust_size: i64,
    deeds: Vec<Deed>,
}

fn setting() -> impl Strategy<Value = Setting> {
    (
        prop::bool::weighted(0.3),
        prop::option::weighted(0.15, 0usize..6),
        prop::option::weighted(0.3, (0i64..3, 0i64..4)),
        prop_oneof![4 => Just(8192i64), 1 => Just(1200)],
        prop_oneof![2 => Just(Vec::new()), 1 => deeds(4)],
    )
        .prop_map(|(other_case, observed, room, trust_size, deeds)| Setting {
            other_case,
            observed,
            room,
            trust_size,
            deeds,
        })
}

impl Setting {
    fn validated(&self, company: &Company) -> Validated {
        let mut all = company.validated();
        if let Some(reader) = all.roles.get_mut("reader").filter(|_| self.other_case) {
            reader.role_name = "DEVELOPER".parse().unwrap();
        }
        all
    }

    /// The company's accounts as they are when it has long been at rest.
    fn world(&self, company: &Company) -> Snapshot {
        let all = self.validated(company);
        let mut world = base(company);
        for account in world.accounts.values_mut() {
            account.users.remove(&"dee".parse().unwrap());
        }
        let (mut world, _) = settle(&all, &world, &options());
        neighbours(&mut world);
        tamper(&mut world, company, &self.deeds);
        let (mut world, _) = settle(&all, &world, &options());
        for account in world.accounts.values_mut() {
            account.summary.insert("AssumeRolePolicySizeQuota".into(), self.trust_size);
            let Some((roles, policies)) = self.room else { continue };
            let count = |there: usize, more: i64| i64::try_from(there).unwrap() + more;
            account.summary.insert("RolesQuota".into(), count(account.roles.len(), roles));
            account.summary.insert("PoliciesQuota".into(), count(account.policies.len(), policies));
        }
        world
    }

    fn observe(&self, all: &mut Validated) {
        let observed = self.observed.map(id);
        for account in all.accounts.values_mut().filter(|account| Some(account.id) == observed) {
            Arc::make_mut(account).mode = rolegate_crds::Mode::Observe;
        }
    }
}

/// Nobody is bound, and nobody a member, who is not there.
fn without_dee(company: &mut Company) {
    for group in company.groups.iter_mut().flatten() {
        group.members.remove(&3);
    }
    for access in company.accesses.iter_mut().flatten() {
        access.subjects.remove(&Subject::User(3));
    }
}

/// Both ways decide the same; answers what.
fn alike(
    planner: &mut Planner<'_>,
    all: &Validated,
    world: &Snapshot,
    options: &Options,
) -> (Outcome, Extent) {
    let whole = plan(all, world, options);
    let (outcome, extent) = planner.plan(all, options);
    let (ours, theirs) = (lines(&outcome.plan.steps), lines(&whole.plan.steps));
    assert_eq!(outcome, whole, "{extent:?}\n{ours:#?}\n{theirs:#?}");
    (outcome, extent)
}

/// An object changes that is no binding.
fn change_something_else(all: &mut Validated, what: u8) {
    match what {
        0 => all.roles.values_mut().for_each(|role| role.max_session = 7200),
        1 => all.groups.values_mut().for_each(|group| group.members.clear()),
        _ => all.accounts.values_mut().for_each(|account| Arc::make_mut(account).allowed.clear()),
    }
}

proptest! {
    #[test]
    fn a_kept_plan_decides_as_one_from_nothing(
        (mut before, mut after) in history(),
        by_gateway in prop::bool::weighted(0.25),
        setting in setting(),
        changes in prop::collection::vec(
            (
                any::<u8>(),
                twists(),
                prop_oneof![8 => Just(0i64), 1 => 1i64..800, 1 => -800i64..-500],
                prop::option::weighted(0.06, 0u8..3),
            ),
            2..8,
        ),
    ) {
        before.observed_only = None;
        for role in before.roles.iter_mut().flatten() {
            role.by_gateway &= by_gateway;
        }
        without_dee(&mut before);
        before = before.sound();
        after.roles.clone_from(&before.roles);
        after.groups.clone_from(&before.groups);
        let world = setting.world(&before);
        let read = |company: &Company| {
            let mut all = setting.validated(company);
            setting.observe(&mut all);
            all
        };
        let mut planner = Planner::new(&world);
        let at_rest = read(&before);
        let (first, extent) = alike(&mut planner, &at_rest, &world, &options());
        prop_assert_eq!(extent, Extent::Whole);
        let mut kept = first == Outcome::default() && !before.roles.iter().flatten().any(|role| role.by_gateway);
        let mut clock = options().now;
        for (mask, twists, hours, something_else) in changes {
            clock += SignedDuration::from_hours(hours);
            let mut changed = read(&with_bindings(&before, &after, mask));
            for one in twists {
                twist(&mut changed, one);
            }
            if let Some(what) = something_else {
                change_something_else(&mut changed, what);
            }
            let (outcome, extent) = alike(&mut planner, &changed, &world, &at(clock));
            kept &= hours == 0 && something_else.is_none();
            prop_assert!(extent == Extent::Touched || !kept, "what was quiet is planned whole");
            if !outcome.held.removals.is_empty() {
                let approved = Options { approved: Some(outcome.held.digest.clone()), ..at(clock) };
                let (outcome, _) = alike(&mut planner, &changed, &world, &approved);
                let begun = Options { approved_removals: outcome.approved.into_iter().take(1).collect(), ..at(clock) };
                alike(&mut planner, &changed, &world, &begun);
            }
        }
        let (_, extent) = alike(&mut planner, &at_rest, &world, &options());
        prop_assert!(extent == Extent::Touched || !kept, "what was quiet is planned whole");
    }
}
