//! Everything beyond the schema that must hold before anything is compiled, all errors at once. Decides nothing about
//! grants against each other: see `accept`.

mod types;

pub use types::{
    Kind, Labels, Management, ObjectKey, PolicyRef, Template, ValidAccess, ValidAccount, ValidGroup,
    ValidRole, ValidSubject, Validated,
};

use crate::manifest::{Diagnostic, Manifests};

/// What validation depends on beside the objects.
#[derive(Debug, Clone)]
pub struct ValidateOptions {
    /// Who compiles: a DNS label of at most 20 characters, in the name of everything that is made.
    pub installation: String,
}

/// Checks everything. What is sound is in the first part of the answer, all that is wrong in the second.
pub fn validate(_manifests: &Manifests, _options: &ValidateOptions) -> (Validated, Vec<Diagnostic>) {
    (Validated::default(), Vec::new())
}
