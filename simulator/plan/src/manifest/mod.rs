//! Reads the text of manifests into objects that know where they are written. Everything that is wrong is reported at once,
//! and nothing is guessed. Takes text: opens no file.

mod diagnostic;
mod objects;
mod schema;
#[cfg(test)]
mod tests;
mod tree;

pub use diagnostic::{Diagnostic, Position, Source};
pub(crate) use diagnostic::{listed, nearest};

use crate::validate::{Labels, ObjectKey};
use rolegate_crds::{AWSAccount, AccessGroup, AccessRole, AccountAccess};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An object and where it is written.
#[derive(Debug, Clone)]
pub struct Located<T> {
    /// The object.
    pub object: T,
    /// Where.
    pub source: Arc<Source>,
}

/// The objects of all manifests, in the order in which they are written. Those that are also in `unreadable` are there so that
/// the rest of their errors can be found; nothing may be made of them.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// `AWSAccount`s.
    pub accounts: Vec<Located<AWSAccount>>,
    /// `AccessRole`s.
    pub roles: Vec<Located<AccessRole>>,
    /// `AccessGroup`s.
    pub groups: Vec<Located<AccessGroup>>,
    /// `AccountAccess`es; those without a namespace are in `default`.
    pub accesses: Vec<Located<AccountAccess>>,
    /// Labels of the `Namespace`s that are among the manifests.
    pub namespaces: BTreeMap<SmolStr, Labels>,
    /// Objects whose name could be read and that are in error.
    pub unreadable: BTreeSet<ObjectKey>,
}

/// Reads files, each a name and its text: YAML or JSON, any number of documents, `List`s. Objects that are not Rolegate's are
/// skipped; whatever is wrong with the others is in the second part of the answer.
pub fn read(files: &[(String, String)]) -> (Manifests, Vec<Diagnostic>) {
    let mut reader = objects::Reader::new();
    for (name, text) in files {
        reader.file(name, text);
    }
    reader.finish()
}
