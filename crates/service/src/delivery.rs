//! Deliveries: every event to every webhook that is told of it, at least once (W70–W79).
//!
//! Events get numbers (`number.rs`). Each enabled webhook has a lane, which one server works on at a time (`share.rs`):
//! it follows the numbers, sends (`compose.rs`, [`crate::Sender`]), and writes what came of it together with how far it
//! is (`lane.rs`). What was sent and not written yet when a server dies is sent again by whoever takes the lane over,
//! and nothing else is.

mod compose;
mod inspect;
mod lane;
mod name;
mod number;
mod pace;
mod prune;
mod replay;
mod sample;
mod share;
mod show;
mod simulate;
mod standing;

use std::collections::HashMap;
use std::sync::Arc;

use selfsame_domain::id::EnvironmentId;
use tokio::sync::{Notify, watch};

use crate::{Failure, OutboundError, Sender, Service};
use pace::Pace;

pub use inspect::Inspected;
pub use name::delivery_id;
pub use pace::{ProcessorMeter, ProcessorTime};
pub use replay::Replayed;
pub use sample::SampleSent;
pub(crate) use share::epoch;
pub use show::{EventsAfter, ShownDelivery};
pub use simulate::{Simulation, Verdict};
pub use standing::Standing;

/// Attempts to one webhook at a time.
const CONCURRENCY: usize = 32;

/// The last number of each environment's events that this server knows of.
type Numbers = HashMap<EnvironmentId, i64>;

/// Sends what happens to those who are told of it; one in a server.
#[derive(Debug, Clone)]
pub struct Deliverer {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    service: Service,
    sender: Sender,
    /// This server, among those on the same store.
    worker: String,
    numbers: watch::Sender<Numbers>,
    pace: Pace,
}

impl Deliverer {
    pub fn new(service: &Service) -> Result<Self, OutboundError> {
        let sender = service.sender()?.clone();
        Ok(Self::with_sender(service, sender))
    }

    /// One whose backlogs give way where processors are scarce, which `meter` tells (W94).
    pub fn that_gives_way(
        service: &Service,
        meter: Arc<dyn ProcessorMeter>,
    ) -> Result<Self, OutboundError> {
        let sender = service.sender()?.clone();
        Ok(Self::build(service, sender, Some(meter)))
    }

    pub fn with_sender(service: &Service, sender: Sender) -> Self {
        Self::build(service, sender, None)
    }

    fn build(service: &Service, sender: Sender, meter: Option<Arc<dyn ProcessorMeter>>) -> Self {
        Self {
            inner: Arc::new(Inner {
                service: service.behind(),
                sender,
                worker: format!("srv_{}", service.entropy().base58(22)),
                numbers: watch::Sender::default(),
                pace: Pace::new(meter),
            }),
        }
    }

    /// Until told to stop; what is under way then is finished and written.
    pub async fn run(&self, stopped: watch::Receiver<bool>) {
        let numbering = tokio::spawn(number::run(self.clone(), stopped.clone()));
        share::run(self.clone(), stopped).await;
        drop(numbering.await);
    }

    /// Everything that is due at this moment, to the last answer; returns how many attempts were made. For tests, whose
    /// clock stands still.
    pub async fn deliver_due(&self) -> Result<u64, Failure> {
        number::all(self).await?;
        share::work_through(self).await
    }
}

/// Tells the deliverer of this process that a webhook was enabled, or a delivery is due by hand.
#[derive(Debug, Default)]
pub(crate) struct Nudge {
    lanes: Notify,
    due: watch::Sender<u64>,
}

impl Nudge {
    /// Lanes have come or gone.
    pub fn lanes_changed(&self) {
        self.lanes.notify_one();
        self.something_is_due();
    }

    pub fn something_is_due(&self) {
        self.due.send_modify(|count| *count += 1);
    }

    async fn lanes(&self) {
        self.lanes.notified().await;
    }

    fn due(&self) -> watch::Receiver<u64> {
        self.due.subscribe()
    }
}
