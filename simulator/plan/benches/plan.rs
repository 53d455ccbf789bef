//! How long deciding takes: accept, compile and diff of a thousand bindings over a hundred accounts, and of ten thousand over a
//! thousand, from nothing and when nothing is left to do. The baseline beside it is reading and validating the manifests.
#![expect(clippy::unwrap_used, reason = "a bench stops where its input is not as expected")]

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main};
use rolegate_iam::snapshot::User;
use rolegate_iam::{Account, AccountId, Partition, Path, Snapshot};
use rolegate_plan::manifest::read;
use rolegate_plan::outcome::{Options, Outcome, plan};
use rolegate_plan::planner::{Extent, Planner};
use rolegate_plan::project::project;
use rolegate_plan::validate::{ValidateOptions, Validated, validate};
use std::fmt::Write;
use std::sync::Arc;

const ROLES: usize = 10;
/// As in the controller.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The gateway's account number.
const GATEWAY: usize = 99_999;

/// The size of an organisation.
#[derive(Clone, Copy)]
struct Size {
    accounts: usize,
    groups: usize,
    bindings: usize,
    /// Accounts of each binding.
    spread: usize,
}

fn account_id(number: usize) -> String {
    format!("{:012}", 100_000_000_000 + number)
}

/// A gateway, its accounts, ten roles, groups of ten people each, and the bindings.
fn manifests(Size { accounts, groups, bindings, spread }: Size) -> Vec<(String, String)> {
    let head = "---\napiVersion: rolegate.dev/v1alpha1\n";
    let mut text = format!(
        "{head}kind: AWSAccount\nmetadata: {{name: gate}}\nspec: {{accountID: \"{}\", environment: gateway}}\n",
        account_id(GATEWAY)
    );
    let mut add = |part: String| writeln!(text, "{head}{part}").unwrap();
    for number in 0..accounts {
        add(format!(
            "kind: AWSAccount\nmetadata: {{name: a{number}}}\nspec: {{accountID: \"{}\", gatewayRef: {{name: gate}}, \
             environment: target, allowedBindings: [{{namespaces: {{all: {{}}}}, roles: {{all: {{}}}}, subjects: [Group]}}]}}",
            account_id(number)
        ));
    }
    for number in 0..ROLES {
        add(format!(
            "kind: AccessRole\nmetadata: {{name: r{number}}}\nspec: {{audience: Human, permissions: {{awsManagedPolicies: \
             [ReadOnlyAccess]}}}}"
        ));
    }
    for number in 0..groups {
        let members: Vec<_> = (0..10).map(|member| format!("u{}", number * 10 + member)).collect();
        add(format!(
            "kind: AccessGroup\nmetadata: {{name: g{number}}}\nspec: {{gatewayRef: {{name: gate}}, members: [{}]}}",
            members.join(", ")
        ));
    }
    for number in 0..bindings {
        let first = number / ROLES;
        let bound: Vec<_> = (0..spread).map(|next| format!("a{}", (first + next) % accounts)).collect();
        add(format!(
            "kind: AccountAccess\nmetadata: {{name: b{number}, namespace: team}}\nspec: {{roleRef: {{name: r{}}}, accounts: \
             {{names: [{}]}}, subjects: [{{group: {{name: g{}}}}}]}}",
            number % ROLES,
            bound.join(", "),
            first % groups
        ));
    }
    vec![("bench.yaml".to_owned(), text)]
}

fn sound(files: &[(String, String)]) -> Validated {
    let (manifests, faults) = read(files);
    assert!(faults.is_empty(), "{faults:?}");
    let (validated, faults) = validate(&manifests, &ValidateOptions { installation: "bench".into() });
    assert!(faults.is_empty(), "{faults:?}");
    validated
}

fn world(size: Size) -> Snapshot {
    let mut world = Snapshot::default();
    for id in
        (0..size.accounts).chain([GATEWAY]).map(|number| account_id(number).parse::<AccountId>().unwrap())
    {
        drop(world.add(Account::empty(id, Partition::Aws, None)));
    }
    let gateway = world.accounts.get_mut(&account_id(GATEWAY).parse().unwrap()).unwrap();
    for number in 0..size.groups * 10 {
        let name = format!("u{number}");
        let user = User::bare(format!("AIDABENCH{number}"), Path::root(), name.parse().unwrap());
        gateway.users.insert(name.parse().unwrap(), user);
    }
    // The bench is about deciding, not about the default quota of trust policies.
    world.accounts.values_mut().for_each(|account| {
        account.summary.insert("AssumeRolePolicySizeQuota".into(), 8192);
    });
    world
}

fn options() -> Options {
    Options::new("files", "2026-11-24T12:00:00Z".parse().unwrap())
}

/// One binding more narrow than before, then as before, over and over.
fn one_changed(group: &mut BenchmarkGroup<'_, WallTime>, validated: &Validated, after: &Snapshot) {
    let mut planner = Planner::new(after);
    assert_eq!(planner.plan(validated, &options()), (Outcome::default(), Extent::Whole));
    let mut changed = validated.clone();
    let access = changed.accesses.values_mut().nth(4).unwrap();
    Arc::make_mut(access).not_after = Some("2026-12-24T12:00:00Z".parse().unwrap());
    let (outcome, extent) = planner.plan(&changed, &options());
    assert!(!outcome.plan.is_empty() && extent == Extent::Touched);
    assert_eq!(outcome, plan(&changed, after, &options()));
    group.bench_function("one changed binding", |bencher| {
        bencher.iter(|| planner.plan(&changed, &options()));
    });
}

fn bench(criterion: &mut Criterion) {
    let thousand = Size { accounts: 100, groups: 20, bindings: 1_000, spread: 1 };
    for (name, size) in [
        ("thousand bindings, one account each", thousand),
        ("thousand bindings, ten accounts each", Size { spread: 10, ..thousand }),
        (
            "ten thousand bindings, ten accounts each of a thousand",
            Size { accounts: 1_000, groups: 200, bindings: 10_000, spread: 10 },
        ),
    ] {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        let files = manifests(size);
        let validated = sound(&files);
        let before = world(size);
        let first = plan(&validated, &before, &options());
        assert!(
            first.errors.is_empty() && first.left_out.is_empty(),
            "{:?} {:?}",
            first.errors.first(),
            first.left_out.first()
        );
        assert!(!first.plan.is_empty());
        let after = project(&before, &first.plan);
        assert!(plan(&validated, &after, &options()).plan.is_empty());
        group.bench_function("read and validate (baseline)", |bencher| {
            bencher.iter_batched(|| files.clone(), |files| sound(&files), BatchSize::LargeInput);
        });
        group.bench_function("compile and diff from nothing", |bencher| {
            bencher.iter(|| plan(&validated, &before, &options()));
        });
        group.bench_function("compile and diff, nothing to do", |bencher| {
            bencher.iter(|| plan(&validated, &after, &options()));
        });
        one_changed(&mut group, &validated, &after);
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
