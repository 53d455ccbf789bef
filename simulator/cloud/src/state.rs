//! The state of the cloud: one [`Snapshot`] in the middle, and beside it what a snapshot does not hold. Decides nothing.

use crate::api::{AccessKey, CallRecord};
use crate::error::AwsError;
use crate::iam::details;
use crate::ids::{IdKind, Ids};
use crate::managed;
use crate::quotas::{Quota, Quotas};
use crate::torn::Hidden;
use jiff::Timestamp;
use rolegate_engine::RoleSession;
use rolegate_iam::policy::{Principal, PrincipalClause};
use rolegate_iam::snapshot::{Group, ManagedPolicy, Part, Role, User};
use rolegate_iam::{
    Account, AccountId, GroupName, MfaArn, Partition, PolicyArn, RoleName, Snapshot, Tags, UserArn, UserName,
};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// Faults to inject, off by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Every n-th call is throttled and does nothing.
    pub throttle_every: Option<u64>,
    /// Every n-th call does its work and answers `ServiceFailure`.
    pub lose_response_every: Option<u64>,
}

/// Any number of AWS accounts in memory.
#[derive(Debug, Clone)]
pub struct Cloud {
    pub(crate) snapshot: Snapshot,
    pub(crate) clock: Timestamp,
    pub(crate) ids: Ids,
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) devices: BTreeMap<MfaArn, Device>,
    pub(crate) policy_facts: BTreeMap<PolicyArn, PolicyFacts>,
    pub(crate) outside: BTreeSet<AccountId>,
    pub(crate) faults: Faults,
    /// By ARN.
    pub(crate) hidden: BTreeMap<String, Hidden>,
    pub(crate) log: Vec<CallRecord>,
    quotas: BTreeMap<AccountId, Quotas>,
}

/// A long-term access key.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) secret: String,
    pub(crate) account: AccountId,
    pub(crate) owner: KeyOwner,
    pub(crate) status: KeyStatus,
    pub(crate) created: Timestamp,
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyOwner {
    Root,
    User(UserName),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyStatus {
    Active,
    Inactive,
}

/// Temporary credentials.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) secret: String,
    pub(crate) token: String,
    pub(crate) account: AccountId,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) of: SessionOf,
}

/// Whose temporary credentials they are. Bound to ids: they die with the entity, and do not revive with its name (§2.8).
#[derive(Debug, Clone)]
pub(crate) enum SessionOf {
    Root,
    User { id: SmolStr, arn: UserArn, mfa_at: Option<Timestamp> },
    Role { id: SmolStr, facts: Box<RoleSession> },
}

/// A virtual MFA device.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) seed: String,
    /// The last step whose code was used; codes up to it are refused.
    pub(crate) last_step: Option<u64>,
    /// Whose it is, once enabled.
    pub(crate) enabled: Option<(UserName, Timestamp)>,
}

/// What AWS knows of a managed policy and a snapshot does not hold.
#[derive(Debug, Clone)]
pub(crate) struct PolicyFacts {
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) tags: Tags,
    /// Version ids are never reused (§3.4).
    pub(crate) next_version: u32,
}

impl Cloud {
    /// An empty world.
    pub fn new(clock: Timestamp, seed: u64) -> Self {
        Self::from_snapshot(Snapshot::default(), clock, seed)
    }

    /// A world as collected. Every root user gets a key ([`Cloud::root_key`]); nobody else has one until
    /// [`Cloud::add_access_key`]. What was not collected stays unknown, and is refused rather than guessed.
    ///
    /// Accounts that are only named in trust policies are taken to exist elsewhere.
    pub fn from_snapshot(snapshot: Snapshot, clock: Timestamp, seed: u64) -> Self {
        let mut cloud = Self {
            snapshot: Snapshot::default(),
            clock,
            ids: Ids::new(seed),
            keys: BTreeMap::new(),
            sessions: BTreeMap::new(),
            devices: BTreeMap::new(),
            policy_facts: BTreeMap::new(),
            outside: accounts_in_trusts(&snapshot),
            faults: Faults::default(),
            hidden: BTreeMap::new(),
            log: Vec::new(),
            quotas: BTreeMap::new(),
        };
        let Snapshot { accounts, aws_managed, organizations, standalone } = snapshot;
        cloud.snapshot.organizations = organizations;
        cloud.snapshot.standalone = standalone;
        for (id, account) in accounts {
            cloud.quotas.insert(id, Quotas::from_summary(|key| account.summary.get(key)));
            cloud.snapshot.aws_managed.extend(managed::bundled(account.partition));
            cloud.snapshot.accounts.insert(id, account);
            cloud.new_root_key(id);
        }
        // What was collected beats our approximations.
        cloud.snapshot.aws_managed.extend(aws_managed);
        cloud
    }

    /// What collecting everything would give, at the time of the clock. Parts that the world was loaded without stay
    /// uncollected.
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = self.snapshot.clone();
        for account in snapshot.accounts.values_mut() {
            let collected = &mut account.collected;
            for part in [
                &mut collected.users,
                &mut collected.groups,
                &mut collected.roles,
                &mut collected.policies,
                &mut collected.role_settings,
                &mut collected.summary,
            ] {
                if let Part::Collected { at } = part {
                    *at = Some(self.clock);
                }
            }
            if account.collected.summary.is_collected() {
                let summary = details::summary(self, account);
                account.summary = summary.into_iter().map(|(key, value)| (key.into(), value)).collect();
            }
        }
        snapshot
    }

    /// Adds an account and gives its root user's key; for one that exists, the key it has.
    pub fn add_account(&mut self, id: AccountId, partition: Partition, name: &str) -> AccessKey {
        if let Some(key) = self.root_key(id) {
            return key;
        }
        let account = Account { name: Some(name.into()), ..Account::empty(id, partition, Some(self.clock)) };
        let known = managed::bundled(partition);
        for (arn, policy) in known {
            self.snapshot.aws_managed.entry(arn).or_insert(policy);
        }
        self.snapshot.accounts.insert(id, account);
        self.new_root_key(id)
    }

    /// Lets trust policies name an account that is not part of the world.
    pub fn add_outside_account(&mut self, id: AccountId) {
        self.outside.insert(id);
    }

    /// Lets an account that is not part of the world exist no longer: trust policies that name it are refused (§4.3). Those
    /// that name it already keep it, as AWS does.
    pub fn remove_outside_account(&mut self, id: AccountId) {
        self.outside.remove(&id);
    }

    /// Adds or replaces an AWS-managed policy.
    pub fn add_aws_managed(&mut self, policy: ManagedPolicy) {
        self.snapshot.aws_managed.insert(policy.arn.clone(), policy);
    }

    /// The key of an account's root user.
    pub fn root_key(&self, account: AccountId) -> Option<AccessKey> {
        let (id, key) =
            self.keys.iter().find(|(_, key)| key.account == account && key.owner == KeyOwner::Root)?;
        Some(AccessKey { access_key_id: id.clone(), secret_access_key: key.secret.clone() })
    }

    /// A new key for a user, without a call and without counting; `None` when there is no such user.
    pub fn add_access_key(&mut self, account: AccountId, user: &UserName) -> Option<AccessKey> {
        self.snapshot.accounts.get(&account)?.users.get(user)?;
        Some(self.new_key(account, KeyOwner::User(user.clone())))
    }

    /// A new enabled MFA device for a user, without a call; its base32 seed is for [`crate::totp`]. `None` when there is
    /// no such user.
    pub fn add_mfa_device(&mut self, account: AccountId, user: &UserName) -> Option<(MfaArn, String)> {
        let held = self.snapshot.accounts.get(&account)?;
        let user_name = held.users.get(user)?.name.clone();
        let (partition, path) = (held.partition, rolegate_iam::Path::root());
        let arn = MfaArn { partition, account, path, name: user_name.clone() };
        let seed = self.ids.mfa_seed();
        let enabled = Some((user_name, self.clock));
        self.devices.insert(arn.clone(), Device { seed: seed.clone(), last_step: None, enabled });
        Some((arn, seed))
    }

    /// The secret with which a request signed by this key id must have been signed. Also for expired sessions, so that
    /// [`Cloud::call`] can answer `ExpiredToken`; `None` means [`AwsError::invalid_client_token`].
    pub fn secret_for(&self, access_key_id: &str) -> Option<&str> {
        match self.keys.get(access_key_id) {
            Some(key) => Some(&key.secret),
            None => self.sessions.get(access_key_id).map(|session| session.secret.as_str()),
        }
    }

    /// The time.
    pub fn clock(&self) -> Timestamp {
        self.clock
    }

    /// Sets the time.
    pub fn set_clock(&mut self, now: Timestamp) {
        self.clock = now;
    }

    /// Changes a quota of an account.
    pub fn set_quota(&mut self, account: AccountId, quota: Quota, value: i64) {
        self.quotas.entry(account).or_default().set(quota, value);
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> &[CallRecord] {
        &self.log
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&mut self) {
        self.log.clear();
    }

    /// Faults to inject from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    pub(crate) fn quotas(&self, account: AccountId) -> Quotas {
        self.quotas.get(&account).cloned().unwrap_or_default()
    }

    pub(crate) fn account(&self, id: AccountId) -> Result<&Account, AwsError> {
        self.snapshot.accounts.get(&id).ok_or_else(AwsError::invalid_client_token)
    }

    pub(crate) fn account_mut(&mut self, id: AccountId) -> Result<&mut Account, AwsError> {
        self.snapshot.accounts.get_mut(&id).ok_or_else(AwsError::invalid_client_token)
    }

    pub(crate) fn user(&self, account: AccountId, name: &UserName) -> Result<&User, AwsError> {
        self.account(account)?.users.get(name).ok_or_else(|| AwsError::missing("user", name))
    }

    pub(crate) fn group(&self, account: AccountId, name: &GroupName) -> Result<&Group, AwsError> {
        self.account(account)?.groups.get(name).ok_or_else(|| AwsError::missing("group", name))
    }

    pub(crate) fn role(&self, account: AccountId, name: &RoleName) -> Result<&Role, AwsError> {
        self.account(account)?.roles.get(name).ok_or_else(|| AwsError::missing("role", name))
    }

    pub(crate) fn user_mut(&mut self, account: AccountId, name: &UserName) -> Result<&mut User, AwsError> {
        self.account_mut(account)?.users.get_mut(name).ok_or_else(|| AwsError::missing("user", name))
    }

    pub(crate) fn role_mut(&mut self, account: AccountId, name: &RoleName) -> Result<&mut Role, AwsError> {
        self.account_mut(account)?.roles.get_mut(name).ok_or_else(|| AwsError::missing("role", name))
    }

    pub(crate) fn new_key(&mut self, account: AccountId, owner: KeyOwner) -> AccessKey {
        let access_key_id = self.ids.id(IdKind::LongTermKey).to_string();
        let secret_access_key = self.ids.secret();
        let (secret, created) = (secret_access_key.clone(), self.clock);
        let key = Key { secret, account, owner, status: KeyStatus::Active, created };
        self.keys.insert(access_key_id.clone(), key);
        AccessKey { access_key_id, secret_access_key }
    }

    fn new_root_key(&mut self, account: AccountId) -> AccessKey {
        self.new_key(account, KeyOwner::Root)
    }
}

fn accounts_in_trusts(snapshot: &Snapshot) -> BTreeSet<AccountId> {
    let roles = snapshot.accounts.values().flat_map(|account| account.roles.values());
    let statements = roles.flat_map(|role| &role.trust.policy().statements);
    let principals = statements.flat_map(|statement| match &statement.principal {
        PrincipalClause::Is(list) | PrincipalClause::IsNot(list) => list.as_slice(),
        PrincipalClause::Absent => &[],
    });
    principals
        .filter_map(|principal| match principal {
            Principal::Account { id, .. } => Some(*id),
            Principal::User(arn) => Some(arn.account),
            Principal::Role(arn) => Some(arn.account),
            Principal::Session(arn) => Some(arn.account),
            _ => None,
        })
        .filter(|id| !snapshot.accounts.contains_key(id))
        .collect()
}
