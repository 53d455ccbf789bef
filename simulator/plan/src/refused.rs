//! What AWS refused of earlier documents (design §6.5), as an input of the next plan: a poison principal leaves out its own
//! binding and nobody else's. Remembers nothing and retries nothing: see the controller's quarantine.
//!
//! A principal that a role's trust policy does not name yet is left out at once. One that it names already stays as it is until
//! the refusal is certain, because a refusal may be AWS's own delay and what is there may work.

use crate::entry::{Entry, Who};
use crate::outcome::LeftOut;
use crate::step::Cause;
use rolegate_iam::policy::{Principal, PrincipalClause};
use rolegate_iam::{AccountId, Partition, RoleName, Statement};
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet};

/// What AWS refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused {
    /// Principals of trust policies, as written there.
    pub principals: BTreeMap<SmolStr, Certainty>,
    /// Roles whose narrowed trust policy did not fit the quota: the removals are sent alone.
    pub too_long: BTreeSet<(AccountId, RoleName)>,
}

/// Whether a refused principal may still be one that AWS has not heard of yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// It may.
    Suspected,
    /// It was refused for longer than AWS takes to hear of a new one (§4.6).
    Certain,
}

/// The root of an account, as our trust policies name it.
pub fn root_of(partition: Partition, account: AccountId) -> SmolStr {
    format_smolstr!("arn:{partition}:iam::{account}:root")
}

impl Who {
    /// The principal that stands for it in a trust policy.
    pub(crate) fn principal(&self) -> SmolStr {
        match self {
            Self::Group { partition, gateway, group: _ } | Self::Gateway { partition, gateway } => {
                root_of(*partition, *gateway)
            }
            Self::User(arn) => root_of(arn.partition, arn.account),
            Self::Role(arn) => root_of(arn.partition, arn.account),
            Self::Account { partition, id, external_id: _ } => root_of(*partition, *id),
        }
    }
}

impl Refused {
    /// The entries that must not be written into a role that names these principals now: of a principal that is not there yet
    /// whatever the certainty, of one that is there only when it is certain.
    pub(crate) fn unwritable(&self, present: &BTreeSet<Entry>, wanted: &BTreeSet<Entry>) -> BTreeSet<Entry> {
        if self.principals.is_empty() {
            return BTreeSet::new();
        }
        let named: BTreeSet<SmolStr> = present.iter().map(|entry| entry.who.principal()).collect();
        let is_out = |entry: &&Entry| {
            let principal = entry.who.principal();
            match self.principals.get(&principal) {
                Some(Certainty::Certain) => true,
                Some(Certainty::Suspected) => !named.contains(&principal),
                None => false,
            }
        };
        present.union(wanted).filter(is_out).cloned().collect()
    }

    /// Foreign denies without the principals that certainly do not exist: they deny nobody, and AWS takes no document that
    /// names them.
    pub(crate) fn writable(&self, denies: &[Statement]) -> Vec<Statement> {
        let is_dead =
            |principal: &Principal| self.principals.get(&principal.written().1) == Some(&Certainty::Certain);
        let living = |statement: &Statement| {
            let PrincipalClause::Is(principals) = &statement.principal else {
                return Some(statement.clone());
            };
            if !principals.iter().any(is_dead) {
                return Some(statement.clone());
            }
            let left: Vec<Principal> = principals.iter().filter(|one| !is_dead(one)).cloned().collect();
            (!left.is_empty())
                .then(|| Statement { principal: PrincipalClause::Is(left), ..statement.clone() })
        };
        denies.iter().filter_map(living).collect()
    }
}

/// How an entry stands that cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is in the role's trust policy, and stays until that is written for another reason.
    AsItWas,
    /// It is not.
    NotThere,
}

/// What is said about an entry that cannot be written.
pub(crate) fn left_out(
    account: AccountId,
    role: &RoleName,
    (entry, cause): (&Entry, &Cause),
    standing: Standing,
) -> LeftOut {
    let object = match cause {
        Cause::Declared(object) => object.to_string(),
        _ => String::new(),
    };
    let stands = match standing {
        Standing::AsItWas => "it stays as it was until the policy is written anew",
        Standing::NotThere => "it is not let in",
    };
    let message = format!(
        "AWS refuses {} as a principal of role {role}, as if there were no such account: {stands}, and everybody \
         else is; correct the account, or withdraw the binding",
        entry.who
    );
    LeftOut { account, object, reason: "InvalidPrincipal", message }
}
