//! Checks one `AccessRole`: what AWS would refuse, and what nobody could ever meet.

use super::account::policy;
use super::index::kube_like::Named;
use super::index::{Index, cluster_key};
use super::inline::inline_policies;
use super::report::Examined;
use super::types::{Kind, PolicyRef, ValidRole};
use crate::manifest::{Diagnostic, Located};
use rolegate_crds::{
    AccessRole, AccessRoleSpec, Audience, Mfa, Permissions, RoleRequirements, SessionNameRule, Trust,
};
use rolegate_iam::{Path, RoleName, Tags};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// How many managed policies a role may have: the smaller of the defaults (§3.3).
const ATTACHED_POLICIES: usize = 10;
/// Roles that AWS makes and relies on.
const AWS_ROLES: [&str; 2] = ["OrganizationAccountAccessRole", "AWSControlTowerExecution"];
/// Beginnings of the names of roles that AWS makes.
const AWS_PREFIXES: [&str; 2] = ["AWSReservedSSO_", "AWSServiceRoleFor"];
/// Paths in which only AWS makes roles.
const AWS_PATHS: [&str; 2] = ["/aws-service-role/", "/aws-reserved/"];

pub(super) fn role(located: &Located<AccessRole>, index: &Index<'_>) -> (Option<ValidRole>, Vec<Diagnostic>) {
    let mut examined = Examined::new(cluster_key(Kind::Role, located.object.name()), &located.source);
    let valid = read(&mut examined, located, index);
    let Examined { found, .. } = examined;
    (valid.filter(|_| found.is_empty()), found)
}

fn read(examined: &mut Examined<'_>, located: &Located<AccessRole>, index: &Index<'_>) -> Option<ValidRole> {
    let AccessRole { metadata, spec } = &located.object;
    let AccessRoleSpec {
        role_name,
        path,
        audience,
        trust,
        require,
        permissions,
        permissions_boundary,
        max_session_duration,
        tags,
        deletion_policy,
    } = spec;
    let name = SmolStr::new(located.object.name());
    examined.label("metadata.name", &name, 63);
    if (*audience, *trust) == (Audience::Machine, Trust::GatewayAccount) {
        let message =
            "machines are trusted by name: with GatewayAccount anybody could give somebody leave to be one";
        examined.refuse("spec.trust", message, "write `trust: Subjects`, or make the role `audience: Human`");
    }
    let named = identity(examined, (role_name.as_deref().unwrap_or(&name), path), *audience, index);
    let (mfa, session_name) = demands(&located.object);
    let Requirements { mfa_max_age, source_cidrs } = requirements(examined, *audience, require.as_ref());
    let Permissions { aws_managed_policies, customer_managed_policies, inline_policies: inline } =
        permissions;
    let aws_managed = aws_managed(examined, aws_managed_policies);
    let customer_managed: BTreeSet<PolicyRef> = customer_managed_policies
        .iter()
        .enumerate()
        .filter_map(|(number, reference)| {
            policy(examined, &format!("spec.permissions.customerManagedPolicies[{number}]"), reference)
        })
        .collect();
    let attached = aws_managed_policies.len() + customer_managed_policies.len();
    if attached > ATTACHED_POLICIES {
        let message =
            format!("{attached} managed policies, and AWS attaches at most {ATTACHED_POLICIES} to a role");
        examined.refuse("spec.permissions", message, "join several into one customer managed policy");
    }
    let inline = inline_policies(examined, inline);
    let boundary = permissions_boundary.as_ref().map(|boundary| {
        policy(examined, "spec.permissionsBoundary.customerManaged", &boundary.customer_managed)
    });
    let max_session = match max_session_duration {
        Some(text) => examined.seconds("spec.maxSessionDuration", text, ("1h", "12h")),
        None => Some(3600),
    };
    let tags = read_tags(examined, tags);
    let (role_name, path) = named?;
    Some(ValidRole {
        name,
        labels: metadata.labels.clone().unwrap_or_default(),
        role_name,
        path,
        audience: *audience,
        trust: *trust,
        mfa,
        mfa_max_age,
        session_name,
        source_cidrs,
        aws_managed,
        customer_managed,
        inline,
        boundary: boundary.map_or(Some(None), |boundary| boundary.map(Some))?,
        max_session: max_session?,
        tags,
        deletion_policy: *deletion_policy,
        terminating: metadata.deletion_timestamp.is_some(),
        source: located.source.clone(),
    })
}

/// What a role asks of those who enter, with the defaults of its audience. Where the gateway decides who enters, its users and its
/// roles come through one statement, so what IAM users need everybody needs.
pub(super) fn demands(role: &AccessRole) -> (Mfa, SessionNameRule) {
    let require = role.spec.require.as_ref();
    let (mfa, session_name) = match role.spec.audience {
        Audience::Human => (Mfa::RequiredForIAMUsers, SessionNameRule::UserName),
        Audience::Machine => (Mfa::NotRequired, SessionNameRule::Any),
    };
    let asked = require.and_then(|require| require.mfa).unwrap_or(mfa);
    (
        match (role.spec.trust, asked) {
            (Trust::GatewayAccount, Mfa::RequiredForIAMUsers) => Mfa::Required,
            (Trust::GatewayAccount | Trust::Subjects, asked) => asked,
        },
        require.and_then(|require| require.session_name).unwrap_or(session_name),
    )
}

fn identity(
    examined: &mut Examined<'_>,
    (name, path): (&str, &str),
    audience: Audience,
    index: &Index<'_>,
) -> Option<(RoleName, Path)> {
    let role_name = examined.exact::<RoleName>("spec.roleName", name, "role name");
    let role_path = examined.exact::<Path>("spec.path", path, "path");
    let lower = name.to_ascii_lowercase();
    let is_aws = AWS_ROLES.iter().any(|known| known.eq_ignore_ascii_case(name))
        || AWS_PREFIXES.iter().any(|prefix| lower.starts_with(&prefix.to_ascii_lowercase()));
    if is_aws {
        let message = format!("`{name}` is a role that AWS makes and relies on");
        examined.refuse("spec.roleName", message, "choose another name");
    }
    if AWS_PATHS.iter().any(|known| path.starts_with(known)) {
        examined.refuse("spec.path", format!("only AWS makes roles in `{path}`"), "choose another path");
    }
    if name.contains(',') {
        let message =
            format!("`{name}` cannot go into the tag that says whose the role is: AWS refuses `,` there");
        examined.refuse("spec.roleName", message, "choose a name without commas");
    }
    let through = index
        .accounts
        .iter()
        .find(|(_, account)| account.spec.management_role.name.to_ascii_lowercase() == lower);
    if let Some((account, _)) = through {
        let message =
            format!("`{name}` is the role through which Rolegate itself works in account `{account}`");
        examined.refuse("spec.roleName", message, "choose another name");
    }
    let shown = path.trim_start_matches('/').len() + name.len();
    if audience == Audience::Human && shown > 64 {
        let message =
            format!("path and name have {shown} characters, and the console switches to roles of at most 64");
        examined.refuse("spec.path", message, "shorten the path or the name");
    }
    Some((role_name?, role_path?))
}

#[derive(Default)]
struct Requirements {
    mfa_max_age: Option<u32>,
    source_cidrs: BTreeSet<SmolStr>,
}

fn requirements(
    examined: &mut Examined<'_>,
    audience: Audience,
    require: Option<&RoleRequirements>,
) -> Requirements {
    let Some(RoleRequirements { mfa, mfa_max_age, session_name, source_cidrs }) = require else {
        return Requirements::default();
    };
    if audience == Audience::Machine {
        if !matches!(mfa, None | Some(Mfa::NotRequired)) {
            let help = "leave it out, or make the role `audience: Human`";
            examined.refuse("spec.require.mfa", "machines have no MFA device: nobody could enter", help);
        }
        if *session_name == Some(SessionNameRule::UserName) {
            let help = "write `sessionName: Any`, or make the role `audience: Human`";
            examined.refuse(
                "spec.require.sessionName",
                "machines have no user name: nobody could enter",
                help,
            );
        }
    }
    let without = audience == Audience::Machine || *mfa == Some(Mfa::NotRequired);
    let mfa_max_age = mfa_max_age.as_deref().and_then(|text| {
        if without {
            let help = "leave it out, or write `mfa: Required`";
            examined.refuse("spec.require.mfaMaxAge", "MFA is not asked for, so its age means nothing", help);
        }
        // A session with MFA lasts at most 36 hours (§2.10); below a quarter of an hour nobody can work.
        examined.seconds("spec.require.mfaMaxAge", text, ("15m", "36h"))
    });
    let source_cidrs = examined.networks("spec.require.sourceCIDRs", source_cidrs);
    Requirements { mfa_max_age, source_cidrs }
}

fn aws_managed(examined: &mut Examined<'_>, names: &[String]) -> BTreeSet<PolicyRef> {
    let mut found = BTreeSet::new();
    for (number, text) in names.iter().enumerate() {
        let path = format!("spec.permissions.awsManagedPolicies[{number}]");
        if text.starts_with("arn:") {
            let short = text.split_once(":policy/").map_or("ReadOnlyAccess", |(_, short)| short);
            let message = format!("`{text}` is an ARN, and the partition is not yours to write");
            examined.refuse(&path, message, format!("write `{short}`"));
            continue;
        }
        let (folder, name) = text
            .rsplit_once('/')
            .map_or(("/".to_owned(), text.as_str()), |(folder, name)| (format!("/{folder}/"), name));
        let name = examined.exact(&path, name, "policy name");
        let folder = examined.exact(&path, &folder, "path");
        if let (Some(path), Some(name)) = (folder, name) {
            found.insert(PolicyRef { path, name });
        }
    }
    found
}

fn read_tags(examined: &mut Examined<'_>, tags: &BTreeMap<String, String>) -> Tags {
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    let mut found = Tags::new();
    for (key, value) in tags {
        let path = format!("spec.tags[\"{key}\"]");
        let lower = key.to_lowercase();
        if lower.starts_with("aws:") || lower.starts_with("rolegate.dev/") {
            examined.refuse(
                &path,
                format!("tags that start as `{key}` does are not yours to set"),
                "choose another key",
            );
        }
        if key.is_empty() || key.chars().count() > 128 || !key.chars().all(allowed) {
            let message =
                format!("`{key}` is no tag key: 1 to 128 letters, digits, spaces and _.:/=+-@ are allowed");
            examined.refuse(&path, message, "choose another key");
        }
        if value.chars().count() > 256 || !value.chars().all(allowed) {
            let message = format!(
                "`{value}` is no tag value: up to 256 letters, digits, spaces and _.:/=+-@ are allowed"
            );
            examined.refuse(&path, message, "choose another value");
        }
        if found.get(key).is_some() {
            examined.refuse(
                &path,
                format!("`{key}` is there twice: AWS ignores the case of keys"),
                "keep one of the two",
            );
        }
        found.set(key, value);
    }
    found
}
