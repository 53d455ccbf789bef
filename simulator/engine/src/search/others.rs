//! Entrances of callers that hold no IAM credentials: services, providers, and principals that are not understood.
//! Evaluates no condition: only a service that is let in without any is certain (§2.4 (e)).

use super::requirement::{Constraint, FreeKey, Requirement, Requirements};
use super::{Certainty, Entry, PrincipalRef};
use crate::action;
use crate::decision::Doubt;
use crate::layer::Found;
use crate::settings::Settings;
use rolegate_iam::policy::{Condition, Effect, Policy, ResourceClause};
use smol_str::{SmolStr, ToSmolStr};

/// The entrance of a principal that is not evaluated, by a statement that allows it.
pub(crate) fn entrance(from: PrincipalRef, found: Found<'_>, policy: &Policy, settings: &Settings) -> Entry {
    let certainty = if matches!(from, PrincipalRef::Service(_)) && is_open(found, policy, settings) {
        Certainty::Certain
    } else {
        let what = format!("entry by {from} is not evaluated").into();
        Certainty::Possible(vec![Doubt::NotModelled { what }])
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
