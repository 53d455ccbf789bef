//! The offline commands, as functions from values to answers and as a program.

#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod can;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod export;
#[cfg(test)]
mod inputs;
#[cfg(test)]
mod pods;
#[cfg(test)]
mod program;
#[cfg(test)]
mod reach;
#[cfg(test)]
mod template;
#[cfg(test)]
mod world;
