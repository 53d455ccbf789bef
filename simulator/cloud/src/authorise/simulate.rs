//! `SimulatePrincipalPolicy`: what the policies of a user or role say of actions that nobody takes. As in AWS the simulation
//! knows the policies, the boundary and the organization, and of the request only what it is told: a condition key that is
//! asked for and was not given counts as absent and is named in the answer. Trust policies and session policies take no part.

use super::World;
use crate::api::{Answer, ContextEntry, Evaluation, Page, Paging, ResourceEvaluation, Response};
use crate::error::AwsError;
use crate::paging::page;
use crate::state::Cloud;
use crate::validate;
use rolegate_engine::{
    Caller, Context, Decision, DenyKind, Doubt, Environment, Layer, RoleSession, SessionMfa, Settings,
    Verdict,
};
use rolegate_iam::{AccountId, RoleArn, SessionName, UserArn};
use std::collections::BTreeSet;

/// What is to be simulated, as sent.
pub(crate) struct Simulation<'a> {
    /// `PolicySourceArn`.
    pub(crate) source: &'a str,
    /// `ActionNames`.
    pub(crate) actions: &'a [String],
    /// `ResourceArns`; none: any resource.
    pub(crate) resources: &'a [String],
    /// `ContextEntries`.
    pub(crate) context: &'a [ContextEntry],
}

/// Whose policies are simulated.
struct Principal {
    caller: Caller,
    has_boundary: bool,
}

/// One action on one resource.
struct Outcome {
    decision: &'static str,
    missing: BTreeSet<String>,
    /// What stood in the way.
    layer: Option<Layer>,
}

const ALLOWED: &str = "allowed";
const IMPLICIT: &str = "implicitDeny";
const EXPLICIT: &str = "explicitDeny";
const TYPES: [&str; 12] = [
    "string",
    "stringList",
    "numeric",
    "numericList",
    "boolean",
    "booleanList",
    "ip",
    "ipList",
    "binary",
    "binaryList",
    "date",
    "dateList",
];

impl Cloud {
    /// # Errors
    /// `NoSuchEntity` for a user or role that does not exist; `InvalidInput` for anything else that is no ARN of one, for an
    /// action without its service and for a context entry without name, value or a known type.
    pub(crate) fn simulate(&self, account: AccountId, asked: &Simulation<'_>, paging: &Paging) -> Answer {
        let principal = self.principal(account, asked.source)?;
        let context = context(asked.context)?;
        if asked.actions.is_empty() {
            return Err(AwsError::validation(
                "1 validation error detected: Value null at 'actionNames' failed to satisfy constraint: Member must not be \
                 null",
            ));
        }
        for action in asked.actions {
            if action.split_once(':').is_none_or(|(service, name)| service.is_empty() || name.is_empty()) {
                return Err(AwsError::invalid_input(format!("Invalid Input Action: {action}")));
            }
        }
        let in_organization = self.snapshot.organization_of(account).is_some();
        let evaluate =
            |action: &String| self.evaluation(&principal, action, asked.resources, &context, in_organization);
        // The number keeps the order in which the actions were named.
        let numbered = asked.actions.iter().enumerate().map(|(n, action)| (format!("{n:08}"), action));
        let Page { items, marker } = page(numbered, paging)?;
        Ok(Response::Simulation(Page { items: items.into_iter().map(evaluate).collect(), marker }))
    }

    fn principal(&self, account: AccountId, source: &str) -> Result<Principal, AwsError> {
        let held = self.account(account)?;
        if let Ok(arn) = source.parse::<RoleArn>() {
            let role = held.roles.get(&arn.name).filter(|role| held.role_arn(role) == arn);
            let role =
                role.ok_or_else(|| AwsError::no_such_entity(format!("Role {source} does not exist.")))?;
            let name: SessionName = validate::parse("roleSessionName", "simulation")?;
            let session =
                RoleSession { mfa: SessionMfa::NotKnown, ..RoleSession::plain(arn, name, self.clock) };
            return Ok(Principal {
                caller: Caller::RoleSession(Box::new(session)),
                has_boundary: role.boundary.is_some(),
            });
        }
        if let Ok(arn) = source.parse::<UserArn>() {
            let user = held.users.get(&arn.name).filter(|user| held.user_arn(user) == arn);
            let user =
                user.ok_or_else(|| AwsError::no_such_entity(format!("User {source} does not exist.")))?;
            return Ok(Principal { caller: Caller::UserKey { arn }, has_boundary: user.boundary.is_some() });
        }
        Err(AwsError::invalid_input(format!(
            "Invalid Entity Arn: {source} does not clearly define entity type and name; users and roles are simulated here."
        )))
    }

    fn evaluation(
        &self,
        principal: &Principal,
        action: &str,
        resources: &[String],
        context: &Context,
        in_organization: bool,
    ) -> Evaluation {
        let by_boundary =
            |outcome: &Outcome| principal.has_boundary.then_some(outcome.layer != Some(Layer::Boundary));
        let named = !resources.is_empty();
        let any = ["*".to_owned()];
        let resources = if named { resources } else { &any };
        let outcomes: Vec<(&String, Outcome)> = resources
            .iter()
            .map(|resource| (resource, self.outcome(&principal.caller, action, resource, context)))
            .collect();
        let all = || outcomes.iter().map(|(_, outcome)| outcome);
        let worst = [EXPLICIT, IMPLICIT].into_iter().find(|bad| all().any(|one| one.decision == *bad));
        let missing: BTreeSet<&String> = all().flat_map(|outcome| &outcome.missing).collect();
        Evaluation {
            action: action.to_owned(),
            decision: worst.unwrap_or(ALLOWED),
            missing_context_values: missing.into_iter().cloned().collect(),
            allowed_by_organizations: in_organization.then(|| all().all(|one| one.layer != Some(Layer::Scp))),
            allowed_by_boundary: all().filter_map(by_boundary).reduce(|one, other| one && other),
            resources: if named {
                outcomes
                    .iter()
                    .map(|(resource, outcome)| ResourceEvaluation {
                        resource: (*resource).clone(),
                        decision: outcome.decision,
                        missing_context_values: outcome.missing.iter().cloned().collect(),
                        allowed_by_boundary: by_boundary(outcome),
                    })
                    .collect()
            } else {
                Vec::new()
            },
        }
    }

    /// What the policies say; keys that they ask for and nobody gave are absent, and named.
    fn outcome(&self, caller: &Caller, action: &str, resource: &str, context: &Context) -> Outcome {
        let (mut context, mut missing) = (context.clone(), BTreeSet::new());
        loop {
            let (world, environment) = (World(&self.snapshot), Environment::at(self.clock));
            let settings = Settings::default();
            let decision = rolegate_engine::authorize(
                &world,
                caller,
                action,
                resource,
                &context,
                &environment,
                &settings,
            );
            let (decision, layer) = match decision {
                Decision::Allowed { .. } => (ALLOWED, None),
                Decision::Denied { kind: DenyKind::Explicit, layer, .. } => (EXPLICIT, Some(layer)),
                Decision::Denied { kind: DenyKind::Implicit, layer, .. } => (IMPLICIT, Some(layer)),
                Decision::Refused { .. } => (IMPLICIT, None),
                Decision::Possible { default, needs } => {
                    let keys: Vec<String> =
                        needs.iter().filter_map(key).filter(|key| !missing.contains(key)).collect();
                    if !keys.is_empty() {
                        context = keys.iter().fold(context, |context, key| context.without(key));
                        missing.extend(keys);
                        continue;
                    }
                    (if default == Verdict::Allow { ALLOWED } else { IMPLICIT }, None)
                }
            };
            return Outcome { decision, missing, layer };
        }
    }
}

/// The condition key that a doubt is about.
fn key(doubt: &Doubt) -> Option<String> {
    match doubt {
        Doubt::UnknownKey { key, .. } => Some(key.to_string()),
        _ => None,
    }
}

/// The keys that the simulation is told.
fn context(entries: &[ContextEntry]) -> Result<Context, AwsError> {
    entries.iter().try_fold(Context::new(), |context, ContextEntry { name, values, kind }| {
        let [value, ..] = values.as_slice() else {
            return Err(AwsError::invalid_input(format!("Invalid Context Entry: {name} has no values.")));
        };
        if name.is_empty() || !TYPES.contains(&kind.as_str()) {
            return Err(AwsError::invalid_input(format!("Invalid Context Entry: {name} of type {kind}.")));
        }
        Ok(if kind.ends_with("List") {
            context.with_many(name, values.iter().map(String::as_str))
        } else {
            context.with(name, value.as_str())
        })
    })
}
