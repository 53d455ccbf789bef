//! The company of the examples, reconciled in process and by the command.

#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod command;
#[cfg(test)]
mod common;
#[cfg(test)]
mod company;
#[cfg(test)]
mod preflight;
#[cfg(test)]
mod quarantine;
#[cfg(test)]
mod snapshot;
#[cfg(test)]
mod torn;
#[cfg(test)]
mod watch;
