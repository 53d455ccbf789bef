//! The emulator from outside: over HTTP, letter by letter, and its worlds from files.
#![cfg(test)]

mod admin;
mod command;
mod common;
mod operations;
mod refusals;
mod world;
