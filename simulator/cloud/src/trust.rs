//! Principals of trust policies (§2.8, §4.3): they must exist when written, and turn into unique ids when they die.
//!
//! A live user or role stands in the snapshot by ARN, because that is what AWS shows. What AWS stores is its id, so the
//! moment a principal is deleted every ARN that names it becomes the dead id ([`Cloud::bury`]): an entity created later
//! under the same name is not trusted.

use crate::error::AwsError;
use crate::state::Cloud;
use rolegate_iam::policy::{Document, Policy, Principal, PrincipalClause};
use rolegate_iam::{AccountId, Partition, RoleArn, UserArn};

impl Cloud {
    /// A trust policy as AWS would show it after storing it.
    ///
    /// # Errors
    /// `MalformedPolicyDocument` with "Invalid principal in policy" for a principal that does not exist.
    pub(crate) fn settle_trust(
        &self,
        document: Document,
        partition: Partition,
    ) -> Result<Document, AwsError> {
        let Some(policy) = rewrite(document.policy(), |principal| self.settle(principal, partition))? else {
            return Ok(document);
        };
        Ok(Document::from_policy(policy))
    }

    /// Puts the dead id in place of its ARN in every trust policy of every account.
    pub(crate) fn bury(&mut self, gone: &Principal, id: &str) {
        for account in self.snapshot.accounts.values_mut() {
            for role in account.roles.values_mut() {
                // A document with broken statements was loaded, not written here; printing it would lose them.
                let policy = role.trust.policy();
                if !policy.broken.is_empty() || !names(policy, gone) {
                    continue;
                }
                let replace = |principal: &Principal| {
                    let dead = principal == gone;
                    Ok(if dead { Principal::UniqueId(id.into()) } else { principal.clone() })
                };
                if let Ok(Some(policy)) = rewrite(policy, replace) {
                    role.trust = Document::from_policy(policy);
                }
            }
        }
    }

    fn settle(&self, principal: &Principal, partition: Partition) -> Result<Principal, AwsError> {
        let exists = match principal {
            Principal::Any | Principal::Federated(_) => true,
            Principal::Account { partition: named, id } => {
                let partition_fits = named.is_none_or(|named| named == partition);
                if partition_fits && self.account_exists(*id, partition) {
                    return Ok(Principal::Account { partition: Some(partition), id: *id });
                }
                false
            }
            Principal::User(arn) => arn.partition == partition && self.snapshot.user(arn).is_some(),
            Principal::Role(arn) => arn.partition == partition && self.snapshot.role(arn).is_some(),
            Principal::Session(arn) => {
                arn.partition == partition && self.account_exists(arn.account, partition)
            }
            Principal::UniqueId(id) => match self.living(id) {
                Some(living) => return Ok(living),
                None => false,
            },
            Principal::FederatedUser(text) => text
                .split(':')
                .nth(4)
                .and_then(|id| id.parse().ok())
                .is_some_and(|id| self.account_exists(id, partition)),
            Principal::Service(name) => [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"]
                .iter()
                .any(|end| name.strip_suffix(end).is_some_and(|head| !head.is_empty())),
            Principal::BareStar | Principal::CanonicalUser(_) | Principal::Invalid(_) => false,
        };
        if exists { Ok(principal.clone()) } else { Err(invalid(principal)) }
    }

    fn account_exists(&self, id: AccountId, partition: Partition) -> bool {
        let held = self.snapshot.accounts.get(&id).is_some_and(|account| account.partition == partition);
        held || self.outside.contains(&id)
    }

    /// The living user or role with this unique id.
    fn living(&self, id: &str) -> Option<Principal> {
        self.snapshot.accounts.values().find_map(|account| {
            let user = account.users.values().find(|user| user.id == id);
            let role = account.roles.values().find(|role| role.id == id);
            user.map(|user| Principal::User(account.user_arn(user)))
                .or_else(|| role.map(|role| Principal::Role(account.role_arn(role))))
        })
    }

    /// The user with this unique id, wherever its name went.
    pub(crate) fn is_living_user(&self, arn: &UserArn, id: &str) -> bool {
        self.snapshot.user(arn).is_some_and(|user| user.id == id)
    }

    /// The role with this unique id, wherever its name went.
    pub(crate) fn is_living_role(&self, arn: &RoleArn, id: &str) -> bool {
        self.snapshot.role(arn).is_some_and(|role| role.id == id)
    }
}

fn invalid(principal: &Principal) -> AwsError {
    let (kind, text) = principal.written();
    AwsError::malformed(format!("Invalid principal in policy: \"{}\":\"{text}\"", kind.as_str()))
}

/// Whether any statement names the principal.
fn names(policy: &Policy, principal: &Principal) -> bool {
    policy.statements.iter().any(|statement| match &statement.principal {
        PrincipalClause::Is(list) | PrincipalClause::IsNot(list) => list.contains(principal),
        PrincipalClause::Absent => false,
    })
}

/// The policy with every principal changed; `None` when nothing changed.
fn rewrite(
    policy: &Policy,
    mut change: impl FnMut(&Principal) -> Result<Principal, AwsError>,
) -> Result<Option<Policy>, AwsError> {
    let (mut changed, mut policy) = (false, policy.clone());
    for statement in &mut policy.statements {
        let (PrincipalClause::Is(principals) | PrincipalClause::IsNot(principals)) = &mut statement.principal
        else {
            continue;
        };
        for principal in principals {
            let after = change(principal)?;
            changed |= after != *principal;
            *principal = after;
        }
    }
    Ok(changed.then_some(policy))
}
