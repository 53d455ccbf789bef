//! What strangers do by hand to a world in which Rolegate works.

use crate::model::{ACCOUNTS, Company, GROUPS, ROLES, USERS};
use crate::world::{ASSUME_ANY, aws, id, managed, role, statement};
use proptest::prelude::*;
use rolegate_iam::policy::Version;
use rolegate_iam::snapshot::{Group, ManagedPolicy, PolicyVersion, Role};
use rolegate_iam::{Account, Document, Policy, PolicyArn, Snapshot};
use std::collections::{BTreeMap, BTreeSet};

/// One deed; numbers choose among what is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deed {
    kind: u8,
    a: usize,
    b: usize,
    c: usize,
}

pub(crate) fn deeds(most: usize) -> impl Strategy<Value = Vec<Deed>> {
    let deed =
        (0u8..29, 0usize..64, 0usize..64, 0usize..64).prop_map(|(kind, a, b, c)| Deed { kind, a, b, c });
    prop::collection::vec(deed, 0..=most)
}

fn nth<T>(mut items: impl Iterator<Item = T>, number: usize, count: usize) -> Option<T> {
    (count > 0).then(|| items.nth(number % count)).flatten()
}

fn account(world: &mut Snapshot, number: usize) -> Option<&mut Account> {
    let ids: Vec<_> = (0..6).map(id).filter(|id| world.accounts.contains_key(id)).collect();
    world.accounts.get_mut(&ids[number % ids.len()])
}

fn our_role(world: &mut Snapshot, number: usize) -> Option<&mut Role> {
    let ours = |role: &Role| role.tags.get("rolegate.dev/owner").is_some();
    let all: Vec<_> = world
        .accounts
        .values()
        .flat_map(|account| {
            account.roles.values().filter(|role| ours(role)).map(|role| (account.id, role.name.clone()))
        })
        .collect();
    let (id, name) = all.get(number.checked_rem(all.len())?)?;
    world.accounts.get_mut(id)?.roles.get_mut(name)
}

fn our_policy(world: &mut Snapshot, number: usize) -> Option<&mut ManagedPolicy> {
    let mut all: Vec<PolicyArn> = Vec::new();
    for account in world.accounts.values() {
        all.extend(account.policies.keys().filter(|arn| arn.path.as_str() == "/rolegate/acme/").cloned());
    }
    all.retain(|arn| arn.name.as_str() != "rolegate-claim");
    let arn = all.get(number.checked_rem(all.len())?)?;
    world.accounts.values_mut().find_map(|account| account.policies.get_mut(arn))
}

fn edit(document: &Document, change: impl FnOnce(&mut Policy)) -> Document {
    let mut policy = document.policy().clone();
    change(&mut policy);
    Document::from_policy(policy)
}

fn with(document: &Document, text: &str) -> Document {
    edit(document, |policy| policy.statements.extend(statement(text).policy().statements.iter().cloned()))
}

fn rewrite(policy: &mut ManagedPolicy, document: Document) {
    let id = policy.default_version.clone();
    policy.versions.insert(id, PolicyVersion { created: None, document });
}

const STRANGER: &str =
    r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"sts:AssumeRole"}"#;
const DENIES: [&str; 3] = [
    r#"{"Effect":"Deny","Principal":"*","Action":"sts:*"}"#,
    r#"{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringLike":{"aws:PrincipalArn":"*user/ana"}}}"#,
    r#"{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}"#,
];
const TAGS: [&str; 9] =
    ["devs", ":devs:", ":devs:ops:", "x:devs:y", ":ops:devs:", ":gone:", "", ":ops", ":devs:ops:devs-two:"];
/// Policies of strangers.
const OTHERS: [&str; 4] = [
    r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
    r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#,
    r#"{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}"#,
    ASSUME_ANY,
];

/// Does all of it.
pub(crate) fn tamper(world: &mut Snapshot, company: &Company, deeds: &[Deed]) {
    for deed in deeds {
        let _ = do_it(world, company, *deed);
    }
}

fn do_it(world: &mut Snapshot, company: &Company, Deed { kind, a, b, c }: Deed) -> Option<()> {
    let gateway = usize::from(company.two_gateways && b % 3 == 0);
    match kind {
        0 => our_role(world, a).map(|role| role.trust = with(&role.trust, STRANGER))?,
        1 => our_role(world, a).map(|role| role.trust = with(&role.trust, DENIES[b % 3]))?,
        2..=4 => {
            our_role(world, a).map(|role| role.trust = edit(&role.trust, |policy| trust(kind, b, policy)))?;
        }
        5 => {
            let other = our_role(world, b)?.trust.clone();
            let role = our_role(world, a)?;
            role.trust = edit(&role.trust, |policy| {
                policy.statements.extend(other.policy().statements.iter().cloned());
            });
        }
        6 | 7 => {
            let name = if c % 5 == 0 { "strangers" } else { GROUPS[b % 3].0 };
            let group = format!("rolegate-acme-{name}").parse().ok()?;
            let user = world.accounts.get_mut(&id(gateway))?.users.get_mut(&USERS[a % 4].parse().ok()?)?;
            if kind == 6 {
                user.groups.insert(group);
            } else {
                user.groups.remove(&group);
            }
            let account = world.accounts.get_mut(&id(gateway))?;
            for user in account.users.values_mut() {
                user.groups.retain(|group| account.groups.contains_key(group));
            }
        }
        8 => {
            let user = world.accounts.get_mut(&id(gateway))?.users.get_mut(&USERS[a % 4].parse().ok()?)?;
            user.tags.set("rolegate.dev/acme", TAGS[b % TAGS.len()]);
        }
        9 => {
            let user = world.accounts.get_mut(&id(gateway))?.users.get_mut(&USERS[a % 4].parse().ok()?)?;
            user.inline.insert("by-hand".parse().ok()?, statement(OTHERS[[3, 2, 3][b % 3]]));
        }
        10 => {
            let name =
                if b % 2 == 0 { "admins".to_owned() } else { format!("rolegate-acme-{}", GROUPS[a % 3].0) };
            foreign_group(account(world, c)?, &name)?;
        }
        11 => {
            let name = ROLES[a % 6].1;
            let account = account(world, c)?;
            account.roles.entry(name.parse().ok()?).or_insert_with(|| role(name, "/"));
        }
        12..=14 => attachments(world, kind, a, b)?,
        15..=18 => our_policy(world, a).map(|policy| gate(kind, b, policy))?,
        19..=25 => our_role(world, a).map(|role| permissions(kind, b, c, role))??,
        26..=28 => groups(account(world, gateway)?, kind, a, b)?,
        _ => {}
    }
    Some(())
}

fn trust(kind: u8, number: usize, policy: &mut Policy) {
    let count = policy.statements.len();
    let Some(statement) = nth(policy.statements.iter_mut(), number, count) else { return };
    match kind {
        2 => statement.sid = Some("Mine".into()),
        3 => {
            statement.conditions.pop();
        }
        _ => policy.version = Version::V2008,
    }
}

fn foreign_group(account: &mut Account, name: &str) -> Option<()> {
    let name: rolegate_iam::GroupName = name.parse().ok()?;
    let group = Group {
        id: "AGPAFOREIGN".into(),
        path: "/".parse().ok()?,
        name: name.clone(),
        created: None,
        inline: BTreeMap::from([("own".parse().ok()?, statement(ASSUME_ANY))]),
        attached: BTreeSet::new(),
    };
    account.groups.entry(name).or_insert(group);
    Some(())
}

fn attachments(world: &mut Snapshot, kind: u8, a: usize, b: usize) -> Option<()> {
    let arn = our_policy(world, a)?.arn.clone();
    let account = world.accounts.values_mut().find(|account| account.policies.contains_key(&arn))?;
    match kind {
        12 => {
            account.users.get_mut(&USERS[b % 4].parse().ok()?)?.attached.insert(arn);
        }
        13 => {
            let count = account.roles.len() + account.groups.len();
            let mut all: Vec<&mut BTreeSet<PolicyArn>> =
                account.roles.values_mut().map(|role| &mut role.attached).collect();
            all.extend(account.groups.values_mut().map(|group| &mut group.attached));
            all.get_mut(b.checked_rem(count)?)?.insert(arn);
        }
        _ => {
            for user in account.users.values_mut() {
                user.attached.remove(&arn);
            }
            for role in account.roles.values_mut() {
                role.attached.remove(&arn);
            }
            for group in account.groups.values_mut() {
                group.attached.remove(&arn);
            }
        }
    }
    Some(())
}

fn gate(kind: u8, number: usize, policy: &mut ManagedPolicy) {
    let Some(document) = policy.document().cloned() else { return };
    match kind {
        15 => rewrite(policy, with(&document, OTHERS[2 + number % 2])),
        16 => rewrite(
            policy,
            edit(&document, |policy| {
                if let Some(first) = policy.statements.first_mut() {
                    first.sid = None;
                }
            }),
        ),
        17 => {
            for version in 2..=(4 + number % 2) {
                let old = PolicyVersion { created: None, document: document.clone() };
                policy.versions.insert(format!("v{version}").into(), old);
            }
        }
        _ => rewrite(policy, statement(OTHERS[number % 4])),
    }
}

fn permissions(kind: u8, b: usize, c: usize, role: &mut Role) -> Option<()> {
    match kind {
        19 => {
            role.inline.insert(["by-hand", "inline-0"][c % 2].parse().ok()?, statement(OTHERS[b % 4]));
        }
        20 => {
            let name = nth(role.inline.keys(), b, role.inline.len())?.clone();
            role.inline.remove(&name);
        }
        21 => {
            role.attached.insert(aws(["ReadOnly", "Power", "Stop"][b % 3]));
        }
        22 => {
            let limit = |name: &str| {
                let mut arn = aws(name);
                let owner = role.tags.get("rolegate.dev/owner").unwrap_or_default();
                arn.owner = rolegate_iam::PolicyOwner::Account(owner.split('/').nth(2)?.parse().ok()?);
                Some(arn)
            };
            role.boundary.clone_from(&[None, limit("limit"), limit("tight")][b % 3]);
        }
        23 => match b % 4 {
            0 => role.tags.remove("rolegate.dev/owner"),
            1 => role.tags.set("team", "two"),
            2 => role.tags.set("rolegate.dev/dormant-since", ["2026-01-01T00:00:00Z", "soon"][c % 2]),
            _ => role.tags.set("rolegate.dev/owner", "acme/stranger/333333333333/Developer"),
        },
        24 => role
            .inline
            .insert("rolegate-revoke-sessions".parse().ok()?, statement(OTHERS[0]))
            .map(drop)
            .unwrap_or_default(),
        _ => {
            role.max_session_duration = Some(43200);
            role.description = None;
            if b.is_multiple_of(3) {
                role.instance_profiles.insert("arn:aws:iam::333333333333:instance-profile/x".into());
            }
        }
    }
    Some(())
}

fn groups(account: &mut Account, kind: u8, a: usize, b: usize) -> Option<()> {
    let limit = account.policies.keys().find(|arn| arn.name.as_str() == "limit")?.clone();
    let group = account.groups.get_mut(&format!("rolegate-acme-{}", GROUPS[a % 3].0).parse().ok()?)?;
    match kind {
        26 => {
            group.inline.insert("by-hand".parse().ok()?, statement(OTHERS[b % 4]));
        }
        27 => {
            group.inline.remove(&"rolegate-owner".parse().ok()?);
        }
        _ => {
            group.attached.insert(limit);
        }
    }
    Some(())
}

/// A policy of another installation, and one of ours by name under another path: neither is ours.
pub(crate) fn neighbours(world: &mut Snapshot) {
    for (number, _) in ACCOUNTS.iter().enumerate() {
        let Some(account) = world.accounts.get_mut(&id(number)) else { continue };
        for path in ["/rolegate/acme-two/", "/"] {
            let arn = account.policy_arn(&path.parse().unwrap(), &"user-ana-1".parse().unwrap());
            account.policies.insert(arn.clone(), managed(arn, ASSUME_ANY));
        }
    }
}
