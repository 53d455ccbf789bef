//! Everything beyond the schema that must hold before anything is compiled, all errors at once. Decides nothing about
//! grants against each other: see `accept`.

mod access;
mod account;
#[cfg(test)]
mod bad;
mod group;
mod index;
mod inline;
mod report;
mod role;
mod subject;
#[cfg(test)]
mod tests;
mod together;
mod types;

pub use types::{
    AccessKey, Kind, Labels, Management, ObjectKey, PolicyRef, Template, ValidAccess, ValidAccount,
    ValidGroup, ValidRole, ValidSubject, Validated,
};

use crate::manifest::{Diagnostic, Located, Manifests, Position};
use index::Index;
use index::kube_like::Named;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What validation depends on beside the objects.
#[derive(Debug, Clone)]
pub struct ValidateOptions {
    /// Who compiles: a DNS label of at most 20 characters, in the name of everything that is made.
    pub installation: String,
}

/// Words that follow `rolegate.dev/` in the keys of tags that mean something else.
const TAKEN_INSTALLATIONS: [&str; 2] = ["owner", "dormant-since"];

/// Checks everything. What is sound is in the first part of the answer, all that is wrong in the second; an object in error
/// is named in [`Validated::unreadable`] and nowhere else.
pub fn validate(manifests: &Manifests, options: &ValidateOptions) -> (Validated, Vec<Diagnostic>) {
    let index = Index::new(manifests, &options.installation);
    let mut diagnostics: Vec<Diagnostic> = installation(&options.installation).into_iter().collect();
    let mut unreadable = manifests.unreadable.clone();
    for (key, diagnostic) in together::together(manifests, &options.installation) {
        unreadable.insert(key);
        diagnostics.push(diagnostic);
    }
    let Manifests { accounts, roles, groups, accesses, namespaces, unreadable: _ } = manifests;
    let mut sieve = Sieve { unreadable, diagnostics };
    let accounts = sieve.keep(accounts, cluster(Kind::Account), |located| account::account(located, &index));
    let roles = sieve.keep(roles, cluster(Kind::Role), |located| role::role(located, &index));
    let groups = sieve.keep(groups, cluster(Kind::Group), |located| group::group(located, &index));
    let accesses = sieve.keep(accesses, access::key, |located| access::access(located, &index));
    let Sieve { unreadable, mut diagnostics } = sieve;
    diagnostics.sort();
    diagnostics.dedup();
    let validated = Validated {
        installation: options.installation.as_str().into(),
        accounts: by_name(accounts.into_iter().map(|(key, account)| (key, Arc::new(account))).collect()),
        roles: by_name(roles),
        groups: by_name(groups),
        accesses: accesses
            .into_iter()
            .map(|(key, access)| ((key.namespace, key.name), Arc::new(access)))
            .collect(),
        namespaces: namespaces.clone(),
        unreadable,
    };
    (validated, diagnostics)
}

/// Separates what is sound from what is not.
struct Sieve {
    unreadable: BTreeSet<ObjectKey>,
    diagnostics: Vec<Diagnostic>,
}

impl Sieve {
    fn keep<T, V>(
        &mut self,
        objects: &[Located<T>],
        key: impl Fn(&T) -> ObjectKey,
        examine: impl Fn(&Located<T>) -> (Option<V>, Vec<Diagnostic>),
    ) -> Vec<(ObjectKey, V)> {
        let mut sound = Vec::new();
        for located in objects {
            let key = key(&located.object);
            let (valid, found) = examine(located);
            self.diagnostics.extend(found);
            match valid {
                Some(valid) if !self.unreadable.contains(&key) => sound.push((key, valid)),
                _ => {
                    self.unreadable.insert(key);
                }
            }
        }
        sound
    }
}

fn cluster<T: Named>(kind: Kind) -> impl Fn(&T) -> ObjectKey {
    move |object| index::cluster_key(kind, object.name())
}

fn by_name<V>(objects: Vec<(ObjectKey, V)>) -> BTreeMap<SmolStr, V> {
    objects.into_iter().map(|(key, object)| (key.name, object)).collect()
}

fn installation(name: &str) -> Option<Diagnostic> {
    let taken =
        TAKEN_INSTALLATIONS.contains(&name).then(|| "this word has a meaning of its own in tags".to_owned());
    let rule = report::label_fault(name, 20).or(taken)?;
    Some(Diagnostic {
        file: SmolStr::default(),
        document: 0,
        position: Position::default(),
        object: String::new(),
        path: "installation".to_owned(),
        message: format!("`{name}` is no name for an installation: {rule}"),
        help: "choose a short name, such as that of the company".to_owned(),
    })
}
