//! Which region a profile names: as asked for, by account, environment or partition. Guesses none.

use crate::Answer;
use rolegate_iam::Partition;
use rolegate_plan::validate::ValidAccount;
use std::collections::BTreeMap;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Regions {
    /// For every account of the partition.
    general: BTreeMap<Partition, String>,
    /// For an account or an environment, by name.
    named: BTreeMap<String, String>,
}

impl Regions {
    /// Reads `REGION` and `NAME=REGION`, where the name is that of an account or of an environment.
    ///
    /// # Errors
    /// No region, or one asked for twice.
    pub fn parse(texts: &[String]) -> Result<Self, Answer> {
        let mut regions = Self::default();
        for text in texts {
            let (name, region) =
                text.split_once('=').map_or((None, text.as_str()), |(name, region)| (Some(name), region));
            if !is_region(region) {
                return Err(Answer::bad([format!(
                    "--region {text}: `{region}` is no region; write one such as eu-west-1, or NAME=eu-west-1 for one account or \
                     environment"
                )]));
            }
            let before = match name {
                Some(name) => regions.named.insert(name.to_owned(), region.to_owned()),
                None => regions.general.insert(partition_of(region), region.to_owned()),
            };
            if before.is_some() {
                return Err(Answer::bad([format!(
                    "--region {text}: a region for the same accounts was given before"
                )]));
            }
        }
        Ok(regions)
    }

    /// An error for each name that is no account and no environment, and for regions of another partition than their account's.
    pub(super) fn faults<'a>(
        &self,
        accounts: &(impl Iterator<Item = &'a ValidAccount> + Clone),
    ) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, region) in &self.named {
            let mut named = accounts.clone().filter(|account| is_named(account, name)).peekable();
            if named.peek().is_none() {
                faults.push(format!(
                    "--region {name}={region}: `{name}` is neither an account nor an environment here"
                ));
            }
            for account in named.filter(|account| account.partition != partition_of(region)) {
                faults.push(format!(
                    "--region {name}={region}: account `{}` is in partition {}, which has no such region",
                    account.name, account.partition
                ));
            }
        }
        faults
    }

    /// The region of an account: its own, else its environment's, else its partition's, if one was asked for.
    pub(super) fn of(&self, account: &ValidAccount) -> Option<&str> {
        let named = |name: &str| self.named.get(name);
        named(&account.name)
            .or_else(|| named(&account.environment))
            .or_else(|| self.general.get(&account.partition))
            .map(String::as_str)
    }
}

fn is_named(account: &ValidAccount, name: &str) -> bool {
    account.name == name || account.environment == name
}

fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_number =
        parts.next_back().is_some_and(|last| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()));
    let words: Vec<&str> = parts.collect();
    is_number
        && words.len() >= 2
        && text.len() <= 32
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
}

fn partition_of(region: &str) -> Partition {
    match region {
        region if region.starts_with("cn-") => Partition::AwsCn,
        region if region.starts_with("us-gov-") => Partition::AwsUsGov,
        region if region.starts_with("eusc-") => Partition::AwsEusc,
        _ => Partition::Aws,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_told_from_what_is_none() {
        for good in ["eu-west-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "ap-southeast-12"] {
            assert!(is_region(good), "{good}");
        }
        for bad in [
            "",
            "eu",
            "eu-west",
            "eu-west-",
            "EU-west-1",
            "eu west-1",
            "eu-west-1\n[profile x]",
            "-1",
            "a--1",
        ] {
            assert!(!is_region(bad), "{bad:?}");
        }
        assert!(Regions::parse(&["eu-west-1".to_owned(), "us-east-1".to_owned()]).is_err());
        assert!(Regions::parse(&["eu-west-1".to_owned(), "cn-north-1".to_owned()]).is_ok());
    }
}
