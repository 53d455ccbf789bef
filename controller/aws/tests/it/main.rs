//! The SDK over real HTTP against the emulator.

#[cfg(test)]
mod bad_sts;
#[cfg(test)]
mod common;
#[cfg(test)]
mod exists;
#[cfg(test)]
mod observe;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod perform;
#[cfg(test)]
mod preflight;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod stub;
#[cfg(test)]
mod whole;
