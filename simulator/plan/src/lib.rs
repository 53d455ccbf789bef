//! What Rolegate would do: read manifests, validate, accept, compile, hold back, diff, project. The controller's brain.
//!
//! Everything here is a pure function of its arguments: no network, no clock, no file. The controller and the command line
//! call the same functions on the same values, so what a pull request was told is what will be done.
#![warn(clippy::disallowed_methods)]

pub mod absence;
pub mod accept;
mod admit;
pub mod bootstrap;
pub mod compile;
pub mod desired;
mod diff;
mod doors;
pub mod entry;
pub mod gate;
mod hold;
pub mod manifest;
mod missing;
pub mod naming;
pub mod observed;
pub mod outcome;
pub mod pack;
pub mod planner;
pub mod port;
pub mod project;
pub mod refused;
mod scope;
mod self_management;
pub mod step;
pub mod trust;
pub mod validate;
