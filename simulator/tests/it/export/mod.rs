//! `rolegate export`, over the example company and over a company whose names are hostile.

mod aws_config;
mod browser;
mod company;
mod delivering;
mod merging;
mod owners;
mod saving;
