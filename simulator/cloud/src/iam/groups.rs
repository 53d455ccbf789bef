//! Groups and their members.

use crate::api::{Answer, GroupDetail, GroupView, Paging, Response};
use crate::error::AwsError;
use crate::iam::holders::{attached_view, inline_views};
use crate::iam::users::user_in_list;
use crate::ids::IdKind;
use crate::paging::page;
use crate::quotas::Quota;
use crate::state::Cloud;
use crate::validate;
use jiff::Timestamp;
use rolegate_iam::snapshot::Group;
use rolegate_iam::{Account, AccountId, GroupName, UserName};
use std::collections::{BTreeMap, BTreeSet};

/// A group.
pub(crate) fn group_view(account: &Account, group: &Group) -> GroupView {
    GroupView {
        path: group.path.to_string(),
        group_name: group.name.to_string(),
        group_id: group.id.to_string(),
        arn: account.group_arn(group).to_string(),
        create_date: group.created.unwrap_or(Timestamp::UNIX_EPOCH),
    }
}

/// A group with everything that hangs on it, members aside (§4.4).
pub(crate) fn group_detail(account: &Account, group: &Group) -> GroupDetail {
    GroupDetail {
        group: group_view(account, group),
        inline: inline_views(group.name.as_str(), &group.inline),
        attached: group.attached.iter().map(attached_view).collect(),
    }
}

impl Cloud {
    pub(crate) fn create_group(&mut self, account: AccountId, name: &str, path: Option<&str>) -> Answer {
        let name: GroupName = validate::parse("groupName", name)?;
        let path = validate::path(path)?;
        let held = self.account(account)?;
        if held.groups.keys().any(|other| other.key() == name.key()) {
            return Err(AwsError::exists("Group", &name));
        }
        self.quotas(account).check(Quota::Groups, held.groups.len() + 1)?;
        let group = Group {
            id: self.ids.id(IdKind::Group),
            path,
            name: name.clone(),
            created: Some(self.clock),
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
        };
        let held = self.account_mut(account)?;
        let view = group_view(held, &group);
        held.groups.insert(name, group);
        Ok(Response::Group(view))
    }

    pub(crate) fn get_group(&self, account: AccountId, name: &str, paging: &Paging) -> Answer {
        let name: GroupName = validate::parse("groupName", name)?;
        let (held, group) = (self.account(account)?, self.group(account, &name)?);
        let members = held.users.values().filter(|user| user.groups.contains(&name));
        let users = page(members.map(|user| (user.name.to_string(), user)), paging)?;
        Ok(Response::GroupMembers {
            group: group_view(held, group),
            users: users.map(|user| user_in_list(held, user)),
        })
    }

    pub(crate) fn delete_group(&mut self, account: AccountId, name: &str) -> Answer {
        let name: GroupName = validate::parse("groupName", name)?;
        let (held, group) = (self.account(account)?, self.group(account, &name)?);
        let in_the_way = [
            (
                held.users.values().any(|user| user.groups.contains(&name)),
                "must remove users from group first",
            ),
            (!group.inline.is_empty(), "must delete policies first"),
            (!group.attached.is_empty(), "must detach all policies first"),
        ];
        if let Some((_, what)) = in_the_way.iter().find(|(holds, _)| *holds) {
            return Err(AwsError::delete_conflict(format!("Cannot delete entity, {what}.")));
        }
        self.account_mut(account)?.groups.remove(&name);
        Ok(Response::Done)
    }

    pub(crate) fn list_groups(&self, account: AccountId, prefix: Option<&str>, paging: &Paging) -> Answer {
        let prefix = validate::path_prefix(prefix)?;
        let held = self.account(account)?;
        let matching = held.groups.values().filter(|group| group.path.as_str().starts_with(prefix));
        let groups = page(matching.map(|group| (group.name.to_string(), group)), paging)?;
        Ok(Response::Groups(groups.map(|group| group_view(held, group))))
    }

    /// Adding a member twice is nothing new (§4.2).
    pub(crate) fn add_user_to_group(&mut self, account: AccountId, group: &str, user: &str) -> Answer {
        let (group, user) = self.group_and_user(account, group, user)?;
        let quotas = self.quotas(account);
        let held = self.user_mut(account, &user)?;
        if !held.groups.contains(&group) {
            quotas.check(Quota::GroupsPerUser, held.groups.len() + 1)?;
            held.groups.insert(group);
        }
        Ok(Response::Done)
    }

    /// Removing who is no member succeeds (§4.2, U19).
    pub(crate) fn remove_user_from_group(&mut self, account: AccountId, group: &str, user: &str) -> Answer {
        let (group, user) = self.group_and_user(account, group, user)?;
        self.user_mut(account, &user)?.groups.remove(&group);
        Ok(Response::Done)
    }

    pub(crate) fn list_groups_for_user(&self, account: AccountId, user: &str, paging: &Paging) -> Answer {
        let user: UserName = validate::parse("userName", user)?;
        let (held, user) = (self.account(account)?, self.user(account, &user)?);
        let groups = user.groups.iter().filter_map(|name| held.groups.get(name));
        let groups = page(groups.map(|group| (group.name.to_string(), group)), paging)?;
        Ok(Response::Groups(groups.map(|group| group_view(held, group))))
    }

    fn group_and_user(
        &self,
        account: AccountId,
        group: &str,
        user: &str,
    ) -> Result<(GroupName, UserName), AwsError> {
        let group: GroupName = validate::parse("groupName", group)?;
        let user: UserName = validate::parse("userName", user)?;
        self.group(account, &group)?;
        self.user(account, &user)?;
        Ok((group, user))
    }
}
