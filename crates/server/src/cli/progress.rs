//! One line on a terminal that tells how far a long command is; nothing where no person looks.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub struct Progress {
    shown: bool,
    last: Cell<Option<Instant>>,
}

impl Progress {
    pub fn new() -> Self {
        Self {
            shown: std::io::stderr().is_terminal(),
            last: Cell::new(None),
        }
    }

    /// `what` is done to a part; the end of it is always shown.
    pub fn tell(&self, what: &str, done: u64, total: u64) {
        let soon = self.last.get().is_some_and(|last| last.elapsed() < EVERY);
        if !self.shown || (soon && done < total) {
            return;
        }
        self.last.set(Some(Instant::now()));
        let percent = (done * 100).checked_div(total).unwrap_or(100);
        eprint!("\r\x1b[K{what}: {percent} %");
        drop(std::io::stderr().flush());
    }

    /// Takes the line away, before anything else is written.
    pub fn clear(&self) {
        if self.shown && self.last.take().is_some() {
            eprint!("\r\x1b[K");
        }
    }
}
