//! What the SDK answers, as the model of `rolegate_iam`. Makes no call. What is not understood is an error that names it, so
//! that the part it belongs to is known to be incomplete.

use aws_sdk_iam::primitives::DateTime;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail,
    Tag, UserDetail,
};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use rolegate_iam::snapshot::{Group, ManagedPolicy, PolicyVersion, Role, User};
use rolegate_iam::{Document, PolicyArn, PolicyName, Tags};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;

/// What of an answer was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("AWS answered a {what} that is not understood: {why}")]
pub(crate) struct NotUnderstood {
    what: &'static str,
    why: String,
}

type Result<T> = std::result::Result<T, NotUnderstood>;

/// Parses a field that AWS always sends.
pub(crate) fn parse<T: FromStr<Err: Display>>(what: &'static str, text: Option<&str>) -> Result<T> {
    let text = text.ok_or_else(|| NotUnderstood { what, why: "it is missing".to_owned() })?;
    text.parse().map_err(|error: T::Err| NotUnderstood { what, why: error.to_string() })
}

/// A document as AWS sends it: percent-encoded (RFC 3986, `+` is a plus). Text that holds a bare brace was never encoded, and
/// is taken as it is; so is what cannot be decoded, whose faults the reader of the policy will name.
pub(crate) fn document(text: &str) -> Document {
    Document::parse(&decoded(text))
}

/// The text of a document as AWS sends it.
pub(crate) fn decoded(text: &str) -> String {
    if text.contains('{') || !is_encoded(text) {
        return text.to_owned();
    }
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

/// Whether every `%` begins an escape.
fn is_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

pub(crate) fn time(time: Option<&DateTime>) -> Option<Timestamp> {
    let time = time?;
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}

pub(crate) fn user(detail: &UserDetail) -> Result<User> {
    Ok(User {
        id: detail.user_id().unwrap_or_default().into(),
        path: parse("user path", detail.path())?,
        name: parse("user name", detail.user_name())?,
        created: time(detail.create_date()),
        inline: inline(detail.user_policy_list())?,
        attached: attached(detail.attached_managed_policies())?,
        groups: detail
            .group_list()
            .iter()
            .map(|name| parse("group name", Some(name)))
            .collect::<Result<_>>()?,
        boundary: boundary(detail.permissions_boundary())?,
        tags: tags(detail.tags()),
    })
}

pub(crate) fn group(detail: &GroupDetail) -> Result<Group> {
    Ok(Group {
        id: detail.group_id().unwrap_or_default().into(),
        path: parse("group path", detail.path())?,
        name: parse("group name", detail.group_name())?,
        created: time(detail.create_date()),
        inline: inline(detail.group_policy_list())?,
        attached: attached(detail.attached_managed_policies())?,
    })
}

/// Maximum session duration and description are not here: they come from `ListRoles` (§4.4).
pub(crate) fn role(detail: &RoleDetail) -> Result<Role> {
    Ok(Role {
        id: detail.role_id().unwrap_or_default().into(),
        path: parse("role path", detail.path())?,
        name: parse("role name", detail.role_name())?,
        created: time(detail.create_date()),
        trust: document(detail.assume_role_policy_document().unwrap_or_default()),
        inline: inline(detail.role_policy_list())?,
        attached: attached(detail.attached_managed_policies())?,
        boundary: boundary(detail.permissions_boundary())?,
        tags: tags(detail.tags()),
        max_session_duration: None,
        description: None,
        instance_profiles: detail
            .instance_profile_list()
            .iter()
            .map(|profile| SmolStr::from(profile.instance_profile_name()))
            .collect(),
    })
}

pub(crate) fn managed(detail: &ManagedPolicyDetail) -> Result<ManagedPolicy> {
    let versions = detail.policy_version_list().iter().filter_map(|version| {
        let id = SmolStr::from(version.version_id()?);
        let document = document(version.document()?);
        Some((id, PolicyVersion { created: time(version.create_date()), document }))
    });
    Ok(ManagedPolicy {
        id: detail.policy_id().unwrap_or_default().into(),
        arn: parse("policy ARN", detail.arn())?,
        default_version: parse("default version", detail.default_version_id())?,
        versions: versions.collect(),
        description: detail.description().map(str::to_owned),
    })
}

fn inline(list: &[PolicyDetail]) -> Result<BTreeMap<PolicyName, Document>> {
    list.iter()
        .map(|policy| {
            let name = parse("policy name", policy.policy_name())?;
            Ok((name, document(policy.policy_document().unwrap_or_default())))
        })
        .collect()
}

fn attached(list: &[AttachedPolicy]) -> Result<BTreeSet<PolicyArn>> {
    list.iter().map(|policy| parse("policy ARN", policy.policy_arn())).collect()
}

fn boundary(boundary: Option<&AttachedPermissionsBoundary>) -> Result<Option<PolicyArn>> {
    boundary.map(|boundary| parse("boundary ARN", boundary.permissions_boundary_arn())).transpose()
}

fn tags(list: &[Tag]) -> Tags {
    list.iter().map(|tag| (tag.key(), tag.value())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_strictly() {
        for (sent, held) in [
            (
                "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D",
                r#"{"Version":"2012-10-17","Statement":[]}"#,
            ),
            ("%7B%22Id%22%3A%22a+b%20c%2525%22%7D", r#"{"Id":"a+b c%25"}"#),
            (r#"{"Id":"100%25"}"#, r#"{"Id":"100%25"}"#),
            ("%7B%2", "%7B%2"),
            ("%7B%zz", "%7B%zz"),
            ("%FF%FE", "%FF%FE"),
        ] {
            assert_eq!(document(sent).text(), held, "{sent}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let detail = UserDetail::builder().path("/").user_name("a b").build();
        let error = user(&detail).unwrap_err().to_string();
        assert!(error.contains("user name") && error.contains("a b"), "{error}");
    }
}
