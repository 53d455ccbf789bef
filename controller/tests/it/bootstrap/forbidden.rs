//! What somebody who holds nothing but a management role tries in order to get out of the fence, and is refused.
//! `docs/management-role.md` tells each way and what stands in it.

use super::life::beginnings;
use super::ways::{
    ADMIN, GATEWAY, TARGET, attach_role, attach_user, create_policy, create_role, enter, everywhere,
    in_gateways, in_targets, policy_arn, session,
};
use super::{give, management};
use crate::company::{manifests, root_call};
use rolegate::iam::policy::{Effect, ResourceClause};
use rolegate::iam::{Policy, Statement};
use rolegate::plan::bootstrap::Kind;
use rolegate_cloud::{AccessKey, Cloud};

/// After the strays: in every account there are a user, a group and a role `stranger`, and a policy `foreign`.
pub(super) fn stage() -> (Cloud, AccessKey) {
    let (beginnings, key) = beginnings();
    let mut cloud = beginnings.into_iter().nth(3).unwrap();
    for account in [GATEWAY, TARGET] {
        root_call(&mut cloud, account, create_policy("/", "foreign"));
    }
    (cloud, key)
}

/// The calls that are not refused, of all ways in an account.
fn open(cloud: &mut Cloud, key: &AccessKey, account: &str) -> Vec<String> {
    let mut ways = everywhere(account);
    ways.extend(if account == GATEWAY { in_gateways() } else { in_targets() });
    let who = session(cloud, key, account);
    let calls = ways.into_iter().flat_map(|(way, requests)| requests.into_iter().map(move |one| (way, one)));
    calls
        .filter_map(|(way, request)| {
            let told = format!("{account}: {way}: {request:?}");
            let refused = cloud.call(&who, request).is_err_and(|error| error.code == "AccessDenied");
            (!refused).then_some(told)
        })
        .collect()
}

#[test]
fn every_way_out_of_the_fence_is_refused_and_changes_nothing() {
    let (mut cloud, key) = stage();
    let before = cloud.snapshot();
    for account in [GATEWAY, TARGET] {
        assert_eq!(open(&mut cloud, &key, account), Vec::<String>::new());
    }
    assert_eq!(cloud.snapshot(), before);
}

/// No condition and no resource is there for nothing: without it one of the ways is open.
#[test]
fn without_any_one_condition_or_resource_some_way_out_is_open() {
    let (cloud, key) = stage();
    let all = manifests(&[], &[]);
    let mut idle = Vec::new();
    for (kind, account) in [(Kind::Gateway, GATEWAY), (Kind::Target, TARGET)] {
        let name = if kind == Kind::Gateway { "auth" } else { "development" };
        let (role, place) = management(&all, name);
        for statement in role.statements(&place) {
            let sid = statement.sid.clone().unwrap();
            for index in 0..statement.conditions.len() {
                let mut cloud = cloud.clone();
                give(&mut cloud, &all, kind, |policy| {
                    edited(policy, &sid, |statement| drop(statement.conditions.remove(index)))
                });
                if open(&mut cloud, &key, account).is_empty() {
                    idle.push(format!("{kind:?} {sid}: {:?}", statement.conditions[index]));
                }
            }
            let ResourceClause::Is(resources) = &statement.resource else { panic!("{statement:?}") };
            let narrow = |one: &str| one.contains("/rolegate/") || one.ends_with("/rolegate-controller");
            if statement.effect == Effect::Allow && resources.iter().any(|one| narrow(one)) {
                let mut cloud = cloud.clone();
                give(&mut cloud, &all, kind, |policy| {
                    edited(policy, &sid, |one| one.resource = ResourceClause::Is(vec!["*".into()]))
                });
                if open(&mut cloud, &key, account).is_empty() {
                    idle.push(format!("{kind:?} {sid}: {resources:?}"));
                }
            }
        }
    }
    assert!(idle.is_empty(), "{idle:#?}");
}

fn edited(mut policy: Policy, sid: &str, edit: impl Fn(&mut Statement)) -> Policy {
    policy.statements.iter_mut().filter(|one| one.sid.as_deref() == Some(sid)).for_each(edit);
    policy
}

/// A management role opens no door by itself: it may assume nothing.
#[test]
fn a_management_role_is_no_hop() {
    let (mut cloud, key) = stage();
    let who = session(&mut cloud, &key, GATEWAY);
    for (account, role) in [(TARGET, "jenkins"), (TARGET, "rolegate-controller"), (TARGET, "Auditor")] {
        assert_eq!(enter(&mut cloud, &who, account, role).err(), Some("AccessDenied"), "{account} {role}");
    }
}

/// The Deny is what keeps a gateway's role from hanging a policy of ours on itself: without it, nothing else does.
#[test]
fn without_the_deny_a_gateways_role_could_give_itself_everything() {
    let (mut cloud, key) = stage();
    let all = manifests(&[], &[]);
    give(&mut cloud, &all, Kind::Gateway, |policy| {
        let rest = policy.statements.into_iter().filter(|one| one.sid.as_deref() != Some("NeverItself"));
        Policy::new(rest.collect())
    });
    let who = session(&mut cloud, &key, GATEWAY);
    let gate = policy_arn(GATEWAY, "/rolegate/acme/role-ci-1");
    assert!(cloud.call(&who, attach_role("rolegate-controller", gate)).is_ok());
}

/// What IAM cannot prevent, as the documentation says: a policy may say anything.
#[test]
fn what_a_management_role_can_do_to_its_account_without_boundaries_is_as_documented() {
    let (mut cloud, key) = stage();
    let who = session(&mut cloud, &key, TARGET);
    let owner = format!("acme/any/{TARGET}/Mine");
    cloud.call(&who, create_role("Mine", Some(&owner), None)).unwrap();
    cloud.call(&who, attach_role("Mine", ADMIN.into())).unwrap();
    let who = session(&mut cloud, &key, GATEWAY);
    cloud.call(&who, create_policy("/rolegate/acme/", "user-olga-1")).unwrap();
    cloud.call(&who, attach_user("olga", policy_arn(GATEWAY, "/rolegate/acme/user-olga-1"))).unwrap();
}
