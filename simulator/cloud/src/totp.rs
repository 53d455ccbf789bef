//! One-time codes of virtual MFA devices: RFC 6238 with SHA-1, six digits, steps of thirty seconds. Knows no device.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha1::Sha1;

/// Seconds for which a code stands.
const STEP: i64 = 30;

/// The code that a device with this base32 seed shows at this time; `None` when the seed is no base32.
pub fn totp(base32_seed: &str, at: Timestamp) -> Option<String> {
    code(&decode_base32(base32_seed)?, step_of(at)?)
}

/// Which step of thirty seconds since 1970 this is; `None` before 1970.
pub(crate) fn step_of(at: Timestamp) -> Option<u64> {
    u64::try_from(at.as_second().div_euclid(STEP)).ok()
}

/// The step, at most one away from now (clocks differ), whose code this is.
pub(crate) fn matching_step(base32_seed: &str, at: Timestamp, sent: &str) -> Option<u64> {
    let seed = decode_base32(base32_seed)?;
    let now = step_of(at)?;
    (now.saturating_sub(1)..=now.saturating_add(1)).find(|step| code(&seed, *step).as_deref() == Some(sent))
}

fn code(seed: &[u8], step: u64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(seed).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last()? & 0x0f);
    let word = <[u8; 4]>::try_from(digest.get(offset..offset + 4)?).ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000))
}

fn decode_base32(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut buffer, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        buffer = (buffer << 5 | u32::from(value)) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(buffer >> bits & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "12345678901234567890", the SHA-1 seed of RFC 6238, appendix B.
    const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_vectors_of_rfc_6238() {
        for (second, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp(SEED, at(second)).as_deref(), Some(expected), "{second}");
        }
    }

    #[test]
    fn a_code_is_found_one_step_away_and_no_further() {
        let code = totp(SEED, at(600)).unwrap();
        for (second, found) in [(569, false), (570, true), (600, true), (659, true), (660, false)] {
            assert_eq!(matching_step(SEED, at(second), &code).is_some(), found, "{second}");
        }
        assert_eq!(totp("not base32!", at(0)), None);
    }
}
