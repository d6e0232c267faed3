//! What the built-in receivers keep and how they answer (WD5–WD8). In memory, and bounded.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use selfsame_domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Requests kept of one receiver.
pub const MOST_KEPT: usize = 200;
/// Bytes kept of one body.
pub const LARGEST_BODY: usize = 256 * 1024;
/// Bytes of bodies and headers kept of one receiver.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Receivers; the one that was silent longest is forgotten for another.
const MOST_RECEIVERS: usize = 16;
pub const LONGEST_NAME: usize = 64;

/// WD7: how a receiver answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    #[default]
    Ok,
    Error,
    Gone,
    Slow,
    Reset,
}

/// One request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub at: Timestamp,
    /// As they came, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The beginning of it, if it is longer than what is kept.
    pub body: Vec<u8>,
    pub body_bytes: usize,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn is_cut(&self) -> bool {
        self.body.len() < self.body_bytes
    }

    fn bytes(&self) -> usize {
        let headers = self.headers.iter();
        let headers: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
        headers + self.body.len()
    }
}

/// A request that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Counted from 1 for each receiver.
    pub number: u64,
    pub received: Arc<Received>,
    pub reply: Reply,
    pub event_id: Option<String>,
    pub event_name: Option<String>,
    /// Account and number, where the sender tells them.
    pub sequence: Option<(String, i64)>,
    /// The same event came before; the number of the first time.
    pub repeats: Option<u64>,
}

/// Numbers of an account that have not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub account: String,
    pub first: i64,
    pub last: i64,
}

/// What a receiver shows, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    pub kept: Vec<Kept>,
    pub gaps: Vec<Gap>,
    pub reply: Reply,
    /// For so many requests more; `None`: until it is switched back.
    pub left: Option<u32>,
}

#[derive(Debug, Default)]
struct Receiver {
    kept: VecDeque<Kept>,
    bytes: usize,
    last_number: u64,
    last_used: u64,
    reply: Reply,
    left: Option<u32>,
}

impl Receiver {
    /// What is said now; counts.
    fn next_reply(&mut self) -> Reply {
        let reply = self.reply;
        self.left = match self.left {
            Some(left) if left > 1 => Some(left - 1),
            Some(_) => {
                self.reply = Reply::Ok;
                None
            }
            None => None,
        };
        reply
    }

    fn keep(&mut self, received: Received) -> Reply {
        let reply = self.next_reply();
        self.last_number += 1;
        let body: Value = serde_json::from_slice(&received.body).unwrap_or_default();
        let text = |pointer| body.pointer(pointer)?.as_str().map(str::to_owned);
        let event_id = text("/data/id");
        let first = self
            .kept
            .iter()
            .find(|kept| event_id.is_some() && kept.event_id == event_id);
        let kept = Kept {
            number: self.last_number,
            reply,
            event_name: text("/data/attributes/name"),
            sequence: sequence(&received),
            repeats: first.map(|first| first.repeats.unwrap_or(first.number)),
            event_id,
            received: Arc::new(received),
        };
        self.bytes += kept.received.bytes();
        self.kept.push_back(kept);
        while self.kept.len() > MOST_KEPT || self.bytes > MOST_BYTES {
            let Some(gone) = self.kept.pop_front() else {
                break;
            };
            self.bytes -= gone.received.bytes();
        }
        reply
    }

    /// Between the lowest and the highest number of each account that are kept.
    fn gaps(&self) -> Vec<Gap> {
        let mut numbers: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
        for (account, number) in self.kept.iter().filter_map(|kept| kept.sequence.as_ref()) {
            numbers.entry(account).or_default().insert(*number);
        }
        let mut gaps = Vec::new();
        for (account, numbers) in numbers {
            for (before, after) in numbers.iter().zip(numbers.iter().skip(1)) {
                if after - before > 1 {
                    gaps.push(Gap {
                        account: account.to_owned(),
                        first: before + 1,
                        last: after - 1,
                    });
                }
            }
        }
        gaps
    }
}

fn sequence(received: &Received) -> Option<(String, i64)> {
    let account = received.header("selfsame-account-id")?;
    let number: i64 = received.header("selfsame-sequence")?.parse().ok()?;
    (number > 0).then(|| (account.to_owned(), number))
}

/// All built-in receivers of this process, by their names.
#[derive(Debug, Default)]
pub struct Receivers {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    by_name: HashMap<String, Receiver>,
    uses: u64,
}

impl Inner {
    fn named(&mut self, name: &str) -> &mut Receiver {
        self.uses += 1;
        if !self.by_name.contains_key(name) && self.by_name.len() >= MOST_RECEIVERS {
            let silent = self.by_name.iter();
            let silent = silent.min_by_key(|(_, receiver)| receiver.last_used);
            if let Some(name) = silent.map(|(name, _)| name.clone()) {
                self.by_name.remove(&name);
            }
        }
        let receiver = self.by_name.entry(name.to_owned()).or_default();
        receiver.last_used = self.uses;
        receiver
    }
}

impl Receivers {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a request and says how it is answered.
    pub fn keep(&self, name: &str, received: Received) -> Reply {
        self.lock().named(name).keep(received)
    }

    pub fn shown(&self, name: &str) -> Shown {
        let inner = self.lock();
        let Some(receiver) = inner.by_name.get(name) else {
            return Shown::default();
        };
        Shown {
            kept: receiver.kept.iter().rev().cloned().collect(),
            gaps: receiver.gaps(),
            reply: receiver.reply,
            left: receiver.left,
        }
    }

    pub fn find(&self, name: &str, matches: impl Fn(&Kept) -> bool) -> Option<Kept> {
        let inner = self.lock();
        let receiver = inner.by_name.get(name)?;
        receiver
            .kept
            .iter()
            .rev()
            .find(|kept| matches(kept))
            .cloned()
    }

    /// Forgets what came; how it answers stays.
    pub fn clear(&self, name: &str) {
        if let Some(receiver) = self.lock().by_name.get_mut(name) {
            receiver.kept.clear();
            receiver.bytes = 0;
        }
    }

    /// `left`: for so many requests; `None`: until told otherwise.
    pub fn switch(&self, name: &str, reply: Reply, left: Option<u32>) {
        let mut inner = self.lock();
        let receiver = inner.named(name);
        receiver.reply = reply;
        receiver.left = left.filter(|_| reply != Reply::Ok);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(id: &str, account: &str, number: i64) -> Received {
        let body =
            format!(r#"{{"data":{{"id":"{id}","attributes":{{"name":"account.created"}}}}}}"#);
        Received {
            at: Timestamp::from_millis(0),
            headers: vec![
                ("selfsame-account-id".into(), account.into()),
                ("selfsame-sequence".into(), number.to_string()),
            ],
            body_bytes: body.len(),
            body: body.into_bytes(),
        }
    }

    fn large(bytes: usize) -> Received {
        Received {
            body: vec![b'x'; bytes],
            body_bytes: bytes,
            ..received("", "act_1", 0)
        }
    }

    #[test]
    fn wd5_the_last_requests_are_kept_and_no_more() {
        let receivers = Receivers::default();
        for number in 0..MOST_KEPT + 5 {
            receivers.keep("a", received(&format!("evt_{number}"), "act_1", 0));
        }
        let shown = receivers.shown("a").kept;
        assert_eq!(shown.len(), MOST_KEPT);
        assert_eq!(shown[0].number, 205);
        assert_eq!(shown[MOST_KEPT - 1].number, 6);
    }

    #[test]
    fn wd5_large_requests_push_older_ones_out() {
        let receivers = Receivers::default();
        for _ in 0..MOST_KEPT {
            receivers.keep("a", large(LARGEST_BODY));
        }
        let bytes: usize = receivers
            .shown("a")
            .kept
            .iter()
            .map(|kept| kept.received.bytes())
            .sum();
        assert!(bytes <= MOST_BYTES, "{bytes}");
        assert!(bytes > MOST_BYTES / 2, "{bytes}");
        assert_eq!(bytes, receivers.lock().by_name["a"].bytes);
    }

    #[test]
    fn wd5_the_receiver_that_was_silent_longest_is_forgotten() {
        let receivers = Receivers::default();
        for name in 0..MOST_RECEIVERS {
            receivers.keep(&name.to_string(), received("evt_1", "act_1", 1));
        }
        receivers.keep("0", received("evt_2", "act_1", 2));
        receivers.keep("new", received("evt_1", "act_1", 1));
        assert_eq!(receivers.lock().by_name.len(), MOST_RECEIVERS);
        assert_eq!(receivers.shown("0").kept.len(), 2);
        assert_eq!(receivers.shown("1"), Shown::default());
    }

    #[test]
    fn wd7_a_fault_holds_for_so_many_requests_or_until_it_is_switched_back() {
        let receivers = Receivers::default();
        let next = || receivers.keep("a", received("evt_1", "act_1", 1));
        assert_eq!(next(), Reply::Ok);
        receivers.switch("a", Reply::Error, Some(2));
        assert_eq!(
            [next(), next(), next()],
            [Reply::Error, Reply::Error, Reply::Ok]
        );
        receivers.switch("a", Reply::Reset, None);
        assert_eq!([next(), next(), next()], [Reply::Reset; 3]);
        receivers.switch("a", Reply::Ok, Some(1));
        assert_eq!([next(), next()], [Reply::Ok; 2]);
    }

    #[test]
    fn wd8_an_event_that_comes_again_names_the_first_time() {
        let receivers = Receivers::default();
        for id in ["evt_1", "evt_2", "evt_1", "evt_1"] {
            receivers.keep("a", received(id, "act_1", 0));
        }
        let repeats: Vec<_> = receivers
            .shown("a")
            .kept
            .iter()
            .map(|kept| kept.repeats)
            .collect();
        assert_eq!(repeats, [Some(1), Some(1), None, None]);
        receivers.keep(
            "b",
            Received {
                body: b"no JSON".into(),
                ..received("", "act_1", 0)
            },
        );
        receivers.keep(
            "b",
            Received {
                body: b"no JSON".into(),
                ..received("", "act_1", 0)
            },
        );
        assert_eq!(receivers.shown("b").kept[0].repeats, None);
    }

    #[test]
    fn wd8_numbers_that_did_not_come_are_a_gap_until_they_do() {
        let receivers = Receivers::default();
        for (account, number) in [("act_1", 7), ("act_2", 1), ("act_1", 11), ("act_1", 8)] {
            receivers.keep("a", received("evt_1", account, number));
        }
        let gap = Gap {
            account: "act_1".into(),
            first: 9,
            last: 10,
        };
        assert_eq!(receivers.shown("a").gaps, [gap]);
        receivers.keep("a", received("evt_1", "act_1", 10));
        receivers.keep("a", received("evt_1", "act_1", 9));
        assert_eq!(receivers.shown("a").gaps, []);
    }
}
