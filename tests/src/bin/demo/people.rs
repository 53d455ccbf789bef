//! People who sign in and switch role, through the AWS SDK, as their own tools do.

use crate::company::Company;
use anyhow::Context;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use rolegate_cloud::totp;
use std::collections::{BTreeMap, BTreeSet};

/// Somebody with an access key and an MFA device.
pub(crate) struct Person {
    pub(crate) name: String,
    serial: String,
    seed: String,
    keys: Client,
    endpoint: String,
}

/// What became of an attempt to enter.
pub(crate) enum Entry {
    /// The ARN of the session.
    Entered(String),
    /// AWS's own words.
    Refused(String),
}

async fn client(endpoint: &str, credentials: Credentials) -> Client {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .load()
        .await;
    Client::new(&config)
}

impl Person {
    /// Gives an IAM user of the gateway a key and a device, as the user would with the self-management policy.
    pub(crate) async fn new(company: &Company, name: &str) -> anyhow::Result<Self> {
        let user = name.parse()?;
        let (key, device) = company.emulator.with_cloud(|cloud| {
            (cloud.add_access_key(company.gateway, &user), cloud.add_mfa_device(company.gateway, &user))
        });
        let key = key.with_context(|| format!("there is no user {name}"))?;
        let (serial, seed) = device.with_context(|| format!("there is no user {name}"))?;
        let endpoint = company.emulator.endpoint();
        let credentials = Credentials::new(key.access_key_id, key.secret_access_key, None, None, "demo");
        let keys = client(&endpoint, credentials).await;
        Ok(Self { name: name.to_owned(), serial: serial.to_string(), seed, keys, endpoint })
    }

    /// Signs in with the code that the device shows now, and gets the credentials of that session.
    pub(crate) async fn sign_in(&self, company: &Company) -> anyhow::Result<Client> {
        let code = totp(&self.seed, company.emulator.now()).context("the device's seed is malformed")?;
        let answer =
            self.keys.get_session_token().serial_number(&self.serial).token_code(code).send().await?;
        let session = answer.credentials().context("no credentials in the answer")?;
        let credentials = Credentials::new(
            session.access_key_id(),
            session.secret_access_key(),
            Some(session.session_token().to_owned()),
            None,
            "demo",
        );
        Ok(client(&self.endpoint, credentials).await)
    }

    /// The person's long-term key, without MFA.
    pub(crate) fn key(&self) -> &Client {
        &self.keys
    }
}

/// Assumes a role.
pub(crate) async fn enter(client: &Client, role: &str, session_name: &str) -> Entry {
    match client.assume_role().role_arn(role).role_session_name(session_name).send().await {
        Ok(answer) => {
            Entry::Entered(answer.assumed_role_user().map(|user| user.arn().to_owned()).unwrap_or_default())
        }
        Err(error) => Entry::Refused(
            aws_sdk_sts::error::ProvideErrorMetadata::message(&error).unwrap_or("no message").to_owned(),
        ),
    }
}

/// Tries every door with every signed-in person: who gets in where, by short role names.
pub(crate) async fn open_doors(
    sessions: &BTreeMap<String, Client>,
    doors: &[(String, String)],
) -> BTreeMap<String, BTreeSet<String>> {
    let mut open: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (person, session) in sessions {
        let entered = open.entry(person.clone()).or_default();
        for (door, arn) in doors {
            if let Entry::Entered(_) = enter(session, arn, person).await {
                entered.insert(door.clone());
            }
        }
    }
    open
}
