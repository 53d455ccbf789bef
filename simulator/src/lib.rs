//! Who can enter which account: the public face of the simulator. Its libraries are in the packages below it; what is here is
//! what the commands share: reading files ([`load`]) and text for people ([`render`]).
#![warn(clippy::disallowed_methods)]

pub mod load;
pub mod render;
