//! A company to export from: what differs between tests is filled in, the rest is as small as it can be.

use crate::world::question;
use rolegate::command::Question;
use rolegate::command::export::aws_config::{Options, Source};
use rolegate::command::export::{Regions, Selection};

/// What an account of the company is.
pub(crate) struct Place<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: &'a str,
    pub(crate) display: &'a str,
    pub(crate) partition: &'a str,
}

/// An account that consents to everything.
pub(crate) fn account(Place { name, id, display, partition }: &Place<'_>, gateway: Option<&str>) -> String {
    let gateway = gateway.map(|gateway| format!("  gatewayRef: {{name: {gateway}}}\n")).unwrap_or_default();
    format!(
        "apiVersion: rolegate.dev/v1alpha1\nkind: AWSAccount\nmetadata: {{name: {name}}}\nspec:\n  accountID: \"{id}\"\n\
         \x20 partition: {partition}\n{gateway}  environment: {name}\n  display: {{name: {}, color: Red}}\n  allowedBindings:\n\
         \x20 - {{namespaces: {{all: {{}}}}, roles: {{all: {{}}}}, subjects: [Group, User, Role, Account]}}\n---\n",
        serde_json::Value::from(*display)
    )
}

/// A role; `more` are further lines of its spec.
pub(crate) fn role(name: &str, more: &str) -> String {
    format!(
        "apiVersion: rolegate.dev/v1alpha1\nkind: AccessRole\nmetadata: {{name: {name}}}\nspec:\n{more}\
         \x20 permissions: {{awsManagedPolicies: [ReadOnlyAccess]}}\n---\n"
    )
}

/// A group of the gateway `auth`.
pub(crate) fn group(name: &str, members: &[&str]) -> String {
    format!(
        "apiVersion: rolegate.dev/v1alpha1\nkind: AccessGroup\nmetadata: {{name: {name}}}\nspec:\n\
         \x20 gatewayRef: {{name: auth}}\n  members: {}\n---\n",
        serde_json::Value::from(members)
    )
}

/// A binding in the namespace `ns`; `more` are further lines of its spec.
pub(crate) fn access(name: &str, role: &str, account: &str, subject: &str, more: &str) -> String {
    format!(
        "apiVersion: rolegate.dev/v1alpha1\nkind: AccountAccess\nmetadata: {{name: {name}, namespace: ns}}\nspec:\n\
         \x20 roleRef: {{name: {role}}}\n  accounts: {{names: [{account}]}}\n  subjects:\n  - {subject}\n{more}---\n"
    )
}

pub(crate) const AUTH: Place<'static> =
    Place { name: "auth", id: "111111111111", display: "Auth", partition: "aws" };
pub(crate) const PRODUCTION: Place<'static> =
    Place { name: "production", id: "444444444444", display: "Production", partition: "aws" };

pub(crate) fn asked(manifests: String) -> Question {
    question(vec![("company.yaml".to_owned(), manifests)], None)
}

pub(crate) fn options(selection: Selection) -> Options {
    Options {
        selection,
        prefix: String::new(),
        source: Source::Usual,
        mfa_serial: None,
        regions: Regions::default(),
        longest: None,
    }
}

pub(crate) fn of(user: &str) -> Selection {
    Selection::User(user.to_owned())
}
