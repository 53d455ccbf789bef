//! Who some credentials are, asked of AWS: the account that they act in, the role that they are a session of. Changes nothing.

use crate::error::failure;
use aws_config::SdkConfig;
use rolegate_iam::{Arn, RoleArn, SessionArn};
use rolegate_plan::port::{Entrance, ErrorClass, Failure};

/// Whether these credentials are of a session of this role. Sessions do not tell the path, and need not: no two roles of an
/// account have one name (§3.1).
pub(crate) async fn acts_as(config: &SdkConfig, role: &RoleArn) -> bool {
    let answer = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let arn = answer.ok().and_then(|answer| answer.arn().and_then(|arn| arn.parse::<SessionArn>().ok()));
    arn.is_some_and(|arn| {
        (arn.partition, arn.account, &arn.role) == (role.partition, role.account, &role.name)
    })
}

/// Makes sure that these credentials act in the account that was meant.
pub(crate) async fn check_identity(config: &SdkConfig, entrance: &Entrance) -> Result<(), Failure> {
    let answer = aws_sdk_sts::Client::new(config)
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| failure("GetCallerIdentity", error))?;
    let partition = answer.arn().and_then(|arn| arn.parse::<Arn>().ok()).map(|arn| arn.partition);
    if partition.as_deref() != Some(entrance.partition.as_str()) {
        return Err(wrong(format!(
            "the account entered for AWSAccount {} is in partition {}, not in {}; correct spec.partition",
            entrance.name,
            partition.as_deref().unwrap_or("(unknown)"),
            entrance.partition
        )));
    }
    match answer.account() {
        Some(account) if account == entrance.id.as_str() => Ok(()),
        account => Err(wrong(format!(
            "the account entered for AWSAccount {} is {}, not {}; nothing was read or written there; {}",
            entrance.name,
            account.unwrap_or("(unknown)"),
            entrance.id,
            if entrance.roles.is_empty() {
                "use credentials of that account, or set spec.managementRole"
            } else {
                "correct spec.accountID or spec.managementRole"
            }
        ))),
    }
}

fn wrong(message: String) -> Failure {
    Failure { call: "GetCallerIdentity", class: ErrorClass::Denied, code: None, message }
}
