//! What of an account is ours, read from a snapshot: the claim, roles, groups, gates and membership tags (design §5).
//! Ownership is decided here and nowhere else. Nothing that this file does not call ours is ever changed.

use crate::gate::{self, Gates};
use crate::naming::{
    CLAIM_POLICY, DORMANT_TAG, Holder, Installation, OWNER_POLICY, OWNER_TAG, SELF_MANAGEMENT_POLICY,
    fixed_policy_name,
};
use crate::trust::{self, Reader, Trust};
use jiff::Timestamp;
use rolegate_iam::policy::{ActionClause, Effect, PrincipalClause, ResourceClause, Span, Version};
use rolegate_iam::snapshot::{Group, ManagedPolicy, Role, User};
use rolegate_iam::{Account, Document, GroupName, Policy, PolicyArn, RoleName, Statement};
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who acts in an account for this installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nobody, and nothing of ours is there.
    Free,
    /// We do.
    Ours,
    /// Somebody else does: the claimant.
    Other(SmolStr),
    /// Things of ours are there, but no claim.
    Missing,
}

/// A role of ours.
#[derive(Debug, Clone)]
pub struct OwnedRole<'a> {
    /// The role.
    pub role: &'a Role,
    /// The AccessRole that its owner tag names.
    pub access_role: SmolStr,
    /// Its trust policy in our terms.
    pub trust: Arc<Trust>,
    /// Since when it is dormant.
    pub dormant_since: Option<Timestamp>,
}

/// One of a holder's policies.
#[derive(Debug, Clone)]
pub struct GatePolicy<'a> {
    /// The policy.
    pub policy: &'a ManagedPolicy,
    /// What it holds.
    pub gates: Gates,
    /// Whether it is attached to its holder: only then does it open anything.
    pub attached: Attached,
}

/// What of one account is ours, read once.
#[derive(Debug, Clone)]
pub(crate) struct Ours<'a> {
    /// Who acts here.
    pub(crate) claim: Claim,
    /// Our roles.
    pub(crate) roles: BTreeMap<RoleName, OwnedRole<'a>>,
    /// The policies by which holders may assume roles.
    pub(crate) gates: BTreeMap<Holder, BTreeMap<usize, GatePolicy<'a>>>,
}

/// Whether a policy is attached where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attached {
    /// It is.
    Yes,
    /// It is not.
    No,
}

const CLAIM_SID: &str = "ClaimedBy";

fn letters(claimant: &str) -> String {
    claimant.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// A statement that grants nothing: everybody may always ask who they are.
fn mark(sid: SmolStr) -> Document {
    let statement = Statement {
        sid: Some(sid),
        effect: Effect::Allow,
        principal: PrincipalClause::Absent,
        action: ActionClause::Is(vec!["sts:GetCallerIdentity".into()]),
        resource: ResourceClause::Is(vec!["*".into()]),
        conditions: Vec::new(),
        span: Span::default(),
    };
    Document::from_policy(Policy { version: Version::V2012, statements: vec![statement], broken: Vec::new() })
}

/// The document of a claim.
pub(crate) fn claim_document(claimant: &str) -> Document {
    mark(format_smolstr!("{CLAIM_SID}{}", letters(claimant)))
}

/// The document of a group's ownership mark.
pub(crate) fn group_mark() -> Document {
    mark("RolegateOwner".into())
}

/// Who acts here.
pub fn claim(account: &Account, installation: &Installation, claimant: &str) -> Claim {
    let name = fixed_policy_name(CLAIM_POLICY);
    let policy = name.and_then(|name| {
        account.policies.get(&installation.policy_arn(account.partition, account.id, &name))
    });
    let Some(policy) = policy else {
        return if owns_anything(account, installation) { Claim::Missing } else { Claim::Free };
    };
    let statements =
        policy.document().map(|document| document.policy().statements.as_slice()).unwrap_or_default();
    let sid = statements.first().and_then(|statement| statement.sid.as_ref());
    match sid.and_then(|sid| sid.strip_prefix(CLAIM_SID)) {
        Some(found) if found == letters(claimant) => Claim::Ours,
        Some(found) => Claim::Other(found.into()),
        None => Claim::Other("an unreadable claim".into()),
    }
}

fn owns_anything(account: &Account, installation: &Installation) -> bool {
    let path = installation.path();
    account.roles.values().any(|role| owner(account, role, installation).is_some())
        || account.groups.values().any(|group| group.path == path && has_mark(group))
        || account.policies.keys().any(|arn| arn.path == path && is_policy_name(arn))
}

/// The AccessRole whose role this is, if it is ours.
pub fn owner(account: &Account, role: &Role, installation: &Installation) -> Option<SmolStr> {
    let tag = role.tags.get(OWNER_TAG)?;
    installation.owner_of(tag, account.id, &role.name).map(SmolStr::from)
}

/// Reads all that is ours in an account.
pub(crate) fn ours<'a>(
    account: &'a Account,
    installation: &Installation,
    claimant: &str,
    reader: &mut Reader<'a>,
) -> Ours<'a> {
    Ours {
        claim: claim(account, installation, claimant),
        roles: owned_roles(account, installation, reader),
        gates: gates(account, installation),
    }
}

/// All roles of ours.
fn owned_roles<'a>(
    account: &'a Account,
    installation: &Installation,
    reader: &mut Reader<'a>,
) -> BTreeMap<RoleName, OwnedRole<'a>> {
    let ours = account.roles.values().filter_map(|role| {
        let access_role = owner(account, role, installation)?;
        let dormant_since = role.tags.get(DORMANT_TAG).and_then(|time| time.parse().ok());
        let trust = reader.read(&role.trust, installation);
        Some((role.name.clone(), OwnedRole { role, access_role, trust, dormant_since }))
    });
    ours.collect()
}

/// Whether nobody can enter a role.
pub(crate) fn is_asleep(role: &Role, installation: &Installation) -> bool {
    let trust = trust::read(&role.trust, installation);
    trust.entries.is_empty() && !trust.foreign_allows
}

fn has_mark(group: &Group) -> bool {
    fixed_policy_name(OWNER_POLICY).is_some_and(|name| group.inline.contains_key(&name))
}

/// Whether a group is ours: under our path, and marked or still empty.
pub fn owns_group(account: &Account, group: &Group, installation: &Installation) -> bool {
    let empty = || {
        group.inline.is_empty()
            && group.attached.is_empty()
            && !account.users.values().any(|user| user.groups.contains(&group.name))
    };
    group.path == installation.path() && (has_mark(group) || empty())
}

/// Names of the policies that Rolegate may make under its path; others there are not ours.
fn is_policy_name(arn: &PolicyArn) -> bool {
    let name = arn.name.as_str();
    name == CLAIM_POLICY || name == SELF_MANAGEMENT_POLICY || Holder::of_policy(&arn.name).is_some()
}

/// Whether a policy ARN is one of ours in its account.
pub fn owns_policy(arn: &PolicyArn, account: &Account, installation: &Installation) -> bool {
    arn.path == installation.path()
        && *arn == installation.policy_arn(account.partition, account.id, &arn.name)
        && is_policy_name(arn)
}

/// The policies by which holders may assume roles, by holder and number.
pub fn gates<'a>(
    account: &'a Account,
    installation: &Installation,
) -> BTreeMap<Holder, BTreeMap<usize, GatePolicy<'a>>> {
    let mut found: BTreeMap<Holder, BTreeMap<usize, GatePolicy<'a>>> = BTreeMap::new();
    for (arn, policy) in &account.policies {
        let Some((holder, index)) =
            Holder::of_policy(&arn.name).filter(|_| owns_policy(arn, account, installation))
        else {
            continue;
        };
        let attached = match &holder {
            Holder::Group(name) => account.groups.get(name).is_some_and(|group| group.attached.contains(arn)),
            Holder::User(name) => account.users.get(name).is_some_and(|user| user.attached.contains(arn)),
            Holder::Role(name) => account.roles.get(name).is_some_and(|role| role.attached.contains(arn)),
        };
        let attached = if attached { Attached::Yes } else { Attached::No };
        let gates =
            policy.document().map_or_else(|| Gates { foreign_allows: true, ..Gates::default() }, gate::read);
        found.entry(holder).or_default().insert(index, GatePolicy { policy, gates, attached });
    }
    found
}

/// The AccessGroups that a user's membership tag names so that a trust policy sees them: between two colons. A tag that
/// somebody spoilt counts for what it opens, not for what it looks like.
pub fn membership(user: &User, installation: &Installation) -> BTreeSet<SmolStr> {
    let value = user.tags.get(&installation.membership_tag()).unwrap_or_default();
    let pieces: Vec<&str> = value.split(':').collect();
    let inner = pieces.get(1..pieces.len().saturating_sub(1)).unwrap_or_default();
    inner.iter().filter(|name| !name.is_empty()).map(|name| SmolStr::from(*name)).collect()
}

/// The value of the membership tag for these groups; `None` for no group, which is no tag.
pub(crate) fn membership_value(groups: &BTreeSet<SmolStr>) -> Option<String> {
    let names: Vec<_> = groups.iter().map(SmolStr::as_str).collect();
    (!names.is_empty()).then(|| format!(":{}:", names.join(":")))
}

/// An entity of a name, ignoring case as IAM does for uniqueness.
pub(crate) fn role_named<'a>(account: &'a Account, name: &RoleName) -> Option<&'a Role> {
    account.roles.get(name).or_else(|| {
        let key = name.key();
        account.roles.values().find(|role| role.name.key() == key)
    })
}

/// A group of a name, ignoring case as IAM does for uniqueness.
pub(crate) fn group_named<'a>(account: &'a Account, name: &GroupName) -> Option<&'a Group> {
    account.groups.get(name).or_else(|| {
        let key = name.key();
        account.groups.values().find(|group| group.name.key() == key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolegate_iam::{Path, Tags};

    #[test]
    fn a_tag_counts_for_what_trust_policies_see_of_it() {
        let ours = Installation::new("acme");
        for (value, groups) in [
            (":devs:", &["devs"][..]),
            (":devs:ops:", &["devs", "ops"]),
            ("devs", &[]),
            (":devs", &[]),
            ("devs:", &[]),
            ("x:devs:y", &["devs"]),
            ("", &[]),
            ("::", &[]),
        ] {
            let user = User {
                tags: [("rolegate.dev/acme", value)].into_iter().collect::<Tags>(),
                ..User::bare("AIDAEXAMPLE", Path::root(), "ana".parse().unwrap())
            };
            let expected: BTreeSet<SmolStr> = groups.iter().copied().map(SmolStr::from).collect();
            assert_eq!(membership(&user, &ours), expected, "{value}");
            for group in ["devs", "ops", "x", "y"] {
                let seen = rolegate_iam::pattern::matches(&format!("*:{group}:*"), value);
                assert_eq!(expected.contains(group), seen, "{value} {group}");
            }
        }
    }
}
