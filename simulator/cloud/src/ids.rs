//! Unique ids, secrets and tokens (§3.1), from a seed: the same seed gives the same ids. Not for secrecy.

use rolegate_iam::{AccountId, Partition};
use smol_str::SmolStr;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The kinds of unique id, by their prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdKind {
    User,
    Group,
    Role,
    Policy,
    LongTermKey,
    TemporaryKey,
}

impl IdKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::User => "AIDA",
            Self::Group => "AGPA",
            Self::Role => "AROA",
            Self::Policy => "ANPA",
            Self::LongTermKey => "AKIA",
            Self::TemporaryKey => "ASIA",
        }
    }

    fn length(self) -> usize {
        match self {
            Self::LongTermKey | Self::TemporaryKey => 20,
            Self::User | Self::Group | Self::Role | Self::Policy => 21,
        }
    }
}

/// The generator: `SplitMix64`.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let size = u64::try_from(alphabet.len()).unwrap_or(1);
        (0..length)
            .filter_map(|_| {
                let index = usize::try_from(self.next() % size).ok()?;
                alphabet.get(index).map(|byte| char::from(*byte))
            })
            .collect()
    }

    pub(crate) fn id(&mut self, kind: IdKind) -> SmolStr {
        let prefix = kind.prefix();
        format!("{prefix}{}", self.text(BASE32, kind.length() - prefix.len())).into()
    }

    pub(crate) fn secret(&mut self) -> String {
        self.text(BASE64, 40)
    }

    pub(crate) fn session_token(&mut self) -> String {
        self.text(BASE64, 356)
    }

    pub(crate) fn mfa_seed(&mut self) -> String {
        self.text(BASE32, 64)
    }
}

/// `arn:P:iam::A:root`.
pub(crate) fn root_arn(partition: Partition, account: AccountId) -> String {
    format!("arn:{partition}:iam::{account}:root")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_prefix_and_length_and_follow_the_seed() {
        let (mut a, mut b, mut c) = (Ids::new(7), Ids::new(7), Ids::new(8));
        for (kind, prefix, length) in
            [(IdKind::User, "AIDA", 21), (IdKind::Role, "AROA", 21), (IdKind::LongTermKey, "AKIA", 20)]
        {
            let id = a.id(kind);
            assert!(id.starts_with(prefix) && id.len() == length, "{id}");
            assert_eq!(id, b.id(kind));
            assert_ne!(id, c.id(kind));
        }
        assert_eq!(a.secret().len(), 40);
    }
}
