//! What AWS would answer: one request decided, chains of role assumptions searched.
//!
//! This package sees the model of `rolegate_iam` and nothing else: no network, no file, no clock, no Kubernetes. It never
//! says "no" where the truth is "cannot tell": what was not collected, a key that is not modelled and an open point of
//! AWS's own documentation all end in [`Decision::Possible`]. "§" and "U1" in comments point into the project's notes on
//! AWS semantics.
#![warn(clippy::disallowed_methods)]

pub mod context;
pub mod control;
pub mod decision;
pub mod facts;
pub mod index;
pub mod request;
pub mod search;
pub mod settings;

mod action;
mod authorize;
mod callers;
mod condition;
mod decide;
mod explain;
mod gates;
mod glob;
mod guards;
mod key;
mod keyring;
mod layer;
mod own;
mod parameters;
mod prepared;
mod principal;
mod resource;
mod terms;
mod trust;
mod truth;
mod values;
mod variables;

pub use authorize::authorize;
pub use context::Context;
pub use control::{Controls, Exempt, Level, Levels};
pub use decide::{assume_role, verdict};
pub use decision::{
    Decision, DenyKind, Doubt, ErrorCode, Holder, Layer, OpenPoint, PolicyKind, PolicySource, StatementRef,
    Verdict,
};
pub use explain::{ActionVerdicts, Explanation, LayerVerdict, Said, explain};
pub use facts::{Facts, Lookup, Membership};
pub use index::Index;
pub use request::{
    Activation, AssumeRole, Caller, Delivery, EndpointPolicy, Environment, MfaInCall, Network, RoleSession,
    SessionMfa, UserSessionOrigin, Validity,
};
pub use search::{
    Answer, Certainty, Constraint, Credentials, Entry, FreeKey, Hop, Limit, Path, PrincipalRef, Requirement,
    Requirements, SearchOptions, who_can, who_can_enter, witness,
};
pub use settings::Settings;
