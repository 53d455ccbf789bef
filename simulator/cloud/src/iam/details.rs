//! What describes a whole account: `GetAccountAuthorizationDetails` (§4.4), `GetAccountSummary`, aliases.

use crate::api::{Answer, Details, Page, Paging, Response};
use crate::iam::groups::group_detail;
use crate::iam::policies::page_key;
use crate::iam::roles::role_detail;
use crate::iam::users::user_detail;
use crate::paging::page;
use crate::quotas::Quota;
use crate::state::{Cloud, KeyOwner};
use crate::validate;
use rolegate_iam::snapshot::{Group, ManagedPolicy, Role, User};
use rolegate_iam::{Account, AccountId};
use std::collections::BTreeMap;

/// The values of `Filter`, in the order in which the pages show them.
const FILTERS: [&str; 5] = ["User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy"];

/// One member of the pages.
enum Member<'a> {
    User(&'a User),
    Group(&'a Group),
    Role(&'a Role),
    Policy(&'a ManagedPolicy),
}

impl Cloud {
    /// Pages run through all kinds; without a filter AWS's own policies are among them.
    pub(crate) fn authorization_details(
        &self,
        account: AccountId,
        filter: &[String],
        paging: &Paging,
    ) -> Answer {
        if let Some(unknown) = filter.iter().find(|kind| !FILTERS.contains(&kind.as_str())) {
            let set = format!("Member must satisfy enum value set: [{}], not {unknown}", FILTERS.join(", "));
            return Err(validate::out_of_schema("filter", set));
        }
        let held = self.account(account)?;
        let wanted = |kind: &str| filter.is_empty() || filter.iter().any(|wanted| wanted == kind);
        let page = page(self.members(held, wanted), paging)?;
        Ok(Response::Details(self.details(held, page)))
    }

    fn members<'a>(
        &'a self,
        held: &'a Account,
        wanted: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (String, Member<'a>)> {
        let sorted = |policies: Vec<&'a ManagedPolicy>, kind: &'static str| {
            let mut keyed: Vec<_> = policies
                .into_iter()
                .map(|policy| (format!("{kind}{}", page_key(&policy.arn)), policy))
                .collect();
            keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
            keyed.into_iter().map(|(key, policy)| (key, Member::Policy(policy)))
        };
        let shows = |arn: &dyn ToString| self.hidden.is_empty() || self.shows(&arn.to_string());
        let users = held.users.values().filter(|user| wanted("User") && shows(&held.user_arn(user)));
        let groups = held.groups.values().filter(|group| wanted("Group") && shows(&held.group_arn(group)));
        let roles = held.roles.values().filter(|role| wanted("Role") && shows(&held.role_arn(role)));
        let (users, groups, roles) =
            (users.collect::<Vec<_>>(), groups.collect::<Vec<_>>(), roles.collect::<Vec<_>>());
        let local = held
            .policies
            .values()
            .filter(|policy| wanted("LocalManagedPolicy") && shows(&policy.arn))
            .collect();
        let managed = self.aws_managed_of(held).filter(|_| wanted("AWSManagedPolicy")).collect();
        let users = users.into_iter().map(|user| (format!("1{}", user.name), Member::User(user)));
        let groups = groups.into_iter().map(|group| (format!("2{}", group.name), Member::Group(group)));
        let roles = roles.into_iter().map(|role| (format!("3{}", role.name), Member::Role(role)));
        users.chain(groups).chain(roles).chain(sorted(local, "4")).chain(sorted(managed, "5"))
    }

    fn details(&self, held: &Account, page: Page<Member<'_>>) -> Details {
        let Page { items, marker } = page;
        let mut details = Details { marker, ..Details::default() };
        for member in items {
            match member {
                Member::User(user) => details.users.push(user_detail(held, user)),
                Member::Group(group) => details.groups.push(group_detail(held, group)),
                Member::Role(role) => details.roles.push(role_detail(held, role)),
                Member::Policy(policy) => details.policies.push(self.policy_detail(held, policy)),
            }
        }
        details
    }

    pub(crate) fn account_summary(&self, account: AccountId) -> Answer {
        Ok(Response::Summary(summary(self, self.account(account)?)))
    }

    /// Accounts have no alias here.
    #[expect(clippy::unused_self, reason = "one shape for all operations")]
    pub(crate) fn account_aliases(&self, paging: &Paging) -> Answer {
        Ok(Response::AccountAliases(page(Vec::<(String, String)>::new(), paging)?))
    }
}

/// `SummaryMap`: usage and quotas.
pub(crate) fn summary(cloud: &Cloud, account: &Account) -> BTreeMap<String, i64> {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let devices = cloud.devices.iter().filter(|(arn, _)| arn.account == account.id);
    let in_use = devices.clone().filter(|(_, device)| device.enabled.is_some()).count();
    let root_keys =
        cloud.keys.values().filter(|key| key.account == account.id && key.owner == KeyOwner::Root);
    let usage = [
        ("Users", count(account.users.len())),
        ("Groups", count(account.groups.len())),
        ("Roles", count(account.roles.len())),
        ("Policies", count(account.policies.len())),
        ("MFADevices", count(devices.count())),
        ("MFADevicesInUse", count(in_use)),
        ("AccountMFAEnabled", 0),
        ("AccountAccessKeysPresent", i64::from(root_keys.count() > 0)),
        ("InstanceProfiles", 0),
        ("Providers", 0),
        ("ServerCertificates", 0),
    ];
    let quotas = cloud.quotas(account.id);
    let quotas = Quota::ALL.iter().filter_map(|quota| Some((quota.summary_key()?, quotas.get(*quota))));
    usage.into_iter().chain(quotas).map(|(key, value)| (key.to_owned(), value)).collect()
}
