//! The form of the parameters (§2.10): what AWS refuses before it reads any policy, and what may be refused.

use crate::decision::{Doubt, ErrorCode, OpenPoint};
use crate::gates::{Refusal, invalid, refused};
use crate::request::AssumeRole;
use crate::settings::{Settings, SourceIdentityLength};
use rolegate_iam::policy::ResourceClause;
use rolegate_iam::{Document, PolicyArn, PolicyOwner, RoleArn};
use std::ops::RangeInclusive;

/// How long `Policy` may be; together with the ARNs, as the plain text that the API counts.
const PLAIN_TEXT: usize = 2048;

/// Checks all that can be checked of the call alone.
pub(crate) fn check(request: &AssumeRole, settings: &Settings) -> Result<(), Refusal> {
    if !(20..=2048).contains(&request.role_arn.len()) {
        return Err(invalid("RoleArn must have 20 to 2048 characters"));
    }
    text("RoleSessionName", &request.session_name, 2..=64, "")?;
    if let Some(external_id) = &request.external_id {
        text("ExternalId", external_id, 2..=1224, ":/")?;
    }
    if let Some(identity) = &request.source_identity {
        let most = if settings.source_identity_length == SourceIdentityLength::UpTo64 { 64 } else { 256 };
        text("SourceIdentity", identity, 2..=most, "")?;
        if identity.starts_with("aws:") {
            return Err(invalid("SourceIdentity must not start with aws:"));
        }
    }
    if let Some(serial_number) = &request.serial_number {
        text("SerialNumber", serial_number, 9..=256, ":/")?;
    }
    if let Some(code) = &request.token_code
        && !(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(invalid("TokenCode must have 6 digits"));
    }
    if request.duration_seconds.is_some_and(|seconds| !(900..=43200).contains(&seconds)) {
        return Err(invalid("DurationSeconds must be between 900 and 43200"));
    }
    policies(request)?;
    tags(request)
}

/// `[\w+=,.@-]*` and `more`.
fn text(name: &str, text: &str, length: RangeInclusive<usize>, more: &str) -> Result<(), Refusal> {
    let taken = |byte: u8| {
        byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte) || more.as_bytes().contains(&byte)
    };
    // What is not ASCII is not taken, so that bytes are characters.
    if length.contains(&text.len()) && text.bytes().all(taken) {
        Ok(())
    } else {
        Err(invalid(&format!("`{text}` does not satisfy the constraints of {name}")))
    }
}

/// `Policy` and `PolicyArns`, as far as the target is not needed.
fn policies(request: &AssumeRole) -> Result<(), Refusal> {
    if request.policy_arns.len() > 10 {
        return Err(invalid("at most 10 policies can be named in PolicyArns"));
    }
    let Some(policy) = &request.policy else { return Ok(()) };
    if !(1..=PLAIN_TEXT).contains(&policy.text().chars().count()) {
        return Err(invalid("Policy must have 1 to 2048 characters"));
    }
    if has_incomplete_arn(policy) {
        let why = "a session policy must not hold an ARN with fewer than six parts";
        return Err(refused(ErrorCode::MalformedPolicyDocument, why));
    }
    Ok(())
}

/// Elsewhere what is missing of an ARN is filled with `*` (§1.4).
fn has_incomplete_arn(policy: &Document) -> bool {
    let incomplete = |pattern: &str| {
        pattern.starts_with("arn:") && pattern.bytes().filter(|byte| *byte == b':').count() < 5
    };
    policy.policy().statements.iter().any(|statement| match &statement.resource {
        ResourceClause::Is(patterns) | ResourceClause::IsNot(patterns) => {
            patterns.iter().any(|pattern| incomplete(pattern))
        }
        ResourceClause::Absent => false,
    })
}

/// The rule that the managed policies are those of the role's account, or AWS's own.
pub(crate) fn check_for(request: &AssumeRole, target: &RoleArn) -> Result<(), Refusal> {
    for text in &request.policy_arns {
        let arn: PolicyArn = text.parse().map_err(|error| invalid(&format!("PolicyArns: {error}")))?;
        let elsewhere = matches!(arn.owner, PolicyOwner::Account(account) if account != target.account);
        if arn.partition != target.partition || elsewhere {
            return Err(invalid(&format!("PolicyArns: {text} is not of the account of the role")));
        }
    }
    Ok(())
}

/// What may be refused: by limits of which no one knows where they are.
pub(crate) fn doubts(request: &AssumeRole, settings: &Settings) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let long = request.source_identity.as_ref().is_some_and(|identity| identity.len() > 64);
    if long && settings.source_identity_length == SourceIdentityLength::Report {
        doubts.push(Doubt::Open(OpenPoint::U10));
    }
    let passed = request.tags.iter().map(|(key, value)| key.len().saturating_add(value.len()));
    let has_policies = request.policy.is_some() || !request.policy_arns.is_empty();
    // AWS packs policies and tags in a way of its own, and refuses what is too large then.
    if has_policies || passed.sum::<usize>() > PLAIN_TEXT {
        let what = "the packed size of session policies and tags, whose limit and packing are not documented";
        doubts.push(Doubt::NotModelled { what: what.into() });
    }
    doubts
}

fn tags(request: &AssumeRole) -> Result<(), Refusal> {
    if request.provided_contexts.len() > 5 {
        return Err(invalid("at most 5 contexts can be provided"));
    }
    if request.tags.len() > 50 || request.transitive_tag_keys.len() > 50 {
        return Err(invalid("at most 50 tags can be passed"));
    }
    for (at, (key, value)) in request.tags.iter().enumerate() {
        // §2.10: letters, separators, digits and a few signs.
        let legal = |text: &str| {
            text.chars().all(|c| {
                c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
            })
        };
        let sized = (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256;
        let reserved = key.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("aws:"));
        let repeated = request.tags.iter().take(at).any(|(other, _)| other.eq_ignore_ascii_case(key));
        if !sized || reserved || repeated || !legal(key) || !legal(value) {
            return Err(invalid(&format!(
                "the tag `{key}` is too long, reserved, passed twice, or has characters that no tag has"
            )));
        }
    }
    Ok(())
}
