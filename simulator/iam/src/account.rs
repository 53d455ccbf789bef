//! Account ids and partitions. Parses and prints them; knows no account.

use std::fmt;
use std::str::FromStr;

/// Twelve decimal digits, the identity of an AWS account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 12]);

/// Why a text is no account id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid account id `{0}`: twelve digits are expected (in YAML, quoted)")]
pub struct InvalidAccountId(pub String);

impl AccountId {
    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        // Only ASCII digits are ever stored, so the conversion cannot fail; the fallback keeps this panic free.
        std::str::from_utf8(&self.0).unwrap_or("000000000000")
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match <[u8; 12]>::try_from(text.as_bytes()) {
            Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Ok(Self(digits)),
            _ => Err(InvalidAccountId(text.to_owned())),
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A separate universe of AWS accounts; nothing trusts across partitions (§2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Partition {
    /// The commercial regions.
    #[default]
    Aws,
    /// China.
    AwsCn,
    /// The regions of the government of the United States.
    AwsUsGov,
    /// European Sovereign Cloud.
    AwsEusc,
}

/// Why a text is no partition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown partition `{0}`: one of aws, aws-cn, aws-us-gov, aws-eusc is expected")]
pub struct InvalidPartition(pub String);

impl Partition {
    /// The second component of every ARN of the partition.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsEusc => "aws-eusc",
        }
    }
}

impl FromStr for Partition {
    type Err = InvalidPartition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "aws" => Ok(Self::Aws),
            "aws-cn" => Ok(Self::AwsCn),
            "aws-us-gov" => Ok(Self::AwsUsGov),
            "aws-eusc" => Ok(Self::AwsEusc),
            _ => Err(InvalidPartition(text.to_owned())),
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_is_exactly_twelve_digits() {
        assert_eq!("111111111111".parse::<AccountId>().unwrap().to_string(), "111111111111");
        for bad in ["", "11111111111", "1111111111111", "11111111111a", "１１１１", " 11111111111"] {
            assert!(bad.parse::<AccountId>().is_err(), "{bad:?}");
        }
    }
}
