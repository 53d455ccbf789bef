//! What a question is about: a role by ARN or as ACCOUNT/ROLE, an account by id or name, an environment.

use rolegate_iam::{Account, AccountId, RoleArn, Snapshot};
use rolegate_plan::validate::Validated;
use std::collections::{BTreeMap, BTreeSet};

/// The roles of a target, and what of it is not known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) roles: Vec<RoleArn>,
    pub(super) missing: BTreeSet<String>,
}

/// Finds the target.
///
/// # Errors
/// Nothing of that name is known; near names are offered.
pub(super) fn resolve(target: &str, world: &Snapshot, declared: Option<&Validated>) -> Result<Found, String> {
    if target.starts_with("arn:") {
        let role: RoleArn = target.parse().map_err(|error| format!("{error}"))?;
        return Ok(one(role, world));
    }
    let names = names(world, declared);
    if let Some(id) = target.parse::<AccountId>().ok().filter(|id| !names.contains_key(id.as_str())) {
        let missing = BTreeSet::from([format!("account {id} is not in the snapshot")]);
        return Ok(Found { roles: Vec::new(), missing });
    }
    if let Some((account, role)) = target.split_once('/') {
        let ids = names.get(account).ok_or_else(|| unknown(target, &names, world))?;
        return role_in(ids, role, target, world, &names);
    }
    let ids = names.get(target).ok_or_else(|| unknown(target, &names, world))?;
    let mut found = Found { roles: Vec::new(), missing: BTreeSet::new() };
    for id in ids {
        match world.accounts.get(id) {
            Some(account) => {
                found.roles.extend(account.roles.values().map(|role| account.role_arn(role)));
                if !account.collected.roles.is_collected() {
                    found.missing.insert(format!("the roles of account {id} were not collected"));
                }
            }
            None => {
                found.missing.insert(format!("account {id} is not in the snapshot"));
            }
        }
    }
    Ok(found)
}

/// Finds one role.
///
/// # Errors
/// Nothing of that name is known, or there are several of it.
pub(super) fn one_role(
    text: &str,
    world: &Snapshot,
    declared: Option<&Validated>,
) -> Result<RoleArn, String> {
    let Found { roles, missing } = resolve(text, world, declared)?;
    match (roles.as_slice(), missing.into_iter().next()) {
        ([role], _) => Ok(role.clone()),
        ([], Some(missing)) => {
            Err(format!("no role is found by `{}`: {missing}; name it by its ARN", text.escape_debug()))
        }
        (roles, _) => {
            let all: Vec<String> = roles.iter().take(4).map(ToString::to_string).collect();
            let more = if roles.len() > all.len() { " and others" } else { "" };
            let all = if all.is_empty() { "nothing".to_owned() } else { all.join(", ") };
            Err(format!(
                "one role is asked about, and `{}` is {all}{more}; name a role ARN or ACCOUNT/ROLE",
                text.escape_debug()
            ))
        }
    }
}

/// Names of accounts, account ids and environments, each with the accounts it means.
pub(super) fn names(world: &Snapshot, declared: Option<&Validated>) -> BTreeMap<String, BTreeSet<AccountId>> {
    let mut names: BTreeMap<String, BTreeSet<AccountId>> = BTreeMap::new();
    let mut add = |name: &str, id: AccountId| {
        names.entry(name.to_owned()).or_default().insert(id);
    };
    for account in world.accounts.values() {
        add(account.id.as_str(), account.id);
        if let Some(name) = &account.name {
            add(name, account.id);
        }
    }
    for account in declared.iter().flat_map(|declared| declared.accounts.values()) {
        add(account.id.as_str(), account.id);
        add(&account.name, account.id);
        add(&account.environment, account.id);
    }
    names
}

/// A role by ARN. One that is not there is reached by nobody, if that its account lacks it is known.
fn one(role: RoleArn, world: &Snapshot) -> Found {
    let missing = match world.accounts.get(&role.account) {
        None => BTreeSet::from([format!("account {} is not in the snapshot", role.account)]),
        Some(account) if !account.collected.roles.is_collected() => {
            BTreeSet::from([format!("the roles of account {} were not collected", role.account)])
        }
        Some(_) => BTreeSet::new(),
    };
    Found { roles: vec![role], missing }
}

fn role_in(
    ids: &BTreeSet<AccountId>,
    role: &str,
    target: &str,
    world: &Snapshot,
    names: &BTreeMap<String, BTreeSet<AccountId>>,
) -> Result<Found, String> {
    let name = role.rsplit('/').next().unwrap_or(role);
    let mut found = Found { roles: Vec::new(), missing: BTreeSet::new() };
    for id in ids {
        match world.accounts.get(id) {
            Some(account) => {
                let here = account.roles.values().filter(|known| known.name.as_str() == name);
                found.roles.extend(here.map(|role| account.role_arn(role)));
                if !account.collected.roles.is_collected() {
                    found.missing.insert(format!("the roles of account {id} were not collected"));
                }
            }
            None => {
                found.missing.insert(format!("account {id} is not in the snapshot"));
            }
        }
    }
    if found.roles.is_empty() && found.missing.is_empty() {
        Err(unknown(target, names, world))
    } else {
        Ok(found)
    }
}

/// Nothing of this name; what is near it.
fn unknown(target: &str, names: &BTreeMap<String, BTreeSet<AccountId>>, world: &Snapshot) -> String {
    let roles = world.accounts.values().flat_map(|account| {
        let label = |account: &Account| {
            account.name.as_ref().map_or_else(|| account.id.to_string(), ToString::to_string)
        };
        account.roles.values().map(move |role| format!("{}/{}", label(account), role.name))
    });
    let wanted = target.to_lowercase();
    let mut near: Vec<(usize, String)> = names
        .keys()
        .cloned()
        .chain(roles)
        .map(|name| (strsim::damerau_levenshtein(&name.to_lowercase(), &wanted), name))
        .filter(|(distance, name)| {
            *distance <= name.chars().count() / 3 + 1
                || (wanted.len() > 2 && name.to_lowercase().contains(&wanted))
        })
        .collect();
    near.sort();
    near.truncate(3);
    let offer = if near.is_empty() {
        "name a role ARN, ACCOUNT/ROLE, an account, or an environment of the manifests".to_owned()
    } else {
        format!("did you mean {}?", near.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", "))
    };
    format!("nothing here is called `{}`; {offer}", target.escape_debug())
}
