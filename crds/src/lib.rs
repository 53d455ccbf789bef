//! The custom resources of Rolegate: what people declare, as plain types, and the definitions generated from them.
//!
//! Nothing here decides what a declaration means (see `rolegate_plan`), and nothing here talks to a cluster. Every spec
//! refuses unknown fields: an object that is not fully understood must never be half obeyed. The bounds and patterns on
//! the fields and the CEL rules refuse at the API server's door; `rolegate_plan::validate` checks all of them again.
#![warn(clippy::disallowed_methods)]

mod access;
mod account;
mod common;
mod definitions;
mod duration;
mod group;
mod role;

pub use access::{
    AccessRequirements, AccessState, AccountAccess, AccountAccessSpec, AccountSelector, AccountSubject,
    Accounts, EndSessions, RoleSubject, Subject, SubjectMember, UserSubject, Validity,
};
pub use account::{
    AWSAccount, AWSAccountSpec, AllowedBinding, Color, Display, ManagementRole, Mode, Partition,
    RoleDefaults, Scope, SubjectKind,
};
pub use common::{
    DeletionPolicy, Empty, LabelSelector, ManagedPolicyRef, PermissionsBoundary, Reference, Requirement,
    SelectorOperator, labels_match,
};
pub use definitions::all;
pub use duration::{InvalidDuration, duration_seconds};
pub use group::{AccessGroup, AccessGroupSpec, SelfManagedCredentials};
pub use role::{
    AccessRole, AccessRoleSpec, Audience, InlinePolicy, Mfa, Permissions, RoleRequirements, SessionNameRule,
    Trust,
};

/// The API group of every kind.
pub const GROUP: &str = "rolegate.dev";
/// The one version of every kind.
pub const VERSION: &str = "v1alpha1";
/// `apiVersion` as written in manifests.
pub const API_VERSION: &str = "rolegate.dev/v1alpha1";
/// The kinds of this version.
pub const KINDS: [&str; 4] = ["AWSAccount", "AccessRole", "AccessGroup", "AccountAccess"];
