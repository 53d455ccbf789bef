//! Roles, their trust policies, settings and tags.

use crate::api::{Answer, Paging, Response, RoleDetail, RoleView, Tag};
use crate::error::AwsError;
use crate::iam::holders::{attached_view, inline_views, unprotected};
use crate::iam::users::{add_tags, tag_page, tag_views};
use crate::ids::IdKind;
use crate::paging::page;
use crate::quotas::Quota;
use crate::state::Cloud;
use crate::validate;
use jiff::Timestamp;
use rolegate_iam::policy::{Document, DocumentKind, Principal};
use rolegate_iam::snapshot::Role;
use rolegate_iam::{Account, AccountId, RoleName};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds; the least and the most that `MaxSessionDuration` may be, the least being the default.
pub(crate) const SESSION_BOUNDS: (u32, u32) = (3600, 43_200);

/// What `CreateRole` takes.
#[derive(Debug)]
pub(crate) struct NewRole<'a> {
    pub(crate) name: &'a str,
    pub(crate) path: Option<&'a str>,
    pub(crate) trust: &'a str,
    pub(crate) description: Option<&'a str>,
    pub(crate) max_session_duration: Option<i64>,
    pub(crate) boundary: Option<&'a str>,
    pub(crate) tags: &'a [Tag],
}

/// A role in full.
pub(crate) fn role_view(account: &Account, role: &Role) -> RoleView {
    RoleView {
        path: role.path.to_string(),
        role_name: role.name.to_string(),
        role_id: role.id.to_string(),
        arn: account.role_arn(role).to_string(),
        create_date: role.created.unwrap_or(Timestamp::UNIX_EPOCH),
        assume_role_policy_document: role.trust.text().to_owned(),
        description: role.description.clone(),
        max_session_duration: role.max_session_duration.unwrap_or(SESSION_BOUNDS.0),
        permissions_boundary: role.boundary.as_ref().map(ToString::to_string),
        tags: tag_views(&role.tags),
    }
}

/// A role with everything that hangs on it.
pub(crate) fn role_detail(account: &Account, role: &Role) -> RoleDetail {
    RoleDetail {
        role: role_view(account, role),
        inline: inline_views(role.name.as_str(), &role.inline),
        attached: role.attached.iter().map(attached_view).collect(),
        instance_profiles: role.instance_profiles.iter().map(ToString::to_string).collect(),
    }
}

impl Cloud {
    pub(crate) fn create_role(&mut self, account: AccountId, new: &NewRole<'_>) -> Answer {
        let NewRole { name, path, trust, description, max_session_duration, boundary, tags } = new;
        let name: RoleName = validate::parse("roleName", name)?;
        let (path, tags) = (validate::path(*path)?, validate::tags(tags)?);
        if path.as_str().starts_with("/aws-service-role/") || path.as_str().starts_with("/aws-reserved/") {
            return Err(AwsError::invalid_input(format!("The path {path} is reserved for AWS.")));
        }
        let description = validate::description(*description)?;
        let duration = max_session(*max_session_duration)?;
        let boundary = self.boundary(account, *boundary)?;
        let held = self.account(account)?;
        if held.roles.keys().any(|other| other.key() == name.key()) {
            return Err(AwsError::exists("Role", &name));
        }
        self.quotas(account).check(Quota::Roles, held.roles.len() + 1)?;
        let trust = self.trust(account, "assumeRolePolicyDocument", trust)?;
        let role = Role {
            id: self.ids.id(IdKind::Role),
            path,
            name: name.clone(),
            created: Some(self.clock),
            trust,
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
            boundary,
            tags,
            max_session_duration: Some(duration),
            description,
            instance_profiles: BTreeSet::new(),
        };
        let held = self.account_mut(account)?;
        let view = role_view(held, &role);
        held.roles.insert(name, role);
        Ok(Response::Role(view))
    }

    pub(crate) fn get_role(&self, account: AccountId, name: &str) -> Answer {
        let name: RoleName = validate::parse("roleName", name)?;
        Ok(Response::Role(role_view(self.account(account)?, self.role(account, &name)?)))
    }

    pub(crate) fn delete_role(&mut self, account: AccountId, name: &str) -> Answer {
        let name: RoleName = validate::parse("roleName", name)?;
        let role = self.role(account, &name)?;
        unprotected(role)?;
        let in_the_way = [
            (!role.instance_profiles.is_empty(), "must remove roles from instance profile first"),
            (!role.inline.is_empty(), "must delete policies first"),
            (!role.attached.is_empty(), "must detach all policies first"),
        ];
        if let Some((_, what)) = in_the_way.iter().find(|(holds, _)| *holds) {
            return Err(AwsError::delete_conflict(format!("Cannot delete entity, {what}.")));
        }
        let (arn, id) = (self.account(account)?.role_arn(role), role.id.clone());
        self.account_mut(account)?.roles.remove(&name);
        self.bury(&Principal::Role(arn), &id);
        Ok(Response::Done)
    }

    pub(crate) fn list_roles(&self, account: AccountId, prefix: Option<&str>, paging: &Paging) -> Answer {
        let prefix = validate::path_prefix(prefix)?;
        let held = self.account(account)?;
        let shown = |role: &&Role| self.shows(&held.role_arn(role).to_string());
        let matching =
            held.roles.values().filter(|role| role.path.as_str().starts_with(prefix)).filter(shown);
        let roles = page(matching.map(|role| (role.name.to_string(), role)), paging)?;
        Ok(Response::Roles(roles.map(|role| RoleView {
            permissions_boundary: None,
            tags: Vec::new(),
            ..role_view(held, role)
        })))
    }

    /// An omitted `MaxSessionDuration` resets it to an hour (§4.2); an omitted description stays.
    pub(crate) fn update_role(
        &mut self,
        account: AccountId,
        name: &str,
        description: Option<&str>,
        duration: Option<i64>,
    ) -> Answer {
        let name: RoleName = validate::parse("roleName", name)?;
        let description = validate::description(description)?;
        let duration = max_session(duration)?;
        let role = self.role_mut(account, &name)?;
        unprotected(role)?;
        role.max_session_duration = Some(duration);
        role.description = description.or_else(|| role.description.take()).filter(|text| !text.is_empty());
        Ok(Response::Done)
    }

    pub(crate) fn update_assume_role_policy(&mut self, account: AccountId, name: &str, text: &str) -> Answer {
        let name: RoleName = validate::parse("roleName", name)?;
        unprotected(self.role(account, &name)?)?;
        let trust = self.trust(account, "policyDocument", text)?;
        self.role_mut(account, &name)?.trust = trust;
        Ok(Response::Done)
    }

    pub(crate) fn tag_role(&mut self, account: AccountId, name: &str, tags: &[Tag]) -> Answer {
        let name: RoleName = validate::parse("roleName", name)?;
        let tags = validate::tags(tags)?;
        let role = self.role_mut(account, &name)?;
        unprotected(role)?;
        add_tags(&mut role.tags, &tags)?;
        Ok(Response::Done)
    }

    pub(crate) fn untag_role(&mut self, account: AccountId, name: &str, keys: &[String]) -> Answer {
        let name: RoleName = validate::parse("roleName", name)?;
        let keys = validate::tag_keys("tagKeys", keys)?;
        let role = self.role_mut(account, &name)?;
        unprotected(role)?;
        for key in &keys {
            role.tags.remove(key);
        }
        Ok(Response::Done)
    }

    pub(crate) fn list_role_tags(&self, account: AccountId, name: &str, paging: &Paging) -> Answer {
        let name: RoleName = validate::parse("roleName", name)?;
        tag_page(&self.role(account, &name)?.tags, paging)
    }

    fn trust(&self, account: AccountId, field: &str, text: &str) -> Result<Document, AwsError> {
        let document = validate::document(field, text, DocumentKind::Trust)?;
        self.quotas(account).check(Quota::AssumeRolePolicySize, document.size())?;
        self.settle_trust(document, self.account(account)?.partition)
    }
}

fn max_session(seconds: Option<i64>) -> Result<u32, AwsError> {
    let (least, most) = SESSION_BOUNDS;
    validate::seconds("maxSessionDuration", seconds, least, most, least)
}
