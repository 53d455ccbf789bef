//! `rolegate_cloud` behind the real AWS wire protocols, so that the AWS CLI, boto3 and every SDK work against it.
//!
//! Speaks the AWS Query protocol of IAM and STS over HTTP, verifies signatures and paints answers in AWS's shapes; what a
//! call does and whether it may is the cloud's business. Meant for development and tests: it never belongs in an image,
//! and it binds the loopback interface unless told otherwise.

mod admin;
mod clock;
mod decode;
mod emulator;
mod encode;
mod form;
mod server;
mod sigv4;
mod wire;
pub mod world;
mod xml;

pub use clock::Clock;
pub use emulator::{Admin, Emulator, Exposure, Options, StartError};
pub use sigv4::Signer;
