//! `GetAccountAuthorizationDetails` as XML (§4.4): what a `RoleDetail` and a `ManagedPolicyDetail` lack is left out here.

use super::entities::{
    attached_policy, document, group, policy_core, policy_version, role_core, role_rest, user,
};
use super::time;
use crate::xml::Element;
use rolegate_cloud::api::{
    Details, GroupDetail, InlinePolicy, PolicyDetail, RoleDetail, RoleView, UserDetail,
};

pub(super) fn lists(result: Element, page: &Details) -> Element {
    let Details { users, groups, roles, policies, marker: _ } = page;
    result
        .list("UserDetailList", users, user_detail)
        .list("GroupDetailList", groups, group_detail)
        .list("RoleDetailList", roles, role_detail)
        .list("Policies", policies, policy_detail)
}

fn user_detail(element: Element, detail: &UserDetail) -> Element {
    let UserDetail { user: view, inline, group_names, attached } = detail;
    user(element, view).list("UserPolicyList", inline, inline_policy).texts("GroupList", group_names).list(
        "AttachedManagedPolicies",
        attached,
        attached_policy,
    )
}

fn group_detail(element: Element, detail: &GroupDetail) -> Element {
    let GroupDetail { group: view, inline, attached } = detail;
    group(element, view).list("GroupPolicyList", inline, inline_policy).list(
        "AttachedManagedPolicies",
        attached,
        attached_policy,
    )
}

fn role_detail(element: Element, detail: &RoleDetail) -> Element {
    let RoleDetail { role, inline, attached, instance_profiles } = detail;
    let element = role_core(element, role)
        .list("InstanceProfileList", instance_profiles, |member, name| instance_profile(member, role, name))
        .list("RolePolicyList", inline, inline_policy)
        .list("AttachedManagedPolicies", attached, attached_policy);
    role_rest(element, role).child(Element::new("RoleLastUsed"))
}

/// The cloud knows an instance profile by its name alone; the fields that AWS always sends are made up from the role's.
fn instance_profile(element: Element, role: &RoleView, name: &str) -> Element {
    let account = role.arn.split_once(":role/").map_or(role.arn.as_str(), |(account, _)| account);
    element
        .field("Path", "/")
        .field("InstanceProfileName", name)
        .field("InstanceProfileId", role.role_id.replacen("AROA", "AIPA", 1))
        .field("Arn", format!("{account}:instance-profile/{name}"))
        .field("CreateDate", time(role.create_date))
        .child(Element::new("Roles").child(role_core(Element::new("member"), role)))
}

fn inline_policy(element: Element, policy: &InlinePolicy) -> Element {
    element
        .field("PolicyName", &policy.policy_name)
        .field("PolicyDocument", document(&policy.policy_document))
}

fn policy_detail(element: Element, detail: &PolicyDetail) -> Element {
    let PolicyDetail { policy, versions } = detail;
    policy_core(element, policy).list("PolicyVersionList", versions, policy_version)
}
