//! Point reads: whether one thing exists, because a bulk read does not show it (§4.4). Changes nothing.

use crate::error::{HttpStatus, failure, is_absent};
use aws_sdk_iam::Client;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use rolegate_plan::absence::{Entity, Presence};
use rolegate_plan::port::Failure;
use std::error::Error;

/// Asks for it by its name.
///
/// # Errors
/// AWS did not say whether it is there.
pub(crate) async fn exists(iam: &Client, entity: &Entity) -> Result<Presence, Failure> {
    match entity {
        Entity::User(name) => presence("GetUser", iam.get_user().user_name(name.as_str()).send().await),
        Entity::Role(name) => presence("GetRole", iam.get_role().role_name(name.as_str()).send().await),
        Entity::Group(name) => {
            presence("GetGroup", iam.get_group().group_name(name.as_str()).max_items(1).send().await)
        }
        Entity::Policy(arn) => {
            presence("GetPolicy", iam.get_policy().policy_arn(arn.to_string()).send().await)
        }
    }
}

fn presence<T, E, R>(call: &'static str, answer: Result<T, SdkError<E, R>>) -> Result<Presence, Failure>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: std::fmt::Debug + HttpStatus + Send + Sync + 'static,
{
    match answer.map_err(|error| failure(call, error)) {
        Ok(_) => Ok(Presence::Present),
        Err(failure) if is_absent(&failure) => Ok(Presence::Absent),
        Err(failure) => Err(failure),
    }
}
