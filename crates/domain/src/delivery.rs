//! Deliveries: one event on its way to one webhook, with every attempt made (W70–W79).

mod replay;

pub use replay::{MOST_REPLAYED, OfAccount, ReplayRequest};

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{AccountId, EnvironmentId, EventId, WebhookId};

/// W71: seconds from one attempt to the next, from the first retry on.
pub const WAITS: [i64; 7] = [3, 64, 729, 4096, 15_625, 46_656, 117_649];
/// The first attempt and the retries.
pub const MOST_ATTEMPTS: i64 = 8;
/// W71: a wait is longer by this share of itself at most.
const JITTER_PERCENT: i64 = 10;
/// Attempts kept of one delivery, the latest.
const MOST_KEPT: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    Pending,
    Completed,
    Failed,
    /// The payload filter did not match.
    Skipped,
}

impl DeliveryStatus {
    pub const ALL: [Self; 4] = [Self::Pending, Self::Completed, Self::Failed, Self::Skipped];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// One attempt, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptMade {
    pub at: Timestamp,
    pub milliseconds: i64,
    /// What the receiver answered, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What came in between, in one word (W57): `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Status line and headers of the answer, or what the problem was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub head: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub environment_id: EnvironmentId,
    pub webhook_id: WebhookId,
    /// The event's, of its environment (E23).
    pub sequence: i64,
    pub event_id: EventId,
    pub event_name: String,
    pub account_id: Option<AccountId>,
    /// The event's, of its account (E24).
    pub account_sequence: Option<i64>,
    pub status: DeliveryStatus,
    pub attempts_made: i64,
    pub first_attempted_at: Option<Timestamp>,
    /// When the next attempt is due; `None`: none is, or an earlier event of the account comes first (W75).
    pub due_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub attempts: Vec<AttemptMade>,
}

impl Delivery {
    /// W71–W73: what an attempt makes of a delivery. `jitter`: any number, which decides how much longer the wait is.
    /// `never_ends`: a webhook in strict order goes on with the longest wait, as later events of the account stand
    /// behind this one (W75).
    pub fn note(
        &mut self,
        attempt: AttemptMade,
        succeeded: bool,
        never_ends: bool,
        jitter: u64,
        now: Timestamp,
    ) {
        self.first_attempted_at.get_or_insert(attempt.at);
        self.attempts_made += 1;
        self.updated_at = now;
        if self.attempts.len() >= MOST_KEPT {
            self.attempts.remove(0);
        }
        self.attempts.push(attempt);
        let made = usize::try_from(self.attempts_made).unwrap_or(usize::MAX);
        let last = WAITS.last().copied().filter(|_| never_ends);
        let wait = WAITS.get(made - 1).copied().or(last);
        (self.status, self.due_at) = match wait {
            _ if succeeded => (DeliveryStatus::Completed, None),
            None => (DeliveryStatus::Failed, None),
            Some(seconds) => {
                let most = seconds * 1000 * JITTER_PERCENT / 100;
                let longer = i64::try_from(jitter % u64::try_from(most + 1).unwrap_or(1));
                let due = now.plus_seconds(seconds).millis() + longer.unwrap_or(0);
                (DeliveryStatus::Pending, Some(Timestamp::from_millis(due)))
            }
        };
    }

    /// W74: once more, at once, whatever came of it so far.
    pub fn retry(&mut self, now: Timestamp) {
        self.status = DeliveryStatus::Pending;
        self.due_at = Some(now);
        self.updated_at = now;
    }

    /// What the headers of the next attempt tell: attempts made, this one counted, and left after it (W60).
    pub fn counted(&self) -> (i64, i64) {
        let made = self.attempts_made + 1;
        (made, (MOST_ATTEMPTS - made).max(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    const NOW: Timestamp = Timestamp::from_millis(1_770_113_700_000);

    fn delivery() -> Delivery {
        Delivery {
            environment_id: EnvironmentId::from_trusted("env_1".into()),
            webhook_id: WebhookId::from_trusted("wbh_1".into()),
            sequence: 1,
            event_id: EventId::from_trusted("evt_1".into()),
            event_name: "account.created".into(),
            account_id: None,
            account_sequence: None,
            status: DeliveryStatus::Pending,
            attempts_made: 0,
            first_attempted_at: None,
            due_at: Some(NOW),
            created_at: NOW,
            updated_at: NOW,
            attempts: Vec::new(),
        }
    }

    fn attempt(at: Timestamp) -> AttemptMade {
        AttemptMade {
            at,
            milliseconds: 5,
            status: Some(500),
            problem: None,
            head: String::new(),
        }
    }

    #[test]
    fn w71_seven_retries_and_then_no_more() {
        for jitter in [0, 1, 117, 9_999_999, u64::MAX] {
            let mut delivery = delivery();
            let mut now = NOW;
            for wait in WAITS {
                delivery.note(attempt(now), false, false, jitter, now);
                let due = delivery.due_at.expect("a time");
                let waited = due.millis() - now.millis();
                assert!(waited >= wait * 1000, "{waited}");
                assert!(waited <= wait * 1100, "{waited}");
                assert_eq!(delivery.status, DeliveryStatus::Pending);
                now = due;
            }
            delivery.note(attempt(now), false, false, jitter, now);
            assert_eq!(
                (delivery.status, delivery.due_at),
                (DeliveryStatus::Failed, None)
            );
            assert_eq!(delivery.attempts_made, MOST_ATTEMPTS);
            assert_eq!(delivery.first_attempted_at, Some(NOW));
        }
    }

    #[test]
    fn w72_a_success_ends_it_whenever_it_comes() {
        for failures in 0..8 {
            let mut delivery = delivery();
            for _ in 0..failures {
                delivery.note(attempt(NOW), false, false, 0, NOW);
            }
            delivery.note(attempt(NOW), true, false, 0, NOW);
            assert_eq!(
                (delivery.status, delivery.due_at),
                (DeliveryStatus::Completed, None)
            );
            assert_eq!(delivery.attempts_made, failures + 1);
        }
    }

    #[test]
    fn w75_in_strict_order_the_longest_wait_is_taken_again_and_again() {
        let mut delivery = delivery();
        for _ in 0..30 {
            delivery.note(attempt(NOW), false, true, 0, NOW);
        }
        assert_eq!(delivery.due_at, Some(NOW.plus_seconds(117_649)));
        assert_eq!(delivery.attempts.len(), MOST_KEPT);
    }

    #[test]
    fn w74_a_manual_retry_is_one_more_attempt() {
        let mut delivery = delivery();
        for _ in 0..8 {
            delivery.note(attempt(NOW), false, false, 0, NOW);
        }
        delivery.retry(NOW);
        assert_eq!(delivery.due_at, Some(NOW));
        assert_eq!(delivery.counted(), (9, 0));
        delivery.note(attempt(NOW), false, false, 0, NOW);
        assert_eq!(delivery.status, DeliveryStatus::Failed);
    }

    #[test]
    fn statuses_have_the_published_names() {
        for status in DeliveryStatus::ALL {
            assert_eq!(DeliveryStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(DeliveryStatus::parse("done"), None);
    }
}
