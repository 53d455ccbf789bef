//! An emulator with one account, and a client that speaks HTTP letter by letter.

use jiff::Timestamp;
use rolegate_cloud::{AccessKey, Cloud, Request};
use rolegate_emulator::{Admin, Clock, Emulator, Options, Signer};
use rolegate_iam::{AccountId, Partition};
use std::fmt::Write;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const ACCOUNT: &str = "111111111111";

/// The cloud's time in these tests; real time, by which signatures are judged, is another.
pub(crate) fn cloud_time() -> Timestamp {
    "2026-01-31T08:00:05Z".parse().unwrap()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Reply {
    /// The text of the first element of this name.
    pub(crate) fn text(&self, element: &str) -> String {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let rest = self.body.split_once(&open).unwrap_or_else(|| panic!("no <{element}> in {}", self.body)).1;
        rest.split_once(&close).unwrap().0.to_owned()
    }
}

/// A running emulator and the root key of its one account.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) root: AccessKey,
}

impl World {
    pub(crate) async fn start(admin: Admin) -> Self {
        let mut cloud = Cloud::new(cloud_time(), 7);
        let account: AccountId = ACCOUNT.parse().unwrap();
        let root = cloud.add_account(account, Partition::Aws, "auth");
        let options = Options { clock: Clock::Still(cloud_time()), admin, ..Options::default() };
        Self { emulator: Emulator::start(cloud, options).await.unwrap(), root }
    }

    pub(crate) fn host(&self) -> String {
        self.emulator.address().to_string()
    }

    /// Who signs with the root key, for this service.
    pub(crate) fn signer(&self, service: &str) -> Signer {
        Signer {
            access_key_id: self.root.access_key_id.clone(),
            secret_access_key: self.root.secret_access_key.clone(),
            session_token: None,
            region: "us-east-1".to_owned(),
            service: service.to_owned(),
        }
    }

    /// A signed call of an operation, by this signer's key and session.
    pub(crate) async fn call_as(&self, signer: &Signer, operation: &str, params: &str) -> Reply {
        let (service, _) = Request::OPERATIONS.iter().find(|(_, name)| *name == operation).unwrap();
        let version = if *service == "iam" { "2010-05-08" } else { "2011-06-15" };
        let signer = Signer { service: (*service).to_owned(), ..signer.clone() };
        let separator = if params.is_empty() { "" } else { "&" };
        let body = format!("Action={operation}&Version={version}{separator}{params}");
        let headers = signer.post(&self.host(), &body, Timestamp::now());
        self.send("POST", "/", &headers, body.as_bytes()).await
    }

    /// A signed call by root.
    pub(crate) async fn call(&self, operation: &str, params: &str) -> Reply {
        self.call_as(&self.signer("iam"), operation, params).await
    }

    /// Sends this request and nothing else.
    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Reply {
        let mut head =
            format!("{method} {target} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| name == "host") {
            write!(head, "host: {}\r\n", self.host()).unwrap();
        }
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head.push_str("\r\n");
        self.exchange(head.as_bytes(), body).await
    }

    /// Sends these bytes and reads the answer.
    pub(crate) async fn exchange(&self, head: &[u8], body: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(self.emulator.address()).await.unwrap();
        stream.write_all(head).await.unwrap();
        // The server may answer and close before it has read a body that is too large.
        let _ = stream.write_all(body).await;
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        let text = String::from_utf8(bytes).unwrap();
        let (headers, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer but {text:?}"));
        let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
        Reply { status, headers: headers.to_ascii_lowercase(), body: body.to_owned() }
    }
}

/// Percent-encodes everything but letters and digits.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}
