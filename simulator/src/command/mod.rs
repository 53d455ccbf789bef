//! The offline commands: values in, [`crate::Answer`] out. Reads no file, asks no clock, prints nothing.

pub mod bootstrap;
pub mod can;
pub mod check;
mod declared;
pub mod export;
mod origin;
pub mod plan;
pub mod reach;
mod target;
pub mod who_can;

pub use declared::{Declared, Question};

/// What standard output holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// For people.
    Text,
    /// For programs: one JSON object with `apiVersion` and `kind`.
    Json,
}

/// The version of all JSON answers.
pub(crate) const API_VERSION: &str = "rolegate.dev/v1alpha1";
