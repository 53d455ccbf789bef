//! What may be done in an account, asked without writing: enters it, makes each read once, and lets IAM simulate the writes.
//! What cannot be asked is unknown, never allowed and never denied.

use crate::error::{failure, is_absent};
use crate::exists::exists;
use crate::sessions::Session;
use aws_sdk_iam::types::PolicyEvaluationDecisionType;
use rolegate_iam::{Partition, PolicyArn, PolicyOwner};
use rolegate_plan::absence::Entity;
use rolegate_plan::port::{Entrance, ErrorClass, Failure};
use std::collections::BTreeMap;

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

/// What is asked for by its name and exists nowhere.
const NOBODY: &str = "rolegate-preflight-nobody";

/// Writes that every account needs, and those of a gateway.
const WRITES: [&str; 14] = [
    "iam:AttachRolePolicy",
    "iam:CreatePolicy",
    "iam:CreateRole",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
];
const GATEWAY_WRITES: [&str; 12] = [
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachUserPolicy",
    "iam:CreateGroup",
    "iam:CreatePolicyVersion",
    "iam:DeleteGroupPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachUserPolicy",
    "iam:PutGroupPolicy",
    "iam:RemoveUserFromGroup",
    "iam:TagUser",
    "iam:UntagUser",
];
const READS: [&str; 7] = [
    "iam:GetAccountAuthorizationDetails",
    "iam:ListRoles",
    "iam:GetAccountSummary",
    "iam:GetUser",
    "iam:GetGroup",
    "iam:GetRole",
    "iam:GetPolicy",
];

/// Whether the account is one that people sign in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is.
    Gateway,
    /// It is entered from a gateway.
    Target,
}

pub(crate) fn writes(place: Place) -> Vec<&'static str> {
    match place {
        Place::Gateway => WRITES.into_iter().chain(GATEWAY_WRITES).collect(),
        Place::Target => WRITES.to_vec(),
    }
}

/// What is known of an account that was not entered.
pub(crate) fn not_entered(place: Place, why: &Failure) -> Vec<Check> {
    let rest = READS.into_iter().chain(writes(place)).map(|action| Check {
        action,
        permission: Permission::Unknown("the account was not entered".to_owned()),
    });
    let entering = Check { action: "sts:AssumeRole", permission: refusal(why) };
    std::iter::once(entering).chain(rest).collect()
}

pub(crate) async fn entered(session: &Session, entrance: &Entrance, place: Place) -> Vec<Check> {
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
    checks.extend(simulated(session, entrance, place).await);
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

/// What IAM says that the management role may write.
async fn simulated(session: &Session, entrance: &Entrance, place: Place) -> Vec<Check> {
    let writes = writes(place);
    let all = |why: &str| {
        let unknown =
            |action: &&'static str| Check { action, permission: Permission::Unknown(why.to_owned()) };
        writes.iter().map(unknown).collect::<Vec<_>>()
    };
    let Some(role) = entrance.roles.last() else {
        return all("nothing is written to find out, and there is no management role to simulate");
    };
    session.take().await;
    let call =
        session.writer().simulate_principal_policy().policy_source_arn(role.to_string()).max_items(1000);
    let answer =
        call.set_action_names(Some(writes.iter().map(|action| (*action).to_owned()).collect())).send().await;
    let answer = match answer.map_err(|error| failure("SimulatePrincipalPolicy", error)) {
        Ok(answer) => answer,
        Err(failure) => {
            return all(&format!("nothing is written to find out, and it cannot be simulated: {failure}"));
        }
    };
    let decisions: BTreeMap<&str, Permission> = answer
        .evaluation_results()
        .iter()
        .map(|result| {
            let permission = match result.eval_decision() {
                PolicyEvaluationDecisionType::Allowed => Permission::Allowed,
                PolicyEvaluationDecisionType::ExplicitDeny => {
                    Permission::Denied("IAM simulates an explicit deny".to_owned())
                }
                // A policy may allow it on ours alone, or under conditions that a simulation cannot know.
                _ => Permission::Unknown(
                    "no policy allows it on everything; one may on what is ours".to_owned(),
                ),
            };
            (result.eval_action_name(), permission)
        })
        .collect();
    let check = |action: &&'static str| Check {
        action,
        permission: decisions
            .get(action)
            .cloned()
            .unwrap_or_else(|| Permission::Unknown("IAM's simulation does not mention it".to_owned())),
    };
    writes.iter().map(check).collect()
}

fn refusal(failure: &Failure) -> Permission {
    match failure.class {
        ErrorClass::Denied => Permission::Denied(failure.to_string()),
        _ => Permission::Unknown(failure.to_string()),
    }
}
