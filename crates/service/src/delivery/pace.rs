//! How a backlog gives way where processors are scarce (W94).
//!
//! Threads of a low priority run whenever the others wait for something, and whoever comes back then finds its processor
//! taken. So where those that deliver have to wait for a processor while the rest of the server is at work, they rest for
//! several times as long as they ran.

use std::fmt::Debug;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What was had of the processors since the server began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProcessorTime {
    /// Threads that deliver ran.
    pub ran: Duration,
    /// They could have run, and something else did.
    pub waited: Duration,
    /// All threads of the server ran, these among them.
    pub whole: Duration,
}

/// Knows what the server had.
pub trait ProcessorMeter: Debug + Send + Sync {
    /// `None`: this system does not tell.
    fn read(&self) -> Option<ProcessorTime>;
}

/// So long has to be run before anything can be said.
const ROUND: Duration = Duration::from_millis(5);
/// A rest is so many times what was run: with the waiting, deliveries have some three hundredths of one processor.
const RESTS: u32 = 32;
/// Of all processors, what the rest of the server has at least where it is at work.
const AT_WORK: f64 = 0.25;
/// Threads that deliver also wait for one another, and for whoever hears them on the same machine.
const WAITED: f64 = 0.5;

/// One for all lanes of a server.
#[derive(Debug)]
pub(super) struct Pace {
    meter: Option<Arc<dyn ProcessorMeter>>,
    processors: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// What had been had when the round began.
    Round(Instant, ProcessorTime),
    Rest(Instant),
}

impl Pace {
    pub fn new(meter: Option<Arc<dyn ProcessorMeter>>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            meter,
            processors: u32::try_from(processors).map_or(f64::MAX, f64::from),
            state: Mutex::new(State::Round(Instant::now(), ProcessorTime::default())),
        }
    }

    /// Until when a backlog is to rest; `None`: it may be worked off.
    pub fn rest(&self) -> Option<Instant> {
        let meter = self.meter.as_ref()?;
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match *state {
            State::Rest(until) if now < until => Some(until),
            // Each rest is followed by a round, whatever ran meanwhile.
            State::Rest(_) => {
                *state = State::Round(now, meter.read()?);
                None
            }
            State::Round(begun, before) => {
                let read = meter.read()?;
                if read.ran < before.ran {
                    // What a thread had is gone when it ends.
                    *state = State::Round(now, read);
                    return None;
                }
                let had = since(&before, &read);
                if had.ran < ROUND {
                    return None;
                }
                let rest = self.rest_after(&had, now - begun).map(|rest| now + rest);
                *state = rest.map_or(State::Round(now, read), State::Rest);
                rest
            }
        }
    }

    fn rest_after(&self, had: &ProcessorTime, elapsed: Duration) -> Option<Duration> {
        let others = had.whole.saturating_sub(had.ran);
        let is_at_work = others > elapsed.mul_f64(AT_WORK * self.processors);
        let is_scarce = is_at_work && had.waited > had.ran.mul_f64(WAITED);
        is_scarce.then(|| had.ran * RESTS)
    }
}

fn since(before: &ProcessorTime, now: &ProcessorTime) -> ProcessorTime {
    ProcessorTime {
        ran: now.ran.saturating_sub(before.ran),
        waited: now.waited.saturating_sub(before.waited),
        whole: now.whole.saturating_sub(before.whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default)]
    struct Had(Mutex<ProcessorTime>);

    impl Had {
        fn more(&self, [ran, waited, others]: [u64; 3]) {
            let mut had = self.0.lock().unwrap();
            had.ran += Duration::from_millis(ran);
            had.waited += Duration::from_millis(waited);
            had.whole += Duration::from_millis(ran + others);
        }
    }

    impl ProcessorMeter for Had {
        fn read(&self) -> Option<ProcessorTime> {
            Some(*self.0.lock().unwrap())
        }
    }

    fn pace() -> (Arc<Had>, Pace) {
        let had = Arc::new(Had::default());
        let meter: Arc<dyn ProcessorMeter> = had.clone();
        let mut pace = Pace::new(Some(meter));
        pace.processors = 2.0;
        (had, pace)
    }

    #[test]
    fn w94_a_backlog_rests_where_it_waits_for_a_processor_while_others_work() {
        let (_, pace) = pace();
        let rest = |[ran, waited, others]: [u64; 3]| {
            let had = ProcessorTime {
                ran: Duration::from_millis(ran),
                waited: Duration::from_millis(waited),
                whole: Duration::from_millis(ran + others),
            };
            let rest = pace.rest_after(&had, Duration::from_millis(100));
            rest.map(|rest| rest.as_millis())
        };
        assert_eq!(rest([10, 30, 150]), Some(320));
        assert_eq!(rest([10, 6, 51]), Some(320));
        assert_eq!(rest([10, 4, 150]), None, "there are processors for both");
        assert_eq!(rest([90, 90, 40]), None, "it waits for itself");
    }

    #[test]
    fn w94_a_rest_begins_after_a_round_ends_by_itself_and_another_round_follows() {
        let (had, pace) = pace();
        had.more([4, 40, 60_000]);
        assert_eq!(pace.rest(), None, "it is too early to say");
        had.more([1, 10, 60_000]);
        let until = pace.rest().expect("a rest");
        assert_eq!(pace.rest(), Some(until));
        // As others of this server do that may send meanwhile.
        had.more([50, 500, 60_000]);
        assert_eq!(pace.rest(), Some(until));
        *pace.state.lock().unwrap() = State::Rest(Instant::now());
        assert_eq!(pace.rest(), None);
        had.more([4, 40, 60_000]);
        assert_eq!(pace.rest(), None);
        had.more([1, 10, 60_000]);
        assert!(pace.rest().is_some());
    }

    #[test]
    fn w94_nothing_rests_where_the_system_does_not_tell() {
        #[derive(Debug)]
        struct Silent;
        impl ProcessorMeter for Silent {
            fn read(&self) -> Option<ProcessorTime> {
                None
            }
        }
        assert_eq!(Pace::new(None).rest(), None);
        assert_eq!(Pace::new(Some(Arc::new(Silent))).rest(), None);
    }
}
