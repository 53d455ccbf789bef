//! The demo: a company's access declared, planned, applied, used, questioned, repaired and withdrawn, on an AWS in memory.
//!
//! Nothing in it is staged: it starts `rolegate-controller` and `rolegate` as a user would, and people sign in through the AWS
//! SDK. What it prints besides is the story between the commands.

mod company;
mod people;
mod story;
mod tell;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ending = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => story::Ending::Stop,
        ["--keep"] => story::Ending::Keep,
        _ => {
            tell::talk("usage: demo [--keep]");
            return ExitCode::from(2);
        }
    };
    let told = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(story::tell(ending)));
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell::talk(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
