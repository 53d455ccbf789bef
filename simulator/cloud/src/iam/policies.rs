//! Managed policies and their versions (§3.4).

use crate::api::{Answer, Paging, PolicyDetail, PolicyVersionView, PolicyView, Response, Tag};
use crate::error::AwsError;
use crate::iam::users::tag_views;
use crate::ids::IdKind;
use crate::paging::page;
use crate::quotas::Quota;
use crate::state::{Cloud, PolicyFacts};
use crate::validate;
use jiff::Timestamp;
use rolegate_iam::policy::DocumentKind;
use rolegate_iam::snapshot::{ManagedPolicy, PolicyVersion};
use rolegate_iam::{Account, AccountId, PolicyArn, PolicyName, PolicyOwner, Tags};
use smol_str::SmolStr;

/// What `CreatePolicy` takes.
#[derive(Debug)]
pub(crate) struct NewPolicy<'a> {
    pub(crate) name: &'a str,
    pub(crate) path: Option<&'a str>,
    pub(crate) document: &'a str,
    pub(crate) description: Option<&'a str>,
    pub(crate) tags: &'a [Tag],
}

/// The filters of `ListPolicies`.
#[derive(Debug)]
pub(crate) struct PolicyFilter<'a> {
    pub(crate) scope: Option<&'a str>,
    pub(crate) only_attached: bool,
    pub(crate) path_prefix: Option<&'a str>,
    pub(crate) usage: Option<&'a str>,
}

/// How often an account uses a policy: attached, and as a boundary.
fn usage(account: &Account, arn: &PolicyArn) -> (i64, i64) {
    let attached = account.users.values().map(|user| &user.attached);
    let attached = attached.chain(account.groups.values().map(|group| &group.attached));
    let attached = attached.chain(account.roles.values().map(|role| &role.attached));
    let boundaries = account.users.values().map(|user| &user.boundary);
    let boundaries = boundaries.chain(account.roles.values().map(|role| &role.boundary));
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    (
        count(attached.filter(|attached| attached.contains(arn)).count()),
        count(boundaries.filter(|boundary| boundary.as_ref() == Some(arn)).count()),
    )
}

/// The number in `v3`.
fn version_number(id: &str) -> u32 {
    id.strip_prefix('v').and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn version_view(policy: &ManagedPolicy, id: &str, version: &PolicyVersion) -> PolicyVersionView {
    PolicyVersionView {
        document: Some(version.document.text().to_owned()),
        version_id: id.to_owned(),
        is_default_version: policy.default_version == id,
        create_date: version.created.unwrap_or(Timestamp::UNIX_EPOCH),
    }
}

/// The versions of a policy, newest first.
fn versions(policy: &ManagedPolicy) -> Vec<PolicyVersionView> {
    let mut views: Vec<_> =
        policy.versions.iter().map(|(id, version)| version_view(policy, id, version)).collect();
    views.sort_by_key(|view| std::cmp::Reverse(version_number(&view.version_id)));
    views
}

impl Cloud {
    pub(crate) fn create_policy(&mut self, account: AccountId, new: &NewPolicy<'_>) -> Answer {
        let NewPolicy { name, path, document, description, tags } = new;
        let name: PolicyName = validate::parse("policyName", name)?;
        let (path, tags) = (validate::policy_path(*path)?, validate::tags(tags)?);
        let description = validate::description(*description)?;
        let document = validate::document("policyDocument", document, DocumentKind::Identity)?;
        let held = self.account(account)?;
        let arn = held.policy_arn(&path, &name);
        // Unique within the account, whatever the path.
        if held.policies.keys().any(|other| other.name.key() == name.key()) {
            let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return Err(AwsError::already_exists(message));
        }
        let quotas = self.quotas(account);
        quotas.check(Quota::Policies, held.policies.len() + 1)?;
        quotas.check(Quota::PolicySize, document.size())?;
        let version = PolicyVersion { created: Some(self.clock), document };
        let policy = ManagedPolicy {
            id: self.ids.id(IdKind::Policy),
            arn: arn.clone(),
            default_version: "v1".into(),
            versions: [("v1".into(), version)].into_iter().collect(),
            description,
        };
        let facts = PolicyFacts { created: self.clock, updated: self.clock, tags, next_version: 2 };
        self.policy_facts.insert(arn.clone(), facts);
        self.account_mut(account)?.policies.insert(arn.clone(), policy);
        self.get_policy(account, &arn.to_string())
    }

    pub(crate) fn get_policy(&self, account: AccountId, arn: &str) -> Answer {
        let policy = self.policy(account, arn)?;
        Ok(Response::Policy(self.policy_view(self.account(account)?, policy)))
    }

    pub(crate) fn delete_policy(&mut self, account: AccountId, arn: &str) -> Answer {
        let policy = self.own_policy(account, arn)?;
        if usage(self.account(account)?, &policy.arn) != (0, 0) {
            return Err(AwsError::delete_conflict("Cannot delete a policy attached to entities."));
        }
        if policy.versions.len() > 1 {
            return Err(AwsError::delete_conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                 versions. The default version is deleted with the policy.",
            ));
        }
        let arn = policy.arn.clone();
        self.policy_facts.remove(&arn);
        self.account_mut(account)?.policies.remove(&arn);
        Ok(Response::Done)
    }

    pub(crate) fn list_policies(
        &self,
        account: AccountId,
        filter: &PolicyFilter<'_>,
        paging: &Paging,
    ) -> Answer {
        let PolicyFilter { scope, only_attached, path_prefix, usage: used_as } = filter;
        let prefix = validate::path_prefix(*path_prefix)?;
        let scope = one_of("scope", scope.unwrap_or("All"), &["All", "AWS", "Local"])?;
        let used_as = one_of(
            "policyUsageFilter",
            used_as.unwrap_or("PermissionsPolicy"),
            &["PermissionsPolicy", "PermissionsBoundary"],
        )?;
        let held = self.account(account)?;
        let keep = |policy: &&ManagedPolicy| {
            let (attached, boundary) = usage(held, &policy.arn);
            let used = if used_as == "PermissionsBoundary" { boundary } else { attached };
            policy.arn.path.as_str().starts_with(prefix) && (!only_attached || used > 0)
        };
        let local = held.policies.values().filter(|_| scope != "AWS");
        let managed = self.aws_managed_of(held).filter(|_| scope != "Local");
        let mut members: Vec<_> =
            local.chain(managed).filter(keep).map(|policy| (page_key(&policy.arn), policy)).collect();
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        let policies = page(members, paging)?;
        Ok(Response::Policies(policies.map(|policy| PolicyView {
            description: None,
            tags: Vec::new(),
            ..self.policy_view(held, policy)
        })))
    }

    pub(crate) fn create_policy_version(
        &mut self,
        account: AccountId,
        arn: &str,
        text: &str,
        set_as_default: bool,
    ) -> Answer {
        let document = validate::document("policyDocument", text, DocumentKind::Identity)?;
        let quotas = self.quotas(account);
        let policy = self.own_policy(account, arn)?;
        let most = quotas.get(Quota::VersionsPerPolicy);
        if i64::try_from(policy.versions.len()).is_ok_and(|held| held >= most) {
            return Err(AwsError::limit(format!(
                "A managed policy can have up to {most} versions. Before you create a new version, you must delete \
                 an existing version."
            )));
        }
        quotas.check(Quota::PolicySize, document.size())?;
        let (policy, now) = (policy.clone(), self.clock);
        let facts = self.facts_mut(&policy);
        let id: SmolStr = format!("v{}", facts.next_version).into();
        facts.next_version += 1;
        facts.updated = now;
        let version = PolicyVersion { created: Some(now), document };
        let policy = self.own_policy_mut(account, &policy.arn)?;
        policy.versions.insert(id.clone(), version.clone());
        if set_as_default {
            policy.default_version = id.clone();
        }
        Ok(Response::PolicyVersion(PolicyVersionView {
            document: None,
            ..version_view(policy, &id, &version)
        }))
    }

    pub(crate) fn get_policy_version(&self, account: AccountId, arn: &str, id: &str) -> Answer {
        version_id(id)?;
        let policy = self.policy(account, arn)?;
        let version = policy.versions.get(id).ok_or_else(|| no_version(&policy.arn, id))?;
        Ok(Response::PolicyVersion(version_view(policy, id, version)))
    }

    pub(crate) fn list_policy_versions(&self, account: AccountId, arn: &str, paging: &Paging) -> Answer {
        let newest_first = versions(self.policy(account, arn)?);
        let key = |view: &PolicyVersionView| format!("{:010}", u32::MAX - version_number(&view.version_id));
        let members =
            newest_first.into_iter().map(|view| (key(&view), PolicyVersionView { document: None, ..view }));
        Ok(Response::PolicyVersions(page(members, paging)?))
    }

    pub(crate) fn delete_policy_version(&mut self, account: AccountId, arn: &str, id: &str) -> Answer {
        let (policy, now) = (self.policy_with_version(account, arn, id)?, self.clock);
        if policy.default_version == id {
            return Err(AwsError::delete_conflict("Cannot delete the default version of a policy."));
        }
        let facts = self.facts_mut(&policy);
        facts.updated = now;
        self.own_policy_mut(account, &policy.arn)?.versions.remove(id);
        Ok(Response::Done)
    }

    pub(crate) fn set_default_policy_version(&mut self, account: AccountId, arn: &str, id: &str) -> Answer {
        let (policy, now) = (self.policy_with_version(account, arn, id)?, self.clock);
        self.facts_mut(&policy).updated = now;
        self.own_policy_mut(account, &policy.arn)?.default_version = id.into();
        Ok(Response::Done)
    }

    /// AWS's policies of the account's partition.
    pub(crate) fn aws_managed_of<'a>(&'a self, account: &Account) -> impl Iterator<Item = &'a ManagedPolicy> {
        let partition = account.partition;
        self.snapshot.aws_managed.values().filter(move |policy| policy.arn.partition == partition)
    }

    /// A policy with its versions and documents.
    pub(crate) fn policy_detail(&self, account: &Account, policy: &ManagedPolicy) -> PolicyDetail {
        PolicyDetail { policy: self.policy_view(account, policy), versions: versions(policy) }
    }

    /// The tags of a policy.
    pub(crate) fn policy_tags(&self, arn: &PolicyArn) -> Tags {
        self.policy_facts.get(arn).map(|facts| facts.tags.clone()).unwrap_or_default()
    }

    fn policy_view(&self, account: &Account, policy: &ManagedPolicy) -> PolicyView {
        let (attached, boundary) = usage(account, &policy.arn);
        let facts = self.facts(policy);
        PolicyView {
            policy_name: policy.arn.name.to_string(),
            policy_id: policy.id.to_string(),
            arn: policy.arn.to_string(),
            path: policy.arn.path.to_string(),
            default_version_id: policy.default_version.to_string(),
            attachment_count: attached,
            permissions_boundary_usage_count: boundary,
            description: policy.description.clone(),
            create_date: facts.created,
            update_date: facts.updated,
            tags: tag_views(&facts.tags),
        }
    }

    /// What is known beside the snapshot; for a policy that was loaded, what its versions tell.
    fn facts(&self, policy: &ManagedPolicy) -> PolicyFacts {
        if let Some(facts) = self.policy_facts.get(&policy.arn) {
            return facts.clone();
        }
        let dates = || policy.versions.values().filter_map(|version| version.created);
        let newest = policy.versions.keys().map(|id| version_number(id)).max().unwrap_or(0);
        PolicyFacts {
            created: dates().min().unwrap_or(Timestamp::UNIX_EPOCH),
            updated: dates().max().unwrap_or(Timestamp::UNIX_EPOCH),
            tags: Tags::new(),
            next_version: newest.saturating_add(1),
        }
    }

    fn facts_mut(&mut self, policy: &ManagedPolicy) -> &mut PolicyFacts {
        let known = self.facts(policy);
        self.policy_facts.entry(policy.arn.clone()).or_insert(known)
    }

    /// A policy that the account can see: its own or one of AWS's.
    fn policy(&self, account: AccountId, arn: &str) -> Result<&ManagedPolicy, AwsError> {
        let parsed = validate::policy_arn("policyArn", arn)?;
        let foreign = matches!(parsed.owner, PolicyOwner::Account(owner) if owner != account);
        let found = self.snapshot.policy(&parsed).filter(|_| !foreign);
        found.ok_or_else(|| AwsError::no_such_entity(format!("Policy {arn} was not found.")))
    }

    /// A policy that the account may change.
    fn own_policy(&self, account: AccountId, arn: &str) -> Result<&ManagedPolicy, AwsError> {
        let policy = self.policy(account, arn)?;
        match policy.arn.owner {
            PolicyOwner::Account(_) => Ok(policy),
            PolicyOwner::Aws => Err(AwsError::access_denied(format!(
                "Policy {arn} is managed by AWS and cannot be changed by an account."
            ))),
        }
    }

    fn own_policy_mut(
        &mut self,
        account: AccountId,
        arn: &PolicyArn,
    ) -> Result<&mut ManagedPolicy, AwsError> {
        let held = self.account_mut(account)?.policies.get_mut(arn);
        held.ok_or_else(|| AwsError::no_such_entity(format!("Policy {arn} was not found.")))
    }

    fn policy_with_version(
        &self,
        account: AccountId,
        arn: &str,
        id: &str,
    ) -> Result<ManagedPolicy, AwsError> {
        version_id(id)?;
        let policy = self.own_policy(account, arn)?;
        if policy.versions.contains_key(id) { Ok(policy.clone()) } else { Err(no_version(&policy.arn, id)) }
    }
}

/// Where a policy stands among the pages: by name, which is unique among an account's own.
pub(crate) fn page_key(arn: &PolicyArn) -> String {
    let owner = match arn.owner {
        PolicyOwner::Account(_) => "",
        PolicyOwner::Aws => arn.path.as_str(),
    };
    format!("{}{owner}", arn.name)
}

fn one_of<'a>(field: &str, value: &'a str, set: &[&str]) -> Result<&'a str, AwsError> {
    if set.contains(&value) {
        return Ok(value);
    }
    Err(validate::out_of_schema(field, format!("Member must satisfy enum value set: [{}]", set.join(", "))))
}

fn version_id(id: &str) -> Result<(), AwsError> {
    let well_formed = version_number(id) > 0 && !id.starts_with("v0");
    if well_formed {
        return Ok(());
    }
    Err(validate::out_of_schema(
        "versionId",
        "Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
    ))
}

fn no_version(arn: &PolicyArn, id: &str) -> AwsError {
    AwsError::no_such_entity(format!("Policy {arn} version {id} does not exist or is not attachable."))
}
