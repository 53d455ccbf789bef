//! Checks one `AWSAccount`. Whether two of them are the same account is for [`super::together`].

use super::index::kube_like::Named;
use super::index::{Index, Target, cluster_key};
use super::report::Examined;
use super::types::{Kind, Management, PolicyRef, ValidAccount};
use crate::manifest::{Diagnostic, Located};
use rolegate_crds::{
    AWSAccount, AWSAccountSpec, AllowedBinding, LabelSelector, ManagedPolicyRef, ManagementRole, Partition,
    Reference, Requirement, Scope, SelectorOperator,
};
use rolegate_iam::{AccountId, RoleArn};
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// Under which all policies of all installations lie.
const OWN_PATH: &str = "/rolegate/";

pub(super) fn account(
    located: &Located<AWSAccount>,
    index: &Index<'_>,
) -> (Option<ValidAccount>, Vec<Diagnostic>) {
    let object = &located.object;
    let mut examined = Examined::new(cluster_key(Kind::Account, object.name()), &located.source);
    let valid = read(&mut examined, located, index);
    let Examined { found, .. } = examined;
    (valid.filter(|_| found.is_empty()), found)
}

fn read(
    examined: &mut Examined<'_>,
    located: &Located<AWSAccount>,
    index: &Index<'_>,
) -> Option<ValidAccount> {
    let AWSAccount { metadata, spec } = &located.object;
    let AWSAccountSpec {
        account_id,
        partition,
        gateway_ref,
        environment,
        display,
        management_role,
        role_defaults,
        allowed_bindings,
        mode,
        deletion_policy,
    } = spec;
    let name = SmolStr::new(located.object.name());
    examined.label("metadata.name", &name, 63);
    examined.label("spec.environment", environment, 63);
    let id = examined.parse::<AccountId>("spec.accountID", account_id, "write the twelve digits, in quotes");
    if let Some(reference) = gateway_ref {
        gateway(examined, (&name, *partition), reference, index);
    }
    for (number, binding) in allowed_bindings.iter().enumerate() {
        allowed(examined, &format!("spec.allowedBindings[{number}]"), binding, index);
    }
    let management = management(examined, management_role, *partition);
    let boundary = role_defaults.as_ref().and_then(|defaults| defaults.permissions_boundary.as_ref());
    let role_boundary = boundary.map(|boundary| {
        policy(examined, "spec.roleDefaults.permissionsBoundary.customerManaged", &boundary.customer_managed)
    });
    let display = display.as_ref();
    Some(ValidAccount {
        display_name: display.and_then(|display| display.name.as_deref()).unwrap_or(&name).into(),
        name,
        labels: metadata.labels.clone().unwrap_or_default(),
        id: id?,
        partition: partition.as_str().parse().ok()?,
        gateway: gateway_ref.as_ref().map(|reference| reference.name.as_str().into()),
        environment: environment.as_str().into(),
        color: display.and_then(|display| display.color),
        management: management?,
        role_boundary: role_boundary.map_or(Some(None), |boundary| boundary.map(Some))?,
        allowed: allowed_bindings.clone(),
        mode: *mode,
        deletion_policy: *deletion_policy,
        terminating: metadata.deletion_timestamp.is_some(),
        source: located.source.clone(),
    })
}

fn gateway(
    examined: &mut Examined<'_>,
    (name, partition): (&str, Partition),
    reference: &Reference,
    index: &Index<'_>,
) {
    let path = "spec.gatewayRef.name";
    let target = &reference.name;
    match index.account(target) {
        Target::Nothing(help) => examined.refuse(path, format!("there is no AWSAccount `{target}`"), help),
        Target::Unreadable => {}
        Target::Found(_) if target == name => {
            let help = "leave gatewayRef out if people sign in here";
            examined.refuse(path, "an account cannot be its own gateway", help);
        }
        Target::Found(gateway) => match &gateway.spec.gateway_ref {
            Some(beyond) => {
                let message = format!("AWSAccount `{target}` is no gateway: it has a gatewayRef itself");
                examined.refuse(path, message, format!("did you mean its gateway, `{}`?", beyond.name));
            }
            None if gateway.spec.partition != partition => {
                let theirs = gateway.spec.partition.as_str();
                let message =
                    format!("the gateway is in partition {theirs}, and nothing is trusted across partitions");
                examined.refuse(path, message, "use a gateway of the account's own partition");
            }
            None => {}
        },
    }
}

fn management(
    examined: &mut Examined<'_>,
    role: &ManagementRole,
    partition: Partition,
) -> Option<Management> {
    let ManagementRole { name, path, external_id, via } = role;
    let role_name = examined.exact("spec.managementRole.name", name, "role name");
    let role_path = examined.exact("spec.managementRole.path", path, "path");
    if let Some(id) = external_id {
        external_id_characters(examined, "spec.managementRole.externalID", id, 2);
    }
    let arns: Vec<Option<RoleArn>> = via
        .iter()
        .enumerate()
        .map(|(number, arn)| examined.exact(&format!("spec.managementRole.via[{number}]"), arn, "role ARN"))
        .collect();
    for (number, arn) in arns.iter().enumerate() {
        let Some(arn) = arn.as_ref().filter(|arn| arn.partition.as_str() != partition.as_str()) else {
            continue;
        };
        let message =
            format!("the role is in partition {}, and no role is assumed across partitions", arn.partition);
        let help = format!("name a role of partition {}", partition.as_str());
        examined.refuse(&format!("spec.managementRole.via[{number}]"), message, help);
    }
    Some(Management {
        role: role_name?,
        path: role_path?,
        external_id: external_id.as_deref().map(SmolStr::new),
        via: arns.into_iter().collect::<Option<_>>()?,
    })
}

/// An external id is at least `least` characters of those that STS takes (§2.10).
pub(super) fn external_id_characters(examined: &mut Examined<'_>, path: &str, id: &str, least: usize) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
    if id.len() < least || id.len() > 1224 {
        let message =
            format!("an external id of {} characters can be guessed: {least} to 1224 are allowed", id.len());
        examined.refuse(path, message, "make a random one, such as the output of `openssl rand -hex 16`");
    }
    if !id.chars().all(allowed) {
        let message = format!("`{id}` is no external id: letters, digits and _+=,.@:/- are allowed");
        examined.refuse(path, message, "make a random one, such as the output of `openssl rand -hex 16`");
    }
}

/// A customer managed policy, by its exact name.
pub(super) fn policy(
    examined: &mut Examined<'_>,
    path: &str,
    policy: &ManagedPolicyRef,
) -> Option<PolicyRef> {
    let ManagedPolicyRef { name, path: folder } = policy;
    let name = examined.exact(&format!("{path}.name"), name, "policy name");
    if folder.starts_with(OWN_PATH) {
        // They say who may assume what: whoever bears one has leave that no binding declares, and they are rewritten, detached
        // and deleted without asking.
        let message = format!("policies under `{OWN_PATH}` are Rolegate's own");
        examined.refuse(&format!("{path}.path"), message, "name a policy under another path");
        return None;
    }
    let folder = examined.exact(&format!("{path}.path"), folder, "path");
    Some(PolicyRef { path: folder?, name: name? })
}

fn allowed(examined: &mut Examined<'_>, path: &str, binding: &AllowedBinding, index: &Index<'_>) {
    let AllowedBinding { namespaces, roles, subjects } = binding;
    scope(examined, &format!("{path}.namespaces"), namespaces);
    scope(examined, &format!("{path}.roles"), roles);
    for (number, name) in roles.names.iter().flatten().enumerate() {
        if let Target::Nothing(help) = index.role(name) {
            let path = format!("{path}.roles.names[{number}]");
            examined.refuse(&path, format!("there is no AccessRole `{name}`"), help);
        }
    }
    if subjects.is_empty() || subjects.iter().collect::<BTreeSet<_>>().len() != subjects.len() {
        let help = "write each kind of subject that may be bound once";
        examined.refuse(
            &format!("{path}.subjects"),
            "kinds of subject stand here once, and at least one does",
            help,
        );
    }
}

fn scope(examined: &mut Examined<'_>, path: &str, scope: &Scope) {
    let Scope { names, selector, all } = scope;
    let members = [names.is_some(), selector.is_some(), all.is_some()];
    if members.iter().filter(|set| **set).count() != 1 {
        examined.refuse(
            path,
            "exactly one of names, selector and all must be set",
            "write `all: {}` to mean every one",
        );
    }
    for (number, name) in names.iter().flatten().enumerate() {
        examined.label(&format!("{path}.names[{number}]"), name, 63);
    }
    if let Some(LabelSelector { match_labels, match_expressions }) = selector {
        let path = format!("{path}.selector");
        if match_labels.is_empty() && match_expressions.is_empty() {
            examined.refuse(
                &path,
                "a selector without parts would select everything",
                "write `all: {}` to mean that",
            );
        }
        requirements(examined, &path, match_expressions);
    }
}

/// Values belong to `In` and `NotIn`, and only to them.
pub(super) fn requirements(examined: &mut Examined<'_>, path: &str, requirements: &[Requirement]) {
    for (number, Requirement { key, operator, values }) in requirements.iter().enumerate() {
        let path = format!("{path}.matchExpressions[{number}]");
        let wants_values = matches!(operator, SelectorOperator::In | SelectorOperator::NotIn);
        if wants_values == values.is_empty() {
            let message = format!(
                "{operator:?} on `{key}` has {} values",
                if wants_values { "no" } else { "needless" }
            );
            examined.refuse(&path, message, "values are given for In and NotIn, and only for them");
        }
        if key.is_empty() {
            examined.refuse(&format!("{path}.key"), "the key is empty", "write the key of a label");
        }
    }
}
