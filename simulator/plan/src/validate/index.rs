//! Every object by name, sound or not, so that a reference can be followed before its target is found sound. Judges nothing.

use super::types::{Kind, ObjectKey};
use crate::manifest::{Located, Manifests, nearest};
use rolegate_crds::{AWSAccount, AccessGroup, AccessRole};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// Objects as written, by name; of several with one name the first.
#[derive(Debug)]
pub(super) struct Index<'a> {
    pub(super) installation: &'a str,
    pub(super) accounts: BTreeMap<&'a str, &'a AWSAccount>,
    pub(super) roles: BTreeMap<&'a str, &'a AccessRole>,
    pub(super) groups: BTreeMap<&'a str, &'a AccessGroup>,
    unreadable: Vec<(Kind, &'a str)>,
}

/// What a reference leads to.
#[derive(Debug)]
pub(super) enum Target<'a, T> {
    /// An object.
    Found(&'a T),
    /// An object that cannot be read; its own errors are reported where it is.
    Unreadable,
    /// Nothing; what to write instead.
    Nothing(String),
}

impl<'a> Index<'a> {
    pub(super) fn new(manifests: &'a Manifests, installation: &'a str) -> Self {
        Self {
            installation,
            accounts: by_name(&manifests.accounts),
            roles: by_name(&manifests.roles),
            groups: by_name(&manifests.groups),
            unreadable: manifests.unreadable.iter().map(|key| (key.kind, key.name.as_str())).collect(),
        }
    }

    pub(super) fn account(&self, name: &str) -> Target<'a, AWSAccount> {
        self.follow(Kind::Account, &self.accounts, name)
    }

    pub(super) fn role(&self, name: &str) -> Target<'a, AccessRole> {
        self.follow(Kind::Role, &self.roles, name)
    }

    pub(super) fn group(&self, name: &str) -> Target<'a, AccessGroup> {
        self.follow(Kind::Group, &self.groups, name)
    }

    /// The account with an id.
    pub(super) fn account_with_id(&self, id: &str) -> Option<&'a AWSAccount> {
        self.accounts.values().copied().find(|account| account.spec.account_id == id)
    }

    fn follow<T>(&self, kind: Kind, known: &BTreeMap<&'a str, &'a T>, name: &str) -> Target<'a, T> {
        if let Some(found) = known.get(name) {
            return Target::Found(found);
        }
        if self.unreadable.contains(&(kind, name)) {
            return Target::Unreadable;
        }
        let unreadable = self.unreadable.iter().filter(|(other, _)| *other == kind).map(|(_, name)| *name);
        let kind = kind.as_str();
        Target::Nothing(match nearest(name, known.keys().copied().chain(unreadable)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare an {kind} `{name}`, or pass the manifest that does"),
        })
    }
}

fn by_name<T: kube_like::Named>(objects: &[Located<T>]) -> BTreeMap<&str, &T> {
    let mut found = BTreeMap::new();
    for Located { object, source: _ } in objects {
        found.entry(object.name()).or_insert(object);
    }
    found
}

/// Names and namespaces, without naming the crate that gives objects their metadata.
pub(super) mod kube_like {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
    use rolegate_crds::{AWSAccount, AccessGroup, AccessRole, AccountAccess};

    /// An object with a name.
    pub(in super::super) trait Named {
        fn metadata(&self) -> &ObjectMeta;
        fn name(&self) -> &str {
            self.metadata().name.as_deref().unwrap_or_default()
        }
    }

    macro_rules! named {
        ($($kind:ident)*) => {$(
            impl Named for $kind {
                fn metadata(&self) -> &ObjectMeta {
                    &self.metadata
                }
            }
        )*};
    }
    named!(AWSAccount AccessRole AccessGroup AccountAccess);
}

/// The identity of an object of the cluster.
pub(super) fn cluster_key(kind: Kind, name: &str) -> ObjectKey {
    ObjectKey { kind, namespace: SmolStr::default(), name: name.into() }
}
