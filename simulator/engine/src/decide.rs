//! The decision procedure of §2.4 for one request.

use crate::context::Context;
use crate::decision::Decision;
use crate::facts::Facts;
use crate::request::{AssumeRole, Caller, Environment};
use crate::settings::Settings;

/// What AWS would answer to one `sts:AssumeRole` request (§2).
pub fn assume_role(
    world: &impl Facts,
    caller: &Caller,
    request: &AssumeRole,
    environment: &Environment,
    settings: &Settings,
) -> Decision {
    let _ = (world, caller, request, environment, settings);
    todo!()
}

/// What the caller's own policies (identity policies, boundary, session policies) say of any action on a resource of the
/// caller's account. `resource` is an ARN, or `*` for actions without one; `context` holds the request's own keys.
pub fn authorize(
    world: &impl Facts,
    caller: &Caller,
    action: &str,
    resource: &str,
    context: &Context,
    environment: &Environment,
    settings: &Settings,
) -> Decision {
    let _ = (world, caller, action, resource, context, environment, settings);
    todo!()
}
