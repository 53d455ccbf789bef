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
