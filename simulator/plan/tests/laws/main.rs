//! Laws of the plan, held against random companies, random histories and random strangers (design §5, §6).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::struct_excessive_bools,
    reason = "helpers of tests, outside of test functions"
)]

mod ending;
mod exact;
mod held;
mod kept;
mod model;
mod order;
mod probe;
mod rest;
mod tamper;
mod tenants;
mod world;
