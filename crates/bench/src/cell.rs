//! How long one cell runs.

use std::time::Duration;

#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Before it, nothing is counted.
    pub warm_up: Duration,
    pub length: Duration,
    /// After this many counted answers the cell ends early.
    pub most: u64,
}
