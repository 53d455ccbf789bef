//! Text for people: 80 columns, no colour, the same for every command. Takes values and gives text; prints nothing.

mod access;
mod plan;
pub mod text;

pub use plan::{effect_sign, names, render_held, render_left_out, render_orphans, render_plan, render_steps};
pub(crate) use plan::{entity, label};
