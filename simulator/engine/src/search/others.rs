//! Entrances of callers that hold no IAM credentials: services, providers, and principals that are not understood.
//! Evaluates no condition: only a service that is let in without any is certain (§2.4 (e)).

use super::requirement::{Constraint, FreeKey, Requirement, Requirements};
use super::{Certainty, Entry, PrincipalRef};
use crate::action;
use crate::condition::holds;
use crate::context::Context;
use crate::control::Controls;
use crate::decision::{Doubt, Layer};
use crate::facts::{Facts, Held};
use crate::guards::is_service_linked_path;
use crate::keyring::{Call, Keyring, Situation};
use crate::layer::{Found, may_be};
use crate::request::{Caller, Environment};
use crate::settings::{Settings, TrustActionWildcards, UncollectedControls};
use rolegate_iam::RoleArn;
use rolegate_iam::organization::ControlType;
use rolegate_iam::policy::{Condition, Effect, Policy, ResourceClause, Version};
use smol_str::{SmolStr, ToSmolStr};

/// The entrance of a principal that is not evaluated, by a statement that allows it. `limit` is what may stop a service.
pub(crate) fn entrance(
    from: PrincipalRef,
    found: Found<'_>,
    policy: &Policy,
    settings: &Settings,
    limit: Option<&Doubt>,
) -> Entry {
    let open = matches!(from, PrincipalRef::Service(_)) && is_open(found, policy, settings);
    let certainty = match (open, limit) {
        (true, None) => Certainty::Certain,
        (true, Some(limit)) => Certainty::Possible(vec![limit.clone()]),
        (false, _) => {
            let what = format!("entry by {from} is not evaluated").into();
            Certainty::Possible(vec![Doubt::NotModelled { what }])
        }
    };
    Entry {
        from,
        requirements: Requirements(found.statement.conditions.iter().map(as_it_stands).collect()),
        certainty,
        trust_by: found.to_ref(),
        identity_by: None,
    }
}

/// Whether the statement lets its services in, whatever they send: they need nothing but the trust policy.
fn is_open(found: Found<'_>, policy: &Policy, settings: &Settings) -> bool {
    let statement = found.statement;
    statement.conditions.is_empty()
        && statement.resource == ResourceClause::Absent
        && action::covers(&statement.action, "sts:AssumeRole", settings.trust_action_wildcards).is_yes()
        && policy.broken.is_empty()
        && policy.statements.iter().all(|other| other.effect == Effect::Allow)
}

/// What of the organization's policies may stop a service from entering a role (§2.6); `None` when nothing does.
pub(crate) fn limit(world: &dyn Facts, target: &RoleArn, settings: &Settings) -> Option<Doubt> {
    if is_service_linked_path(target.path.as_str()) {
        return None;
    }
    match world.controls(target.account, ControlType::Rcp) {
        Controls::Free(_) => None,
        Controls::NotCollected(doubt) => {
            (settings.uncollected_controls == UncollectedControls::Report).then_some(*doubt)
        }
        Controls::Levels(levels) => levels.iter().find_map(|level| {
            let binding = level.policies.iter().find(|held| may_bind(world, held, settings));
            let what = |held: &Held<'_>| {
                format!("whether the {} binds services is not evaluated", held.source.to_owned())
            };
            level.gap.clone().or(binding.map(|held| Doubt::NotModelled { what: what(held).into() }))
        }),
    }
}

/// Whether a policy may deny `sts:AssumeRole` to a service.
fn may_bind(world: &dyn Facts, held: &Held<'_>, settings: &Settings) -> bool {
    let Some(policy) = held.document.map(rolegate_iam::Document::policy) else { return true };
    policy.broken.iter().any(|broken| may_be(broken, Effect::Deny))
        || policy.statements.iter().any(|statement| {
            statement.effect == Effect::Deny
                && !action::covers(&statement.action, "sts:AssumeRole", TrustActionWildcards::Glob).is_no()
                && !statement
                    .conditions
                    .iter()
                    .any(|one| spares_services(world, one, policy.version, settings))
        })
}

/// Whether a condition never holds for a service. Only what a service is by itself is looked at, not what it sends.
fn spares_services(world: &dyn Facts, condition: &Condition, version: Version, settings: &Settings) -> bool {
    let caller = Caller::Service { principal: "".into(), source_account: None, source_arn: None };
    let situation = Situation {
        world,
        caller: &caller,
        subject: None,
        environment: &Environment::at(jiff::Timestamp::UNIX_EPOCH),
        settings,
        call: Call::Other(&Context::new()),
    };
    let keys = Keyring { situation: &situation, action: "sts:AssumeRole", layer: Layer::Rcp };
    let own = ["aws:PrincipalIsAWSService", "aws:PrincipalOrgID", "aws:PrincipalAccount"];
    own.iter().any(|key| condition.key.eq_ignore_ascii_case(key)) && holds(condition, version, &keys).is_no()
}

/// A condition for principals whose requests are not evaluated.
fn as_it_stands(condition: &Condition) -> Requirement {
    Requirement::Value(Constraint {
        key: FreeKey::Theirs(condition.key.to_smolstr()),
        operator: condition.operator.clone(),
        values: condition.values.clone(),
        holds: true,
        prefix: SmolStr::default(),
        own_user_name: false,
    })
}
