//! The example company through the whole of deciding, and single hazards in it.

#[cfg(test)]
mod accepted;
#[cfg(test)]
mod brake;
#[cfg(test)]
mod company;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod hazards;
#[cfg(test)]
mod lacking;
#[cfg(test)]
mod partitions;
#[cfg(test)]
mod sessions;
