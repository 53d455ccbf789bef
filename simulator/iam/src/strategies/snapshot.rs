//! Strategies of snapshots and what is in them.

use super::{
    account_id, document, group_name, organization, partition, path, policy_arn, policy_name, role_name,
    tags, user_name,
};
use crate::account::Partition;
use crate::arn::{PolicyArn, PolicyOwner};
use crate::name::PolicyName;
use crate::policy::Document;
use crate::snapshot::{Account, Collected, Group, ManagedPolicy, Part, PolicyVersion, Role, Snapshot, User};
use jiff::Timestamp;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use smol_str::SmolStr;
use std::collections::BTreeMap;

fn inline() -> impl Strategy<Value = BTreeMap<PolicyName, Document>> {
    btree_map(policy_name(), document(), 0..2)
}

fn created() -> impl Strategy<Value = Option<Timestamp>> {
    option::of(time())
}

/// Points in time between 2001 and 2033.
pub fn time() -> impl Strategy<Value = Timestamp> {
    (1_000_000_000..2_000_000_000_i64)
        .prop_filter_map("out of range", |second| Timestamp::from_second(second).ok())
}

/// Users.
pub fn user() -> impl Strategy<Value = User> {
    (
        ("AIDA[A-Z0-9]{8}", path(), user_name(), created()),
        (inline(), btree_set(policy_arn(), 0..2), btree_set(group_name(), 0..3)),
        (option::of(policy_arn()), tags()),
    )
        .prop_map(|((id, path, name, created), (inline, attached, groups), (boundary, tags))| User {
            id: id.into(),
            path,
            name,
            created,
            inline,
            attached,
            groups,
            boundary,
            tags,
        })
}

/// Groups.
pub fn group() -> impl Strategy<Value = Group> {
    (("AGPA[A-Z0-9]{8}", path(), group_name(), created()), (inline(), btree_set(policy_arn(), 0..2)))
        .prop_map(|((id, path, name, created), (inline, attached))| Group {
            id: id.into(),
            path,
            name,
            created,
            inline,
            attached,
        })
}

/// Roles.
pub fn role() -> impl Strategy<Value = Role> {
    (
        ("AROA[A-Z0-9]{8}", path(), role_name(), created()),
        (document(), inline(), btree_set(policy_arn(), 0..2)),
        (option::of(policy_arn()), tags()),
        (option::of(3600..=43200_u32), option::of("\\PC{0,6}"), btree_set("[a-c]{1,2}", 0..2)),
    )
        .prop_map(|(names, policies, (boundary, tags), settings)| {
            let (id, path, name, created) = names;
            let (trust, inline, attached) = policies;
            let (max_session_duration, description, instance_profiles) = settings;
            Role {
                id: id.into(),
                path,
                name,
                created,
                trust,
                inline,
                attached,
                boundary,
                tags,
                max_session_duration,
                description,
                instance_profiles: instance_profiles.into_iter().map(Into::into).collect(),
            }
        })
}

/// Managed policies of this owner.
pub fn managed_policy(partition: Partition, owner: PolicyOwner) -> impl Strategy<Value = ManagedPolicy> {
    let version = (created(), document()).prop_map(|(created, document)| PolicyVersion { created, document });
    (
        "ANPA[A-Z0-9]{8}",
        path(),
        policy_name(),
        "v[1-3]",
        btree_map("v[1-3]".prop_map(SmolStr::from), version, 0..3),
        option::of("\\PC{0,6}"),
    )
        .prop_map(move |(id, path, name, default_version, versions, description)| ManagedPolicy {
            id: id.into(),
            arn: PolicyArn { partition, owner, path, name },
            default_version: default_version.into(),
            versions,
            description,
        })
}

/// Parts, mostly collected.
pub fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        3 => created().prop_map(|at| Part::Collected { at }),
        1 => "\\PC{0,6}".prop_map(|why| Part::NotCollected { why: why.into() }),
    ]
}

fn collected() -> impl Strategy<Value = Collected> {
    let each = [part(), part(), part(), part(), part(), part()];
    let mixed = each.prop_map(|[users, groups, roles, policies, role_settings, summary]| Collected {
        users,
        groups,
        roles,
        policies,
        role_settings,
        summary,
    });
    prop_oneof![created().prop_map(Collected::everything), mixed]
}

/// Accounts. Parts that were not collected may still hold something, as after a truncated read.
pub fn account() -> impl Strategy<Value = Account> {
    (account_id(), partition()).prop_flat_map(|(id, partition)| {
        (
            option::of("[a-z]{1,8}"),
            collected(),
            vec(user(), 0..3),
            vec(group(), 0..3),
            vec(role(), 0..3),
            vec(managed_policy(partition, PolicyOwner::Account(id)), 0..2),
            btree_map("[A-Z][a-z]{1,8}Quota".prop_map(SmolStr::from), any::<i64>(), 0..3),
        )
            .prop_map(move |(name, collected, users, groups, roles, policies, summary)| Account {
                id,
                partition,
                name: name.map(Into::into),
                collected,
                // IAM compares names ignoring case: of two that differ only in case, one is kept.
                users: unique(users, |user| user.name.key(), |user| user.name.clone()),
                groups: unique(groups, |group| group.name.key(), |group| group.name.clone()),
                roles: unique(roles, |role| role.name.key(), |role| role.name.clone()),
                policies: unique(policies, |policy| policy.arn.name.key(), |policy| policy.arn.clone()),
                summary,
            })
    })
}

fn unique<T, K: Ord>(
    entities: Vec<T>,
    folded: impl Fn(&T) -> SmolStr,
    key: impl Fn(&T) -> K,
) -> BTreeMap<K, T> {
    let folded: BTreeMap<SmolStr, T> = entities.into_iter().map(|entity| (folded(&entity), entity)).collect();
    folded.into_values().map(|entity| (key(&entity), entity)).collect()
}

/// Snapshots of a few accounts, some of them in an organization, some in none.
pub fn snapshot() -> impl Strategy<Value = Snapshot> {
    let aws_managed = vec(managed_policy(Partition::Aws, PolicyOwner::Aws), 0..2);
    let places = vec(option::of(any::<bool>()), 3);
    (vec(account(), 0..3), aws_managed, organization(), places).prop_map(
        |(accounts, aws_managed, mut organization, places)| {
            let mut snapshot = Snapshot {
                accounts: accounts.into_iter().map(|account| (account.id, account)).collect(),
                aws_managed: aws_managed.into_iter().map(|policy| (policy.arn.clone(), policy)).collect(),
                ..Snapshot::default()
            };
            for (id, place) in snapshot.accounts.keys().zip(places) {
                match place {
                    Some(true) => drop(organization.members.entry(*id).or_default()),
                    Some(false) if !organization.members.contains_key(id) => {
                        snapshot.standalone.insert(*id);
                    }
                    _ => {}
                }
            }
            snapshot.organizations.insert(organization.id.clone(), organization);
            snapshot
        },
    )
}
