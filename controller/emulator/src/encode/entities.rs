//! IAM's entities as XML: users, keys, devices, groups, roles and policies. Fields in AWS's order.

use super::time;
use crate::sigv4::STRICT;
use crate::xml::Element;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::utf8_percent_encode;
use rolegate_cloud::api::{
    AccessKeyView, AttachedPolicy, GroupView, InlinePolicy, MfaDeviceView, NewAccessKey, NewMfaDevice,
    PolicyVersionView, PolicyView, RoleView, Tag, UserView,
};

/// A document as IAM sends it: RFC 3986 percent-encoded (§4.2).
pub(super) fn document(text: &str) -> String {
    utf8_percent_encode(text, STRICT).to_string()
}

pub(super) fn user(element: Element, user: &UserView) -> Element {
    let UserView { path, user_name, user_id, arn, create_date, permissions_boundary, tags: held } = user;
    let element = element
        .field("Path", path)
        .optional("UserName", user_name.as_ref())
        .field("UserId", user_id)
        .field("Arn", arn)
        .field("CreateDate", time(*create_date));
    tags(boundary(element, permissions_boundary.as_deref()), held)
}

/// `PermissionsBoundary`, if there is one.
fn boundary(element: Element, arn: Option<&str>) -> Element {
    match arn {
        Some(arn) => element.child(
            Element::new("PermissionsBoundary")
                .field("PermissionsBoundaryType", "Policy")
                .field("PermissionsBoundaryArn", arn),
        ),
        None => element,
    }
}

/// `Tags`, left out when there are none, as AWS does inside entities.
fn tags(element: Element, tags: &[Tag]) -> Element {
    if tags.is_empty() { element } else { element.list("Tags", tags, tag) }
}

pub(super) fn tag(element: Element, tag: &Tag) -> Element {
    let (key, value) = tag;
    element.field("Key", key).field("Value", value)
}

pub(super) fn new_access_key(key: &NewAccessKey) -> Element {
    let NewAccessKey { user_name, key, create_date } = key;
    Element::new("AccessKey")
        .field("UserName", user_name)
        .field("AccessKeyId", &key.access_key_id)
        .field("Status", "Active")
        .field("SecretAccessKey", &key.secret_access_key)
        .field("CreateDate", time(*create_date))
}

pub(super) fn access_key(element: Element, key: &AccessKeyView) -> Element {
    let AccessKeyView { user_name, access_key_id, status, create_date } = key;
    element
        .field("UserName", user_name)
        .field("AccessKeyId", access_key_id)
        .field("Status", status)
        .field("CreateDate", time(*create_date))
}

pub(super) fn inline_policy(element: Element, holder_kind: &str, policy: &InlinePolicy) -> Element {
    let InlinePolicy { holder, policy_name, policy_document } = policy;
    element
        .field(holder_kind, holder)
        .field("PolicyName", policy_name)
        .field("PolicyDocument", document(policy_document))
}

pub(super) fn attached_policy(element: Element, policy: &AttachedPolicy) -> Element {
    let AttachedPolicy { policy_name, policy_arn } = policy;
    element.field("PolicyName", policy_name).field("PolicyArn", policy_arn)
}

/// `QRCodePNG` is not served: nobody points a camera at a test, and the seed says the same.
pub(super) fn new_mfa_device(device: &NewMfaDevice) -> Element {
    let NewMfaDevice { serial_number, base32_seed } = device;
    Element::new("VirtualMFADevice")
        .field("SerialNumber", serial_number)
        .field("Base32StringSeed", BASE64_STANDARD.encode(base32_seed))
}

pub(super) fn mfa_device(element: Element, device: &MfaDeviceView) -> Element {
    let MfaDeviceView { user_name, serial_number, enable_date } = device;
    element
        .field("UserName", user_name)
        .field("SerialNumber", serial_number)
        .field("EnableDate", time(*enable_date))
}

pub(super) fn group(element: Element, group: &GroupView) -> Element {
    let GroupView { path, group_name, group_id, arn, create_date } = group;
    element
        .field("Path", path)
        .field("GroupName", group_name)
        .field("GroupId", group_id)
        .field("Arn", arn)
        .field("CreateDate", time(*create_date))
}

/// What `RoleDetail` and `Role` share.
pub(super) fn role_core(element: Element, role: &RoleView) -> Element {
    element
        .field("Path", &role.path)
        .field("RoleName", &role.role_name)
        .field("RoleId", &role.role_id)
        .field("Arn", &role.arn)
        .field("CreateDate", time(role.create_date))
        .field("AssumeRolePolicyDocument", document(&role.assume_role_policy_document))
}

pub(super) fn role_rest(element: Element, role: &RoleView) -> Element {
    tags(boundary(element, role.permissions_boundary.as_deref()), &role.tags)
}

/// `RoleLastUsed` is empty: the cloud does not remember it. `CreateRole` and `ListRoles` leave it out.
pub(super) fn role(element: Element, role: &RoleView, last_used: LastUsed) -> Element {
    let element = role_core(element, role)
        .optional("Description", role.description.as_ref())
        .field("MaxSessionDuration", role.max_session_duration);
    let element = role_rest(element, role);
    match last_used {
        LastUsed::Shown => element.child(Element::new("RoleLastUsed")),
        LastUsed::Omitted => element,
    }
}

/// Whether a role's element has `RoleLastUsed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastUsed {
    /// `GetRole`.
    Shown,
    /// `CreateRole`, `ListRoles`.
    Omitted,
}

/// What `ManagedPolicyDetail` and `Policy` share.
pub(super) fn policy_core(element: Element, policy: &PolicyView) -> Element {
    element
        .field("PolicyName", &policy.policy_name)
        .field("PolicyId", &policy.policy_id)
        .field("Arn", &policy.arn)
        .field("Path", &policy.path)
        .field("DefaultVersionId", &policy.default_version_id)
        .field("AttachmentCount", policy.attachment_count)
        .field("PermissionsBoundaryUsageCount", policy.permissions_boundary_usage_count)
        .field("IsAttachable", true)
        .optional("Description", policy.description.as_ref())
        .field("CreateDate", time(policy.create_date))
        .field("UpdateDate", time(policy.update_date))
}

pub(super) fn policy(element: Element, policy: &PolicyView) -> Element {
    tags(policy_core(element, policy), &policy.tags)
}

pub(super) fn policy_version(element: Element, version: &PolicyVersionView) -> Element {
    let PolicyVersionView { document: text, version_id, is_default_version, create_date } = version;
    element
        .optional("Document", text.as_deref().map(document))
        .field("VersionId", version_id)
        .field("IsDefaultVersion", is_default_version)
        .field("CreateDate", time(*create_date))
}
