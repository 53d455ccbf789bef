//! This code, judged by tools that other people wrote.

#[cfg(test)]
mod aws_cli;
#[cfg(test)]
mod boto;
#[cfg(test)]
mod clouds;
#[cfg(test)]
mod simulate;
#[cfg(test)]
mod tools;
