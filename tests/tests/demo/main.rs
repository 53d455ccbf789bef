//! The demo, held against the README.

#[cfg(test)]
mod readme;
