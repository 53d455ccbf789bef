//! The example company through the whole of deciding.

#[cfg(test)]
mod company;
