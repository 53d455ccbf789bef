//! Accepted grants to [`Desired`]: per account, from all objects together (design §5). Also the quotas that are known beforehand.

use crate::accept::{Accepted, Grant, Standing, role_key};
use crate::desired::{
    Deletion, Desired, DesiredAccount, DesiredGate, DesiredGroup, DesiredRole, KnownRole, Link, Mode,
    SelfManaged,
};
use crate::gate::Gate;
use crate::manifest::Diagnostic;
use crate::naming::{Holder, Installation, OWNER_TAG};
use crate::outcome::World;
use crate::pack::{Room, at_most, pack};
use crate::scope::Scope;
use crate::step::Cause;
use crate::validate::{ValidAccount, ValidRole, ValidSubject, Validated};
use rolegate_crds::{DeletionPolicy, EndSessions, Mode as DeclaredMode, SelfManagedCredentials};
use rolegate_iam::{AccountId, PolicyArn, PolicyOwner, Snapshot};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// IAM's size of a managed policy (§3.2).
pub(crate) const POLICY_SIZE: usize = 6144;

/// Compiles everything that was accepted.
pub fn compile(all: &Validated, accepted: &Accepted<'_>) -> Desired {
    let installation = Installation::new(&all.installation);
    let mut desired = Desired {
        accounts: all.accounts.values().map(|account| (account.id, empty(account))).collect(),
        known_roles: all.roles.values().map(|role| (role.name.clone(), known(role))).collect(),
        known_groups: BTreeSet::new(),
        explanations: BTreeMap::new(),
        ends_sessions: BTreeSet::new(),
        installation,
    };
    for group in all.groups.values() {
        let Some(gateway) = all.accounts.get(&group.gateway) else { continue };
        desired.known_groups.insert((gateway.id, group.name.clone()));
        let Some(account) = desired.accounts.get_mut(&gateway.id) else { continue };
        let enabled = group.self_managed == SelfManagedCredentials::Enabled && !group.terminating;
        account.groups.insert(
            group.group_name.clone(),
            DesiredGroup {
                access_group: group.name.clone(),
                members: if group.terminating { BTreeSet::new() } else { group.members.clone() },
                self_managed: if enabled { SelfManaged::Enabled } else { SelfManaged::Disabled },
            },
        );
    }
    for grant in &accepted.grants {
        explain(&mut desired, grant, |_| true);
        if grant.standing == Standing::Active {
            role_half(&mut desired, grant);
            identity_half(&mut desired, all, grant);
        }
    }
    desired
}

/// Records what a grant explains of the links that count.
pub(crate) fn explain(desired: &mut Desired, grant: &Grant<'_>, counts: impl Fn(&Link) -> bool) {
    let ends = grant.access.end_sessions == EndSessions::OnRevoke;
    if ends {
        desired.ends_sessions.insert(grant.role_arn());
    }
    for link in links(grant).into_iter().filter(counts) {
        let known = desired.explanations.entry(link).or_default();
        known.ends_sessions |= ends;
        match &grant.standing {
            Standing::Active => {
                known.active.get_or_insert_with(|| Cause::Edited(grant.object.clone()));
            }
            Standing::Over(cause) => known.over.push((grant.entry.facts.clone(), cause.clone())),
        }
    }
}

/// What a grant explains: that its people can enter, and that their gateway's can, where its word counts.
pub(crate) fn links(grant: &Grant<'_>) -> BTreeSet<Link> {
    BTreeSet::from([grant.link(), grant.entry.link(&grant.role_arn())])
}

fn empty(account: &ValidAccount) -> DesiredAccount {
    DesiredAccount {
        name: account.name.to_string(),
        partition: account.partition,
        mode: match account.mode {
            DeclaredMode::Enforce => Mode::Enforce,
            DeclaredMode::Observe => Mode::Observe,
        },
        roles: BTreeMap::new(),
        groups: BTreeMap::new(),
        gates: BTreeMap::new(),
    }
}

fn known(role: &ValidRole) -> KnownRole {
    let deletion = match role.deletion_policy {
        DeletionPolicy::Delete => Deletion::Delete,
        DeletionPolicy::Retain => Deletion::Retain,
    };
    KnownRole { terminating: role.terminating, deletion, trust: role.trust }
}

pub(crate) fn role_half(desired: &mut Desired, grant: &Grant<'_>) {
    let installation = desired.installation.clone();
    let Some(account) = desired.accounts.get_mut(&grant.account.id) else { return };
    let role = account
        .roles
        .entry(grant.role.role_name.clone())
        .or_insert_with(|| role_of(&installation, grant.role, grant.account));
    let cause = || Cause::Declared(grant.object.clone());
    if grant.entry.is_gateway() {
        let people = role.behind.entry(grant.entry.clone()).or_default();
        people.entry(grant.own_entry()).or_insert_with(cause);
    }
    role.entries.entry(grant.entry.clone()).or_insert_with(cause);
}

fn role_of(installation: &Installation, role: &ValidRole, account: &ValidAccount) -> DesiredRole {
    let arn = |policy: &crate::validate::PolicyRef, owner| PolicyArn {
        partition: account.partition,
        owner,
        path: policy.path.clone(),
        name: policy.name.clone(),
    };
    let customer = PolicyOwner::Account(account.id);
    let aws = role.aws_managed.iter().map(|policy| arn(policy, PolicyOwner::Aws));
    let own = role.customer_managed.iter().map(|policy| arn(policy, customer));
    let mut tags: BTreeMap<SmolStr, SmolStr> =
        role.tags.iter().map(|(key, value)| (key.into(), value.into())).collect();
    tags.insert(OWNER_TAG.into(), installation.owner_tag(&role.name, account.id, &role.role_name).into());
    DesiredRole {
        access_role: role.name.clone(),
        path: role.path.clone(),
        entries: BTreeMap::new(),
        behind: BTreeMap::new(),
        inline: role
            .inline
            .iter()
            .map(|(name, template)| (name.clone(), template.document(account.id, account.partition)))
            .collect(),
        attached: aws.chain(own).collect(),
        boundary: role
            .boundary
            .as_ref()
            .or(account.role_boundary.as_ref())
            .map(|policy| arn(policy, customer)),
        max_session_duration: role.max_session,
        description: format!("rolegate: AccessRole {}", role.name),
        tags,
    }
}

/// The gateway's half: for its groups, its users and its machine roles. Everybody else's owner must grant it.
pub(crate) fn identity_half(desired: &mut Desired, all: &Validated, grant: &Grant<'_>) {
    let Some((gateway, holder)) = holder(all, grant.account, grant.subject) else { return };
    let Some(account) = desired.accounts.get_mut(&gateway) else { return };
    let gate = Gate { role: grant.role_arn(), window: grant.entry.window().clone() };
    let wanted = DesiredGate { cause: Cause::Declared(grant.object.clone()), link: grant.link() };
    account.gates.entry(holder).or_default().entry(gate).or_insert(wanted);
}

/// Whose leave a subject needs to enter an account, and in which gateway; none where its owner must give it.
pub(crate) fn holder(
    all: &Validated,
    account: &ValidAccount,
    subject: &ValidSubject,
) -> Option<(AccountId, Holder)> {
    let gateway = all.accounts.get(account.gateway_name())?;
    let holder = match subject {
        ValidSubject::Group(name) => Holder::Group(all.groups.get(name)?.group_name.clone()),
        ValidSubject::User(name) => Holder::User(name.clone()),
        ValidSubject::Role(arn) if arn.account == gateway.id => Holder::Role(arn.name.clone()),
        ValidSubject::Role(_) | ValidSubject::Account { .. } => return None,
    };
    Some((gateway.id, holder))
}

/// Quotas that can be judged before anything is written: what does not fit is refused whole, with the numbers and the ways
/// out.
pub(crate) fn quotas(world: &World<'_>, desired: &Desired, scope: &Scope) -> Vec<Diagnostic> {
    let World { all, seen, scribe, .. } = *world;
    let mut errors = Vec::new();
    for (id, account) in desired.accounts.iter().filter(|(id, _)| scope.account(**id)) {
        for (name, role) in account.roles.iter().filter(|(name, _)| scope.role(*id, name)) {
            let size = scribe.write(role.entries.keys(), &desired.installation).size();
            let limit = quota_of(seen, *id, "AssumeRolePolicySizeQuota", 2048);
            let Some(object) = all.roles.get(&role.access_role).filter(|_| size > limit) else { continue };
            errors.push(object.source.diagnostic(
                role_key(object),
                "",
                format!(
                    "the trust policy of role {name} in AWSAccount {} would have {size} characters, more than the account's \
                     quota of {limit}",
                    account.name
                ),
                "bind groups instead of single users, use fewer different conditions, or raise the quota \"Role trust policy \
                 length\" (up to 8192)"
                    .to_owned(),
            ));
        }
        for (holder, gates) in account.gates.iter().filter(|(holder, _)| scope.holder(*id, holder)) {
            let limit = quota_of(seen, *id, attachments_quota(holder), 10);
            let at_most = at_most(gates.keys(), POLICY_SIZE);
            if at_most.is_some_and(|policies| policies < limit) {
                continue;
            }
            let wanted: BTreeSet<Gate> = gates.keys().cloned().collect();
            let anything = Room { size: POLICY_SIZE, policies: usize::MAX };
            let policies = pack(&wanted, &BTreeMap::new(), anything).len();
            let shared = match holder {
                Holder::Group(name) => account
                    .groups
                    .get(name)
                    .map_or(0, |group| usize::from(group.self_managed == SelfManaged::Enabled)),
                Holder::User(_) | Holder::Role(_) => 0,
            };
            let object = gates.values().next().and_then(|gate| source_of(all, &gate.cause));
            let Some(object) = object.filter(|_| policies + shared > limit) else { continue };
            errors.push(object.source.diagnostic(
                object.key(),
                "spec.accounts",
                format!(
                    "{holder} in AWSAccount {} would need {} policies for {} roles, more than the {limit} that IAM attaches \
                     (quota {})",
                    account.name,
                    policies + shared,
                    wanted.len(),
                    attachments_quota(holder)
                ),
                ways_out(holder),
            ));
        }
    }
    errors
}

fn ways_out(holder: &Holder) -> String {
    match holder {
        Holder::Group(_) => "split the group, or bind it in fewer accounts",
        Holder::User(_) => "bind a group of which the user is a member, bind the user in fewer accounts, or raise the quota (up to 20)",
        Holder::Role(_) => "bind several roles, each in fewer accounts, or raise the quota (up to 25)",
    }
    .to_owned()
}

/// The name of the quota for what is attached to a holder.
pub(crate) fn attachments_quota(holder: &Holder) -> &'static str {
    match holder {
        Holder::Group(_) => "AttachedPoliciesPerGroupQuota",
        Holder::User(_) => "AttachedPoliciesPerUserQuota",
        Holder::Role(_) => "AttachedPoliciesPerRoleQuota",
    }
}

fn quota_of(seen: &Snapshot, account: AccountId, key: &str, default: usize) -> usize {
    seen.accounts.get(&account).map_or(default, |account| quota(&account.summary, key, default))
}

/// A quota as an account's summary tells it, else AWS's default.
pub(crate) fn quota(summary: &BTreeMap<SmolStr, i64>, key: &str, default: usize) -> usize {
    summary.get(key).and_then(|quota| usize::try_from(*quota).ok()).unwrap_or(default)
}

fn source_of<'a>(all: &'a Validated, cause: &Cause) -> Option<&'a crate::validate::ValidAccess> {
    let Cause::Declared(object) = cause else { return None };
    let (namespace, name) = object.strip_prefix("AccountAccess ")?.split_once('/')?;
    all.accesses.get(&(namespace.into(), name.into())).map(AsRef::as_ref)
}
