//! What AWS is, as plain data: accounts, ARNs, names, principals, policies and the [`Snapshot`] of many accounts.
//!
//! This package decides nothing (see `rolegate_engine`) and plans nothing (see `rolegate_plan`). It reads no file, no
//! clock and no network; the model carries no serde derives, because its external form is the output of the AWS CLI
//! ([`snapshot::gaad`]), not the shape of these types. Facts follow the AWS documentation; "§" in comments points into
//! the project's notes on AWS semantics.
#![warn(clippy::disallowed_methods)]

pub mod account;
pub mod arn;
pub mod name;
pub mod organization;
pub mod pattern;
pub mod policy;
pub mod snapshot;
#[cfg(any(test, feature = "proptest"))]
pub mod strategies;
pub mod tags;

pub use account::{AccountId, Partition};
pub use arn::{Arn, GroupArn, MfaArn, PolicyArn, PolicyOwner, RoleArn, SessionArn, UserArn};
pub use name::{GroupName, Path, PolicyName, RoleName, SessionName, UserName};
pub use organization::Organization;
pub use policy::{Document, Policy, Statement};
pub use snapshot::{Account, Snapshot};
pub use tags::Tags;
