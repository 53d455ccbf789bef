//! What may be done in an account, asked without writing: enters it, makes each read once, and lets IAM simulate the writes.
//! What cannot be asked is unknown, never allowed and never denied.

use crate::error::{failure, is_absent};
use crate::exists::exists;
use crate::observe::{following, no_way_on};
use crate::sessions::Session;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use rolegate_iam::{Partition, PolicyArn, PolicyOwner, RoleArn};
use rolegate_plan::absence::Entity;
use rolegate_plan::bootstrap::{Call, KeyValue};
use rolegate_plan::port::{Entrance, ErrorClass, Failure};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a call may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// AWS answered, or says that it would.
    Allowed,
    /// AWS refused, or says that it would: why.
    Denied(String),
    /// Nobody can tell: why.
    Unknown(String),
}

/// One action and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Such as `iam:ListRoles`.
    pub action: &'static str,
    /// Whether it may be done.
    pub permission: Permission,
}

/// What to do about a management role that may not do what it must.
const WAY_OUT: &str = "give the role the policy that rolegate bootstrap prints for this account";

/// What is asked for by its name and exists nowhere.
const NOBODY: &str = "rolegate-preflight-nobody";

const READS: [&str; 7] = [
    "iam:GetAccountAuthorizationDetails",
    "iam:ListRoles",
    "iam:GetAccountSummary",
    "iam:GetUser",
    "iam:GetGroup",
    "iam:GetRole",
    "iam:GetPolicy",
];

/// What is known of an account that was not entered.
pub(crate) fn not_entered(calls: &[Call], why: &Failure) -> Vec<Check> {
    let rest = READS.into_iter().chain(actions(calls)).map(|action| Check {
        action,
        permission: Permission::Unknown("the account was not entered".to_owned()),
    });
    let entering = Check { action: "sts:AssumeRole", permission: refusal(why) };
    std::iter::once(entering).chain(rest).collect()
}

/// Each action that the calls are of, once.
fn actions(calls: &[Call]) -> BTreeSet<&'static str> {
    calls.iter().flat_map(|call| call.actions.iter().copied()).collect()
}

pub(crate) async fn entered(session: &Session, entrance: &Entrance, calls: &[Call]) -> Vec<Check> {
    let mut checks = vec![Check { action: "sts:AssumeRole", permission: Permission::Allowed }];
    let mut known = |action, answer: Result<(), Failure>| {
        let permission = match answer {
            Ok(()) => Permission::Allowed,
            Err(failure) if is_absent(&failure) => Permission::Allowed,
            Err(failure) => refusal(&failure),
        };
        checks.push(Check { action, permission });
    };
    let iam = session.writer();
    session.take().await;
    let details = iam.get_account_authorization_details().max_items(1).send().await;
    let details = details.map(drop).map_err(|error| failure("GetAccountAuthorizationDetails", error));
    known("iam:GetAccountAuthorizationDetails", details);
    session.take().await;
    let roles = iam.list_roles().max_items(1).send().await;
    known("iam:ListRoles", roles.map(drop).map_err(|error| failure("ListRoles", error)));
    session.take().await;
    let summary = iam.get_account_summary().send().await;
    known("iam:GetAccountSummary", summary.map(drop).map_err(|error| failure("GetAccountSummary", error)));
    for (action, entity) in asked(entrance.partition) {
        session.take().await;
        known(action, exists(iam, &entity).await.map(drop));
    }
    checks.extend(simulated(session, entrance, calls).await);
    checks
}

/// Things to ask for by name. Most do not exist: "no such entity" is an answer, and the call allowed. The policy is one of AWS's
/// own, because a management role need not read everybody's.
fn asked(partition: Partition) -> Vec<(&'static str, Entity)> {
    let mut entities = Vec::new();
    if let Ok(name) = NOBODY.parse() {
        entities.push(("iam:GetUser", Entity::User(name)));
    }
    if let Ok(name) = NOBODY.parse() {
        entities.push(("iam:GetGroup", Entity::Group(name)));
    }
    if let Ok(name) = NOBODY.parse() {
        entities.push(("iam:GetRole", Entity::Role(name)));
    }
    if let Ok(name) = "ReadOnlyAccess".parse() {
        let (owner, path) = (PolicyOwner::Aws, rolegate_iam::Path::root());
        entities.push(("iam:GetPolicy", Entity::Policy(PolicyArn { partition, owner, path, name })));
    }
    entities
}

/// What IAM says that the management role may write: of each action the worst that it says of any call.
async fn simulated(session: &Session, entrance: &Entrance, calls: &[Call]) -> Vec<Check> {
    let all = |why: String| {
        let unknown = |action| Check { action, permission: Permission::Unknown(why.clone()) };
        actions(calls).into_iter().map(unknown).collect::<Vec<_>>()
    };
    let Some(role) = entrance.roles.last() else {
        return all("nothing is written to find out, and there is no management role to simulate".to_owned());
    };
    let mut verdicts: BTreeMap<&'static str, Permission> = BTreeMap::new();
    for call in calls {
        let said = match simulate(session, role, call).await {
            Ok(said) => said,
            Err(failure) => {
                return all(format!("nothing is written to find out, and it cannot be simulated: {failure}"));
            }
        };
        for action in &call.actions {
            let permission = said
                .get(*action)
                .cloned()
                .unwrap_or_else(|| Permission::Unknown("IAM's simulation does not mention it".to_owned()));
            let worse = verdicts.get(action).is_none_or(|before| badness(before) < badness(&permission));
            if worse {
                verdicts.insert(action, permission);
            }
        }
    }
    verdicts.into_iter().map(|(action, permission)| Check { action, permission }).collect()
}

fn badness(permission: &Permission) -> u8 {
    match permission {
        Permission::Allowed => 0,
        Permission::Unknown(_) => 1,
        Permission::Denied(_) => 2,
    }
}

/// One simulation: what IAM says of each action, by its name.
async fn simulate(
    session: &Session,
    role: &RoleArn,
    call: &Call,
) -> Result<BTreeMap<String, Permission>, Failure> {
    let Call { actions, resource, keys } = call;
    let (mut said, mut marker) = (BTreeMap::new(), None::<String>);
    loop {
        session.take().await;
        let answer = session
            .writer()
            .simulate_principal_policy()
            .policy_source_arn(role.to_string())
            .set_action_names(Some(actions.iter().map(|action| (*action).to_owned()).collect()))
            .resource_arns(resource)
            .set_context_entries(Some(keys.iter().map(entry).collect()))
            .max_items(1000)
            .set_marker(marker.clone())
            .send()
            .await
            .map_err(|error| failure("SimulatePrincipalPolicy", error))?;
        for result in answer.evaluation_results() {
            said.insert(result.eval_action_name().to_owned(), judged(result, resource));
        }
        marker = following(answer.is_truncated(), answer.marker(), marker.as_deref())
            .map_err(|why| no_way_on("SimulatePrincipalPolicy", why))?;
        if marker.is_none() {
            return Ok(said);
        }
    }
}

fn entry((key, value): &(String, KeyValue)) -> ContextEntry {
    let (kind, values) = match value {
        KeyValue::One(value) => (ContextKeyTypeEnum::String, vec![value.clone()]),
        KeyValue::Many(values) => (ContextKeyTypeEnum::StringList, values.clone()),
    };
    ContextEntry::builder()
        .context_key_name(key)
        .context_key_type(kind)
        .set_context_key_values(Some(values))
        .build()
}

/// What a result means. IAM does not weigh the conditions of an organization's policies when it simulates, and knows no key that
/// it was not given: then nobody can tell.
fn judged(result: &EvaluationResult, resource: &str) -> Permission {
    let of_resource =
        result.resource_specific_results().iter().find(|specific| specific.eval_resource_name() == resource);
    let (decision, mut missing) = match of_resource {
        Some(specific) => (specific.eval_resource_decision(), specific.missing_context_values().to_vec()),
        None => (result.eval_decision(), result.missing_context_values().to_vec()),
    };
    missing.sort_unstable();
    missing.dedup();
    let by_organization =
        result.organizations_decision_detail().is_some_and(|detail| !detail.allowed_by_organizations());
    match decision {
        PolicyEvaluationDecisionType::Allowed => Permission::Allowed,
        _ if by_organization => Permission::Unknown(
            "IAM simulates that a policy of the organization stands in the way, without weighing its conditions".to_owned(),
        ),
        _ if !missing.is_empty() => Permission::Unknown(format!(
            "it depends on {}, which nobody knows before the call",
            missing.join(", ")
        )),
        PolicyEvaluationDecisionType::ExplicitDeny => {
            Permission::Denied(format!("IAM simulates an explicit deny on {resource}; {WAY_OUT}"))
        }
        PolicyEvaluationDecisionType::ImplicitDeny => {
            Permission::Denied(format!("no policy of the management role allows it on {resource}; {WAY_OUT}"))
        }
        other => Permission::Unknown(format!("IAM's simulation says {}", other.as_str())),
    }
}

fn refusal(failure: &Failure) -> Permission {
    match failure.class {
        ErrorClass::Denied => Permission::Denied(failure.to_string()),
        _ => Permission::Unknown(failure.to_string()),
    }
}
