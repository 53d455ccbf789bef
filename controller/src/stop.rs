//! Stopping in good order: whoever waits is woken, whoever works ends between two steps. Ends nothing by force.

use crate::pace::Sleeper;
use std::future::Future;
use std::time::Duration;
use tokio::sync::watch;

/// Tells everybody to stop.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

/// Waits for real, and no longer than until it is told to stop.
#[derive(Debug, Clone)]
pub struct StoppableSleeper(watch::Receiver<bool>);

impl Stop {
    /// Nobody is told yet.
    pub fn new() -> (Self, StoppableSleeper) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), StoppableSleeper(receiver))
    }

    /// From now on.
    pub fn now(&self) {
        self.0.send_replace(true);
    }
}

impl Sleeper for StoppableSleeper {
    async fn sleep(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.stopped() => {}
        }
    }

    fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    fn stopped(&self) -> impl Future<Output = ()> + Send {
        let mut receiver = self.0.clone();
        async move {
            // Whoever could tell is gone: nobody will.
            if receiver.wait_for(|stopped| *stopped).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
