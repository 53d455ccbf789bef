//! Asking AWS through its SDK: enter accounts, observe them in bulk, perform steps, name what went wrong.
//!
//! The only package that names an SDK type. It decides nothing: what to do comes from `rolegate_plan`, through the port that
//! [`Aws`] implements. "§" in comments points into the project's notes on AWS semantics.

mod bucket;
mod collect;
mod convert;
pub mod error;
mod exists;
mod identity;
mod observe;
mod perform;
mod preflight;
mod sessions;
mod whole;

pub use collect::Collection;
pub use preflight::{Check, Permission};

use rolegate_iam::{Partition, SessionName};
use rolegate_plan::absence::{Entity, Presence};
use rolegate_plan::bootstrap::Call;
use rolegate_plan::port::{Entrance, Failure, Observation, Port};
use rolegate_plan::step::Action;
use std::time::Duration;

/// How AWS is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The installation: sessions are called `rolegate-INSTALLATION`, so that the audit log names us.
    pub installation: String,
    /// Another address than AWS's own, for both IAM and STS. `AWS_ENDPOINT_URL` and its like are obeyed when it is absent.
    pub endpoint_url: Option<String>,
    /// The region whose STS is asked; else that of the environment or profile, else the main region of the partition. Never
    /// used for a partition it is no part of.
    pub region: Option<String>,
    /// The credentials to begin with; else those of the SDK's default chain.
    pub credentials: Option<Keys>,
    /// The longest that one write may take, retries included.
    pub write_timeout: Duration,
    /// The longest that one page of a bulk read may take, retries included.
    pub read_timeout: Duration,
}

/// Credentials given by the caller instead of the default chain.
#[derive(Clone)]
pub struct Keys {
    /// `AKIA…` or `ASIA…`.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
    /// With `ASIA…` only.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { access_key_id, secret_access_key: _, session_token: _ } = self;
        f.debug_struct("Keys").field("access_key_id", access_key_id).finish_non_exhaustive()
    }
}

impl Settings {
    /// AWS itself, with the credentials of the default chain; writes take at most 5 seconds.
    pub fn new(installation: &str) -> Self {
        Self {
            installation: installation.to_owned(),
            endpoint_url: None,
            region: None,
            credentials: None,
            write_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(15),
        }
    }

    /// `rolegate-INSTALLATION`, the name of every session that is made.
    fn session_name(&self) -> Result<SessionName, Failure> {
        let name = format!("rolegate-{}", self.installation);
        name.parse().map_err(|error| Failure {
            call: "AssumeRole",
            class: rolegate_plan::port::ErrorClass::Invalid,
            code: None,
            message: format!("the installation cannot be part of a session name: {error}"),
        })
    }
}

/// The port to AWS itself. Cheap to share by reference; keeps one session per account and what need not be read twice.
#[derive(Debug)]
pub struct Aws {
    sessions: sessions::Sessions,
    memory: observe::Memory,
}

impl Aws {
    /// Loads the environment and the profile; makes no call.
    pub async fn new(settings: Settings) -> Self {
        Self { sessions: sessions::Sessions::new(settings).await, memory: observe::Memory::default() }
    }
}

impl Aws {
    /// Collects one account for a snapshot folder.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub async fn collect(&self, entrance: &Entrance) -> Result<Collection, Failure> {
        let session = self.sessions.enter(entrance).await?;
        Ok(collect::collect(&session).await)
    }

    /// Asks what may be done in an account, without writing: the reads, and these writes by example.
    pub async fn preflight(&self, entrance: &Entrance, calls: &[Call]) -> Vec<Check> {
        match self.sessions.enter(entrance).await {
            Ok(session) => preflight::entered(&session, entrance, calls).await,
            Err(failure) => preflight::not_entered(calls, &failure),
        }
    }
}

impl Port for Aws {
    async fn observe(&self, entrance: &Entrance) -> Result<Observation, Failure> {
        let session = self.sessions.enter(entrance).await?;
        match observe::account(&session, entrance, &self.memory).await {
            Err(failure) if error::is_session_over(&failure) => {
                self.sessions.forget(entrance).await;
                let session = self.sessions.enter(entrance).await?;
                observe::account(&session, entrance, &self.memory).await
            }
            answer => answer,
        }
    }

    async fn exists(&self, entrance: &Entrance, entity: &Entity) -> Result<Presence, Failure> {
        let session = self.sessions.enter(entrance).await?;
        session.take().await;
        match exists::exists(session.writer(), entity).await {
            Err(failure) if error::is_session_over(&failure) => {
                self.sessions.forget(entrance).await;
                let session = self.sessions.enter(entrance).await?;
                exists::exists(session.writer(), entity).await
            }
            answer => answer,
        }
    }

    async fn perform(&self, entrance: &Entrance, action: &Action) -> Result<(), Failure> {
        let session = self.sessions.enter(entrance).await?;
        session.take_for(action).await;
        match perform::perform(session.writer(), action).await {
            Err(failure) if error::is_session_over(&failure) => {
                self.sessions.forget(entrance).await;
                let session = self.sessions.enter(entrance).await?;
                perform::perform(session.writer(), action).await
            }
            answer => answer,
        }
    }
}

/// The region that answers for the global IAM of a partition, and for its STS where no other is asked for (§4.1).
pub fn main_region(partition: Partition) -> &'static str {
    match partition {
        Partition::Aws => "us-east-1",
        Partition::AwsCn => "cn-north-1",
        Partition::AwsUsGov => "us-gov-west-1",
        Partition::AwsEusc => "eusc-de-east-1",
    }
}
