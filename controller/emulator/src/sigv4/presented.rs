//! What a request presents as its signature, in the `Authorization` header or in the query, and whether it holds.

use super::canonical::query_pairs;
use super::{ALGORITHM, RequestView, Scope, TERMINATOR, amz_date};
use hmac::Mac;
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use rolegate_cloud::AwsError;
use std::collections::BTreeMap;

/// How far the time of a signature may lie from the time of its verification, as IAM and STS say in their refusals.
const SKEW: SignedDuration = SignedDuration::from_mins(15);
const LONGEST_PRESIGNED: i64 = 604_800;

/// A signature as presented, read but not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Presented {
    /// The key that is said to have signed.
    pub(crate) access_key_id: String,
    /// What it was signed for.
    pub(crate) scope: Scope,
    /// `X-Amz-Security-Token`.
    pub(crate) session_token: Option<String>,
    signed_headers: Vec<String>,
    signature: String,
    time: Timestamp,
    /// For how many seconds a presigned request counts; `None` for the header form.
    expires: Option<i64>,
}

/// Reads the signature of a request: the `Authorization` header, else the query.
///
/// # Errors
/// `MissingAuthenticationToken` when there is none, `IncompleteSignature` when it cannot be read.
pub(crate) fn read(request: &RequestView<'_>) -> Result<Presented, AwsError> {
    match request.header("authorization").map(str::trim).filter(|value| !value.is_empty()) {
        Some(value) => from_header(request, value),
        None => from_query(request),
    }
}

impl Presented {
    /// Whether the signature counts at this time, which is the signer's kind of time: that of real clocks.
    ///
    /// # Errors
    /// `SignatureDoesNotMatch`, with the words by which AWS's client libraries know a wrong clock.
    pub(crate) fn check_time(&self, now: Timestamp) -> Result<(), AwsError> {
        let (at, shown) = (amz_date(self.time), amz_date(now));
        let earliest = shift(now, -SKEW);
        let last = self.expires.map(|seconds| shift(self.time, SignedDuration::from_secs(seconds)));
        match last {
            Some(last) if last < now => Err(does_not_match(format!(
                "Signature expired: {} is now earlier than {shown}",
                amz_date(last)
            ))),
            None if self.time < earliest => Err(does_not_match(format!(
                "Signature expired: {at} is now earlier than {} ({shown} - 15 min.)",
                amz_date(earliest)
            ))),
            _ if self.time > shift(now, SKEW) => Err(does_not_match(format!(
                "Signature not yet current: {at} is still later than {} ({shown} + 15 min.)",
                amz_date(shift(now, SKEW))
            ))),
            _ => Ok(()),
        }
    }

    /// Whether this secret made the signature over this request. Compares in constant time.
    ///
    /// # Errors
    /// `SignatureDoesNotMatch`.
    pub(crate) fn verify(&self, request: &RequestView<'_>, secret: &str) -> Result<(), AwsError> {
        let canonical = request.canonical(&self.signed_headers);
        let mut mac = self.scope.mac(secret);
        mac.update(self.scope.string_to_sign(&amz_date(self.time), &canonical).as_bytes());
        let matches = unhex(&self.signature).is_some_and(|signature| mac.verify_slice(&signature).is_ok());
        if matches {
            return Ok(());
        }
        Err(does_not_match(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
             Key and signing method. Consult the service documentation for details."
                .to_owned(),
        ))
    }
}

/// `SignatureDoesNotMatch`.
pub(crate) fn does_not_match(message: String) -> AwsError {
    AwsError { code: "SignatureDoesNotMatch", http_status: 403, message }
}

fn incomplete(message: impl Into<String>) -> AwsError {
    AwsError { code: "IncompleteSignature", http_status: 400, message: message.into() }
}

fn shift(time: Timestamp, by: SignedDuration) -> Timestamp {
    let end = if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    time.checked_add(by).unwrap_or(end)
}

fn from_header(request: &RequestView<'_>, value: &str) -> Result<Presented, AwsError> {
    let rest = value.strip_prefix(ALGORITHM).filter(|rest| rest.starts_with([' ', ',']));
    let Some(rest) = rest else {
        return Err(incomplete(format!("Authorization header requires the algorithm '{ALGORITHM}'.")));
    };
    let parts: BTreeMap<&str, &str> =
        rest.split(',').filter_map(|part| part.trim().split_once('=')).collect();
    let part = |name: &str| parts.get(name).copied().filter(|text| !text.is_empty());
    let date = request.header("x-amz-date").or_else(|| request.header("date"));
    let (Some(credential), Some(signature), Some(signed), Some(date)) =
        (part("Credential"), part("Signature"), part("SignedHeaders"), date)
    else {
        let mut missing: Vec<String> = ["Credential", "Signature", "SignedHeaders"]
            .into_iter()
            .filter(|name| part(name).is_none())
            .map(|name| format!("Authorization header requires '{name}' parameter."))
            .collect();
        if date.is_none() {
            missing.push(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
                    .to_owned(),
            );
        }
        return Err(incomplete(missing.join(" ")));
    };
    let token = request.header("x-amz-security-token").map(str::to_owned);
    assemble(credential, signature, signed, date, token, None)
}

fn from_query(request: &RequestView<'_>) -> Result<Presented, AwsError> {
    let mut pairs: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in query_pairs(request.query) {
        if let (Ok(name), Ok(value)) = (String::from_utf8(name), String::from_utf8(value)) {
            pairs.entry(name).or_insert(value);
        }
    }
    let part = |name: &str| pairs.get(name).map(String::as_str).filter(|text| !text.is_empty());
    if !["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"]
        .into_iter()
        .any(|name| part(name).is_some())
    {
        return Err(AwsError {
            code: "MissingAuthenticationToken",
            http_status: 403,
            message: "Request is missing Authentication Token".to_owned(),
        });
    }
    let needed = ["Algorithm", "Credential", "Signature", "SignedHeaders", "Date", "Expires"]
        .map(|name| part(&format!("X-Amz-{name}")));
    let [Some(algorithm), Some(credential), Some(signature), Some(signed), Some(date), Some(expires)] =
        needed
    else {
        return Err(incomplete(
            "AWS query-string parameters must include 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', \
             'X-Amz-SignedHeaders', 'X-Amz-Date' and 'X-Amz-Expires'.",
        ));
    };
    if algorithm != ALGORITHM {
        return Err(incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'.")));
    }
    let Ok(expires @ 1..=LONGEST_PRESIGNED) = expires.parse() else {
        return Err(incomplete(format!("X-Amz-Expires must be between 1 and {LONGEST_PRESIGNED} seconds.")));
    };
    let token = part("X-Amz-Security-Token").map(str::to_owned);
    assemble(credential, signature, signed, date, token, Some(expires))
}

fn assemble(
    credential: &str,
    signature: &str,
    signed: &str,
    date: &str,
    session_token: Option<String>,
    expires: Option<i64>,
) -> Result<Presented, AwsError> {
    let elements: Vec<&str> = credential.split('/').collect();
    let [access_key_id, scope_date, region, service, terminator] = elements.as_slice() else {
        return Err(incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
             '{credential}'"
        )));
    };
    if *terminator != TERMINATOR {
        return Err(does_not_match(format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'."
        )));
    }
    let time = read_time(date)
        .ok_or_else(|| incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{date}'.")))?;
    let day: String = amz_date(time).chars().take(8).collect();
    if *scope_date != day {
        return Err(does_not_match(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope_date}' != \
             '{day}', from '{}'.",
            amz_date(time)
        )));
    }
    let mut signed_headers: Vec<String> = signed.split(';').map(str::to_ascii_lowercase).collect();
    signed_headers.sort();
    if !signed_headers.iter().any(|name| name == "host") {
        return Err(does_not_match(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        ));
    }
    Ok(Presented {
        access_key_id: (*access_key_id).to_owned(),
        scope: Scope { date: day, region: (*region).to_owned(), service: (*service).to_owned() },
        session_token,
        signed_headers,
        signature: signature.to_owned(),
        time,
        expires,
    })
}

/// `20150830T123600Z`, or the form of the HTTP header `Date`.
fn read_time(text: &str) -> Option<Timestamp> {
    let basic = text.len() == 16 && text.ends_with('Z') && text.as_bytes().get(8) == Some(&b'T');
    if basic { text.parse().ok() } else { rfc2822::DateTimeParser::new().parse_timestamp(text).ok() }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut digits = text.chars();
    while let Some(high) = digits.next() {
        let value = high.to_digit(16)? * 16 + digits.next()?.to_digit(16)?;
        bytes.push(u8::try_from(value).ok()?);
    }
    Some(bytes)
}
