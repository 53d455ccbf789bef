//! The condition keys of an IAM call: those of the request, and those of the entity that it is about. Decides nothing.

use super::target::{Target, named};
use crate::api::{Request, Tag};
use crate::state::Cloud;
use rolegate_engine::Context;
use rolegate_iam::{Account, PolicyArn, Tags};
use smol_str::SmolStr;

impl Cloud {
    /// The condition keys that the request itself carries; of IAM's keys there are no others.
    pub(super) fn context(&self, account: &Account, target: &Target<'_>, request: &Request) -> Context {
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
pub(super) fn tags_on_creation(request: &Request) -> Option<&'static str> {
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
