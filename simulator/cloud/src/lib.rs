//! An AWS to practise on: IAM and STS in memory, any number of accounts, a clock that only moves when told.
//!
//! [`Cloud::call`] is synchronous and pure: no task, no clock, no file, no randomness from outside; the same calls on the
//! same seed give the same answers. Every call is authorised by `rolegate_engine`, and refused with AWS's own codes.
//! It speaks no wire protocol: see `rolegate_emulator`. "§" in comments points into the project's notes on AWS semantics.
#![warn(clippy::disallowed_methods)]

pub mod api;
mod error;
mod state;

pub use api::{AccessKey, CallRecord, Credentials, Request, Response, SessionCredentials};
pub use error::AwsError;
pub use state::{Cloud, Faults};
