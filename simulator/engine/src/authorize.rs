//! What binds a caller's calls in its own account: its policies and the SCPs above it. No trust policy takes part here.

use crate::context::Context;
use crate::decide::{explicit, implicit, possible, subject_of};
use crate::decision::{Decision, Doubt, Layer, Verdict};
use crate::facts::Facts;
use crate::guards::{self, explain_control};
use crate::keyring::{Call, Keyring, Situation};
use crate::layer::{Asked, By, Found, Says};
use crate::own::{Own, explain_own};
use crate::request::{Caller, Environment};
use crate::settings::Settings;
use rolegate_iam::organization::ControlType;

/// What the caller's own policies (identity policies, boundary, session policies) and the SCPs of its account say of any action
/// on a resource of the caller's account. `resource` is an ARN, or `*` for actions without one; `context` holds the request's own keys.
pub fn authorize(
    world: &impl Facts,
    caller: &Caller,
    action: &str,
    resource: &str,
    context: &Context,
    environment: &Environment,
    settings: &Settings,
) -> Decision {
    match caller {
        Caller::Service { .. } => return implicit(Layer::Identity, action),
        Caller::FederatedUser { name, .. } => {
            let needs = vec![Doubt::Outside { who: format!("the federated user {name}").into() }];
            return Decision::Possible { default: Verdict::Deny, needs };
        }
        Caller::Root { .. }
        | Caller::UserKey { .. }
        | Caller::UserSession { .. }
        | Caller::RoleSession(_) => {}
    }
    let (subject, doubt) = match subject_of(world, caller) {
        Ok(found) => found,
        Err(refusal) => return refusal.into(),
    };
    let situation = Situation {
        world,
        caller,
        subject: subject.as_deref(),
        environment,
        settings,
        call: Call::Other(context),
    };
    let keys = Keyring { situation: &situation, action, layer: Layer::Identity };
    let asked = Asked { action, resource };
    let own: Own<By<'_>> = Own::of(&keys, asked);
    let scp = match guards::scp_account(caller) {
        Some(account) => guards::control(&keys, account, ControlType::Scp, asked),
        None => Says::FREE,
    };
    let by_scp = scp.deny.truth.is_yes().then_some((Layer::Scp, scp.deny.by));
    if let Some((layer, found)) = own.denied().or(by_scp) {
        return explicit(layer, action, found);
    }
    if scp.allow.truth.is_no() {
        return implicit(Layer::Scp, action);
    }
    let allow = own.identity.allow.truth.and(own.limits());
    if allow.is_no() {
        return implicit(own.missing(), action);
    }
    if allow.and(scp.allow.truth).is_yes() && own.may_deny().or(scp.deny.truth).is_no() {
        return Decision::Allowed {
            granted_by: own.identity.allow.by.map(Found::to_ref).into_iter().collect(),
        };
    }
    let mut needs: Vec<Doubt> = doubt.into_iter().map(|doubt| *doubt).collect();
    explain_own(&keys, asked, &mut needs);
    if let Some(account) = guards::scp_account(caller) {
        explain_control(&keys.at(action, Layer::Scp), account, ControlType::Scp, asked, &mut needs);
    }
    possible(Verdict::Deny, needs)
}
