//! One AssumeRole decision on an indexed snapshot of 100 accounts with 20 roles each; and one question of who can reach one.
#![expect(clippy::unwrap_used, reason = "a bench stops where its input is not as expected")]

use criterion::{Criterion, criterion_group, criterion_main};
use rolegate_engine::{
    AssumeRole, Caller, Environment, Index, MfaInCall, SearchOptions, Settings, assume_role, explain,
    verdict, who_can,
};
use rolegate_iam::organization::{
    Attached, ControlPolicy, ControlType, FULL_ACCESS, FeatureSet, Node, Organization, RCP_FULL_ACCESS,
};
use rolegate_iam::snapshot::{Group, ManagedPolicy, PolicyVersion, Role, User};
use rolegate_iam::{Account, AccountId, Document, Partition, Path, PolicyArn, RoleArn, Snapshot, Tags};
use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;

const GATEWAY: &str = "100000000000";

fn account(number: u64) -> AccountId {
    (100_000_000_000 + number).to_string().parse().unwrap()
}

fn trust(team: usize) -> Document {
    Document::parse(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Sid": "Rg0123456789abcdef", "Effect": "Allow",
        "Principal": {{"AWS": "arn:aws:iam::{GATEWAY}:root"}}, "Action": "sts:AssumeRole", "Condition": {{
        "Bool": {{"aws:MultiFactorAuthPresent": "true"}},
        "StringEquals": {{"aws:PrincipalType": "User", "sts:RoleSessionName": "${{aws:username}}"}},
        "StringLike": {{"aws:PrincipalTag/rolegate.dev/acme": "*:team-{team}:*"}}}}}}]}}"#
    ))
}

fn snapshot() -> Snapshot {
    let mut snapshot = Snapshot::default();
    for number in 0..100 {
        let id = account(number);
        let mut account = Account::empty(id, Partition::Aws, None);
        for team in 0..20 {
            let role = Role {
                id: format!("AROA{number:04}{team:012}").into(),
                path: "/rolegate/acme/".parse().unwrap(),
                name: format!("team-{team}").parse().unwrap(),
                created: None,
                trust: trust(team),
                inline: BTreeMap::new(),
                attached: BTreeSet::new(),
                boundary: None,
                tags: Tags::new(),
                max_session_duration: Some(3600),
                description: None,
                instance_profiles: BTreeSet::new(),
            };
            account.roles.insert(role.name.clone(), role);
        }
        snapshot.accounts.insert(id, account);
    }
    let gateway = snapshot.accounts.get_mut(&account(0)).unwrap();
    for team in 0..20usize {
        let resources: Vec<String> = (0..100)
            .map(|number| format!(r#""arn:aws:iam::{}:role/rolegate/acme/team-{team}""#, account(number)))
            .collect();
        let policy: PolicyArn =
            format!("arn:aws:iam::{GATEWAY}:policy/rolegate/acme/team-{team}").parse().unwrap();
        let document = Document::parse(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": [{}]}}]}}"#,
            resources.join(", ")
        ));
        let managed = ManagedPolicy {
            id: "ANPA".into(),
            arn: policy.clone(),
            default_version: "v1".into(),
            versions: [("v1".into(), PolicyVersion { created: None, document })].into(),
            description: None,
        };
        gateway.policies.insert(policy.clone(), managed);
        let group = Group {
            id: "AGPA".into(),
            path: Path::root(),
            name: format!("team-{team}").parse().unwrap(),
            created: None,
            inline: BTreeMap::new(),
            attached: [policy].into(),
        };
        for person in 0..5 {
            let name = format!("user-{team}-{person}").parse().unwrap();
            let user = User {
                groups: [group.name.clone()].into(),
                tags: [("rolegate.dev/acme", format!(":team-{team}:"))].into_iter().collect(),
                ..User::bare(format!("AIDA{team:04}{person:012}"), Path::root(), name)
            };
            gateway.users.insert(user.name.clone(), user);
        }
        gateway.groups.insert(group.name.clone(), group);
    }
    organize(&mut snapshot);
    snapshot
}

/// Every account below a unit below the root, with what AWS attaches to each of them.
fn organize(snapshot: &mut Snapshot) {
    let mut organization =
        Organization::unread("o-acme123456", "999999999999".parse().unwrap(), FeatureSet::All);
    let (root, unit): (Node, Node) = ("r-ab12".parse().unwrap(), "ou-ab12-prod0001".parse().unwrap());
    organization.units.entry("ou-ab12-prod0001".into()).or_default().parent = Some(root.clone());
    let accounts = snapshot.accounts.keys().copied().map(Node::Account);
    let nodes: Vec<Node> = [root, unit.clone()].into_iter().chain(accounts).collect();
    for account in snapshot.accounts.keys() {
        organization.members.entry(*account).or_default().parent = Some(unit.clone());
    }
    for (kind, id) in [(ControlType::Scp, FULL_ACCESS), (ControlType::Rcp, RCP_FULL_ACCESS)] {
        organization.add_policy(ControlPolicy::of_aws(id).unwrap()).unwrap();
        for node in &nodes {
            let list = Attached { policies: [id.into()].into(), truncated: false };
            organization.attach(node.clone(), kind, list).unwrap();
        }
    }
    snapshot.add_organization(organization).unwrap();
}

fn benches(criterion: &mut Criterion) {
    let snapshot = snapshot();
    let index = Index::new(&snapshot);
    let settings = Settings::default();
    let environment =
        Environment::at("2026-11-24T12:00:00Z".parse().unwrap()).from_ip("198.51.100.1".parse().unwrap());
    let caller = Caller::UserKey { arn: format!("arn:aws:iam::{GATEWAY}:user/user-7-3").parse().unwrap() };
    let target = format!("arn:aws:iam::{}:role/rolegate/acme/team-7", account(50));
    let mut request = AssumeRole::new(target.as_str(), "user-7-3");
    request.mfa = MfaInCall::Valid;
    assert!(assume_role(&index, &caller, &request, &environment, &settings).is_allowed());
    criterion.bench_function("assume_role/allowed", |bencher| {
        bencher
            .iter(|| assume_role(&index, black_box(&caller), black_box(&request), &environment, &settings));
    });
    criterion.bench_function("verdict/allowed", |bencher| {
        bencher.iter(|| verdict(&index, black_box(&caller), black_box(&request), &environment, &settings));
    });
    criterion.bench_function("explain/allowed", |bencher| {
        bencher.iter(|| explain(&index, black_box(&caller), black_box(&request), &environment, &settings));
    });
    let without = AssumeRole { mfa: MfaInCall::None, ..request };
    assert!(assume_role(&index, &caller, &without, &environment, &settings).is_no());
    criterion.bench_function("assume_role/denied", |bencher| {
        bencher
            .iter(|| assume_role(&index, black_box(&caller), black_box(&without), &environment, &settings));
    });
    criterion.bench_function("verdict/denied", |bencher| {
        bencher.iter(|| verdict(&index, black_box(&caller), black_box(&without), &environment, &settings));
    });
    let target: RoleArn = target.parse().unwrap();
    assert_eq!(who_can(&index, &target, &SearchOptions::default()).paths.len(), 5);
    criterion.bench_function("who_can", |bencher| {
        bencher.iter(|| who_can(&index, black_box(&target), &SearchOptions::default()));
    });
}

criterion_group!(decision, benches);
criterion_main!(decision);
