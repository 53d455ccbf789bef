//! Lists that lack what is there, as AWS's may while it replicates or while somebody writes (§4.4, §4.7). A fault to inject: a
//! bulk read leaves an entity out, and a read of that entity by its name shows it.

use crate::api::Paging;
use crate::state::Cloud;
use rolegate_iam::{Account, AccountId};

/// For how long something stays out of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// Bulk reads still to come that leave it out.
    reads: u32,
    /// Whether the bulk read under way leaves it out.
    now: bool,
}

impl Cloud {
    /// Lets the next bulk reads of its account (`GetAccountAuthorizationDetails`, and the `ListRoles` beside it) leave the
    /// entity with this ARN out, so many times.
    pub fn hide_from_lists(&mut self, arn: &str, reads: u32) {
        self.hidden.insert(arn.to_owned(), Hidden { reads, now: false });
    }

    /// An account of [`Cloud::snapshot`] without what the bulk read under way leaves out.
    pub fn as_listed(&self, mut account: Account) -> Account {
        if self.hidden.is_empty() {
            return account;
        }
        let names = account.clone();
        account.users.retain(|_, user| self.shows(&names.user_arn(user).to_string()));
        account.groups.retain(|_, group| self.shows(&names.group_arn(group).to_string()));
        account.roles.retain(|_, role| self.shows(&names.role_arn(role).to_string()));
        account.policies.retain(|arn, _| self.shows(&arn.to_string()));
        account
    }

    /// Whether lists show the entity with this ARN.
    pub(crate) fn shows(&self, arn: &str) -> bool {
        self.hidden.is_empty() || !self.hidden.get(arn).is_some_and(|hidden| hidden.now)
    }

    /// A bulk read of the account begins, if this is its first page.
    pub(crate) fn begin_bulk_read(&mut self, account: AccountId, paging: &Paging) {
        if paging.marker.is_some() {
            return;
        }
        let here = format!(":{account}:");
        self.hidden.retain(|arn, hidden| {
            if !arn.contains(&here) {
                return true;
            }
            hidden.now = hidden.reads > 0;
            hidden.reads = hidden.reads.saturating_sub(1);
            hidden.now
        });
    }
}
