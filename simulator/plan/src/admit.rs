//! What AWS's own state keeps out: accounts that were not seen or that somebody else claims, names that are taken, people who
//! are not there. The rest goes on; nothing foreign is ever touched.

use crate::desired::{Desired, DesiredAccount, DesiredGroup, DesiredRole, Mode};
use crate::missing::{keep_inside, missing};
use crate::naming::{Holder, Installation};
use crate::observed::{self, Claim, GatePolicy, Ours, OwnedRole};
use crate::outcome::LeftOut;
use crate::scope::Scope;
use rolegate_iam::snapshot::{Collected, Part};
use rolegate_iam::{Account, AccountId, GroupName, PolicyArn, RoleName, Snapshot, UserName};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// One account in which something can be planned: what should be beside what is.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) account: &'a Account,
    pub(crate) desired: &'a DesiredAccount,
    pub(crate) claim: Claim,
    pub(crate) roles: &'a BTreeMap<RoleName, OwnedRole<'a>>,
    pub(crate) gates: &'a BTreeMap<Holder, BTreeMap<usize, GatePolicy<'a>>>,
    /// AccessGroups whose IAM group cannot be ours now: their members' tags stay as they are.
    pub(crate) blocked_groups: BTreeSet<SmolStr>,
    /// Their IAM groups: their policies stay as they are.
    pub(crate) blocked_holders: BTreeSet<GroupName>,
    /// Roles that cannot be ours now: gates into them are not opened.
    pub(crate) blocked_roles: BTreeSet<RoleName>,
}

/// Takes out of `desired` what cannot be reached, and says what and why.
pub(crate) fn admit(
    desired: &mut Desired,
    seen: &Snapshot,
    ours: &BTreeMap<AccountId, Ours<'_>>,
    scope: &Scope,
) -> (Vec<LeftOut>, Blocked) {
    let mut out = Vec::new();
    let mut blocked = Blocked::default();
    let installation = desired.installation.clone();
    let known: BTreeSet<SmolStr> = desired.known_roles.keys().cloned().collect();
    for (id, wanted) in desired.accounts.iter_mut().filter(|(id, _)| scope.account(**id)) {
        let mut leave = |object: &str, reason, message: String| {
            out.push(LeftOut { account: *id, object: object.to_owned(), reason, message });
        };
        let (Some(account), Some(ours)) = (seen.accounts.get(id), ours.get(id)) else {
            leave(
                "",
                "NotObserved",
                format!("account {} was not observed: nothing is planned for it", wanted.name),
            );
            blocked.accounts.insert(*id);
            continue;
        };
        if let Some((reason, message)) = refuse_account(account, wanted, &installation, &ours.claim) {
            leave("", reason, message);
            blocked.accounts.insert(*id);
            continue;
        }
        let refused = admit_roles(account, wanted, &installation, &known, scope, &mut leave);
        blocked.roles.extend(refused.into_iter().map(|name| (*id, name)));
        if !scope.is_whole() {
            continue;
        }
        for (name, group) in refuse_groups(account, wanted, &installation, &mut leave) {
            blocked.groups.insert((*id, group));
            blocked.holders.insert((*id, name));
        }
        let people = refuse_members(account, wanted, &installation);
        for (group, user, reason, message) in people {
            leave(&format!("AccessGroup {group}"), reason, message);
            wanted.groups.values_mut().filter(|found| found.access_group == group).for_each(|found| {
                found.members.remove(&user);
            });
        }
        let blocked_holders: BTreeSet<_> = blocked_holders(wanted, &blocked, *id);
        wanted.gates.retain(|holder, _| !blocked_holders.contains(holder));
    }
    (out, blocked)
}

/// Says what is left out: the object, a word for the reason, the message.
type Leave<'a> = dyn FnMut(&str, &'static str, String) + 'a;

/// Takes out the roles that cannot be as they are declared; returns those that are not ours to touch now.
fn admit_roles(
    account: &Account,
    wanted: &mut DesiredAccount,
    installation: &Installation,
    known: &BTreeSet<SmolStr>,
    scope: &Scope,
    leave: &mut Leave<'_>,
) -> Vec<RoleName> {
    let mut room = Room::new(account, "RolesQuota", "roles", account.roles.len());
    let mut blocked = Vec::new();
    let place = &wanted.name;
    wanted.roles.retain(|name, role| {
        if !scope.role(account.id, name) {
            return true;
        }
        let object = format!("AccessRole {}", role.access_role);
        let refusal = refuse_role(account, name, role, installation, known);
        if let Some((reason, message)) = refusal {
            leave(&object, reason, message);
            blocked.push(name.clone());
            return false;
        }
        let found = account.roles.get(name);
        let lacking = missing(account, found, role);
        if !lacking.is_empty() {
            leave(&object, "PolicyNotFound", not_found(name, place, &lacking));
            let sleeps = found.is_none_or(|found| observed::is_asleep(found, installation));
            blocked.extend(sleeps.then(|| name.clone()));
            let ours = found.filter(|found| {
                observed::owner(account, found, installation).as_ref() == Some(&role.access_role)
            });
            return ours.is_some_and(|found| keep_inside(found, role, &lacking, installation));
        }
        let full = room.take(found.is_some(), &format!("role {name}"), place);
        if let Some((reason, message)) = full {
            leave(&object, reason, message);
            blocked.push(name.clone());
            return false;
        }
        true
    });
    blocked
}

fn not_found(role: &RoleName, account: &str, lacking: &BTreeSet<PolicyArn>) -> String {
    let names: Vec<_> = lacking.iter().map(|arn| format!("{}{}", arn.path, arn.name)).collect();
    format!(
        "role {role} in account {account} is declared with customer managed policies that are not there: {}; nobody comes in anew \
         until they are: make them, or take them out of the AccessRole or the account's roleDefaults",
        names.join(", ")
    )
}

/// Takes out the groups that cannot be ours; returns their names and AccessGroups.
fn refuse_groups(
    account: &Account,
    wanted: &mut DesiredAccount,
    installation: &Installation,
    leave: &mut Leave<'_>,
) -> Vec<(GroupName, SmolStr)> {
    let mut room = Room::new(account, "GroupsQuota", "groups", account.groups.len());
    let mut blocked = Vec::new();
    let place = &wanted.name;
    wanted.groups.retain(|name, group| {
        let taken = observed::group_named(account, name)
            .is_some_and(|found| found.name != *name || !observed::owns_group(account, found, installation));
        let refusal = if taken {
            let message = format!(
                "group {name} exists in account {place} and is not ours: rename or remove it, or choose another spec.groupName"
            );
            Some(("NameTaken", message))
        } else {
            room.take(account.groups.contains_key(name), &format!("group {name}"), place)
        };
        let Some((reason, message)) = refusal else { return true };
        leave(&format!("AccessGroup {}", group.access_group), reason, message);
        blocked.push((name.clone(), group.access_group.clone()));
        false
    });
    blocked
}

/// What cannot be reached now.
#[derive(Debug, Default)]
pub(crate) struct Blocked {
    accounts: BTreeSet<AccountId>,
    roles: BTreeSet<(AccountId, RoleName)>,
    groups: BTreeSet<(AccountId, SmolStr)>,
    holders: BTreeSet<(AccountId, GroupName)>,
}

/// Gates of groups that are not in `desired` any more have nobody to hold them.
fn blocked_holders(wanted: &DesiredAccount, blocked: &Blocked, id: AccountId) -> BTreeSet<Holder> {
    let gone = |link: &crate::entry::Who| matches!(link, crate::entry::Who::Group { group, .. } if blocked.groups.contains(&(id, group.clone())));
    let held = wanted.gates.iter().filter(|(_, gates)| gates.values().any(|gate| gone(&gate.link.who)));
    held.map(|(holder, _)| holder.clone()).collect()
}

/// The accounts in which something can be planned.
pub(crate) fn views<'a>(
    desired: &'a Desired,
    seen: &'a Snapshot,
    ours: &'a BTreeMap<AccountId, Ours<'a>>,
    blocked: &Blocked,
) -> BTreeMap<AccountId, View<'a>> {
    let open = desired.accounts.iter().filter(|(id, _)| !blocked.accounts.contains(id));
    let view = |(id, wanted): (&AccountId, &'a DesiredAccount)| {
        let (account, ours) = (seen.accounts.get(id)?, ours.get(id)?);
        let view = View {
            account,
            desired: wanted,
            claim: ours.claim.clone(),
            roles: &ours.roles,
            gates: &ours.gates,
            blocked_groups: only(&blocked.groups, *id),
            blocked_holders: only(&blocked.holders, *id),
            blocked_roles: only(&blocked.roles, *id),
        };
        Some((*id, view))
    };
    open.filter_map(view).collect()
}

fn only<T: Clone + Ord>(all: &BTreeSet<(AccountId, T)>, id: AccountId) -> BTreeSet<T> {
    all.iter().filter(|(account, _)| *account == id).map(|(_, item)| item.clone()).collect()
}

type Refusal = (&'static str, String);

/// How many things of a kind IAM still takes in an account.
struct Room {
    quota: &'static str,
    things: &'static str,
    used: usize,
    /// `None` when the quota was not read: then AWS will say.
    limit: Option<usize>,
}

impl Room {
    fn new(account: &Account, quota: &'static str, things: &'static str, used: usize) -> Self {
        let limit = account.summary.get(quota).and_then(|limit| usize::try_from(*limit).ok());
        Self { quota, things, used, limit }
    }

    /// Takes room for one more, unless it is there already; a refusal when there is none.
    fn take(&mut self, exists: bool, what: &str, account: &str) -> Option<Refusal> {
        let Self { quota, things, used, limit } = self;
        if exists {
            return None;
        }
        if let Some(limit) = limit.filter(|limit| *used >= *limit) {
            let message = format!(
                "{what} cannot be made in account {account}: {limit} {things} are there or on their way, the most that the account \
                 may have; delete unused ones, or raise the quota {quota}"
            );
            return Some(("Quota", message));
        }
        *used += 1;
        None
    }
}

fn refuse_account(
    account: &Account,
    wanted: &DesiredAccount,
    installation: &Installation,
    claim: &Claim,
) -> Option<Refusal> {
    let name = &wanted.name;
    if account.partition != wanted.partition {
        let message = format!(
            "account {name} is in partition {}, not {}: correct spec.partition",
            account.partition, wanted.partition
        );
        return Some(("WrongPartition", message));
    }
    let Collected { users, groups, roles, policies, role_settings, summary: _ } = &account.collected;
    for (part, what) in [
        (users, "users"),
        (groups, "groups"),
        (roles, "roles"),
        (policies, "policies"),
        (role_settings, "list-roles"),
    ] {
        if let Part::NotCollected { why } = part {
            let message =
                format!("the {what} of account {name} were not read ({why}): nothing is planned for it");
            return Some(("NotObserved", message));
        }
    }
    match claim {
        Claim::Free | Claim::Ours => None,
        Claim::Other(other) => {
            let message = format!(
                "account {name} is claimed by `{other}` for installation {}: only one may act; give it up there, or take over",
                installation.as_str()
            );
            Some(("InstallationConflict", message))
        }
        Claim::Missing => {
            let message = format!(
                "account {name} holds things of installation {} but no claim (policy rolegate-claim): find out who removed it, \
                 or take over",
                installation.as_str()
            );
            Some(("InstallationConflict", message))
        }
    }
}

fn refuse_role(
    account: &Account,
    name: &RoleName,
    wanted: &DesiredRole,
    installation: &Installation,
    known: &BTreeSet<SmolStr>,
) -> Option<Refusal> {
    let found = observed::role_named(account, name)?;
    let Some(owner) = observed::owner(account, found, installation) else {
        let message = format!(
            "role {} exists and is not ours: rename or remove it, or choose another spec.roleName",
            account.role_arn(found)
        );
        return Some(("NameTaken", message));
    };
    if found.name != *name || found.path != wanted.path {
        let message = format!(
            "role {} is ours but has another name or path than {}{name}, which AWS cannot change: keep the old one, or withdraw \
             its access, delete the role, and apply again",
            account.role_arn(found),
            wanted.path
        );
        return Some(("PathDiffers", message));
    }
    if owner != wanted.access_role && !known.contains(&owner) {
        let message = format!(
            "role {name} belongs to AccessRole {owner}, which is not here: add its manifest again, so that the role can be \
             handed over"
        );
        return Some(("OwnerMissing", message));
    }
    None
}

fn refuse_members(
    account: &Account,
    wanted: &DesiredAccount,
    installation: &Installation,
) -> Vec<(SmolStr, UserName, &'static str, String)> {
    let limit = account
        .summary
        .get("GroupsPerUserQuota")
        .and_then(|quota| usize::try_from(*quota).ok())
        .unwrap_or(10);
    let mut refused = Vec::new();
    let mut joined: BTreeMap<&UserName, usize> = BTreeMap::new();
    let everybody = wanted
        .groups
        .iter()
        .flat_map(|(name, group)| group.members.iter().map(move |user| (name, group, user)));
    for (name, group, user) in everybody {
        let group_name = group.access_group.clone();
        let Some(found) = account.users.get(user) else {
            let message = format!(
                "there is no IAM user {user} in account {}: create the user, or remove the member",
                wanted.name
            );
            refused.push((group_name, user.clone(), "UserNotFound", message));
            continue;
        };
        let stays = |other: &&GroupName| {
            let kept = wanted.groups.get(*other).map(|group| group.members.contains(user));
            let ours = account
                .groups
                .get(*other)
                .is_some_and(|group| observed::owns_group(account, group, installation));
            kept.unwrap_or(true) || !ours
        };
        let count = joined.entry(user).or_insert_with(|| found.groups.iter().filter(stays).count());
        if !found.groups.contains(name) {
            if *count >= limit {
                let message =
                    format!("user {user} is in {limit} groups already, the most that IAM allows: remove one");
                refused.push((group_name, user.clone(), "UserGroupsFull", message));
                continue;
            }
            *count += 1;
        }
    }
    refused
}

impl View<'_> {
    /// Whether a holder is a group that cannot be ours now.
    pub(crate) fn is_blocked(&self, holder: &Holder) -> bool {
        matches!(holder, Holder::Group(name) if self.blocked_holders.contains(name))
    }

    /// Whether writes may be made here.
    pub(crate) fn enforces(&self) -> bool {
        self.desired.mode == Mode::Enforce
    }

    /// The desired group of an AccessGroup.
    pub(crate) fn group_of(&self, access_group: &str) -> Option<(&GroupName, &DesiredGroup)> {
        self.desired.groups.iter().find(|(_, group)| group.access_group == access_group)
    }
}
