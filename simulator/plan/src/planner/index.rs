//! Which bindings concern a role and a holder, and which of them changed.

use crate::accept::{Accepted, Grant};
use crate::compile::holder;
use crate::naming::Holder;
use crate::validate::{AccessKey, ValidAccess, Validated};
use rolegate_iam::AccountId;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A role by account and name, as IAM tells names apart: without case.
pub(super) type NameKey = (AccountId, SmolStr);

/// The bindings by what they concern.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_role: BTreeMap<NameKey, BTreeSet<AccessKey>>,
    by_holder: BTreeMap<(AccountId, Holder), BTreeSet<AccessKey>>,
}

/// The role of a grant.
pub(super) fn name_key(grant: &Grant<'_>) -> NameKey {
    (grant.account.id, grant.role.role_name.key())
}

impl Index {
    pub(super) fn of(all: &Validated, accepted: &Accepted<'_>) -> Self {
        let mut index = Self::default();
        for grant in &accepted.grants {
            let access = || (grant.access.namespace.clone(), grant.access.name.clone());
            index.by_role.entry(name_key(grant)).or_default().insert(access());
            if let Some(holder) = holder(all, grant.account, grant.subject) {
                index.by_holder.entry(holder).or_default().insert(access());
            }
        }
        index
    }

    /// The bindings of a role.
    pub(super) fn of_role(&self, role: &NameKey) -> impl Iterator<Item = &AccessKey> {
        self.by_role.get(role).into_iter().flatten()
    }

    /// The bindings by which a holder has leave.
    pub(super) fn of_holder(&self, holder: &(AccountId, Holder)) -> impl Iterator<Item = &AccessKey> {
        self.by_holder.get(holder).into_iter().flatten()
    }
}

/// The bindings that are there in one and not, or not the same, in the other.
pub(super) fn changed<'a>(
    before: &'a BTreeMap<AccessKey, Arc<ValidAccess>>,
    after: &'a BTreeMap<AccessKey, Arc<ValidAccess>>,
) -> BTreeSet<&'a AccessKey> {
    let mut changed = BTreeSet::new();
    let (mut olds, mut news) = (before.iter().peekable(), after.iter().peekable());
    loop {
        match (olds.peek(), news.peek()) {
            (None, None) => return changed,
            // The same object, so the same name.
            (Some((_, old)), Some((_, new))) if Arc::ptr_eq(old, new) => {
                olds.next();
                news.next();
            }
            (Some((key, _)), None) => {
                changed.insert(*key);
                olds.next();
            }
            (None, Some((key, _))) => {
                changed.insert(*key);
                news.next();
            }
            (Some((old, _)), Some((new, _))) if old < new => {
                changed.insert(*old);
                olds.next();
            }
            (Some((old, _)), Some((new, _))) if old > new => {
                changed.insert(*new);
                news.next();
            }
            (Some((key, old)), Some((_, new))) => {
                if old != new {
                    changed.insert(*key);
                }
                olds.next();
                news.next();
            }
        }
    }
}
