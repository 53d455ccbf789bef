//! The canonical form of a request, over which a signature is made. Encodes; decides nothing.

use super::{UNSIGNED_PAYLOAD, sha256_hex};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

/// All that RFC 3986 does not call unreserved.
pub(crate) const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The parts of a request that a signature covers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestView<'a> {
    /// `POST`
    pub(crate) method: &'a str,
    /// The path as on the wire.
    pub(crate) path: &'a str,
    /// The query string as on the wire, without `?`.
    pub(crate) query: &'a str,
    /// Header names in lower case with their values, in wire order.
    pub(crate) headers: &'a [(String, String)],
    /// The whole body.
    pub(crate) body: &'a [u8],
}

impl RequestView<'_> {
    /// The first value of a header; the name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// The canonical request with these signed headers, which must be sorted. `X-Amz-Signature` is left out of the query.
    pub(crate) fn canonical(&self, signed_headers: &[String]) -> String {
        let mut text =
            format!("{}\n{}\n{}\n", self.method, canonical_path(self.path), self.canonical_query());
        for name in signed_headers {
            let values: Vec<String> = self
                .headers
                .iter()
                .filter(|(have, _)| have == name)
                .map(|(_, value)| trimmed(value))
                .collect();
            text.push_str(name);
            text.push(':');
            text.push_str(&values.join(","));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&signed_headers.join(";"));
        text.push('\n');
        text.push_str(&self.payload_hash());
        text
    }

    fn payload_hash(&self) -> String {
        let unsigned = self.header("x-amz-content-sha256") == Some(UNSIGNED_PAYLOAD)
            || query_pairs(self.query)
                .any(|(name, value)| name == b"X-Amz-Content-Sha256" && value == UNSIGNED_PAYLOAD.as_bytes());
        if unsigned { UNSIGNED_PAYLOAD.to_owned() } else { sha256_hex(self.body) }
    }

    fn canonical_query(&self) -> String {
        let mut pairs: Vec<(String, String)> = query_pairs(self.query)
            .filter(|(name, _)| name != b"X-Amz-Signature")
            .map(|(name, value)| (encode(&name), encode(&value)))
            .collect();
        pairs.sort();
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }
}

/// The decoded pairs of a query string, in wire order. A stray `%` stands for itself; `+` is a space.
pub(crate) fn query_pairs(query: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    let decode = |text: &str| percent_decode(text.replace('+', " ").as_bytes()).collect::<Vec<u8>>();
    query.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, STRICT).to_string()
}

/// Outer blanks removed, inner runs of blanks made one space.
fn trimmed(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Dot segments and empty segments resolved, each segment encoded once more, as for every service but S3.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    let mut text = String::from("/");
    text.push_str(&segments.iter().map(|segment| encode(segment.as_bytes())).collect::<Vec<_>>().join("/"));
    if path.ends_with('/') && !segments.is_empty() {
        text.push('/');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(query: &str) -> RequestView<'_> {
        RequestView { method: "GET", path: "/", query, headers: &[], body: b"" }
    }

    #[test]
    fn the_query_is_decoded_encoded_and_sorted() {
        for (query, canonical) in [
            ("", ""),
            ("b=1&a=2", "a=2&b=1"),
            ("a=2&a=1", "a=1&a=2"),
            ("Param1=2&param1=1", "Param1=2&param1=1"),
            ("a", "a="),
            ("a=x+y", "a=x%20y"),
            ("a=x%20y%2f~", "a=x%20y%2F~"),
            ("a=b=c", "a=b%3Dc"),
            ("a=ü", "a=%C3%BC"),
            ("a=%C3%BC", "a=%C3%BC"),
            ("X-Amz-Signature=ff&a=1", "a=1"),
            // Sorted by encoded name: `%` comes before letters and digits.
            ("a1=1&a%7Cb=2", "a%7Cb=2&a1=1"),
        ] {
            assert_eq!(view(query).canonical_query(), canonical, "{query}");
        }
    }

    #[test]
    fn the_path_is_resolved_and_encoded() {
        for (path, canonical) in [
            ("/", "/"),
            ("", "/"),
            ("//", "/"),
            ("/./", "/"),
            ("/a/../", "/"),
            ("/a/..", "/"),
            ("/../../a", "/a"),
            ("/./a/", "/a/"),
            ("//a//b/", "/a/b/"),
            ("/a%20b", "/a%2520b"),
            ("/ሴ", "/%E1%88%B4"),
            ("/-._~0", "/-._~0"),
        ] {
            assert_eq!(canonical_path(path), canonical, "{path}");
        }
    }

    #[test]
    fn header_values_are_trimmed_and_joined() {
        let headers = [
            ("host".to_owned(), "x".to_owned()),
            ("my-header".to_owned(), "  a   b ".to_owned()),
            ("my-header".to_owned(), "\"c   d\"".to_owned()),
        ];
        let request = RequestView { headers: &headers, ..view("") };
        let text = request.canonical(&["host".to_owned(), "my-header".to_owned()]);
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(text, format!("GET\n/\n\nhost:x\nmy-header:a b,\"c d\"\n\nhost;my-header\n{empty}"));
    }
}
