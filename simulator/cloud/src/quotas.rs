//! Quotas (§3.2, §3.3): the smaller defaults, which a test may change per account. Refuses what goes over them.

use crate::error::AwsError;
use std::collections::BTreeMap;

macro_rules! quotas {
    ($($variant:ident $key:literal $message:literal $default:literal;)+) => {
        /// A quota that can be changed per account with [`crate::Cloud::set_quota`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names are those of `GetAccountSummary`")]
        pub enum Quota { $($variant),+ }

        impl Quota {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its key in `GetAccountSummary`; `None` where AWS shows it nowhere.
            pub fn summary_key(self) -> Option<&'static str> {
                let key = match self { $(Self::$variant => $key),+ };
                Some(key).filter(|key| !key.is_empty())
            }

            /// The smaller of the documented defaults.
            pub fn default_value(self) -> i64 {
                match self { $(Self::$variant => $default),+ }
            }

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $message),+ }
            }
        }
    };
}

quotas! {
    Users "UsersQuota" "UsersPerAccount" 5000;
    Groups "GroupsQuota" "GroupsPerAccount" 300;
    Roles "RolesQuota" "RolesPerAccount" 1000;
    Policies "PoliciesQuota" "PoliciesPerAccount" 1500;
    GroupsPerUser "GroupsPerUserQuota" "GroupsPerUser" 10;
    AttachedPoliciesPerUser "AttachedPoliciesPerUserQuota" "PoliciesPerUser" 10;
    AttachedPoliciesPerGroup "AttachedPoliciesPerGroupQuota" "PoliciesPerGroup" 10;
    AttachedPoliciesPerRole "AttachedPoliciesPerRoleQuota" "PoliciesPerRole" 10;
    AccessKeysPerUser "AccessKeysPerUserQuota" "AccessKeysPerUser" 2;
    MfaDevicesPerUser "" "MFADevicesPerUser" 8;
    VersionsPerPolicy "VersionsPerPolicyQuota" "VersionsPerPolicy" 5;
    PolicySize "PolicySizeQuota" "PolicySize" 6144;
    UserPolicySize "UserPolicySizeQuota" "UserPolicySize" 2048;
    GroupPolicySize "GroupPolicySizeQuota" "GroupPolicySize" 5120;
    RolePolicySize "RolePolicySizeQuota" "RolePolicySize" 10240;
    AssumeRolePolicySize "AssumeRolePolicySizeQuota" "ACLSizePerRole" 2048;
}

/// One account's quotas.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quotas {
    changed: BTreeMap<Quota, i64>,
}

impl Quotas {
    /// Those that a collected `GetAccountSummary` shows.
    pub(crate) fn from_summary<'a>(summary: impl Fn(&str) -> Option<&'a i64>) -> Self {
        let known = |quota: &Quota| Some((*quota, *summary(quota.summary_key()?)?));
        Self { changed: Quota::ALL.iter().filter_map(known).collect() }
    }

    pub(crate) fn get(&self, quota: Quota) -> i64 {
        self.changed.get(&quota).copied().unwrap_or_else(|| quota.default_value())
    }

    pub(crate) fn set(&mut self, quota: Quota, value: i64) {
        self.changed.insert(quota, value);
    }

    /// Refuses a use over the quota.
    pub(crate) fn check(&self, quota: Quota, would_be: usize) -> Result<(), AwsError> {
        let limit = self.get(quota);
        if within(would_be, limit) {
            return Ok(());
        }
        Err(AwsError::limit(format!("Cannot exceed quota for {}: {limit}", quota.word())))
    }

    /// Refuses a sum of inline policies over the quota.
    pub(crate) fn check_inline(&self, quota: Quota, would_be: usize, holder: &str) -> Result<(), AwsError> {
        let limit = self.get(quota);
        if within(would_be, limit) {
            return Ok(());
        }
        Err(AwsError::limit(format!("Maximum policy size of {limit} bytes exceeded for {holder}")))
    }
}

fn within(value: usize, limit: i64) -> bool {
    i64::try_from(value).is_ok_and(|value| value <= limit)
}
