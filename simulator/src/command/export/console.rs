//! Console switch-role links (§2.11): the address that offers to enter a role, with what it is called and its colour there.

use super::doors::{Door, Doors, Identity};
use super::names::names;
use super::select::Selection;
use crate::Answer;
use rolegate_crds::Color;
use rolegate_iam::{Partition, RoleArn};
use rolegate_plan::validate::ValidAccount;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the console shows, at most.
const LONGEST_DISPLAY: usize = 64;

/// A role that people may enter in the console.
#[derive(Debug, Clone)]
pub(super) struct Link<'a> {
    /// As the profile of the same role is called.
    pub(super) name: String,
    pub(super) account: &'a ValidAccount,
    pub(super) role: RoleArn,
    /// The role with its path and without the leading slash.
    pub(super) role_with_path: String,
    /// What people see, at most 64 characters.
    pub(super) display: String,
    pub(super) color: Option<&'static str>,
    pub(super) url: String,
}

/// The links of whom was asked for, and what has none, with the reason. Only people use a console.
pub(super) fn links<'a>(
    doors: &Doors<'a>,
    selection: &Selection,
) -> Result<(Vec<Link<'a>>, Vec<String>), Answer> {
    let mut open: BTreeMap<RoleArn, Door<'a>> = BTreeMap::new();
    for identity in selection.find(doors)? {
        let Identity::Person(_) = identity else {
            return Err(Answer::bad([
                "only people use the console; name them with --user or --all".to_owned()
            ]));
        };
        let now = doors.of_identity(&identity).into_iter().filter_map(|door| door.open(doors.at()));
        open.extend(now.map(|door| (door.role.clone(), door)));
    }
    let names = names(&doors.roles);
    let (mut links, mut left_out) = (Vec::new(), Vec::new());
    for (role, door) in open {
        let name = names.get(&role).cloned().unwrap_or_default();
        match link(name.clone(), &door) {
            Ok(link) => links.push(link),
            Err(reason) => left_out.push(format!("{name} ({role}): {reason}")),
        }
    }
    links.sort_by(|a, b| (&a.account.environment, &a.name).cmp(&(&b.account.environment, &b.name)));
    Ok((links, left_out))
}

/// That path and name have no more than the console's 64 characters is validated with the manifests.
fn link<'a>(name: String, door: &Door<'a>) -> Result<Link<'a>, String> {
    let host = host(door.account.partition)
        .ok_or("the console's sign-in host of this partition for switching roles is not documented")?;
    let role_with_path = door.role_with_path();
    let display = display(&format!("{} {}", door.account.display_name, door.role.name));
    let color = door.account.color.map(hex);
    let mut url = format!(
        "https://{host}/switchrole?account={}&roleName={}&displayName={}",
        door.account.id,
        encoded(&role_with_path),
        encoded(&display)
    );
    url.extend(color.iter().flat_map(|color| ["&color=", color]));
    let (account, role) = (door.account, door.role.clone());
    Ok(Link { name, account, role, role_with_path, display, color, url })
}

fn host(partition: Partition) -> Option<&'static str> {
    match partition {
        Partition::Aws => Some("signin.aws.amazon.com"),
        Partition::AwsCn => Some("signin.amazonaws.cn"),
        Partition::AwsUsGov => Some("signin.amazonaws-us-gov.com"),
        Partition::AwsEusc => None,
    }
}

/// The console's palette since August 2024; a colour that it does not know it leaves blank (U15).
pub(super) fn hex(color: Color) -> &'static str {
    match color {
        Color::Green => "b7ca9d",
        Color::Yellow => "efda95",
        Color::Red => "f2b0a9",
        Color::Blue => "83d4e8",
        Color::Orange => "fbc8aa",
    }
}

/// What people can read on one line: no control characters, none that turn the direction of writing or take no room, and no
/// more than the console takes.
pub(super) fn display(text: &str) -> String {
    let deceives = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}' | '\u{feff}'
            )
    };
    let shown: String = text.chars().map(|c| if deceives(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = shown.split_whitespace().collect();
    let mut short = String::new();
    let mut units = 0;
    for c in words.join(" ").chars() {
        units += c.len_utf16();
        if units > LONGEST_DISPLAY {
            break;
        }
        short.push(c);
    }
    short.trim_end().to_owned()
}

/// Percent-encodes all but what no URL gives a meaning to (RFC 3986, unreserved).
pub(super) fn encoded(text: &str) -> String {
    let mut url = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            url.push(char::from(byte));
        } else if write!(url, "%{byte:02X}").is_err() {
            // Writing to a string does not fail.
            break;
        }
    }
    url
}
