//! A snapshot as a folder that anybody can make with the AWS CLI. Does no IO: the caller brings the files.
//!
//! ```text
//! 111111111111/account-authorization-details.json   aws iam get-account-authorization-details
//! 111111111111/list-roles.json                      aws iam list-roles
//! 111111111111/account-summary.json                 aws iam get-account-summary
//! staging/account.json                              {"id": "222222222222", "name": …, "partition": …, "collectedAt": …,
//!                                                    "organization": "none"}
//! aws-managed-policies.json                         {"Policies": […]} with the documents of AWS-managed policies
//! organization/describe-organization.json           aws organizations describe-organization
//! organization/list-policies-for-target.r-ab12.SERVICE_CONTROL_POLICY.json, … (see `organizations`)
//! ```
//! A folder may have any name when ARNs or `account.json` name the account. Only what is there was collected. The outputs
//! about an organization stand together in a folder, which may be that of an account: that account is then a member.

use super::error::ReadError;
use super::file;
use super::gaad::{self, AccountFiles, DETAILS, ROLES, SUMMARY};
use super::{ManagedPolicy, Snapshot, organizations, wire};
use crate::account::{AccountId, Partition};
use crate::arn::PolicyArn;
use std::collections::BTreeMap;

const HEADER: &str = "account.json";
const AWS_MANAGED: &str = "aws-managed-policies.json";

/// Files by folder, then by name.
type Folders = BTreeMap<String, BTreeMap<String, String>>;

/// Assembles a snapshot from the files of a folder: paths relative to it, with `/`, and their texts. Files whose name does
/// not end in `.json` are left alone.
///
/// # Errors
/// Everything that is wrong, at most one error per account and organization.
pub fn assemble(files: impl IntoIterator<Item = (String, String)>) -> Result<Snapshot, Vec<ReadError>> {
    let (mut accounts, mut of_organizations) = (Folders::new(), Folders::new());
    let mut snapshot = Snapshot::default();
    let mut errors = Vec::new();
    for (path, text) in files {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        match (name, stem(name)) {
            (DETAILS | ROLES | SUMMARY | HEADER, _) => {
                accounts.entry(folder.to_owned()).or_default().insert(name.to_owned(), text);
            }
            (AWS_MANAGED, _) => match aws_managed(&text) {
                Ok(policies) => snapshot.add_aws_managed(policies.into_values()),
                Err(error) => errors.push(error.in_file(&path)),
            },
            (_, Some(output)) if organizations::is_output(output) => {
                of_organizations.entry(folder.to_owned()).or_default().insert(output.to_owned(), text);
            }
            (_, Some(_)) => {
                errors.push(ReadError::new("", "this file has no place here", KNOWN).in_file(&path));
            }
            (_, None) => {}
        }
    }
    let mut places: BTreeMap<AccountId, String> = BTreeMap::new();
    for (folder, files) in accounts {
        match account(&folder, &files, &mut snapshot) {
            Err(error) => errors.push(error),
            Ok(account) => {
                let id = account.id;
                if snapshot.add(account).is_err() {
                    let first = places.get(&id).map_or("", String::as_str);
                    let cause = format!("account {id} was read from `{first}` already");
                    errors.push(ReadError::new("", cause, "keep one of the two").in_file(&folder));
                } else {
                    places.insert(id, folder);
                }
            }
        }
    }
    for (folder, outputs) in of_organizations {
        let member = places.iter().find(|(_, place)| **place == folder).map(|(id, _)| *id);
        if let Err(error) = organization(&folder, &outputs, member, &mut snapshot) {
            errors.push(error);
        }
    }
    if errors.is_empty() { Ok(snapshot) } else { Err(errors) }
}

/// The name of a file without `.json`; `None` when it does not end so.
fn stem(name: &str) -> Option<&str> {
    name.rsplit_once('.')
        .filter(|(_, extension)| extension.eq_ignore_ascii_case("json"))
        .map(|(stem, _)| stem)
}

fn organization(
    folder: &str,
    outputs: &BTreeMap<String, String>,
    member: Option<AccountId>,
    snapshot: &mut Snapshot,
) -> Result<(), ReadError> {
    let file = |output: &str| within(folder, &format!("{output}.json"));
    let mut organization = organizations::read(outputs, &file)?;
    if let Some(member) = member {
        organization.members.entry(member).or_default();
    }
    snapshot.add_organization(organization).map_err(|cause| {
        let help = "an account is in one organization; collect it anew, or remove what is old";
        ReadError::new("", cause, help).in_file(&file(organizations::DESCRIBE))
    })
}

/// The path of a file in a folder.
fn within(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

const KNOWN: &str = "known are account-authorization-details.json, list-roles.json, account-summary.json and account.json \
                     in a folder per account, aws-managed-policies.json, and the outputs of Organizations commands such as \
                     describe-organization.json";

fn aws_managed(text: &str) -> Result<BTreeMap<PolicyArn, ManagedPolicy>, ReadError> {
    let help = "the `Policies` of `aws iam get-account-authorization-details --filter AWSManagedPolicy` are expected";
    if text.trim_start().starts_with('[') {
        return gaad::managed_policies(gaad::parse(text, help)?);
    }
    gaad::read_details(text).map(|details| details.aws_managed)
}

/// The id and partition that the folder and its header give, and what else the header says.
fn header(folder: &str, text: Option<&String>) -> Result<wire::AccountHeader, ReadError> {
    let empty =
        wire::AccountHeader { id: None, name: None, partition: None, collected_at: None, organization: None };
    let help = "it may have `id`, `name`, `partition`, `collectedAt` and `organization`, all of them text";
    let mut header = text.map_or(Ok(empty), |text| gaad::parse(text, help))?;
    let folder = folder.rsplit('/').next().unwrap_or_default();
    match (folder.parse::<AccountId>(), &header.id) {
        (Ok(by_folder), Some(id)) if *id != by_folder.as_str() => {
            let cause = format!("`{id}` is not the account {by_folder} that the folder names");
            return Err(ReadError::new("id", cause, "rename the folder, or correct the id"));
        }
        (Ok(by_folder), None) => header.id = Some(by_folder.to_string()),
        (Err(_), _) if header.name.is_none() && !folder.is_empty() => header.name = Some(folder.to_owned()),
        _ => {}
    }
    Ok(header)
}

fn account(
    folder: &str,
    files: &BTreeMap<String, String>,
    snapshot: &mut Snapshot,
) -> Result<super::Account, ReadError> {
    let path = |name: &str| within(folder, name);
    let in_header = |error: ReadError| error.in_file(&path(HEADER));
    let wire::AccountHeader { id, name, partition, collected_at, organization } =
        header(folder, files.get(HEADER)).map_err(in_header)?;
    let id: Option<AccountId> = id
        .map(|id| id.parse().map_err(|error| in_header(ReadError::new("id", format!("{error}"), ""))))
        .transpose()?;
    let partition: Option<Partition> = partition
        .map(|text| {
            text.parse().map_err(|error| in_header(ReadError::new("partition", format!("{error}"), "")))
        })
        .transpose()?;
    let at = gaad::time("collectedAt", collected_at.as_deref()).map_err(in_header)?;
    let text = |name: &str| files.get(name).map(String::as_str);
    let files = AccountFiles { details: text(DETAILS), roles: text(ROLES), summary: text(SUMMARY), at };
    let (mut account, aws_managed) = gaad::read_account_as(id, partition, files, &path)?;
    account.name = name.map(Into::into);
    file::standalone(snapshot, account.id, organization.as_deref()).map_err(in_header)?;
    snapshot.add_aws_managed(aws_managed.into_values());
    Ok(account)
}
