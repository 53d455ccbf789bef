//! Absence that would be acted upon (design §6.4). A list read in bulk may lack what is there, while AWS replicates or while
//! somebody writes (§4.4): whoever takes "not in the list" for "not there" detaches, deletes or makes anew. So what the objects
//! or our own policies speak of, and the lists lack, is named here, and asked for one by one before anything is planned.
//! Asks nobody; decides only what must be asked.

use crate::naming::{CLAIM_POLICY, Holder, Installation, fixed_policy_name};
use crate::observed::{self, Claim};
use crate::validate::{ValidSubject, Validated};
use rolegate_iam::snapshot::Part;
use rolegate_iam::{Account, AccountId, GroupName, PolicyArn, PolicyOwner, RoleName, UserName};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Something of an account that a list may lack although it is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// An IAM user.
    User(UserName),
    /// A group.
    Group(GroupName),
    /// A role.
    Role(RoleName),
    /// A customer managed policy.
    Policy(PolicyArn),
}

/// Whether something exists, asked for by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// AWS shows it.
    Present,
    /// AWS says that there is no such entity.
    Absent,
}

/// What the objects speak of, per account.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    installation: SmolStr,
    named: BTreeMap<AccountId, BTreeSet<Entity>>,
}

impl Expected {
    /// Everything whose absence would be acted upon: roles that bindings are about, whatever became of the bindings; the groups
    /// and people of a gateway; its machine roles.
    pub fn of(all: &Validated) -> Self {
        let mut named: BTreeMap<AccountId, BTreeSet<Entity>> = BTreeMap::new();
        let mut expect = |account: AccountId, entity| {
            named.entry(account).or_default().insert(entity);
        };
        for group in all.groups.values() {
            let Some(gateway) = all.accounts.get(&group.gateway) else { continue };
            expect(gateway.id, Entity::Group(group.group_name.clone()));
            group.members.iter().for_each(|user| expect(gateway.id, Entity::User(user.clone())));
        }
        for access in all.accesses.values() {
            let role = all.roles.get(&access.role);
            for account in all.accounts.values().filter(|account| access.selects(account)) {
                if let Some(role) = role {
                    expect(account.id, Entity::Role(role.role_name.clone()));
                }
                let Some(gateway) = all.accounts.get(account.gateway_name()) else { continue };
                for subject in &access.subjects {
                    match subject {
                        ValidSubject::User(name) => expect(gateway.id, Entity::User(name.clone())),
                        ValidSubject::Role(arn) if arn.account == gateway.id => {
                            expect(gateway.id, Entity::Role(arn.name.clone()));
                        }
                        ValidSubject::Role(_) | ValidSubject::Group(_) | ValidSubject::Account { .. } => {}
                    }
                }
            }
        }
        Self { installation: all.installation.clone(), named }
    }

    /// What the lists of an account lack and must be asked for. Of a list that was not read in full nothing is asked: it says
    /// by itself that absence means nothing.
    ///
    /// In an account that holds nothing of ours, roles and groups are not asked for: making one that is there is refused by
    /// AWS, and the claim, on which everything waits, is made first.
    pub fn questionable(&self, account: &Account) -> BTreeSet<Entity> {
        let installation = Installation::new(&self.installation);
        let ours = observed::claim(account, &installation, "") != Claim::Free;
        let mut asked: BTreeSet<Entity> = self.named.get(&account.id).cloned().unwrap_or_default();
        asked.retain(|entity| ours || matches!(entity, Entity::User(_)));
        asked.extend(spoken_of(account, &installation));
        if observed::claim(account, &installation, "") == Claim::Missing {
            let claim = fixed_policy_name(CLAIM_POLICY);
            asked.extend(
                claim.map(|name| {
                    Entity::Policy(installation.policy_arn(account.partition, account.id, &name))
                }),
            );
        }
        asked.retain(|entity| entity.part(account).is_collected() && !entity.is_listed(account));
        asked
    }
}

/// What our own things speak of: holders of our policies, and our policies where they are attached.
fn spoken_of(account: &Account, installation: &Installation) -> BTreeSet<Entity> {
    let ours = |arn: &&PolicyArn| observed::owns_policy(arn, account, installation);
    let holders = account.policies.keys().filter(ours).filter_map(|arn| Holder::of_policy(&arn.name));
    let holders = holders.map(|(holder, _)| match holder {
        Holder::Group(name) => Entity::Group(name),
        Holder::User(name) => Entity::User(name),
        Holder::Role(name) => Entity::Role(name),
    });
    let users = account.users.values().flat_map(|user| &user.attached);
    let groups = account.groups.values().flat_map(|group| &group.attached);
    let roles = account.roles.values().flat_map(|role| &role.attached);
    let attached = users.chain(groups).chain(roles);
    holders.chain(attached.filter(ours).cloned().map(Entity::Policy)).collect()
}

impl Entity {
    /// Whether the account's lists show it. IAM ignores case in names (§3.1).
    pub fn is_listed(&self, account: &Account) -> bool {
        match self {
            Self::User(name) => {
                account.users.contains_key(name)
                    || account.users.keys().any(|other| other.key() == name.key())
            }
            Self::Group(name) => observed::group_named(account, name).is_some(),
            Self::Role(name) => observed::role_named(account, name).is_some(),
            Self::Policy(arn) => account.policies.contains_key(arn),
        }
    }

    /// The list it belongs to.
    fn part<'a>(&self, account: &'a Account) -> &'a Part {
        match self {
            Self::User(_) => &account.collected.users,
            Self::Group(_) => &account.collected.groups,
            Self::Role(_) => &account.collected.roles,
            Self::Policy(_) => &account.collected.policies,
        }
    }

    /// Records that absence from its list means nothing, for this reason.
    pub fn doubt(&self, account: &mut Account, why: SmolStr) {
        let part = match self {
            Self::User(_) => &mut account.collected.users,
            Self::Group(_) => &mut account.collected.groups,
            Self::Role(_) => &mut account.collected.roles,
            Self::Policy(_) => &mut account.collected.policies,
        };
        *part = Part::NotCollected { why };
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "user {name}"),
            Self::Group(name) => write!(f, "group {name}"),
            Self::Role(name) => write!(f, "role {name}"),
            Self::Policy(arn) => match arn.owner {
                PolicyOwner::Account(_) => write!(f, "policy {}", arn.name),
                PolicyOwner::Aws => write!(f, "policy {arn}"),
            },
        }
    }
}

#[cfg(test)]
mod tests;
