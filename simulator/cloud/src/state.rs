//! The state of the cloud and its one door, [`Cloud::call`].

use crate::api::{AccessKey, Answer, CallRecord, Credentials, Request};
use crate::error::AwsError;
use jiff::Timestamp;
use rolegate_iam::{AccountId, Partition, Snapshot, UserName};

/// Faults to inject, off by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Every n-th call is throttled and does nothing.
    pub throttle_every: Option<u64>,
    /// Every n-th call does its work and answers `ServiceFailure`.
    pub lose_response_every: Option<u64>,
}

/// Any number of AWS accounts in memory.
#[derive(Debug, Clone)]
pub struct Cloud {
    snapshot: Snapshot,
    clock: Timestamp,
    log: Vec<CallRecord>,
}

impl Cloud {
    /// An empty world.
    pub fn new(clock: Timestamp, seed: u64) -> Self {
        Self::from_snapshot(Snapshot::default(), clock, seed)
    }

    /// A world as collected. Roots get keys; nobody else has any until [`Cloud::add_access_key`].
    pub fn from_snapshot(snapshot: Snapshot, clock: Timestamp, _seed: u64) -> Self {
        Self { snapshot, clock, log: Vec::new() }
    }

    /// What collecting everything would give.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot.clone()
    }

    /// Adds an account and gives its root user's key; for one that exists, the key it has.
    pub fn add_account(&mut self, _id: AccountId, _partition: Partition, _name: &str) -> AccessKey {
        AccessKey { access_key_id: String::new(), secret_access_key: String::new() }
    }

    /// A key for a user, without a call; `None` when there is no such user.
    pub fn add_access_key(&mut self, _account: AccountId, _user: &UserName) -> Option<AccessKey> {
        None
    }

    /// The secret with which a request signed by this key id must have been signed. Also for expired sessions, so that
    /// [`Cloud::call`] can answer `ExpiredToken`; `None` means [`AwsError::invalid_client_token`].
    pub fn secret_for(&self, _access_key_id: &str) -> Option<&str> {
        None
    }

    /// The time.
    pub fn clock(&self) -> Timestamp {
        self.clock
    }

    /// Sets the time.
    pub fn set_clock(&mut self, now: Timestamp) {
        self.clock = now;
    }

    /// Every call so far.
    pub fn calls(&self) -> &[CallRecord] {
        &self.log
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&mut self) {
        self.log.clear();
    }

    /// Faults to inject from now on.
    pub fn set_faults(&mut self, _faults: Faults) {}

    /// One call: authenticated, authorised, performed and logged.
    ///
    /// # Errors
    /// AWS's own, with its own codes.
    pub fn call(&mut self, _credentials: &Credentials, _request: Request) -> Answer {
        Err(AwsError::invalid_client_token())
    }
}
