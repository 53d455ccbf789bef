//! What users, groups and roles have in common: inline policies, attached policies, boundaries. Knows no other trait of
//! theirs.

use crate::api::{Answer, AttachedPolicy, InlinePolicy, Paging, Response};
use crate::error::AwsError;
use crate::paging::page;
use crate::quotas::Quota;
use crate::state::Cloud;
use crate::validate;
use rolegate_iam::policy::{Document, DocumentKind};
use rolegate_iam::snapshot::Role;
use rolegate_iam::{AccountId, GroupName, PolicyArn, PolicyName, PolicyOwner, RoleName, UserName};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A user, group or role, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holder {
    User(UserName),
    Group(GroupName),
    Role(RoleName),
}

/// The parts of a holder that this file may change.
struct Held<'a> {
    inline: &'a mut BTreeMap<PolicyName, Document>,
    attached: &'a mut BTreeSet<PolicyArn>,
    boundary: Option<&'a mut Option<PolicyArn>>,
}

impl Holder {
    pub(crate) fn user(name: &str) -> Result<Self, AwsError> {
        validate::parse("userName", name).map(Self::User)
    }

    pub(crate) fn group(name: &str) -> Result<Self, AwsError> {
        validate::parse("groupName", name).map(Self::Group)
    }

    pub(crate) fn role(name: &str) -> Result<Self, AwsError> {
        validate::parse("roleName", name).map(Self::Role)
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Group(_) => "group",
            Self::Role(_) => "role",
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::User(name) => name.as_str(),
            Self::Group(name) => name.as_str(),
            Self::Role(name) => name.as_str(),
        }
    }

    fn inline_quota(&self) -> Quota {
        match self {
            Self::User(_) => Quota::UserPolicySize,
            Self::Group(_) => Quota::GroupPolicySize,
            Self::Role(_) => Quota::RolePolicySize,
        }
    }

    fn attached_quota(&self) -> Quota {
        match self {
            Self::User(_) => Quota::AttachedPoliciesPerUser,
            Self::Group(_) => Quota::AttachedPoliciesPerGroup,
            Self::Role(_) => Quota::AttachedPoliciesPerRole,
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.name())
    }
}

/// Service-linked and Identity Center roles belong to AWS (§4.2).
pub(crate) fn is_protected(role: &Role) -> bool {
    ["/aws-service-role/", "/aws-reserved/"].iter().any(|prefix| role.path.as_str().starts_with(prefix))
}

/// Refuses a change to a role that belongs to AWS.
pub(crate) fn unprotected(role: &Role) -> Result<(), AwsError> {
    if is_protected(role) {
        return Err(AwsError::unmodifiable(format!(
            "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
            role.name
        )));
    }
    Ok(())
}

/// `AttachedPolicy` of an ARN.
pub(crate) fn attached_view(arn: &PolicyArn) -> AttachedPolicy {
    AttachedPolicy { policy_name: arn.name.to_string(), policy_arn: arn.to_string() }
}

/// The inline policies of a holder.
pub(crate) fn inline_views(holder: &str, inline: &BTreeMap<PolicyName, Document>) -> Vec<InlinePolicy> {
    let view = |(name, document): (&PolicyName, &Document)| InlinePolicy {
        holder: holder.to_owned(),
        policy_name: name.to_string(),
        policy_document: document.text().to_owned(),
    };
    inline.iter().map(view).collect()
}

impl Cloud {
    /// `Put*Policy`: adds or replaces.
    pub(crate) fn put_inline(
        &mut self,
        account: AccountId,
        holder: &Holder,
        name: &str,
        text: &str,
    ) -> Answer {
        let name: PolicyName = validate::parse("policyName", name)?;
        let document = validate::document("policyDocument", text, DocumentKind::Identity)?;
        let quotas = self.quotas(account);
        let held = self.held(account, holder)?;
        let others =
            held.inline.iter().filter(|(other, _)| **other != name).map(|(_, document)| document.size());
        let would_be = others.sum::<usize>() + document.size();
        quotas.check_inline(holder.inline_quota(), would_be, &holder.to_string())?;
        held.inline.insert(name, document);
        Ok(Response::Done)
    }

    /// `Get*Policy`.
    pub(crate) fn get_inline(&self, account: AccountId, holder: &Holder, name: &str) -> Answer {
        let name: PolicyName = validate::parse("policyName", name)?;
        let (inline, _) = self.holdings(account, holder)?;
        let document = inline
            .get(&name)
            .ok_or_else(|| AwsError::missing(&format!("{} policy", holder.kind()), &name))?;
        Ok(Response::InlinePolicy(InlinePolicy {
            holder: holder.name().to_owned(),
            policy_name: name.to_string(),
            policy_document: document.text().to_owned(),
        }))
    }

    /// `Delete*Policy`.
    pub(crate) fn delete_inline(&mut self, account: AccountId, holder: &Holder, name: &str) -> Answer {
        let name: PolicyName = validate::parse("policyName", name)?;
        match self.held(account, holder)?.inline.remove(&name) {
            Some(_) => Ok(Response::Done),
            None => Err(AwsError::missing(&format!("{} policy", holder.kind()), &name)),
        }
    }

    /// `List*Policies`.
    pub(crate) fn list_inline(&self, account: AccountId, holder: &Holder, paging: &Paging) -> Answer {
        let (inline, _) = self.holdings(account, holder)?;
        let names = inline.keys().map(|name| (name.to_string(), name.to_string()));
        Ok(Response::PolicyNames(page(names, paging)?))
    }

    /// `Attach*Policy`; attaching twice is nothing new.
    pub(crate) fn attach(&mut self, account: AccountId, holder: &Holder, arn: &str) -> Answer {
        let arn = validate::policy_arn("policyArn", arn)?;
        self.attachable(account, &arn)?;
        let quotas = self.quotas(account);
        let held = self.held(account, holder)?;
        if !held.attached.contains(&arn) {
            quotas.check(holder.attached_quota(), held.attached.len() + 1)?;
            held.attached.insert(arn);
        }
        Ok(Response::Done)
    }

    /// `Detach*Policy`.
    pub(crate) fn detach(&mut self, account: AccountId, holder: &Holder, arn: &str) -> Answer {
        let arn = validate::policy_arn("policyArn", arn)?;
        if self.held(account, holder)?.attached.remove(&arn) {
            Ok(Response::Done)
        } else {
            Err(AwsError::no_such_entity(format!("Policy {arn} was not found.")))
        }
    }

    /// `ListAttached*Policies`.
    pub(crate) fn list_attached(
        &self,
        account: AccountId,
        holder: &Holder,
        prefix: Option<&str>,
        paging: &Paging,
    ) -> Answer {
        let prefix = validate::path_prefix(prefix)?;
        let (_, attached) = self.holdings(account, holder)?;
        let matching = attached.iter().filter(|arn| arn.path.as_str().starts_with(prefix));
        let mut members: Vec<_> = matching.map(|arn| (arn.to_string(), attached_view(arn))).collect();
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Response::AttachedPolicies(page(members, paging)?))
    }

    /// `Put*PermissionsBoundary`: adds or replaces.
    pub(crate) fn put_boundary(&mut self, account: AccountId, holder: &Holder, arn: &str) -> Answer {
        let arn = self.boundary(account, Some(arn))?;
        if let Some(boundary) = self.held(account, holder)?.boundary {
            *boundary = arn;
        }
        Ok(Response::Done)
    }

    /// `Delete*PermissionsBoundary`.
    pub(crate) fn delete_boundary(&mut self, account: AccountId, holder: &Holder) -> Answer {
        let removed = self.held(account, holder)?.boundary.and_then(Option::take);
        match removed {
            Some(_) => Ok(Response::Done),
            None => Err(AwsError::no_such_entity(format!(
                "The {} with name {} does not have a permissions boundary.",
                holder.kind(),
                holder.name()
            ))),
        }
    }

    /// A boundary to set, which must exist.
    pub(crate) fn boundary(
        &self,
        account: AccountId,
        arn: Option<&str>,
    ) -> Result<Option<PolicyArn>, AwsError> {
        let Some(arn) = arn else { return Ok(None) };
        let arn = validate::policy_arn("permissionsBoundary", arn)?;
        self.attachable(account, &arn)?;
        Ok(Some(arn))
    }

    /// Refuses a policy that does not exist, or that belongs to another account.
    pub(crate) fn attachable(&self, account: AccountId, arn: &PolicyArn) -> Result<(), AwsError> {
        let foreign = matches!(arn.owner, PolicyOwner::Account(owner) if owner != account);
        let partition_fits = self.account(account)?.partition == arn.partition;
        if !foreign && partition_fits && self.snapshot.policy(arn).is_some() {
            return Ok(());
        }
        Err(AwsError::no_such_entity(format!("Policy {arn} does not exist or is not attachable.")))
    }

    fn holdings(
        &self,
        account: AccountId,
        holder: &Holder,
    ) -> Result<(&BTreeMap<PolicyName, Document>, &BTreeSet<PolicyArn>), AwsError> {
        Ok(match holder {
            Holder::User(name) => {
                let user = self.user(account, name)?;
                (&user.inline, &user.attached)
            }
            Holder::Group(name) => {
                let group = self.group(account, name)?;
                (&group.inline, &group.attached)
            }
            Holder::Role(name) => {
                let role = self.role(account, name)?;
                (&role.inline, &role.attached)
            }
        })
    }

    fn held(&mut self, account: AccountId, holder: &Holder) -> Result<Held<'_>, AwsError> {
        Ok(match holder {
            Holder::User(name) => {
                let user = self.user_mut(account, name)?;
                Held {
                    inline: &mut user.inline,
                    attached: &mut user.attached,
                    boundary: Some(&mut user.boundary),
                }
            }
            Holder::Group(name) => {
                let group = self
                    .account_mut(account)?
                    .groups
                    .get_mut(name)
                    .ok_or_else(|| AwsError::missing("group", name))?;
                Held { inline: &mut group.inline, attached: &mut group.attached, boundary: None }
            }
            Holder::Role(name) => {
                let role = self.role_mut(account, name)?;
                unprotected(role)?;
                Held {
                    inline: &mut role.inline,
                    attached: &mut role.attached,
                    boundary: Some(&mut role.boundary),
                }
            }
        })
    }
}
