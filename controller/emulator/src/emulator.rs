//! The emulator as a value: started on a socket, reached in process, shut down. Serves through [`crate::server`].

use crate::clock::{Clock, Running};
use crate::server;
use jiff::Timestamp;
use rolegate_cloud::{CallRecord, Cloud};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long requests under way may take at shutdown.
const PATIENCE: Duration = Duration::from_secs(2);

/// How to serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who may reach it.
    pub exposure: Exposure,
    /// How the cloud's clock runs; it replaces the time that the cloud was made with.
    pub clock: Clock,
    /// Whether the clock and the call log are served under `/_rolegate/v1/`.
    pub admin: Admin,
}

/// Who may reach an emulator. Its keys open everything in it, so other machines need a reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Exposure {
    /// This machine alone: any other address is refused.
    #[default]
    Loopback,
    /// Whoever reaches the address.
    Network,
}

/// Whether the unauthenticated endpoints for tests are served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Admin {
    /// They are not found.
    #[default]
    Off,
    /// They are served to whoever reaches the address.
    On,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            exposure: Exposure::default(),
            clock: Clock::default(),
            admin: Admin::default(),
        }
    }
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is reachable by other machines.
    #[error("refused to listen on `{0}`: it is not a loopback address; allow it with `Exposure::Network`")]
    NotLoopback(SocketAddr),
    /// The address is taken or not ours.
    #[error("failed to listen on `{address}`; choose another address, or port 0 for a free port")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

/// A running emulator. Dropping it ends it too, without waiting.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Emulator {
    /// Puts a cloud behind a socket and serves it in a task of its own.
    ///
    /// # Errors
    /// An address that is not loopback unless the options allow it, or that cannot be bound.
    pub async fn start(cloud: Cloud, options: Options) -> Result<Self, StartError> {
        let Options { listen, exposure, clock, admin } = options;
        if exposure == Exposure::Loopback && !listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(listen));
        }
        let bind = |source| StartError::Bind { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let clock = Running::start(clock, server::real_time());
        let shared = Arc::new(Shared { state: Mutex::new(State { cloud, clock, requests: 0 }) });
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server::serve(listener, Arc::clone(&shared), admin, stopped));
        Ok(Self { address, shared, stop, task })
    }

    /// The endpoint of IAM and STS alike, such as `http://127.0.0.1:40123`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Reaches into the cloud, past every signature. A clock that is set within stays set.
    pub fn with_cloud<T>(&self, work: impl FnOnce(&mut Cloud) -> T) -> T {
        self.shared.with_cloud(work)
    }

    /// The cloud's time.
    pub fn now(&self) -> Timestamp {
        self.with_cloud(|cloud| cloud.clock())
    }

    /// Sets the cloud's time; a clock that runs goes on from there. Signatures are judged by real time all the same.
    pub fn set_clock(&self, now: Timestamp) {
        self.with_cloud(|cloud| cloud.set_clock(now));
    }

    /// Every call that reached the cloud: those whose signature did not hold are not among them.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.with_cloud(|cloud| cloud.calls().to_vec())
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        self.with_cloud(Cloud::clear_calls);
    }

    /// Takes no new connection, lets requests under way end within two seconds, and gives the cloud's last state back.
    pub async fn shutdown(self) -> Cloud {
        let Self { address: _, shared, stop, mut task } = self;
        // An error means that the server has ended already.
        let _ = stop.send(());
        if tokio::time::timeout(PATIENCE, &mut task).await.is_err() {
            task.abort();
        }
        shared.with_cloud(|cloud| cloud.clone())
    }
}

/// What the server and the handle share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    cloud: Cloud,
    clock: Running,
    requests: u64,
}

impl Shared {
    /// The cloud, at the present time of its clock.
    pub(crate) fn with_cloud<T>(&self, work: impl FnOnce(&mut Cloud) -> T) -> T {
        let real = server::real_time();
        let mut state = self.lock();
        let now = state.clock.at(real);
        state.cloud.set_clock(now);
        let result = work(&mut state.cloud);
        let after = state.cloud.clock();
        if after != now {
            state.clock = state.clock.set(after, real);
        }
        result
    }

    /// The number of the next request, from 1.
    pub(crate) fn next_request(&self) -> u64 {
        let mut state = self.lock();
        state.requests += 1;
        state.requests
    }

    /// A panic while the lock was held leaves the cloud as it was then: still the best there is.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
