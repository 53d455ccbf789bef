//! Users and their tags.

use crate::api::{Answer, Paging, Response, Tag, UserView};
use crate::error::AwsError;
use crate::iam::holders::attached_view;
use crate::iam::holders::inline_views;
use crate::ids::{self, IdKind};
use crate::paging::page;
use crate::quotas::Quota;
use crate::state::{Cloud, KeyOwner};
use crate::validate;
use jiff::Timestamp;
use rolegate_iam::policy::Principal;
use rolegate_iam::snapshot::User;
use rolegate_iam::{Account, AccountId, Tags, UserName};

/// Tags in the form of the API.
pub(crate) fn tag_views(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Refuses more tags than an entity may carry, and sets them.
pub(crate) fn add_tags(onto: &mut Tags, tags: &Tags) -> Result<(), AwsError> {
    let mut merged = onto.clone();
    for (key, value) in tags.iter() {
        merged.set(key, value);
    }
    if merged.len() > validate::MAX_TAGS {
        return Err(AwsError::limit("The number of tags has reached the maximum limit."));
    }
    *onto = merged;
    Ok(())
}

/// The tags of one entity, in pages.
pub(crate) fn tag_page(tags: &Tags, paging: &Paging) -> Answer {
    let members =
        tags.iter().map(|(key, value)| (key.to_ascii_lowercase(), (key.to_owned(), value.to_owned())));
    Ok(Response::Tags(page(members, paging)?))
}

/// A user in full.
pub(crate) fn user_view(account: &Account, user: &User) -> UserView {
    UserView {
        path: user.path.to_string(),
        user_name: Some(user.name.to_string()),
        user_id: user.id.to_string(),
        arn: account.user_arn(user).to_string(),
        create_date: user.created.unwrap_or(Timestamp::UNIX_EPOCH),
        permissions_boundary: user.boundary.as_ref().map(ToString::to_string),
        tags: tag_views(&user.tags),
    }
}

/// A user as the lists show it.
pub(crate) fn user_in_list(account: &Account, user: &User) -> UserView {
    UserView { permissions_boundary: None, tags: Vec::new(), ..user_view(account, user) }
}

/// A user with everything that hangs on it.
pub(crate) fn user_detail(account: &Account, user: &User) -> crate::api::UserDetail {
    crate::api::UserDetail {
        user: user_view(account, user),
        inline: inline_views(user.name.as_str(), &user.inline),
        group_names: user.groups.iter().map(ToString::to_string).collect(),
        attached: user.attached.iter().map(attached_view).collect(),
    }
}

impl Cloud {
    pub(crate) fn create_user(
        &mut self,
        account: AccountId,
        name: &str,
        path: Option<&str>,
        boundary: Option<&str>,
        tags: &[Tag],
    ) -> Answer {
        let name = validate::new_user_name(name)?;
        let (path, tags) = (validate::path(path)?, validate::tags(tags)?);
        let boundary = self.boundary(account, boundary)?;
        let held = self.account(account)?;
        if held.users.keys().any(|other| other.key() == name.key()) {
            return Err(AwsError::exists("User", &name));
        }
        self.quotas(account).check(Quota::Users, held.users.len() + 1)?;
        let user = User {
            created: Some(self.clock),
            boundary,
            tags,
            ..User::bare(self.ids.id(IdKind::User), path, name.clone())
        };
        let held = self.account_mut(account)?;
        let view = user_view(held, &user);
        held.users.insert(name, user);
        Ok(Response::User(view))
    }

    /// `None` is the account root user, which has no name.
    pub(crate) fn get_user(&self, account: AccountId, name: Option<&str>) -> Answer {
        let held = self.account(account)?;
        let Some(name) = name else {
            return Ok(Response::User(UserView {
                path: "/".to_owned(),
                user_name: None,
                user_id: account.to_string(),
                arn: ids::root_arn(held.partition, account),
                create_date: Timestamp::UNIX_EPOCH,
                permissions_boundary: None,
                tags: Vec::new(),
            }));
        };
        let name: UserName = validate::parse("userName", name)?;
        Ok(Response::User(user_view(held, self.user(account, &name)?)))
    }

    pub(crate) fn delete_user(&mut self, account: AccountId, name: &str) -> Answer {
        let name: UserName = validate::parse("userName", name)?;
        let user = self.user(account, &name)?;
        let owner = KeyOwner::User(name.clone());
        let has_keys = self.keys.values().any(|key| key.account == account && key.owner == owner);
        let has_devices = self.devices_of(account, &name).next().is_some();
        let in_the_way = [
            (has_keys, "must delete access keys first"),
            (has_devices, "must delete MFA device first"),
            (!user.inline.is_empty(), "must delete policies first"),
            (!user.attached.is_empty(), "must detach all policies first"),
            (!user.groups.is_empty(), "must remove users from group first"),
        ];
        if let Some((_, what)) = in_the_way.iter().find(|(holds, _)| *holds) {
            return Err(AwsError::delete_conflict(format!("Cannot delete entity, {what}.")));
        }
        let (arn, id) = (self.account(account)?.user_arn(user), user.id.clone());
        self.account_mut(account)?.users.remove(&name);
        self.bury(&Principal::User(arn), &id);
        Ok(Response::Done)
    }

    pub(crate) fn list_users(&self, account: AccountId, prefix: Option<&str>, paging: &Paging) -> Answer {
        let prefix = validate::path_prefix(prefix)?;
        let held = self.account(account)?;
        let matching = held.users.values().filter(|user| user.path.as_str().starts_with(prefix));
        let users = page(matching.map(|user| (user.name.to_string(), user)), paging)?;
        Ok(Response::Users(users.map(|user| user_in_list(held, user))))
    }

    pub(crate) fn tag_user(&mut self, account: AccountId, name: &str, tags: &[Tag]) -> Answer {
        let name: UserName = validate::parse("userName", name)?;
        let tags = validate::tags(tags)?;
        add_tags(&mut self.user_mut(account, &name)?.tags, &tags)?;
        Ok(Response::Done)
    }

    pub(crate) fn untag_user(&mut self, account: AccountId, name: &str, keys: &[String]) -> Answer {
        let name: UserName = validate::parse("userName", name)?;
        let keys = validate::tag_keys("tagKeys", keys)?;
        let user = self.user_mut(account, &name)?;
        for key in &keys {
            user.tags.remove(key);
        }
        Ok(Response::Done)
    }

    pub(crate) fn list_user_tags(&self, account: AccountId, name: &str, paging: &Paging) -> Answer {
        let name: UserName = validate::parse("userName", name)?;
        tag_page(&self.user(account, &name)?.tags, paging)
    }
}
