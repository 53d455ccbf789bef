//! Reads the AWS Query protocol's parameters: `Action=…&Tags.member.1.Key=…`, from a body or a query string.
//!
//! Knows nothing of operations. The first of two equal names wins, as in AWS (§4.1).

use percent_encoding::percent_decode;
use std::collections::BTreeMap;

/// Decoded parameters by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Params(BTreeMap<String, String>);

/// Why a text holds no parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MalformedForm {
    /// A `%` without two hexadecimal digits.
    #[error("the parameter at byte {at} holds a percent sign that two hexadecimal digits do not follow")]
    Escape {
        /// Offset of the parameter in the text.
        at: usize,
    },
    /// Bytes that are no UTF-8.
    #[error("the parameter at byte {at} is not UTF-8")]
    Encoding {
        /// Offset of the parameter in the text.
        at: usize,
    },
}

impl Params {
    /// Reads `name=value` pairs joined by `&`; `+` is a space; a name without `=` has an empty value.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, MalformedForm> {
        let mut params = Self::default();
        params.extend(text)?;
        Ok(params)
    }

    /// Adds the pairs of another text; names that are already here keep their value.
    pub(crate) fn extend(&mut self, text: &[u8]) -> Result<(), MalformedForm> {
        let mut at = 0;
        for pair in text.split(|&byte| byte == b'&') {
            if !pair.is_empty() {
                let mut halves = pair.splitn(2, |&byte| byte == b'=');
                let name = decode(halves.next().unwrap_or_default(), at)?;
                let value = decode(halves.next().unwrap_or_default(), at)?;
                self.0.entry(name).or_insert(value);
            }
            at += pair.len() + 1;
        }
        Ok(())
    }

    /// The value of a parameter; an empty value is a value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The numbers of `LIST.member.N` that occur, in numeric order; gaps are allowed, anything else is not a member.
    fn member_numbers(&self, list: &str) -> Vec<u32> {
        let prefix = format!("{list}.member.");
        let mut numbers: Vec<u32> = self
            .0
            .range(prefix.clone()..)
            .take_while(|(name, _)| name.starts_with(&prefix))
            .filter_map(|(name, _)| {
                let rest = name.strip_prefix(&prefix)?;
                rest.split_once('.').map_or(rest, |(number, _)| number).parse().ok()
            })
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The values of `LIST.member.N`, in order of N.
    pub(crate) fn values<'a>(&'a self, list: &str) -> Vec<&'a str> {
        self.member_numbers(list)
            .into_iter()
            .filter_map(|number| self.get(&format!("{list}.member.{number}")))
            .collect()
    }

    /// Whether there is a parameter of this name, or a part of one.
    pub(crate) fn holds(&self, name: &str) -> bool {
        let parts = format!("{name}.");
        self.get(name).is_some()
            || self.0.range(parts.clone()..).next().is_some_and(|(found, _)| found.starts_with(&parts))
    }

    /// The same as [`Params::structures`], each with the values of a list within: `LIST.member.N.WITHIN.member.M`.
    pub(crate) fn structures_with_values<'a, const N: usize>(
        &'a self,
        list: &str,
        fields: [&str; N],
        within: &str,
    ) -> Vec<([Option<&'a str>; N], Vec<&'a str>)> {
        let numbers = self.member_numbers(list).into_iter();
        let values = numbers.map(|number| self.values(&format!("{list}.member.{number}.{within}")));
        self.structures(list, fields).into_iter().zip(values).collect()
    }

    /// The structures `LIST.member.N.FIELD`, in order of N, each as its values of `fields`.
    pub(crate) fn structures<'a, const N: usize>(
        &'a self,
        list: &str,
        fields: [&str; N],
    ) -> Vec<[Option<&'a str>; N]> {
        self.member_numbers(list)
            .into_iter()
            .map(|number| fields.map(|field| self.get(&format!("{list}.member.{number}.{field}"))))
            .collect()
    }
}

fn decode(text: &[u8], at: usize) -> Result<String, MalformedForm> {
    let mut digits = 0_u8;
    for &byte in text {
        match (digits, byte) {
            (0, b'%') => digits = 2,
            (0, _) => {}
            (_, byte) if byte.is_ascii_hexdigit() => digits -= 1,
            _ => return Err(MalformedForm::Escape { at }),
        }
    }
    if digits > 0 {
        return Err(MalformedForm::Escape { at });
    }
    let spaced: Vec<u8> = text.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    String::from_utf8(percent_decode(&spaced).collect()).map_err(|_| MalformedForm::Encoding { at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded() {
        for (text, name, value) in [
            ("Action=ListRoles", "Action", Some("ListRoles")),
            ("a=b&a=c", "a", Some("b")),
            ("a=%7B%22x%22%3A+1%7d", "a", Some("{\"x\": 1}")),
            ("a=1%2B1", "a", Some("1+1")),
            ("a=b=c", "a", Some("b=c")),
            ("a", "a", Some("")),
            ("a=", "a", Some("")),
            ("&&a=x&", "a", Some("x")),
            ("%41=x", "A", Some("x")),
            ("a=gr%C3%BCn", "a", Some("grün")),
            ("a=grün", "a", Some("grün")),
            ("", "a", None),
            ("b=x", "a", None),
        ] {
            assert_eq!(Params::parse(text.as_bytes()).unwrap().get(name), value, "{text}");
        }
    }

    #[test]
    fn what_is_no_form_is_refused_with_its_place() {
        let escape = |at| Err(MalformedForm::Escape { at });
        let encoding = |at| Err(MalformedForm::Encoding { at });
        for (text, fault) in [
            (&b"a=%"[..], escape(0)),
            (b"a=%4", escape(0)),
            (b"a=1&b=%zz", escape(4)),
            (b"a=%4%41", escape(0)),
            (b"a=1&b=2&c=%FF", encoding(8)),
            (b"\xC3=1", encoding(0)),
        ] {
            assert_eq!(Params::parse(text), fault, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn lists_are_read_in_numeric_order() {
        let text =
            b"T.member.10=j&T.member.2=b&T.member.1=a&T.member.x=no&T.member.-1=no&T=&T.membership.1=no";
        assert_eq!(Params::parse(text).unwrap().values("T"), ["a", "b", "j"]);
        assert_eq!(Params::parse(b"T=").unwrap().values("T"), Vec::<&str>::new());
    }

    #[test]
    fn structures_keep_their_missing_fields() {
        let text =
            b"Tags.member.2.Value=v2&Tags.member.1.Key=k1&Tags.member.1.Value=v1&Tags.member.1.Key=again";
        assert_eq!(
            Params::parse(text).unwrap().structures("Tags", ["Key", "Value"]),
            [[Some("k1"), Some("v1")], [None, Some("v2")]]
        );
    }
}
