//! Doing it: reconciles AWS with what is declared, through a port. What to do comes from `rolegate_plan`; how AWS is asked is
//! `rolegate_aws`'s business.

pub mod applied;
pub mod apply;
mod confirm;
mod due;
mod news;
pub mod pace;
pub mod port_cloud;
mod quarantine;
pub mod report;
mod round;
mod run;
pub mod snapshot;
pub mod stop;
pub mod watch;
pub mod world;

pub use applied::Applied;
pub use apply::{AnsweredBy, Decision, Memory, Preview, Ui, reconcile, reconcile_with};
pub use news::Event;
pub use pace::{Pace, TokioSleeper};
pub use port_cloud::CloudPort;
pub use stop::{Stop, StoppableSleeper};
pub use world::entrances;
