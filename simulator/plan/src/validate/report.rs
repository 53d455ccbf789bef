//! Reading the fields of one object and saying what is wrong with them. Knows what a field may hold, not what it is for.

use super::types::ObjectKey;
use crate::manifest::{Diagnostic, Source};
use ipnet::IpNet;
use rolegate_crds::duration_seconds;
use smol_str::{SmolStr, ToSmolStr};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::net::IpAddr;
use std::str::FromStr;

/// An object under examination.
#[derive(Debug)]
pub(super) struct Examined<'a> {
    pub(super) key: ObjectKey,
    pub(super) source: &'a Source,
    pub(super) found: Vec<Diagnostic>,
}

impl<'a> Examined<'a> {
    pub(super) fn new(key: ObjectKey, source: &'a Source) -> Self {
        Self { key, source, found: Vec::new() }
    }

    /// Adds an error, unless the reader has already found one in the same field.
    pub(super) fn refuse(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        let covers = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let known = self.source.faulty.iter().any(|faulty| covers(faulty, path) || covers(path, faulty));
        if !known {
            self.found.push(self.source.diagnostic(&self.key, path, message.into(), help.into()));
        }
    }

    /// The parsed text, or an error.
    pub(super) fn parse<T: FromStr<Err: Display>>(
        &mut self,
        path: &str,
        text: &str,
        help: &str,
    ) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(path, error.to_string(), help);
                None
            }
        }
    }

    /// The parsed text of a field that names exactly one thing, or an error.
    pub(super) fn exact<T: FromStr<Err: Display>>(
        &mut self,
        path: &str,
        text: &str,
        what: &str,
    ) -> Option<T> {
        if text.contains(['*', '?']) || text.contains("${") {
            let message = format!("`{text}` is a pattern, and exactly one {what} is expected");
            self.refuse(path, message, format!("name each {what} by itself"));
            return None;
        }
        self.parse(path, text, &format!("write a {what} that AWS takes"))
    }

    /// An error unless the text is a DNS label of at most `most` characters.
    pub(super) fn label(&mut self, path: &str, text: &str, most: usize) {
        if let Some(rule) = label_fault(text, most) {
            self.refuse(path, format!("`{text}` is no name here: {rule}"), "rename it");
        }
    }

    /// Seconds of a duration within bounds.
    pub(super) fn seconds(&mut self, path: &str, text: &str, (least, most): (&str, &str)) -> Option<u32> {
        let seconds = match duration_seconds(text) {
            Ok(seconds) => seconds,
            Err(error) => {
                self.refuse(path, error.to_string(), "write it as `1h` or `90m`");
                return None;
            }
        };
        let bound = |text: &str| duration_seconds(text).unwrap_or_default();
        if (bound(least)..=bound(most)).contains(&seconds) {
            return Some(seconds);
        }
        let message = format!("`{text}` is outside of what is possible, {least} to {most}");
        self.refuse(path, message, format!("write at least {least} and at most {most}"));
        None
    }

    /// Networks as IAM reads them.
    pub(super) fn networks(&mut self, path: &str, texts: &[String]) -> BTreeSet<SmolStr> {
        let mut networks = BTreeSet::new();
        for (index, text) in texts.iter().enumerate() {
            let path = format!("{path}[{index}]");
            match network(text) {
                Ok(network) => {
                    networks.insert(network.to_smolstr());
                }
                Err((message, help)) => self.refuse(&path, message, help),
            }
        }
        networks
    }
}

/// Why a text is no DNS label of at most `most` characters.
pub(super) fn label_fault(text: &str, most: usize) -> Option<String> {
    let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.is_empty() || text.len() > most {
        return Some(format!("1 to {most} characters are allowed, and it has {}", text.chars().count()));
    }
    let edges = text.starts_with('-') || text.ends_with('-');
    (edges || !text.bytes().all(sound)).then(|| {
        "lower-case letters, digits and `-` are allowed, and it starts and ends with a letter or digit"
            .to_owned()
    })
}

/// Networks of which no request from the internet comes (§1.7).
const NEVER_PUBLIC: [&str; 10] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

fn network(text: &str) -> Result<IpNet, (String, String)> {
    let parsed = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    let Some(network) = parsed else {
        let message = format!("`{text}` is no network");
        return Err((message, "write it as 203.0.113.0/24 or 2001:db8::/32".into()));
    };
    if network.trunc() != network {
        let message = format!("`{text}` has bits beyond its length");
        return Err((
            message,
            format!("write {}, or {}/{}", network.trunc(), network.addr(), network.max_prefix_len()),
        ));
    }
    let broad = if network.addr().is_ipv4() { 8 } else { 16 };
    if network.prefix_len() < broad {
        let message = format!("`{text}` is too much of the internet to be a requirement");
        return Err((message, "name the networks you mean, or leave the requirement out".into()));
    }
    let private = NEVER_PUBLIC.iter().filter_map(|known| known.parse::<IpNet>().ok());
    if private.into_iter().any(|known| known.contains(&network)) {
        let message = format!("`{text}` is private, and AWS sees public addresses only: nobody could enter");
        return Err((message, "write the public address behind which these machines are".into()));
    }
    Ok(network)
}

/// Whether a request could come from both sets of networks; an empty set is any network.
pub(super) fn overlap(left: &BTreeSet<SmolStr>, right: &BTreeSet<SmolStr>) -> bool {
    let read = |networks: &BTreeSet<SmolStr>| {
        networks.iter().filter_map(|text| text.parse().ok()).collect::<Vec<IpNet>>()
    };
    let (left, right) = (read(left), read(right));
    left.is_empty()
        || right.is_empty()
        || left.iter().any(|a| right.iter().any(|b| a.contains(b) || b.contains(a)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_public_and_exact() {
        for (text, read) in [
            ("203.0.113.0/24", "203.0.113.0/24"),
            ("203.0.113.9", "203.0.113.9/32"),
            ("2001:DB8::/32", "2001:db8::/32"),
        ] {
            assert_eq!(network(text).unwrap().to_string(), read);
        }
        for (text, complaint) in [
            ("203.0.113.9/24", "bits beyond"),
            ("0.0.0.0/0", "too much"),
            ("128.0.0.0/1", "too much"),
            ("::/0", "too much"),
            ("10.1.0.0/16", "private"),
            ("192.168.1.4", "private"),
            ("fd00::/8", "too much"),
            ("fd00:1::/32", "private"),
            ("office", "no network"),
            ("203.0.113.0/33", "no network"),
        ] {
            let (message, _) = network(text).unwrap_err();
            assert!(message.contains(complaint), "{text}: {message}");
        }
    }

    #[test]
    fn networks_overlap_when_one_holds_the_other() {
        let set = |texts: &[&str]| texts.iter().map(SmolStr::new).collect::<BTreeSet<_>>();
        assert!(overlap(&set(&[]), &set(&["203.0.113.0/24"])));
        assert!(overlap(&set(&["203.0.113.0/24"]), &set(&["203.0.113.7/32"])));
        assert!(!overlap(&set(&["203.0.113.0/24"]), &set(&["198.51.100.0/24"])));
    }
}
