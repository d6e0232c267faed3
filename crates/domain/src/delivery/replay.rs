//! What is to be sent again (W82–W86).

use crate::id::{AccountId, EventId};
use crate::{ReferenceId, Timestamp};

/// Events sent again by one call.
pub const MOST_REPLAYED: usize = 1000;

/// An account by either of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfAccount {
    Id(AccountId),
    Reference(ReferenceId),
}

/// Which events are to be sent again. Numbers behind `after`, up to `up_to`, which is one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayRequest {
    Events(Vec<EventId>),
    /// Of the environment, by its numbers, and of a time, where one is given; `until` is no part of it.
    Environment {
        from: Option<Timestamp>,
        until: Option<Timestamp>,
        after: i64,
        up_to: Option<i64>,
    },
    /// Of one account, by its own numbers.
    Account {
        account: OfAccount,
        after: i64,
        up_to: Option<i64>,
    },
}
