//! Names of profiles and bookmarks: readable, the same for everybody, unique, and stable, because each is made of its own door.

use rolegate_iam::RoleArn;
use rolegate_plan::validate::ValidAccount;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A name for each role: `ACCOUNT-ROLE` in lower case. Where two roles would get one name, each gets digits of its ARN's
/// SHA-256 too.
pub fn names(roles: &BTreeMap<RoleArn, &ValidAccount>) -> BTreeMap<RoleArn, String> {
    let mut bytes: BTreeMap<&RoleArn, usize> = roles.keys().map(|role| (role, 0)).collect();
    loop {
        let mut claims: BTreeMap<String, Vec<&RoleArn>> = BTreeMap::new();
        for (role, account) in roles {
            let bytes = bytes.get(role).copied().unwrap_or_default();
            claims.entry(named(&account.name, role, bytes)).or_default().push(role);
        }
        let shared: Vec<&RoleArn> =
            claims.values().filter(|roles| roles.len() > 1).flatten().copied().collect();
        if shared.is_empty() {
            let one = |(name, roles): (String, Vec<&RoleArn>)| Some((roles.first().copied()?.clone(), name));
            return claims.into_iter().filter_map(one).collect();
        }
        for role in shared {
            // Four more bytes: eight more digits.
            bytes.entry(role).and_modify(|bytes| *bytes += 4);
        }
    }
}

/// The characters that every reader of `~/.aws/config` takes in the name of a profile.
pub fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+')
}

fn named(account: &str, role: &RoleArn, bytes: usize) -> String {
    let key = role.name.key();
    let mut name = format!("{account}-");
    name.extend(key.chars().map(|c| if is_name_character(c) { c } else { '-' }));
    if bytes > 0 {
        name.push('-');
        let digits = Sha256::digest(role.to_string());
        name.extend(digits.iter().take(bytes).map(|byte| format!("{byte:02x}")));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_characters_of_a_name_are_those_that_every_reader_takes() {
        let taken: String = (' '..='~').filter(|c| is_name_character(*c)).collect();
        assert_eq!(taken, "+-.0123456789@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
    }

    #[test]
    fn what_makes_a_name_unique_is_made_of_the_role_alone() {
        let role: RoleArn = "arn:aws:iam::111111111111:role/a/Ops=1".parse().unwrap();
        assert_eq!(named("prod", &role, 0), "prod-ops-1");
        assert_eq!(named("prod", &role, 4), "prod-ops-1-419edd58");
    }
}
