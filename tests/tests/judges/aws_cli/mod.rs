//! The AWS CLI with the exported profiles, against the emulator: people at a terminal who type the code of their device, machines,
//! third parties, and doors that stay shut.

mod config;
mod home;
mod others;
mod people;
