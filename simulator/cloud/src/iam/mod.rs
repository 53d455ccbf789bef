//! The operations of IAM, one file per kind of entity. Authorises nothing: see `authorise`.

pub(crate) mod details;
mod groups;
mod holders;
mod keys;
mod mfa;
pub(crate) mod policies;
pub(crate) mod roles;
mod users;

pub(crate) use holders::Holder;
