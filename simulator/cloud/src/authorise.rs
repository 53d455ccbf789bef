//! Whether a caller may do what it asks: the request's action, resource and condition keys, handed to the engine.
//! Performs nothing.

use crate::api::{Request, Tag};
use crate::caller::{Term, Who};
use crate::error::AwsError;
use crate::state::Cloud;
use rolegate_engine::facts::Subject;
use rolegate_engine::{
    Caller, Context, Controls, Decision, DenyKind, Environment, ErrorCode, Exempt, Facts, Layer, Lookup,
    Membership, Settings, Verdict,
};
use rolegate_iam::organization::ControlType;
use rolegate_iam::{Account, AccountId, Document, PolicyArn, RoleArn, Snapshot, Tags, UserArn};
use smol_str::SmolStr;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// What an IAM call is about.
enum Target<'a> {
    User(&'a str),
    Group(&'a str),
    Role(&'a str),
    Policy(&'a str),
    /// A word and what follows it: an entity to be, or a device.
    Named(&'static str, Option<&'a str>, &'a str),
    /// All entities of a kind under a path.
    All(&'static str, Option<&'a str>),
    /// An ARN as sent.
    Arn(&'a str),
    Everything,
}

/// The world as the engine sees it: an account that no organization of the world names is in none.
pub(crate) struct World<'a>(pub(crate) &'a Snapshot);

impl Facts for World<'_> {
    fn user(&self, arn: &UserArn) -> Lookup<Cow<'_, Subject<'_>>> {
        Facts::user(self.0, arn)
    }

    fn role(&self, arn: &RoleArn) -> Lookup<Cow<'_, Subject<'_>>> {
        Facts::role(self.0, arn)
    }

    fn document(&self, arn: &PolicyArn) -> Option<&Document> {
        Facts::document(self.0, arn)
    }

    fn membership(&self, account: AccountId) -> Membership {
        match Facts::membership(self.0, account) {
            Membership::Unknown => Membership::Alone,
            known => known,
        }
    }

    fn controls(&self, account: AccountId, kind: ControlType) -> Controls<'_> {
        match self.0.organization_of(account) {
            Some(_) => Facts::controls(self.0, account, kind),
            None => Controls::Free(Exempt::NoOrganization),
        }
    }
}

impl Cloud {
    /// # Errors
    /// `AccessDenied`; `InvalidClientTokenId` for a session without MFA that calls IAM (§2.2).
    pub(crate) fn authorise(&self, who: &Who, request: &Request) -> Result<(), AwsError> {
        if request.service() == "sts" {
            // `AssumeRole` is decided by itself, the other two need no permission (§2.2).
            return match (request, who.term) {
                (Request::GetSessionToken { .. }, Term::Temporary) => {
                    Err(AwsError::access_denied("Cannot call GetSessionToken with session credentials"))
                }
                _ => Ok(()),
            };
        }
        match (&who.caller, who.term) {
            (Caller::UserSession { mfa: None, .. }, _) | (Caller::Root { .. }, Term::Temporary) => {
                return Err(AwsError::invalid_client_token());
            }
            // No policy of its account binds the root user, and no account here has an organization's.
            (Caller::Root { .. }, Term::Long) => return Ok(()),
            _ => {}
        }
        let account = self.account(who.account)?;
        let target = target(request);
        let resource = resource(account, &target);
        let context = self.context(account, &target, request);
        for action in [Some(request.action()), tags_on_creation(request)].into_iter().flatten() {
            let decision = rolegate_engine::authorize(
                &World(&self.snapshot),
                &who.caller,
                action,
                &resource,
                &context,
                &self.environment(),
                &Settings::default(),
            );
            settle(who, action, &resource, decision, Wording::WithReason)?;
        }
        Ok(())
    }

    /// Calls come over TLS from this machine.
    pub(crate) fn environment(&self) -> Environment {
        Environment::at(self.clock).from_ip(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    /// The condition keys that the request itself carries; of IAM's keys there are no others.
    fn context(&self, account: &Account, target: &Target<'_>, request: &Request) -> Context {
        let mut context = Context::new()
            .complete("iam:")
            .complete("aws:RequestTag/")
            .complete("aws:ResourceTag/")
            .complete("aws:TagKeys");
        let (existing, boundary) = self.existing(account, target);
        let sent = Sent::of(request);
        // A thing that is being made counts as carrying the tags that it is to have (the page on global condition keys).
        let born = sent.tags.iter().filter(|_| matches!(target, Target::Named(..)));
        let born = born.map(|(key, value)| (key.as_str(), value.as_str()));
        for (key, value) in existing.iter().chain(born) {
            context = context.with(&format!("aws:ResourceTag/{key}"), value);
            if matches!(target, Target::User(_) | Target::Role(_) | Target::Named("user" | "role", ..)) {
                context = context.with(&format!("iam:ResourceTag/{key}"), value);
            }
        }
        for (key, value) in sent.tags {
            context = context.with(&format!("aws:RequestTag/{key}"), value.as_str());
        }
        let keys: Vec<&str> = sent
            .tags
            .iter()
            .map(|(key, _)| key.as_str())
            .chain(sent.tag_keys.iter().map(String::as_str))
            .collect();
        if !keys.is_empty() {
            context = context.with_many("aws:TagKeys", keys);
        }
        if let Some(arn) = sent.policy_arn {
            context = context.with("iam:PolicyARN", arn);
        }
        let kept = boundary.filter(|_| weighs_boundary(request));
        if let Some(arn) = sent.boundary.map(SmolStr::from).or(kept) {
            context = context.with("iam:PermissionsBoundary", arn);
        }
        context
    }

    /// The tags and the boundary of the target, when it exists and can have them.
    fn existing(&self, account: &Account, target: &Target<'_>) -> (Tags, Option<SmolStr>) {
        let text = |arn: &Option<PolicyArn>| arn.as_ref().map(|arn| arn.to_string().into());
        let found = match target {
            Target::User(name) => {
                named(&account.users, name).map(|user| (user.tags.clone(), text(&user.boundary)))
            }
            Target::Role(name) => {
                named(&account.roles, name).map(|role| (role.tags.clone(), text(&role.boundary)))
            }
            Target::Policy(arn) => arn.parse().ok().map(|arn| (self.policy_tags(&arn), None)),
            Target::Group(_) | Target::Named(..) | Target::All(..) | Target::Arn(_) | Target::Everything => {
                None
            }
        };
        found.unwrap_or_default()
    }
}

/// Whether a denial says which policies it is for want of. STS does not (§2.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wording {
    Plain,
    WithReason,
}

/// The engine's answer as AWS gives it. What cannot be told is refused, unless the likelier answer is yes (§8).
pub(crate) fn settle(
    who: &Who,
    action: &str,
    resource: &str,
    decision: Decision,
    wording: Wording,
) -> Result<(), AwsError> {
    match decision {
        Decision::Allowed { .. } | Decision::Possible { default: Verdict::Allow, .. } => Ok(()),
        Decision::Denied { kind, layer, action, by: _ } => {
            let reason = match wording {
                Wording::Plain => String::new(),
                Wording::WithReason => reason(kind, layer, &action),
            };
            let AwsError { message, .. } = denied(who, &action, resource);
            Err(AwsError::access_denied(message + &reason))
        }
        // Neither what cannot be told nor a gate tells whether the resource exists (§2.2).
        Decision::Possible { default: Verdict::Deny, .. }
        | Decision::Refused { code: ErrorCode::AccessDenied, why: _ } => Err(denied(who, action, resource)),
        Decision::Refused { code: ErrorCode::ValidationError, why } => {
            Err(AwsError::validation(sentence(&why)))
        }
        Decision::Refused { code: ErrorCode::InvalidClientTokenId, why: _ } => {
            Err(AwsError::invalid_client_token())
        }
    }
}

/// The engine's reason in AWS's form: a capital and a full stop.
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).chain(['.']).collect()
}

/// The plain refusal, which does not tell why.
pub(crate) fn denied(who: &Who, action: &str, resource: &str) -> AwsError {
    let caller = &who.arn;
    AwsError::access_denied(format!(
        "User: {caller} is not authorized to perform: {action} on resource: {resource}"
    ))
}

fn reason(kind: DenyKind, layer: Layer, action: &str) -> String {
    let layer = match layer {
        Layer::Identity => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::SessionPolicy => "session policy",
        Layer::Trust | Layer::Gate => "role trust policy",
        Layer::Scp => "service control policy",
        Layer::Rcp => "resource control policy",
        Layer::Endpoint => "VPC endpoint policy",
    };
    match kind {
        DenyKind::Explicit => {
            format!(" with an explicit deny in a {layer}").replace(" a identity", " an identity")
        }
        DenyKind::Implicit => format!(" because no {layer} allows the {action} action"),
    }
}

/// An entity by the text of its name.
fn named<'a, N: FromStr + Ord, E>(entities: &'a BTreeMap<N, E>, name: &str) -> Option<&'a E> {
    name.parse().ok().and_then(|name| entities.get(&name))
}

/// The ARN that policies are matched against. A missing user, group or role counts as one without a path (§4.2).
fn resource(account: &Account, target: &Target<'_>) -> String {
    let (partition, id) = (account.partition, account.id);
    let pathless = |word: &str, name: &str| format!("arn:{partition}:iam::{id}:{word}/{name}");
    match target {
        Target::User(name) => named(&account.users, name)
            .map_or_else(|| pathless("user", name), |user| account.user_arn(user).to_string()),
        Target::Group(name) => named(&account.groups, name)
            .map_or_else(|| pathless("group", name), |group| account.group_arn(group).to_string()),
        Target::Role(name) => named(&account.roles, name)
            .map_or_else(|| pathless("role", name), |role| account.role_arn(role).to_string()),
        Target::Named(word, path, name) => {
            format!("arn:{partition}:iam::{id}:{word}{}{name}", path.unwrap_or("/"))
        }
        Target::All(word, prefix) => format!("arn:{partition}:iam::{id}:{word}{}", prefix.unwrap_or("/")),
        Target::Policy(arn) | Target::Arn(arn) => (*arn).to_owned(),
        Target::Everything => "*".to_owned(),
    }
}

/// What a request carries that conditions may ask for.
#[derive(Default)]
struct Sent<'a> {
    tags: &'a [Tag],
    tag_keys: &'a [String],
    policy_arn: Option<&'a str>,
    boundary: Option<&'a str>,
}

impl<'a> Sent<'a> {
    fn of(request: &'a Request) -> Self {
        use Request as R;
        let none = Self::default();
        match request {
            R::CreateUser { tags, permissions_boundary, .. }
            | R::CreateRole { tags, permissions_boundary, .. } => {
                Self { tags, boundary: permissions_boundary.as_deref(), ..none }
            }
            R::PutUserPermissionsBoundary { permissions_boundary, .. }
            | R::PutRolePermissionsBoundary { permissions_boundary, .. } => {
                Self { boundary: Some(permissions_boundary), ..none }
            }
            R::TagUser { tags, .. }
            | R::TagRole { tags, .. }
            | R::CreatePolicy { tags, .. }
            | R::CreateVirtualMFADevice { tags, .. } => Self { tags, ..none },
            R::UntagUser { tag_keys, .. } | R::UntagRole { tag_keys, .. } => Self { tag_keys, ..none },
            R::AttachUserPolicy { policy_arn, .. }
            | R::DetachUserPolicy { policy_arn, .. }
            | R::AttachGroupPolicy { policy_arn, .. }
            | R::DetachGroupPolicy { policy_arn, .. }
            | R::AttachRolePolicy { policy_arn, .. }
            | R::DetachRolePolicy { policy_arn, .. } => Self { policy_arn: Some(policy_arn), ..none },
            _ => none,
        }
    }
}

/// What must be allowed as well when something is made with tags on it.
fn tags_on_creation(request: &Request) -> Option<&'static str> {
    use Request as R;
    let (tags, action) = match request {
        R::CreateUser { tags, .. } => (tags, "iam:TagUser"),
        R::CreateRole { tags, .. } => (tags, "iam:TagRole"),
        R::CreatePolicy { tags, .. } => (tags, "iam:TagPolicy"),
        R::CreateVirtualMFADevice { tags, .. } => (tags, "iam:TagMFADevice"),
        _ => return None,
    };
    (!tags.is_empty()).then_some(action)
}

/// Whether the service authorization reference lists `iam:PermissionsBoundary` for the operation, with the boundary that the
/// target has as its value. Where it does not, the key is absent.
fn weighs_boundary(request: &Request) -> bool {
    use Request as R;
    matches!(
        request,
        R::AttachUserPolicy { .. }
            | R::DetachUserPolicy { .. }
            | R::PutUserPolicy { .. }
            | R::DeleteUserPolicy { .. }
            | R::DeleteUserPermissionsBoundary { .. }
            | R::AttachRolePolicy { .. }
            | R::DetachRolePolicy { .. }
            | R::PutRolePolicy { .. }
            | R::DeleteRolePolicy { .. }
            | R::DeleteRolePermissionsBoundary { .. }
    )
}

/// The resource that the service authorization reference lists for the operation.
fn target(request: &Request) -> Target<'_> {
    use Request as R;
    match request {
        R::CreateUser { user_name, path, .. } => Target::Named("user", path.as_deref(), user_name),
        R::CreateGroup { group_name, path } => Target::Named("group", path.as_deref(), group_name),
        R::CreateRole { role_name, path, .. } => Target::Named("role", path.as_deref(), role_name),
        R::CreatePolicy { policy_name, path, .. } => Target::Named("policy", path.as_deref(), policy_name),
        R::CreateVirtualMFADevice { virtual_mfa_device_name, path, .. } => {
            Target::Named("mfa", path.as_deref(), virtual_mfa_device_name)
        }
        R::DeleteVirtualMFADevice { serial_number } => Target::Arn(serial_number),
        R::GetUser { user_name }
        | R::CreateAccessKey { user_name }
        | R::DeleteAccessKey { user_name, .. }
        | R::UpdateAccessKey { user_name, .. }
        | R::ListAccessKeys { user_name, .. }
        | R::DeactivateMFADevice { user_name, .. }
        | R::ListMFADevices { user_name, .. } => {
            user_name.as_deref().map_or(Target::Everything, Target::User)
        }
        R::DeleteUser { user_name }
        | R::TagUser { user_name, .. }
        | R::UntagUser { user_name, .. }
        | R::ListUserTags { user_name, .. }
        | R::PutUserPolicy { user_name, .. }
        | R::GetUserPolicy { user_name, .. }
        | R::DeleteUserPolicy { user_name, .. }
        | R::ListUserPolicies { user_name, .. }
        | R::AttachUserPolicy { user_name, .. }
        | R::DetachUserPolicy { user_name, .. }
        | R::ListAttachedUserPolicies { user_name, .. }
        | R::PutUserPermissionsBoundary { user_name, .. }
        | R::DeleteUserPermissionsBoundary { user_name }
        | R::EnableMFADevice { user_name, .. }
        | R::ListGroupsForUser { user_name, .. } => Target::User(user_name),
        R::GetGroup { group_name, .. }
        | R::DeleteGroup { group_name }
        | R::AddUserToGroup { group_name, .. }
        | R::RemoveUserFromGroup { group_name, .. }
        | R::PutGroupPolicy { group_name, .. }
        | R::GetGroupPolicy { group_name, .. }
        | R::DeleteGroupPolicy { group_name, .. }
        | R::ListGroupPolicies { group_name, .. }
        | R::AttachGroupPolicy { group_name, .. }
        | R::DetachGroupPolicy { group_name, .. }
        | R::ListAttachedGroupPolicies { group_name, .. } => Target::Group(group_name),
        R::GetRole { role_name }
        | R::DeleteRole { role_name }
        | R::UpdateRole { role_name, .. }
        | R::UpdateAssumeRolePolicy { role_name, .. }
        | R::TagRole { role_name, .. }
        | R::UntagRole { role_name, .. }
        | R::ListRoleTags { role_name, .. }
        | R::PutRolePolicy { role_name, .. }
        | R::GetRolePolicy { role_name, .. }
        | R::DeleteRolePolicy { role_name, .. }
        | R::ListRolePolicies { role_name, .. }
        | R::AttachRolePolicy { role_name, .. }
        | R::DetachRolePolicy { role_name, .. }
        | R::ListAttachedRolePolicies { role_name, .. }
        | R::PutRolePermissionsBoundary { role_name, .. }
        | R::DeleteRolePermissionsBoundary { role_name } => Target::Role(role_name),
        R::GetPolicy { policy_arn }
        | R::DeletePolicy { policy_arn }
        | R::CreatePolicyVersion { policy_arn, .. }
        | R::GetPolicyVersion { policy_arn, .. }
        | R::ListPolicyVersions { policy_arn, .. }
        | R::DeletePolicyVersion { policy_arn, .. }
        | R::SetDefaultPolicyVersion { policy_arn, .. } => Target::Policy(policy_arn),
        R::ListUsers { path_prefix, .. } => Target::All("user", path_prefix.as_deref()),
        R::ListGroups { path_prefix, .. } => Target::All("group", path_prefix.as_deref()),
        R::ListRoles { path_prefix, .. } => Target::All("role", path_prefix.as_deref()),
        R::ListPolicies { .. }
        | R::GetAccountAuthorizationDetails { .. }
        | R::GetAccountSummary {}
        | R::ListAccountAliases { .. }
        | R::GetCallerIdentity {}
        | R::AssumeRole { .. }
        | R::GetSessionToken { .. } => Target::Everything,
    }
}
