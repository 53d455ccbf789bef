//! Who can enter which account: the public face of the simulator.
//!
//! The libraries stand in packages of their own and are re-exported here: what AWS is ([`iam`]), what it would answer
//! ([`engine`]), what Rolegate would do ([`plan`]), an AWS to practise on ([`cloud`]), what people declare ([`crds`]). What is
//! here is what the commands share: reading files ([`load`]), the world that a question is about ([`world`]), the offline
//! commands as functions from values to an [`Answer`] ([`command`]), and text for people ([`render`]).
#![warn(clippy::disallowed_methods)]

mod answer;
pub mod command;
pub mod deliver;
pub mod load;
pub mod render;
pub mod save;
pub mod world;

pub use answer::{Answer, Code};
pub use rolegate_cloud as cloud;
pub use rolegate_crds as crds;
pub use rolegate_engine as engine;
pub use rolegate_iam as iam;
pub use rolegate_plan as plan;
