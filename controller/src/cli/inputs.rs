//! Manifests from files, and the accounts that a command is about: by the names that manifests give them, or by id.

use clap::Args;
use rolegate::load;
use rolegate_controller::entrances as declared;
use rolegate_iam::{AccountId, Partition, Path, RoleArn, RoleName};
use rolegate_plan::manifest;
use rolegate_plan::port::Entrance;
use rolegate_plan::validate::{ValidateOptions, Validated, validate};
use std::path::PathBuf;

/// Which accounts, and how they are entered.
#[derive(Debug, Args)]
pub(crate) struct AccountArguments {
    /// Accounts: names of AWSAccounts in the manifests, or ids. None: all that the manifests declare.
    #[arg(value_name = "ACCOUNT")]
    accounts: Vec<String>,

    /// Manifests that declare the accounts and how they are entered: files, folders, or `-` for standard input.
    #[arg(short, long, value_name = "PATH", num_args = 1)]
    manifests: Vec<PathBuf>,

    /// The installation: `preflight` asks about things of its name.
    #[arg(long, env = "ROLEGATE_INSTALLATION", value_name = "NAME")]
    pub(super) installation: Option<String>,

    /// For accounts that no manifest declares: the role to enter them by, with its path. Absent: the credentials at hand are
    /// of the account itself.
    #[arg(long, value_name = "PATH/NAME")]
    role: Option<String>,

    /// For accounts that no manifest declares: the external id of the role.
    #[arg(long, value_name = "ID", requires = "role")]
    external_id: Option<String>,

    /// For accounts that no manifest declares: their partition.
    #[arg(long, value_name = "PARTITION", default_value_t = Partition::Aws)]
    partition: Partition,
}

/// The texts of files, and what could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Texts {
    files: Vec<(String, String)>,
    errors: Vec<String>,
}

impl Texts {
    pub(crate) fn load(paths: &[PathBuf]) -> Self {
        let load::Loaded { files, errors } = load::manifests(paths);
        Self { files, errors: errors.iter().map(ToString::to_string).collect() }
    }

    /// Every error of every file in one report.
    pub(crate) fn understand(&self, installation: &str) -> Result<Validated, Vec<String>> {
        let mut errors = self.errors.clone();
        let (manifests, unreadable) = manifest::read(&self.files);
        let options = ValidateOptions { installation: installation.to_owned() };
        let (validated, invalid) = validate(&manifests, &options);
        errors.extend(unreadable.iter().chain(&invalid).map(ToString::to_string));
        if errors.is_empty() { Ok(validated) } else { Err(errors) }
    }
}

/// Reads and validates everything.
pub(crate) fn read(paths: &[PathBuf], installation: &str) -> Result<Validated, Vec<String>> {
    Texts::load(paths).understand(installation)
}

/// What manifests declare, and the accounts that a command is about.
pub(super) struct Named {
    pub(super) validated: Validated,
    pub(super) entrances: Vec<Entrance>,
}

/// How the accounts are entered, each once.
pub(super) fn named(arguments: &AccountArguments) -> Result<Named, Vec<String>> {
    // Nothing that reading needs depends on the installation.
    let validated = read(&arguments.manifests, arguments.installation.as_deref().unwrap_or("snapshot"))?;
    let known = declared(&validated);
    let mut entrances: Vec<Entrance> = Vec::new();
    let mut errors = Vec::new();
    for name in &arguments.accounts {
        let by_name = known.iter().find(|entrance| entrance.name == *name || entrance.id.as_str() == name);
        match by_name.cloned().map_or_else(|| undeclared(name, arguments), Ok) {
            Ok(entrance) if entrances.iter().all(|other| other.id != entrance.id) => entrances.push(entrance),
            Ok(_) => {}
            Err(error) => errors.push(error),
        }
    }
    if arguments.accounts.is_empty() {
        entrances = known;
    }
    if entrances.is_empty() && errors.is_empty() {
        errors.push("no accounts: name some, or give manifests (-m) that declare some".to_owned());
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Named { validated, entrances })
}

fn undeclared(name: &str, arguments: &AccountArguments) -> Result<Entrance, String> {
    let Ok(id) = name.parse::<AccountId>() else {
        return Err(format!(
            "no AWSAccount {name} in the manifests, and it is no account id; give the manifests that declare it with -m, or \
             write the twelve digits"
        ));
    };
    let partition = arguments.partition;
    let role = arguments.role.as_deref().map(|role| role_arn(role, id, partition)).transpose()?;
    Ok(Entrance {
        name: id.to_string(),
        id,
        partition,
        roles: role.into_iter().collect(),
        external_id: arguments.external_id.clone(),
    })
}

fn role_arn(text: &str, account: AccountId, partition: Partition) -> Result<RoleArn, String> {
    let text = text.trim_start_matches('/');
    let (path, name) = match text.rsplit_once('/') {
        Some((path, name)) => (format!("/{path}/"), name),
        None => ("/".to_owned(), text),
    };
    let path: Path = path.parse().map_err(|error| format!("--role: {error}"))?;
    let name: RoleName = name.parse().map_err(|error| format!("--role: {error}"))?;
    Ok(RoleArn { partition, account, path, name })
}

/// Tells what is wrong with the input.
pub(crate) fn refuse(errors: &[String]) -> u8 {
    for error in errors {
        anstream::eprintln!("error: {error}");
    }
    2
}
