//! Makes the XML of an answer or an error, in AWS's shape. Decides nothing.

mod details;
mod entities;
mod simulation;

use crate::xml::Element;
use entities::LastUsed;
use jiff::Timestamp;
use rolegate_cloud::AwsError;
use rolegate_cloud::api::{AssumedRole, CallerIdentity, Page, Response, SessionCredentials};

/// The two services that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// IAM, `Version=2010-05-08`.
    Iam,
    /// STS, `Version=2011-06-15`.
    Sts,
}

impl Service {
    /// As in a signature's scope.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    /// The version of its interface.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
        }
    }

    fn namespace(self) -> &'static str {
        match self {
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        }
    }
}

/// The document of a success.
pub(crate) fn success(service: Service, operation: &str, response: &Response, request_id: &str) -> String {
    let root = Element::new(format!("{operation}Response")).namespace(service.namespace());
    let root = match result(operation, Element::new(format!("{operation}Result")), response) {
        Some(result) => root.child(result),
        None => root,
    };
    root.child(Element::new("ResponseMetadata").field("RequestId", request_id)).document()
}

/// The document of an error.
pub(crate) fn failure(service: Service, error: &AwsError, request_id: &str) -> String {
    let side = if error.http_status >= 500 { "Receiver" } else { "Sender" };
    let detail =
        Element::new("Error").field("Type", side).field("Code", error.code).field("Message", &error.message);
    Element::new("ErrorResponse")
        .namespace(service.namespace())
        .child(detail)
        .field("RequestId", request_id)
        .document()
}

/// The result element; operations that give nothing have none, save `UpdateRole`, whose result is empty.
fn result(operation: &str, result: Element, response: &Response) -> Option<Element> {
    Some(match response {
        Response::Done if operation == "UpdateRole" => result,
        Response::Done => return None,
        Response::User(user) => result.child(entities::user(Element::new("User"), user)),
        Response::Users(page) => paged(result, "Users", page, entities::user),
        Response::Tags(page) => paged(result, "Tags", page, entities::tag),
        Response::AccessKey(key) => result.child(entities::new_access_key(key)),
        Response::AccessKeys(page) => paged(result, "AccessKeyMetadata", page, entities::access_key),
        Response::InlinePolicy(policy) => entities::inline_policy(result, holder(operation), policy),
        Response::PolicyNames(page) => {
            paged(result, "PolicyNames", page, |member, name| member.with_text(name))
        }
        Response::AttachedPolicies(page) => {
            paged(result, "AttachedPolicies", page, entities::attached_policy)
        }
        Response::VirtualMfaDevice(device) => result.child(entities::new_mfa_device(device)),
        Response::MfaDevices(page) => paged(result, "MFADevices", page, entities::mfa_device),
        Response::Group(group) => result.child(entities::group(Element::new("Group"), group)),
        Response::Groups(page) => paged(result, "Groups", page, entities::group),
        Response::GroupMembers { group, users } => {
            let result = result.child(entities::group(Element::new("Group"), group));
            paged(result, "Users", users, entities::user)
        }
        Response::Role(role) => {
            result.child(entities::role(Element::new("Role"), role, last_used(operation)))
        }
        Response::Roles(page) => {
            paged(result, "Roles", page, |member, role| entities::role(member, role, LastUsed::Omitted))
        }
        Response::Policy(policy) => result.child(entities::policy(Element::new("Policy"), policy)),
        Response::Policies(page) => paged(result, "Policies", page, entities::policy),
        Response::PolicyVersion(version) => {
            result.child(entities::policy_version(Element::new("PolicyVersion"), version))
        }
        Response::PolicyVersions(page) => paged(result, "Versions", page, entities::policy_version),
        Response::Details(page) => truncation(details::lists(result, page), page.marker.as_ref()),
        Response::Summary(map) => result.child(Element::new("SummaryMap").children(
            map.iter().map(|(key, value)| Element::new("entry").field("key", key).field("value", value)),
        )),
        Response::AccountAliases(page) => {
            paged(result, "AccountAliases", page, |member, alias| member.with_text(alias))
        }
        Response::Simulation(page) => paged(result, "EvaluationResults", page, simulation::evaluation),
        Response::CallerIdentity(identity) => caller_identity(result, identity),
        Response::AssumedRole(assumed) => assumed_role(result, assumed),
        Response::SessionToken(session) => result.child(credentials(session)),
    })
}

/// The kind of entity that an inline policy belongs to, from the name of the operation.
fn holder(operation: &str) -> &'static str {
    match operation {
        "GetUserPolicy" => "UserName",
        "GetGroupPolicy" => "GroupName",
        _ => "RoleName",
    }
}

fn last_used(operation: &str) -> LastUsed {
    if operation == "GetRole" { LastUsed::Shown } else { LastUsed::Omitted }
}

fn paged<T>(result: Element, list: &str, page: &Page<T>, member: impl Fn(Element, &T) -> Element) -> Element {
    truncation(result.list(list, &page.items, member), page.marker.as_ref())
}

fn truncation(result: Element, marker: Option<&String>) -> Element {
    result.field("IsTruncated", marker.is_some()).optional("Marker", marker)
}

fn caller_identity(result: Element, identity: &CallerIdentity) -> Element {
    let CallerIdentity { user_id, account, arn } = identity;
    result.field("Arn", arn).field("UserId", user_id).field("Account", account)
}

fn assumed_role(result: Element, assumed: &AssumedRole) -> Element {
    let AssumedRole { credentials: session, assumed_role_id, arn, source_identity } = assumed;
    let user = Element::new("AssumedRoleUser").field("AssumedRoleId", assumed_role_id).field("Arn", arn);
    result.child(user).child(credentials(session)).optional("SourceIdentity", source_identity.as_ref())
}

fn credentials(session: &SessionCredentials) -> Element {
    let SessionCredentials { access_key_id, secret_access_key, session_token, expiration } = session;
    Element::new("Credentials")
        .field("AccessKeyId", access_key_id)
        .field("SecretAccessKey", secret_access_key)
        .field("SessionToken", session_token)
        .field("Expiration", time(*expiration))
}

/// ISO 8601 in whole seconds, as IAM and STS write times.
fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests;
