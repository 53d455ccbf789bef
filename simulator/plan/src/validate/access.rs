//! Checks one `AccountAccess`, with what its references lead to.

use super::account::requirements;
use super::index::kube_like::Named;
use super::index::{Index, Target};
use super::report::{Examined, overlap};
use super::subject::{Granted, subject};
use super::types::{Kind, ObjectKey, ValidAccess, ValidSubject, selects};
use crate::manifest::{Diagnostic, Located};
use jiff::Timestamp;
use rolegate_crds::{
    AWSAccount, AccessRole, AccountAccess, AccountAccessSpec, AccountSelector, Accounts, Subject, Validity,
};
use smol_str::SmolStr;
use std::collections::BTreeSet;

pub(super) fn access(
    located: &Located<AccountAccess>,
    index: &Index<'_>,
) -> (Option<ValidAccess>, Vec<Diagnostic>) {
    let mut examined = Examined::new(key(&located.object), &located.source);
    let valid = read(&mut examined, located, index);
    let Examined { found, .. } = examined;
    (found.is_empty().then_some(valid), found)
}

/// The identity of the object.
pub(super) fn key(object: &AccountAccess) -> ObjectKey {
    let namespace = object.metadata.namespace.as_deref().unwrap_or("default").into();
    ObjectKey { kind: Kind::Access, namespace, name: object.name().into() }
}

fn read(examined: &mut Examined<'_>, located: &Located<AccountAccess>, index: &Index<'_>) -> ValidAccess {
    let AccountAccess { metadata, spec } = &located.object;
    let AccountAccessSpec {
        role_ref,
        accounts,
        subjects,
        require,
        validity,
        end_sessions,
        state,
        justification,
    } = spec;
    let ObjectKey { kind: _, namespace, name } = key(&located.object);
    examined.label("metadata.name", &name, 63);
    examined.label("metadata.namespace", &namespace, 63);
    let role = match index.role(&role_ref.name) {
        Target::Found(role) => Some(role),
        Target::Unreadable => None,
        Target::Nothing(help) => {
            examined.refuse("spec.roleRef.name", format!("there is no AccessRole `{}`", role_ref.name), help);
            None
        }
    };
    let selected = read_accounts(examined, accounts, index);
    let subjects = read_subjects(examined, subjects, &Granted { role, accounts: selected }, index);
    let source_cidrs = match require {
        Some(require) => examined.networks("spec.require.sourceCIDRs", &require.source_cidrs),
        None => BTreeSet::new(),
    };
    if let Some(role) = role {
        both_networks(examined, role, &source_cidrs);
    }
    let (not_before, not_after) = times(examined, validity.as_ref());
    ValidAccess {
        namespace,
        name,
        labels: metadata.labels.clone().unwrap_or_default(),
        role: role_ref.name.as_str().into(),
        accounts: accounts.clone(),
        subjects,
        source_cidrs,
        not_before,
        not_after,
        end_sessions: *end_sessions,
        state: *state,
        justification: justification.as_deref().map(SmolStr::new),
        created: metadata.creation_timestamp.as_ref().and_then(|time| time.0.to_string().parse().ok()),
        terminating: metadata.deletion_timestamp.is_some(),
        source: located.source.clone(),
    }
}

/// The accounts that are selected now.
fn read_accounts<'a>(
    examined: &mut Examined<'_>,
    accounts: &Accounts,
    index: &Index<'a>,
) -> Vec<&'a AWSAccount> {
    let Accounts { names, selector } = accounts;
    if names.is_some() == selector.is_some() {
        let help = "write `names: [...]` or `selector: {environments: [...]}`";
        examined.refuse("spec.accounts", "exactly one of names and selector must be set", help);
    }
    for (number, name) in names.iter().flatten().enumerate() {
        if let Target::Nothing(help) = index.account(name) {
            let path = format!("spec.accounts.names[{number}]");
            examined.refuse(&path, format!("there is no AWSAccount `{name}`"), help);
        }
    }
    if let Some(AccountSelector { environments, match_labels, match_expressions }) = selector {
        let path = "spec.accounts.selector";
        if environments.is_empty() && match_labels.is_empty() && match_expressions.is_empty() {
            let message = "a selector without parts would select every account, now and later";
            examined.refuse(path, message, "name the environments");
        }
        for (number, environment) in environments.iter().enumerate() {
            examined.label(&format!("{path}.environments[{number}]"), environment, 63);
        }
        requirements(examined, path, match_expressions);
    }
    let no_labels = std::collections::BTreeMap::new();
    let is_selected = |account: &&AWSAccount| {
        let labels = account.metadata.labels.as_ref().unwrap_or(&no_labels);
        selects(accounts, account.name(), &account.spec.environment, labels)
    };
    index.accounts.values().copied().filter(is_selected).collect()
}

fn read_subjects(
    examined: &mut Examined<'_>,
    subjects: &[Subject],
    granted: &Granted<'_>,
    index: &Index<'_>,
) -> BTreeSet<ValidSubject> {
    if subjects.is_empty() || subjects.len() > 64 {
        let message = format!("{} subjects, and 1 to 64 are allowed", subjects.len());
        examined.refuse("spec.subjects", message, "make several AccountAccess objects, or an AccessGroup");
    }
    let mut found = BTreeSet::new();
    for (number, written) in subjects.iter().enumerate() {
        let path = format!("spec.subjects[{number}]");
        if let Some(valid) = subject(examined, &path, written, granted, index)
            && !found.insert(valid.clone())
        {
            examined.refuse(&path, format!("{valid} stands here twice"), "leave one of the two out");
        }
    }
    found
}

/// The binding's networks add to the role's: both must hold.
fn both_networks(examined: &mut Examined<'_>, role: &AccessRole, networks: &BTreeSet<SmolStr>) {
    let Some(require) = &role.spec.require else { return };
    // Errors in the role's own networks are reported where they are.
    let of_role = Examined::new(examined.key.clone(), examined.source).networks("", &require.source_cidrs);
    if !overlap(&of_role, networks) {
        let message = format!(
            "no address is in these networks and in those that AccessRole `{}` asks for: nobody could enter",
            role.name()
        );
        let help = format!(
            "choose networks within {}",
            of_role.iter().map(SmolStr::as_str).collect::<Vec<_>>().join(", ")
        );
        examined.refuse("spec.require.sourceCIDRs", message, help);
    }
}

fn times(examined: &mut Examined<'_>, validity: Option<&Validity>) -> (Option<Timestamp>, Option<Timestamp>) {
    let Some(Validity { not_before, not_after }) = validity else { return (None, None) };
    let not_before = time(examined, "spec.validity.notBefore", not_before.as_deref());
    let not_after = time(examined, "spec.validity.notAfter", not_after.as_deref());
    if let (Some(from), Some(until)) = (not_before, not_after)
        && until <= from
    {
        let message =
            format!("the end, {until}, is not after the beginning, {from}: nobody could ever enter");
        examined.refuse("spec.validity.notAfter", message, "write a later end or an earlier beginning");
    }
    (not_before, not_after)
}

fn time(examined: &mut Examined<'_>, path: &str, text: Option<&str>) -> Option<Timestamp> {
    let text = text?;
    // RFC 3339 wants a `T` and an offset; jiff would take more.
    let is_rfc3339 =
        text.is_ascii() && text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T') && !text.contains('[');
    match text.parse::<Timestamp>() {
        Ok(time) if is_rfc3339 => Some(time),
        _ => {
            let message = format!("`{text}` is no time");
            examined.refuse(path, message, "write it as 2026-12-31T18:00:00Z");
            None
        }
    }
}
