//! Signs requests: for tests and for programs that talk to the emulator without a client library.

use super::canonical::STRICT;
use super::{ALGORITHM, RequestView, Scope, amz_date, hex};
use hmac::Mac;
use jiff::Timestamp;
use percent_encoding::utf8_percent_encode;

/// A key and what it signs for.
#[derive(Clone)]
pub struct Signer {
    /// `AKIA…` or `ASIA…`.
    pub access_key_id: String,
    /// The secret that belongs to it.
    pub secret_access_key: String,
    /// For temporary credentials.
    pub session_token: Option<String>,
    /// Such as `us-east-1`.
    pub region: String,
    /// `iam` or `sts`.
    pub service: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { access_key_id, secret_access_key: _, session_token: _, region, service } = self;
        f.debug_struct("Signer")
            .field("access_key_id", access_key_id)
            .field("region", region)
            .field("service", service)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// The headers of a signed `POST /` with this form body, `host` and `authorization` among them.
    pub fn post(&self, host: &str, body: &str, time: Timestamp) -> Vec<(String, String)> {
        let mut headers = vec![
            ("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned()),
            ("host".to_owned(), host.to_owned()),
            ("x-amz-date".to_owned(), amz_date(time)),
        ];
        if let Some(token) = &self.session_token {
            headers.push(("x-amz-security-token".to_owned(), token.clone()));
        }
        let request =
            RequestView { method: "POST", path: "/", query: "", headers: &headers, body: body.as_bytes() };
        let authorization = self.authorization(&request, time);
        headers.push(("authorization".to_owned(), authorization));
        headers
    }

    /// The query string of a presigned `GET /`, which counts for this many seconds; the request must carry this `Host`.
    pub fn presign(&self, host: &str, query: &str, expires: u32, time: Timestamp) -> String {
        let scope = self.scope(time);
        let encode = |text: &str| utf8_percent_encode(text, STRICT).to_string();
        let credential = encode(&format!("{}/{}", self.access_key_id, scope.text()));
        let mut query = format!(
            "{query}&X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={}&X-Amz-Expires={expires}\
             &X-Amz-SignedHeaders=host",
            amz_date(time)
        );
        if let Some(token) = &self.session_token {
            query.push_str("&X-Amz-Security-Token=");
            query.push_str(&encode(token));
        }
        let headers = [("host".to_owned(), host.to_owned())];
        let request = RequestView { method: "GET", path: "/", query: &query, headers: &headers, body: b"" };
        let signature = self.signature(&request, &["host".to_owned()], time);
        format!("{query}&X-Amz-Signature={signature}")
    }

    /// The value of the `Authorization` header, over all headers of the request.
    pub(crate) fn authorization(&self, request: &RequestView<'_>, time: Timestamp) -> String {
        let mut signed: Vec<String> = request.headers.iter().map(|(name, _)| name.clone()).collect();
        signed.sort();
        signed.dedup();
        let signature = self.signature(request, &signed, time);
        format!(
            "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={signature}",
            self.access_key_id,
            self.scope(time).text(),
            signed.join(";"),
        )
    }

    fn signature(&self, request: &RequestView<'_>, signed_headers: &[String], time: Timestamp) -> String {
        let scope = self.scope(time);
        let mut mac = scope.mac(&self.secret_access_key);
        mac.update(scope.string_to_sign(&amz_date(time), &request.canonical(signed_headers)).as_bytes());
        hex(&mac.finalize().into_bytes())
    }

    fn scope(&self, time: Timestamp) -> Scope {
        Scope {
            date: amz_date(time).chars().take(8).collect(),
            region: self.region.clone(),
            service: self.service.clone(),
        }
    }
}
