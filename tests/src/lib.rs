//! What the tests of this package share.

pub mod judges;
pub mod programs;
