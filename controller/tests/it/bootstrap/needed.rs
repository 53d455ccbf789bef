//! Every action that the bootstrap policy allows, and what breaks without it.

use super::give;
use super::life::{LIFE, beginnings};
use crate::company::manifests;
use rolegate::iam::Policy;
use rolegate::iam::policy::{ActionClause, Effect};
use rolegate::plan::bootstrap::{Kind, ManagementRole, Place, calls};
use rolegate::plan::port::Port;
use rolegate_aws::{Aws, Keys, Settings};
use rolegate_cloud::{AccessKey, Cloud};
use rolegate_controller::entrances;
use rolegate_emulator::{Emulator, Options};
use std::collections::BTreeSet;

/// What only the SDK asks: the policies of AWS that hang on something.
const SDK: &str = "observed through the SDK";
/// What only the preflight asks.
const PREFLIGHT: &str = "asked before anything is written";

/// Statement, action, and the chapter that fails without it: in every account.
const EVERYWHERE: &[(&str, &str, &str)] = &[
    ("AskByName", "iam:GetGroup", "somebody uses our path"),
    ("AskByName", "iam:GetRole", "somebody uses our path"),
    ("AskByName", "iam:GetUser", "somebody uses our path"),
    ("AskAboutItself", "iam:SimulatePrincipalPolicy", PREFLIGHT),
    ("ChangeRoles", "iam:DeleteRole", "sleeping roles are old"),
    ("ChangeRoles", "iam:DeleteRolePolicy", "roles are tampered with"),
    ("ChangeRoles", "iam:DetachRolePolicy", "roles are tampered with"),
    ("ChangeRoles", "iam:UpdateAssumeRolePolicy", "from nothing"),
    ("ChangeRoles", "iam:UpdateRole", "roles are tampered with"),
    ("Claim", "iam:CreatePolicy", "from nothing"),
    ("CreateRoles", "iam:CreateRole", "from nothing"),
    ("DeletePolicies", "iam:DeletePolicy", "somebody uses our path"),
    ("DeletePolicies", "iam:DeletePolicyVersion", "somebody uses our path"),
    ("GiveToRoles", "iam:AttachRolePolicy", "from nothing"),
    ("GiveToRoles", "iam:DeleteRolePermissionsBoundary", "roles are tampered with"),
    ("GiveToRoles", "iam:PutRolePolicy", "roles are tampered with"),
    ("Observe", "iam:GetAccountAuthorizationDetails", "from nothing"),
    ("Observe", "iam:GetAccountSummary", "from nothing"),
    ("Observe", "iam:ListRoles", "from nothing"),
    ("ReadPolicies", "iam:GetPolicy", SDK),
    ("ReadPolicies", "iam:GetPolicyVersion", SDK),
    ("TagRoles", "iam:TagRole", "bindings are withdrawn"),
    ("TakeOff", "iam:DetachGroupPolicy", "our policies hang on strangers"),
    ("TakeOff", "iam:DetachRolePolicy", "our policies hang on strangers"),
    ("TakeOff", "iam:DetachUserPolicy", "our policies hang on strangers"),
    ("WakeRoles", "iam:UntagRole", "bindings come back"),
];

/// The same, in gateways besides.
const GATEWAYS: &[(&str, &str, &str)] = &[
    ("WritePolicies", "iam:CreatePolicy", "from nothing"),
    ("WritePolicies", "iam:CreatePolicyVersion", "a policy has all its versions"),
    ("Groups", "iam:AddUserToGroup", "from nothing"),
    ("Groups", "iam:CreateGroup", "from nothing"),
    ("Groups", "iam:DeleteGroupPolicy", "groups are tampered with"),
    ("Groups", "iam:DetachGroupPolicy", "groups are tampered with"),
    ("Groups", "iam:PutGroupPolicy", "from nothing"),
    ("Groups", "iam:RemoveUserFromGroup", "somebody leaves"),
    ("AttachToGroups", "iam:AttachGroupPolicy", "from nothing"),
    ("AttachToUsers", "iam:AttachUserPolicy", "from nothing"),
    ("AttachToMachines", "iam:AttachRolePolicy", "from nothing"),
    ("MarkMembers", "iam:TagUser", "from nothing"),
    ("MarkMembers", "iam:UntagUser", "somebody leaves"),
];

fn without(policy: Policy, sid: &str, action: &str) -> Policy {
    let statements = policy.statements.into_iter().filter_map(|mut statement| {
        if statement.sid.as_deref() == Some(sid)
            && let ActionClause::Is(actions) = &mut statement.action
        {
            actions.retain(|allowed| allowed != action);
            return (!actions.is_empty()).then_some(statement);
        }
        Some(statement)
    });
    Policy::new(statements.collect())
}

/// The actions that one observation, or one preflight, of all accounts is refused.
async fn asked(cloud: Cloud, key: &AccessKey, chapter: &str) -> Vec<&'static str> {
    let emulator = Emulator::start(cloud, Options::default()).await.unwrap();
    emulator.clear_calls();
    let keys = Keys {
        access_key_id: key.access_key_id.clone(),
        secret_access_key: key.secret_access_key.clone(),
        session_token: None,
    };
    let settings = Settings {
        endpoint_url: Some(emulator.endpoint()),
        credentials: Some(keys),
        ..Settings::new("acme")
    };
    let (aws, all) = (Aws::new(settings).await, manifests(&[], &[]));
    for entrance in entrances(&all) {
        if chapter == PREFLIGHT {
            let account = all.accounts.values().find(|account| account.id == entrance.id).unwrap();
            aws.preflight(&entrance, &calls(&all, account)).await;
        } else {
            drop(aws.observe(&entrance).await);
        }
    }
    let served = emulator.calls();
    served.iter().filter(|call| call.outcome == Err("AccessDenied")).map(|call| call.action).collect()
}

/// What is allowed to one kind of account.
fn allowed(kind: Kind) -> BTreeSet<(String, String)> {
    let all = manifests(&[], &[]);
    let accounts =
        all.accounts.values().map(|account| (ManagementRole::of(&all, account), Place::of(account)));
    accounts
        .filter(|(management, _)| management.kind == kind)
        .flat_map(|(management, place)| management.statements(&place))
        .filter(|statement| statement.effect == Effect::Allow)
        .flat_map(|statement| {
            let ActionClause::Is(actions) = &statement.action else { panic!("{statement:?}") };
            let sid = statement.sid.clone().unwrap_or_default();
            actions.iter().map(|action| (sid.to_string(), action.to_string())).collect::<Vec<_>>()
        })
        .collect()
}

/// An action that nothing fails without does not belong into the policy; one that is missing from the table is not tested.
#[test]
fn without_any_one_action_the_chapter_that_needs_it_is_refused_just_that() {
    let all = manifests(&[], &[]);
    let (beginnings, key) = beginnings();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut wrong = Vec::new();
    for (kind, tables) in [(Kind::Target, &[EVERYWHERE][..]), (Kind::Gateway, &[EVERYWHERE, GATEWAYS])] {
        let rows: Vec<_> = tables.iter().copied().flatten().collect();
        let known: BTreeSet<_> =
            rows.iter().map(|(sid, action, _)| ((*sid).to_owned(), (*action).to_owned())).collect();
        assert_eq!(known, allowed(kind), "{kind:?}");
        for (sid, action, name) in rows {
            let refused = if [SDK, PREFLIGHT].contains(name) {
                let mut cloud = beginnings[1].clone();
                give(&mut cloud, &all, kind, |policy| without(policy, sid, action));
                runtime.block_on(asked(cloud, &key, name))
            } else {
                let index = LIFE.iter().position(|chapter| chapter.name == *name).unwrap();
                let mut cloud = beginnings[index].clone();
                give(&mut cloud, &all, kind, |policy| without(policy, sid, action));
                LIFE[index].play(cloud, &key).1
            };
            if refused.is_empty() || refused.iter().any(|found| found != action) {
                wrong.push(format!("{kind:?} {sid} {action}: {name} was refused {refused:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
