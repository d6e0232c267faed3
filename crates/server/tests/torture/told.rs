//! What everybody was told, and what nobody can know.

use std::collections::BTreeMap;

use crate::client::Answer;
use crate::create::Create;

#[derive(Debug, Default)]
pub struct Told {
    /// Answered creates, by name.
    pub made: BTreeMap<String, (Create, Answer)>,
    /// Creates that were sent and had no answer, or only that the server could not tell.
    pub unanswered: Vec<Create>,
    /// By path of an object: what was changed about it.
    pub changes: BTreeMap<String, Changes>,
    pub uploads: Vec<Upload>,
    /// Connections that ended without an answer.
    pub cut: usize,
    /// Answers with a status from 500.
    pub failures: usize,
}

/// A picture whose arrival was acknowledged.
#[derive(Debug, Clone)]
pub struct Upload {
    pub inquiry: String,
    pub part: String,
}

/// What was done to one object by the one connection that changes it.
#[derive(Debug, Default, Clone)]
pub struct Changes {
    pub field: Change<String>,
    pub reference: Change<String>,
    pub redacted: Change<bool>,
    /// Acknowledged updates of fields or reference ID; each has its event.
    pub updates: usize,
}

#[derive(Debug, Default, Clone)]
pub struct Change<T> {
    pub acknowledged: Option<T>,
    /// Sent later and never answered: it may have happened.
    pub unanswered: Option<T>,
}

impl<T> Change<T> {
    pub fn acknowledge(&mut self) {
        self.acknowledged = self.unanswered.take();
    }
}

impl Changes {
    pub fn is_redacted(&self) -> bool {
        self.redacted.acknowledged == Some(true)
    }
}

impl Told {
    pub fn absorb(&mut self, other: Self) {
        self.made.extend(other.made);
        self.unanswered.extend(other.unanswered);
        self.changes.extend(other.changes);
        self.uploads.extend(other.uploads);
        self.cut += other.cut;
        self.failures += other.failures;
    }
}
