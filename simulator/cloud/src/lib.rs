//! An AWS to practise on: IAM and STS in memory, any number of accounts, a clock that only moves when told.
//!
//! [`Cloud::call`] is synchronous and pure: no task, no clock, no file, no randomness from outside; the same calls on the
//! same seed give the same answers. Every call is authorised by `rolegate_engine`, and refused with AWS's own codes.
//! It speaks no wire protocol: see `rolegate_emulator`. "§" in comments points into the project's notes on AWS semantics.
//!
//! ```
//! use rolegate_cloud::{Cloud, Request, api::Response};
//!
//! let mut cloud = Cloud::new("2027-01-15T08:00:00Z".parse()?, 1);
//! let root = cloud.add_account("111111111111".parse()?, rolegate_iam::Partition::Aws, "gateway").credentials();
//! let Response::CallerIdentity(me) = cloud.call(&root, Request::GetCallerIdentity {})? else { unreachable!() };
//! assert_eq!(me.arn, "arn:aws:iam::111111111111:root");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(clippy::disallowed_methods)]

pub mod api;

mod authorise;
mod call;
mod caller;
mod error;
mod iam;
mod ids;
mod managed;
mod paging;
mod quotas;
mod state;
mod sts;
mod torn;
mod totp;
mod trust;
mod validate;

pub use api::{AccessKey, Answer, CallRecord, Credentials, Request, Response, SessionCredentials};
pub use error::AwsError;
pub use quotas::Quota;
pub use state::{Cloud, Faults};
pub use totp::totp;

#[cfg(test)]
mod tests;
