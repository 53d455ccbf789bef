//! Long-term access keys.

use crate::api::{AccessKeyView, Answer, NewAccessKey, Paging, Response};
use crate::error::AwsError;
use crate::paging::page;
use crate::quotas::Quota;
use crate::state::{Cloud, Key, KeyOwner, KeyStatus};
use crate::validate;
use rolegate_iam::{AccountId, UserName};

impl Cloud {
    pub(crate) fn create_access_key(&mut self, account: AccountId, user: Option<&str>) -> Answer {
        let (name, owner) = self.key_owner(account, user)?;
        let held = self.keys.values().filter(|key| key.account == account && key.owner == owner).count();
        self.quotas(account).check(Quota::AccessKeysPerUser, held + 1)?;
        let key = self.new_key(account, owner);
        Ok(Response::AccessKey(NewAccessKey { user_name: name, key, create_date: self.clock }))
    }

    pub(crate) fn delete_access_key(&mut self, account: AccountId, user: Option<&str>, id: &str) -> Answer {
        self.own_key(account, user, id)?;
        self.keys.remove(id);
        Ok(Response::Done)
    }

    pub(crate) fn update_access_key(
        &mut self,
        account: AccountId,
        user: Option<&str>,
        id: &str,
        status: &str,
    ) -> Answer {
        let status = match status {
            "Active" => KeyStatus::Active,
            "Inactive" => KeyStatus::Inactive,
            _ => {
                let set = "Member must satisfy enum value set: [Active, Inactive]";
                return Err(validate::out_of_schema("status", set));
            }
        };
        self.own_key(account, user, id)?.status = status;
        Ok(Response::Done)
    }

    pub(crate) fn list_access_keys(&self, account: AccountId, user: Option<&str>, paging: &Paging) -> Answer {
        let (name, owner) = self.key_owner(account, user)?;
        let keys = self.keys.iter().filter(|(_, key)| key.account == account && key.owner == owner);
        let members = keys.map(|(id, key)| {
            let view = AccessKeyView {
                user_name: name.clone(),
                access_key_id: id.clone(),
                status: match key.status {
                    KeyStatus::Active => "Active",
                    KeyStatus::Inactive => "Inactive",
                },
                create_date: key.created,
            };
            (id.clone(), view)
        });
        Ok(Response::AccessKeys(page(members, paging)?))
    }

    /// The name to show and the owner; without a name it is the account root user.
    fn key_owner(&self, account: AccountId, user: Option<&str>) -> Result<(String, KeyOwner), AwsError> {
        let Some(user) = user else { return Ok(("root".to_owned(), KeyOwner::Root)) };
        let name: UserName = validate::parse("userName", user)?;
        self.user(account, &name)?;
        Ok((name.to_string(), KeyOwner::User(name)))
    }

    fn own_key(&mut self, account: AccountId, user: Option<&str>, id: &str) -> Result<&mut Key, AwsError> {
        let (_, owner) = self.key_owner(account, user)?;
        self.keys
            .get_mut(id)
            .filter(|key| key.account == account && key.owner == owner)
            .ok_or_else(|| AwsError::no_such_entity(format!("The Access Key with id {id} cannot be found.")))
    }
}
