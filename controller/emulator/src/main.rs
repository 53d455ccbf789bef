//! The command `rolegate-emulator`: reads its arguments, starts the emulator, prints how to reach it, ends on Ctrl-C.

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use rolegate_cloud::{AccessKey, Cloud};
use rolegate_emulator::{Admin, Clock, Emulator, Exposure, Options, world};
use rolegate_iam::{AccountId, Partition, Snapshot};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Practise on AWS without AWS: IAM and STS in memory, behind the real wire protocols.
#[derive(Debug, Parser)]
#[command(name = "rolegate-emulator", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until Ctrl-C; prints the endpoint and the root key of every account.
    Serve(Serve),
}

#[derive(Debug, Args)]
struct Serve {
    /// A snapshot to begin with: a folder or a file, as `aws iam get-account-authorization-details` prints it.
    #[arg(long, value_name = "PATH")]
    world: Option<PathBuf>,
    /// An account to begin with, empty unless the world has it; may be repeated. Without any, `111111111111`.
    #[arg(long = "account", value_name = "ID[=NAME]", value_parser = account)]
    accounts: Vec<(AccountId, String)>,
    /// Where to listen; port 0 takes a free one. Any address given here is used, loopback or not.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where ids, keys and tokens come from: the same number, the same ones.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// The time at which the cloud's clock starts, as in RFC 3339; it runs from there. Without it: real time.
    #[arg(long, value_name = "TIME")]
    clock: Option<Timestamp>,
    /// Serve the clock and the call log under `/_rolegate/v1/`, to whoever reaches the address.
    #[arg(long)]
    admin: bool,
    /// How to print the endpoint and the keys.
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    /// Lines for people.
    Text,
    /// One JSON document on one line.
    Json,
}

/// An account as printed.
struct Opened {
    id: AccountId,
    name: String,
    partition: Partition,
    root: AccessKey,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,rolegate_emulator=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let Command::Serve(arguments) = cli.command;
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nobody left to tell when standard error is gone.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

#[tokio::main]
async fn serve(arguments: Serve) -> Result<()> {
    let Serve { world, accounts, listen, seed, clock, admin, output } = arguments;
    let snapshot = match &world {
        Some(path) => world::load(path)?,
        None => Snapshot::default(),
    };
    let (cloud, opened) = open(snapshot, accounts, clock, seed)?;
    let defaults = Options::default();
    let options = Options {
        listen: listen.unwrap_or(defaults.listen),
        exposure: listen.map_or(Exposure::Loopback, |_| Exposure::Network),
        clock: clock.map_or(Clock::Real, Clock::From),
        admin: if admin { Admin::On } else { Admin::Off },
    };
    let emulator = Emulator::start(cloud, options).await?;
    let text = match output {
        Output::Text => as_text(&emulator.endpoint(), &opened),
        Output::Json => as_json(&emulator.endpoint(), &opened),
    };
    io::stdout().write_all(text.as_bytes()).context("failed to print the endpoint to standard output")?;
    tokio::signal::ctrl_c().await.context("failed to wait for Ctrl-C")?;
    emulator.shutdown().await;
    Ok(())
}

/// The cloud with all accounts of the snapshot and of the arguments, and their root keys.
fn open(
    snapshot: Snapshot,
    mut more: Vec<(AccountId, String)>,
    clock: Option<Timestamp>,
    seed: u64,
) -> Result<(Cloud, Vec<Opened>)> {
    if snapshot.accounts.is_empty() && more.is_empty() {
        more.push(account("111111111111=default").map_err(anyhow::Error::msg)?);
    }
    let mut wanted: Vec<(AccountId, String, Partition)> = snapshot
        .accounts
        .values()
        .map(|account| {
            (account.id, account.name.as_deref().unwrap_or_default().to_owned(), account.partition)
        })
        .collect();
    for (id, name) in more {
        match wanted.iter_mut().find(|(have, ..)| *have == id) {
            Some((_, have, _)) if have.is_empty() => *have = name,
            Some((_, have, _)) => {
                ensure!(
                    name.is_empty() || *have == name,
                    "account `{id}` is called `{have}` already, not `{name}`: leave the name out of `--account`"
                );
            }
            None => wanted.push((id, name, Partition::Aws)),
        }
    }
    let mut cloud = Cloud::from_snapshot(snapshot, clock.unwrap_or_else(Timestamp::now), seed);
    let opened = wanted
        .into_iter()
        .map(|(id, name, partition)| Opened {
            root: cloud.add_account(id, partition, &name),
            id,
            name,
            partition,
        })
        .collect();
    Ok((cloud, opened))
}

fn as_text(endpoint: &str, accounts: &[Opened]) -> String {
    let mut lines = vec![format!("endpoint {endpoint}")];
    lines.extend(accounts.iter().map(|Opened { id, name, partition: _, root }| {
        let name = if name.is_empty() { "-" } else { name };
        format!("account {id} {name} root {} {}", root.access_key_id, root.secret_access_key)
    }));
    lines.push(String::new());
    lines.join("\n")
}

fn as_json(endpoint: &str, accounts: &[Opened]) -> String {
    let accounts: Vec<Value> = accounts
        .iter()
        .map(|Opened { id, name, partition, root }| {
            json!({
                "id": id.as_str(),
                "name": name,
                "partition": partition.as_str(),
                "root": { "accessKeyId": root.access_key_id, "secretAccessKey": root.secret_access_key },
            })
        })
        .collect();
    format!("{}\n", json!({ "endpoint": endpoint, "accounts": accounts }))
}

/// `ID` or `ID=NAME`.
fn account(text: &str) -> Result<(AccountId, String), String> {
    let (id, name) = text.split_once('=').unwrap_or((text, ""));
    let id = id.parse::<AccountId>().map_err(|error| error.to_string())?;
    if name.contains(char::is_whitespace) {
        return Err(format!("invalid account name `{name}`: it is printed on a line of words, so no blanks"));
    }
    Ok((id, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_read() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
        assert_eq!(account("111111111111=dev").unwrap().1, "dev");
        assert_eq!(account("111111111111").unwrap().1, "");
        for bad in ["", "12", "111111111111=a b"] {
            assert!(account(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn accounts_of_the_arguments_join_those_of_the_world() {
        let id = |text: &str| text.parse::<AccountId>().unwrap();
        let mut world = Snapshot::default();
        let mut one = rolegate_iam::Account::empty(id("222222222222"), Partition::AwsCn, None);
        one.name = Some("dev".into());
        world.accounts.insert(one.id, one);
        let names = |world: &Snapshot, more: &[(&str, &str)]| {
            let more = more.iter().map(|(account, name)| (id(account), (*name).to_owned())).collect();
            open(world.clone(), more, None, 1).map(|(_, opened)| {
                opened.iter().map(|Opened { id, name, .. }| format!("{id} {name}")).collect::<Vec<_>>()
            })
        };
        assert_eq!(names(&Snapshot::default(), &[]).unwrap(), ["111111111111 default"]);
        assert_eq!(names(&world, &[]).unwrap(), ["222222222222 dev"]);
        assert_eq!(
            names(&world, &[("222222222222", ""), ("333333333333", "prod")]).unwrap(),
            ["222222222222 dev", "333333333333 prod"]
        );
        assert!(names(&world, &[("222222222222", "prod")]).is_err());
    }

    #[test]
    fn the_endpoint_and_the_keys_are_printed() {
        let root = AccessKey { access_key_id: "AKIA1".to_owned(), secret_access_key: "s/1".to_owned() };
        let opened = [Opened {
            id: "111111111111".parse().unwrap(),
            name: String::new(),
            partition: Partition::Aws,
            root,
        }];
        assert_eq!(
            as_text("http://127.0.0.1:1", &opened),
            "endpoint http://127.0.0.1:1\naccount 111111111111 - root AKIA1 s/1\n"
        );
        let printed: Value = serde_json::from_str(&as_json("http://127.0.0.1:1", &opened)).unwrap();
        assert_eq!(printed["accounts"][0]["root"]["secretAccessKey"], "s/1");
    }
}
