//! The [`Snapshot`]: all accounts' IAM as plain data, including *what was not collected*.
//!
//! Absence in a snapshot means absence in AWS only where the [`Part`] it belongs to was [`Part::Collected`]; everywhere
//! else it means that nobody knows. [`gaad`] reads and writes the output of the AWS CLI.

mod error;
pub mod file;
pub mod folder;
pub mod gaad;
pub mod locate;
pub mod organizations;
mod wire;

#[cfg(test)]
mod tests;

pub use error::ReadError;

use crate::account::{AccountId, Partition};
use crate::arn::{GroupArn, PolicyArn, PolicyOwner, RoleArn, UserArn};
use crate::name::{GroupName, Path, PolicyName, RoleName, UserName};
use crate::organization::Organization;
use crate::policy::Document;
use crate::tags::Tags;
use jiff::Timestamp;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// Why a part is not there, when nobody said why.
const ABSENT: &str = "not in the snapshot";

/// Many accounts' IAM, and the AWS-managed policies they use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// By account id. An account that is not here was not collected.
    pub accounts: BTreeMap<AccountId, Account>,
    /// AWS-managed policies whose documents were read. One that is attached and not here is unknown, not empty.
    pub aws_managed: BTreeMap<PolicyArn, ManagedPolicy>,
    /// Organizations by id, `o-…`, as far as they were collected.
    pub organizations: BTreeMap<SmolStr, Organization>,
    /// Accounts that are known to be in no organization. Of one that is neither here nor a member of an organization above,
    /// nobody knows.
    pub standalone: BTreeSet<AccountId>,
}

/// One account's IAM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// Its partition.
    pub partition: Partition,
    /// A name for people, when known.
    pub name: Option<SmolStr>,
    /// What was read, and when.
    pub collected: Collected,
    /// Users by name.
    pub users: BTreeMap<UserName, User>,
    /// Groups by name.
    pub groups: BTreeMap<GroupName, Group>,
    /// Roles by name.
    pub roles: BTreeMap<RoleName, Role>,
    /// Customer managed policies by ARN.
    pub policies: BTreeMap<PolicyArn, ManagedPolicy>,
    /// `GetAccountSummary`, when it was read: quotas and usage by AWS's own key (`AssumeRolePolicySizeQuota`, …).
    pub summary: BTreeMap<SmolStr, i64>,
}

/// What of an account was read, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// `UserDetailList`.
    pub users: Part,
    /// `GroupDetailList`.
    pub groups: Part,
    /// `RoleDetailList`.
    pub roles: Part,
    /// `Policies` (customer managed).
    pub policies: Part,
    /// `list-roles`: maximum session duration and description, which `RoleDetailList` lacks (§4.4).
    pub role_settings: Part,
    /// `get-account-summary`.
    pub summary: Part,
}

/// Whether a part of an account was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Read in full; `at` is the time of the read, when it is known.
    Collected {
        /// When the read began.
        at: Option<Timestamp>,
    },
    /// Not read, or not in full: absence means nothing.
    NotCollected {
        /// Why, for people: `not in the snapshot`, `access denied`, `the file is truncated`, …
        why: SmolStr,
    },
}

impl Part {
    /// Whether absence from this part means absence from AWS.
    pub fn is_collected(&self) -> bool {
        matches!(self, Self::Collected { .. })
    }
}

impl Collected {
    /// Nothing was read, for this reason.
    pub fn nothing(why: &str) -> Self {
        let part = Part::NotCollected { why: why.into() };
        Self {
            users: part.clone(),
            groups: part.clone(),
            roles: part.clone(),
            policies: part.clone(),
            role_settings: part.clone(),
            summary: part,
        }
    }

    /// Everything was read at this time.
    pub fn everything(at: Option<Timestamp>) -> Self {
        let part = Part::Collected { at };
        Self {
            users: part.clone(),
            groups: part.clone(),
            roles: part.clone(),
            policies: part.clone(),
            role_settings: part.clone(),
            summary: part,
        }
    }
}

impl Account {
    /// An account of which nothing is known yet.
    pub fn unread(id: AccountId, partition: Partition, why: &str) -> Self {
        Self { collected: Collected::nothing(why), ..Self::empty(id, partition, None) }
    }

    /// An account in which nothing exists, read in full at this time.
    pub fn empty(id: AccountId, partition: Partition, at: Option<Timestamp>) -> Self {
        Self {
            id,
            partition,
            name: None,
            collected: Collected::everything(at),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            roles: BTreeMap::new(),
            policies: BTreeMap::new(),
            summary: BTreeMap::new(),
        }
    }

    /// The ARN of a role of this account.
    pub fn role_arn(&self, role: &Role) -> RoleArn {
        RoleArn {
            partition: self.partition,
            account: self.id,
            path: role.path.clone(),
            name: role.name.clone(),
        }
    }

    /// The ARN of a user of this account.
    pub fn user_arn(&self, user: &User) -> UserArn {
        UserArn {
            partition: self.partition,
            account: self.id,
            path: user.path.clone(),
            name: user.name.clone(),
        }
    }

    /// The ARN of a group of this account.
    pub fn group_arn(&self, group: &Group) -> GroupArn {
        GroupArn {
            partition: self.partition,
            account: self.id,
            path: group.path.clone(),
            name: group.name.clone(),
        }
    }

    /// The ARN that a customer managed policy of this account has or would have.
    pub fn policy_arn(&self, path: &Path, name: &PolicyName) -> PolicyArn {
        PolicyArn {
            partition: self.partition,
            owner: PolicyOwner::Account(self.id),
            path: path.clone(),
            name: name.clone(),
        }
    }
}

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `AIDA…`
    pub id: SmolStr,
    /// Its path.
    pub path: Path,
    /// Its name.
    pub name: UserName,
    /// When it was made, when known.
    pub created: Option<Timestamp>,
    /// Inline policies.
    pub inline: BTreeMap<PolicyName, Document>,
    /// Attached managed policies.
    pub attached: BTreeSet<PolicyArn>,
    /// The groups it is in.
    pub groups: BTreeSet<GroupName>,
    /// Its permissions boundary.
    pub boundary: Option<PolicyArn>,
    /// Its tags.
    pub tags: Tags,
}

impl User {
    /// A user with nothing but a name.
    pub fn bare(id: impl Into<SmolStr>, path: Path, name: UserName) -> Self {
        Self {
            id: id.into(),
            path,
            name,
            created: None,
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
            groups: BTreeSet::new(),
            boundary: None,
            tags: Tags::new(),
        }
    }
}

/// An IAM group. Its members are the users that list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// `AGPA…`
    pub id: SmolStr,
    /// Its path.
    pub path: Path,
    /// Its name.
    pub name: GroupName,
    /// When it was made, when known.
    pub created: Option<Timestamp>,
    /// Inline policies.
    pub inline: BTreeMap<PolicyName, Document>,
    /// Attached managed policies.
    pub attached: BTreeSet<PolicyArn>,
}

/// An IAM role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// `AROA…`
    pub id: SmolStr,
    /// Its path.
    pub path: Path,
    /// Its name.
    pub name: RoleName,
    /// When it was made, when known.
    pub created: Option<Timestamp>,
    /// `AssumeRolePolicyDocument`.
    pub trust: Document,
    /// Inline policies.
    pub inline: BTreeMap<PolicyName, Document>,
    /// Attached managed policies.
    pub attached: BTreeSet<PolicyArn>,
    /// Its permissions boundary.
    pub boundary: Option<PolicyArn>,
    /// Its tags.
    pub tags: Tags,
    /// Seconds; from `list-roles`, absent when that was not collected.
    pub max_session_duration: Option<u32>,
    /// From `list-roles`.
    pub description: Option<String>,
    /// `InstanceProfileList`: names of the instance profiles that hold it.
    pub instance_profiles: BTreeSet<SmolStr>,
}

/// A managed policy with its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// `ANPA…`
    pub id: SmolStr,
    /// Its ARN.
    pub arn: PolicyArn,
    /// The version that counts, such as `v3`.
    pub default_version: SmolStr,
    /// All versions by id, such as `v1`.
    pub versions: BTreeMap<SmolStr, PolicyVersion>,
    /// Its description.
    pub description: Option<String>,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// When it was made, when known.
    pub created: Option<Timestamp>,
    /// The document.
    pub document: Document,
}

impl ManagedPolicy {
    /// The number in `v12`, which only ever grows.
    fn default_number(&self) -> u64 {
        self.default_version.trim_start_matches('v').parse().unwrap_or(0)
    }

    /// The document that counts; `None` when the snapshot lacks it, which means "unknown", not "nothing".
    pub fn document(&self) -> Option<&Document> {
        self.versions.get(&self.default_version).map(|version| &version.document)
    }
}

impl Snapshot {
    /// Adds an account.
    ///
    /// # Errors
    /// When it is there already: the account is returned.
    pub fn add(&mut self, account: Account) -> Result<(), Box<Account>> {
        match self.accounts.entry(account.id) {
            std::collections::btree_map::Entry::Occupied(_) => Err(Box::new(account)),
            std::collections::btree_map::Entry::Vacant(vacant) => {
                vacant.insert(account);
                Ok(())
            }
        }
    }

    /// Adds AWS-managed policies. Of one that was read twice, the newer default version is kept.
    pub fn add_aws_managed(&mut self, policies: impl IntoIterator<Item = ManagedPolicy>) {
        for policy in policies {
            let known = self.aws_managed.get(&policy.arn).map(ManagedPolicy::default_number);
            if known.is_none_or(|known| known < policy.default_number()) {
                self.aws_managed.insert(policy.arn.clone(), policy);
            }
        }
    }

    /// Adds an organization; what is known of it already and what is added are put together.
    ///
    /// # Errors
    /// When the two contradict each other, or an account would be in two organizations: what does, for people.
    pub fn add_organization(&mut self, organization: Organization) -> Result<(), String> {
        for account in organization.members.keys() {
            let mut others = self.organizations.values().filter(|other| other.id != organization.id);
            if let Some(other) = others.find(|other| other.members.contains_key(account)) {
                return Err(format!("account {account} is in {} and in {}", other.id, organization.id));
            }
            if self.standalone.contains(account) {
                return Err(format!(
                    "account {account} is said to be in no organization, and in {}",
                    organization.id
                ));
            }
        }
        if let Some(known) = self.organizations.get_mut(&organization.id) {
            return known.merge(organization);
        }
        self.organizations.insert(organization.id.clone(), organization);
        Ok(())
    }

    /// Says that an account is in no organization.
    ///
    /// # Errors
    /// When it is known to be in one: its id.
    pub fn add_standalone(&mut self, account: AccountId) -> Result<(), String> {
        if let Some(organization) = self.organization_of(account) {
            return Err(format!("account {account} is in {}", organization.id));
        }
        self.standalone.insert(account);
        Ok(())
    }

    /// The organization that an account is known to be in.
    pub fn organization_of(&self, account: AccountId) -> Option<&Organization> {
        self.organizations.values().find(|organization| organization.members.contains_key(&account))
    }

    /// A managed policy by ARN, wherever it is held; `None` means unknown unless its account's policies were collected.
    pub fn policy(&self, arn: &PolicyArn) -> Option<&ManagedPolicy> {
        match arn.owner {
            PolicyOwner::Aws => self.aws_managed.get(arn),
            PolicyOwner::Account(id) => self.accounts.get(&id)?.policies.get(arn),
        }
    }

    /// A role by ARN: the path must agree.
    pub fn role(&self, arn: &RoleArn) -> Option<&Role> {
        let account = self.accounts.get(&arn.account).filter(|account| account.partition == arn.partition)?;
        account.roles.get(&arn.name).filter(|role| role.path == arn.path)
    }

    /// A user by ARN: the path must agree.
    pub fn user(&self, arn: &UserArn) -> Option<&User> {
        let account = self.accounts.get(&arn.account).filter(|account| account.partition == arn.partition)?;
        account.users.get(&arn.name).filter(|user| user.path == arn.path)
    }
}
