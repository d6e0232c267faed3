//! Fixed windows, opened by the first request, as the wire's headers describe them (C99–C101).
//!
//! A token bucket would be smoother; the published headers (`Limit`, `Remaining`, `Reset`) tell of a window.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use selfsame_domain::Timestamp;

/// Keys beyond this many are forgotten, oldest windows first, so that nobody can fill the memory.
const MOST_KEYS: usize = 100_000;

#[derive(Debug, Default)]
pub struct FixedWindows {
    windows: Mutex<HashMap<String, Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    ends_at: Timestamp,
    used: u32,
}

/// How one key stands after counting a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub limit: u32,
    pub remaining: u32,
    /// Seconds until the window ends, rounded up.
    pub reset_seconds: u32,
    pub exceeded: bool,
}

impl FixedWindows {
    /// Counts one request.
    pub fn count(&self, key: &str, limit: u32, window_seconds: i64, now: Timestamp) -> Standing {
        self.look(key, limit, window_seconds, now, 1)
    }

    /// How the key stands, counting nothing.
    pub fn peek(&self, key: &str, limit: u32, window_seconds: i64, now: Timestamp) -> Standing {
        self.look(key, limit, window_seconds, now, 0)
    }

    fn look(
        &self,
        key: &str,
        limit: u32,
        window_seconds: i64,
        now: Timestamp,
        cost: u32,
    ) -> Standing {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MOST_KEYS {
            windows.retain(|_, window| window.ends_at > now);
            if windows.len() >= MOST_KEYS {
                windows.clear();
            }
        }
        let fresh = Window {
            ends_at: now.plus_seconds(window_seconds),
            used: 0,
        };
        let window = windows.entry(key.to_owned()).or_insert(fresh);
        // One that ends later than it could is left over from before the clock was set back.
        if window.ends_at <= now || window.ends_at > fresh.ends_at {
            *window = fresh;
        }
        let exceeded = window.used.saturating_add(cost.max(1)) > limit;
        window.used = window.used.saturating_add(cost);
        let millis = (window.ends_at.millis() - now.millis()).max(0);
        Standing {
            limit,
            remaining: limit.saturating_sub(window.used),
            reset_seconds: u32::try_from((millis + 999) / 1000).unwrap_or(u32::MAX),
            exceeded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_opens_with_its_first_request_and_closes_after_its_length() {
        let windows = FixedWindows::default();
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let first = windows.count("e", 2, 60, at(10));
        assert_eq!(
            (first.remaining, first.reset_seconds, first.exceeded),
            (1, 60, false)
        );
        assert!(!windows.count("e", 2, 60, at(40)).exceeded);
        let third = windows.count("e", 2, 60, at(69));
        assert_eq!(
            (third.remaining, third.reset_seconds, third.exceeded),
            (0, 1, true)
        );
        assert!(!windows.count("e", 2, 60, at(70)).exceeded);
        assert!(!windows.count("other", 2, 60, at(69)).exceeded);
    }

    #[test]
    fn a_clock_that_is_set_back_shuts_nobody_out_for_longer_than_a_window() {
        let windows = FixedWindows::default();
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        assert!(!windows.count("e", 1, 60, at(100_000)).exceeded);
        assert!(windows.count("e", 1, 60, at(100_001)).exceeded);
        let back = windows.count("e", 1, 60, at(10));
        assert_eq!((back.reset_seconds, back.exceeded), (60, false));
    }

    #[test]
    fn looking_counts_nothing() {
        let windows = FixedWindows::default();
        let now = Timestamp::from_millis(0);
        windows.count("e", 1, 60, now);
        assert!(windows.peek("e", 1, 60, now).exceeded);
        assert_eq!(windows.peek("f", 1, 60, now).remaining, 1);
    }
}
