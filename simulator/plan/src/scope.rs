//! How much is looked at: everything, or only what some changed bindings touch, where everything else is known to be as declared.

use crate::naming::Holder;
use rolegate_iam::{AccountId, RoleName};
use std::collections::{BTreeMap, BTreeSet};

/// What a decision looks at.
#[derive(Debug)]
pub(crate) enum Scope {
    /// All roles, groups, people and holders of all accounts.
    Everything,
    /// These roles and holders. Of the rest it is known that nothing is to be done there.
    Touched(Touched),
}

/// What some bindings touch.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// Roles and holders, by account.
    pub(crate) accounts: BTreeMap<AccountId, Parts>,
    /// How many grants and memberships there are in all accounts, touched or not.
    pub(crate) present: usize,
}

/// What is touched in one account.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// Roles, whether they are there or not.
    pub(crate) roles: BTreeSet<RoleName>,
    /// Those whose leave changes.
    pub(crate) holders: BTreeSet<Holder>,
}

impl Scope {
    /// Whether anything of an account is looked at.
    pub(crate) fn account(&self, account: AccountId) -> bool {
        match self {
            Self::Everything => true,
            Self::Touched(touched) => touched.accounts.contains_key(&account),
        }
    }

    /// Whether a role is looked at.
    pub(crate) fn role(&self, account: AccountId, role: &RoleName) -> bool {
        match self {
            Self::Everything => true,
            Self::Touched(touched) => touched.role(account, role),
        }
    }

    /// Whether a holder's leave is looked at.
    pub(crate) fn holder(&self, account: AccountId, holder: &Holder) -> bool {
        match self {
            Self::Everything => true,
            Self::Touched(touched) => touched.holder(account, holder),
        }
    }

    /// Whether groups, people and what others wrote are looked at; bindings change none of these.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self, Self::Everything)
    }
}

impl Touched {
    pub(crate) fn role(&self, account: AccountId, role: &RoleName) -> bool {
        self.accounts.get(&account).is_some_and(|parts| parts.roles.contains(role))
    }

    pub(crate) fn holder(&self, account: AccountId, holder: &Holder) -> bool {
        self.accounts.get(&account).is_some_and(|parts| parts.holders.contains(holder))
    }
}
