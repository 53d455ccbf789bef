//! AWS Signature Version 4, both sides: reading and verifying what a request presents, and signing one.
//!
//! Looks up no key and reads no clock: the secret and the time are arguments. Follows the published specification; the
//! tests compare with signatures that AWS's own client library computed.

mod canonical;
mod presented;
mod signer;

pub(crate) use canonical::{RequestView, STRICT};
pub(crate) use presented::{does_not_match, read};
pub use signer::Signer;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt::Write;

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(crate) const TERMINATOR: &str = "aws4_request";
pub(crate) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// `DATE/REGION/SERVICE/aws4_request`, for which a signature counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// `20150830`
    pub(crate) date: String,
    /// `us-east-1`
    pub(crate) region: String,
    /// `iam` or `sts`, when it is one that is served here.
    pub(crate) service: String,
}

impl Scope {
    fn text(&self) -> String {
        let Self { date, region, service } = self;
        format!("{date}/{region}/{service}/{TERMINATOR}")
    }

    /// The key that signs for this scope, loaded and ready for the string to sign.
    fn mac(&self, secret: &str) -> Hmac<Sha256> {
        let mut key = format!("AWS4{secret}").into_bytes();
        for part in [&self.date, &self.region, &self.service, TERMINATOR] {
            let mut mac = mac_with(&key);
            mac.update(part.as_bytes());
            key = mac.finalize().into_bytes().to_vec();
        }
        mac_with(&key)
    }

    fn string_to_sign(&self, amz_date: &str, canonical: &str) -> String {
        format!("{ALGORITHM}\n{amz_date}\n{}\n{}", self.text(), sha256_hex(canonical.as_bytes()))
    }
}

fn mac_with(key: &[u8]) -> Hmac<Sha256> {
    // A key longer than a block is hashed, a shorter one padded: by the definition of HMAC no length is refused. This is
    // what `new_from_slice` does, without its error that cannot occur.
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    let digest = Sha256::digest(key);
    let material: &[u8] = if key.len() > block.len() { digest.as_slice() } else { key };
    for (slot, byte) in block.iter_mut().zip(material) {
        *slot = *byte;
    }
    Hmac::new(&block)
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `20150830T123600Z`
pub(crate) fn amz_date(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests;
