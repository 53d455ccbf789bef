//! Proptest strategies of the model, for the property tests of this and other packages (feature `proptest`).
//!
//! Values come from small sets, so that what is generated meets: the same accounts, names and paths come up again and again.
//! Everything that is generated could be held by IAM, except where a comment says otherwise.

mod organization;
mod policy;
mod snapshot;

pub use organization::organization;
pub use policy::{
    action_clause, condition_value, conditions, document, operator, policy, principal, statement,
};
pub use snapshot::{account, group, managed_policy, part, role, snapshot, time, user};

use crate::account::{AccountId, Partition};
use crate::arn::{PolicyArn, PolicyOwner, RoleArn, SessionArn, UserArn};
use crate::name::{GroupName, Path, PolicyName, RoleName, SessionName, UserName};
use crate::tags::Tags;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use smol_str::SmolStr;
use std::fmt::Debug;
use std::str::FromStr;

fn parsed<T: FromStr + Debug>(pattern: &'static str) -> impl Strategy<Value = T> {
    pattern.prop_filter_map("not of this type", |text| text.parse().ok())
}

fn text(choices: &'static [&'static str]) -> impl Strategy<Value = SmolStr> {
    select(choices).prop_map(SmolStr::new_static)
}

/// Account ids: mostly one of three.
pub fn account_id() -> impl Strategy<Value = AccountId> {
    prop_oneof![4 => parsed("1{12}|2{12}|3{12}"), 1 => parsed("[0-9]{12}")]
}

/// Partitions: mostly `aws`.
pub fn partition() -> impl Strategy<Value = Partition> {
    prop_oneof![
        4 => Just(Partition::Aws),
        1 => select(vec![Partition::AwsCn, Partition::AwsUsGov, Partition::AwsEusc]),
    ]
}

/// Paths: mostly `/`.
pub fn path() -> impl Strategy<Value = Path> {
    prop_oneof![2 => Just(Path::root()), 1 => parsed("/[ab]/|/a/b/")]
}

/// Role names.
pub fn role_name() -> impl Strategy<Value = RoleName> {
    parsed("[ABab]{1,2}|[A-Za-z0-9+=,.@_-]{1,64}")
}

/// User names.
pub fn user_name() -> impl Strategy<Value = UserName> {
    parsed("[ABab]{1,2}|[A-Za-z0-9+=,.@_-]{1,64}")
}

/// Group names.
pub fn group_name() -> impl Strategy<Value = GroupName> {
    parsed("[ABab]{1,2}")
}

/// Policy names.
pub fn policy_name() -> impl Strategy<Value = PolicyName> {
    parsed("[ABab]{1,2}|[A-Za-z0-9+=,.@_-]{1,128}")
}

/// Role session names.
pub fn session_name() -> impl Strategy<Value = SessionName> {
    parsed("s[12]|[A-Za-z0-9+=,.@_-]{2,64}")
}

/// Role ARNs.
pub fn role_arn() -> impl Strategy<Value = RoleArn> {
    (partition(), account_id(), path(), role_name()).prop_map(|(partition, account, path, name)| RoleArn {
        partition,
        account,
        path,
        name,
    })
}

/// User ARNs.
pub fn user_arn() -> impl Strategy<Value = UserArn> {
    (partition(), account_id(), path(), user_name()).prop_map(|(partition, account, path, name)| UserArn {
        partition,
        account,
        path,
        name,
    })
}

/// Session ARNs.
pub fn session_arn() -> impl Strategy<Value = SessionArn> {
    (partition(), account_id(), role_name(), session_name())
        .prop_map(|(partition, account, role, session)| SessionArn { partition, account, role, session })
}

/// ARNs of customer and AWS-managed policies.
pub fn policy_arn() -> impl Strategy<Value = PolicyArn> {
    let owner = prop_oneof![Just(PolicyOwner::Aws), account_id().prop_map(PolicyOwner::Account)];
    (partition(), owner, path(), policy_name()).prop_map(|(partition, owner, path, name)| PolicyArn {
        partition,
        owner,
        path,
        name,
    })
}

/// Tags.
pub fn tags() -> impl Strategy<Value = Tags> {
    vec(("[Tt]eam|[a-z]{1,3}", "\\PC{0,4}"), 0..3).prop_map(Tags::from_iter)
}
