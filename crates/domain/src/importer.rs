//! Imports: a file whose every row becomes an account, or is told why not (M1–M24, R52).

mod columns;

use serde::{Deserialize, Serialize};

pub use columns::{Columns, HeaderProblem, ImportedRow};

use crate::Timestamp;
use crate::id::{AccountId, Entropy, EnvironmentId, Id, ImporterId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImporterStatus {
    Pending,
    Ready,
    Errored,
}

impl ImporterStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Errored => "errored",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Ready, Self::Errored]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// One import of accounts, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Importer {
    pub environment_id: EnvironmentId,
    pub id: ImporterId,
    pub status: ImporterStatus,
    pub successful: i64,
    pub duplicates: i64,
    pub errors: i64,
    /// The next row, counted from 1 without the header, and the byte of the file at which it begins; 0 is the header.
    pub next_row: i64,
    pub next_byte: i64,
    /// M13: why the file as a whole could not be used.
    pub problem: Option<String>,
    /// Where the file lies; `None` once the import has ended (M20).
    pub blob_key: Option<String>,
    pub created_at: Timestamp,
    pub completed_at: Option<Timestamp>,
    /// M17: until then the server that works on it need not fear another.
    pub leased_until: Timestamp,
    /// Counts the changes of this row; a write names the version it saw.
    pub version: i64,
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowOutcome {
    Created(AccountId),
    /// R52; with what is taken.
    Duplicate(String),
    /// With what is wrong, and never the value itself, which may be personal.
    Error(String),
}

impl Importer {
    /// Whose file is kept under that key.
    pub fn create(
        environment_id: &EnvironmentId,
        blob_key: String,
        now: Timestamp,
        entropy: &mut Entropy,
    ) -> Self {
        Self {
            environment_id: environment_id.clone(),
            id: ImporterId::mint(entropy, now),
            status: ImporterStatus::Pending,
            successful: 0,
            duplicates: 0,
            errors: 0,
            next_row: 1,
            next_byte: 0,
            problem: None,
            blob_key: Some(blob_key),
            created_at: now,
            completed_at: None,
            leased_until: now,
            version: 1,
        }
    }

    /// These rows are done, and the next one begins at that byte.
    pub fn advance(&mut self, outcomes: &[RowOutcome], next_byte: i64) {
        for outcome in outcomes {
            match outcome {
                RowOutcome::Created(_) => self.successful += 1,
                RowOutcome::Duplicate(_) => self.duplicates += 1,
                RowOutcome::Error(_) => self.errors += 1,
            }
            self.next_row += 1;
        }
        self.next_byte = next_byte;
    }

    /// Every row has been looked at.
    pub fn finish(&mut self, now: Timestamp) {
        self.end(ImporterStatus::Ready, now);
    }

    /// The file, or what is left of it, is of no use; what was made of it stays.
    pub fn fail(&mut self, problem: String, now: Timestamp) {
        self.problem = Some(problem);
        self.end(ImporterStatus::Errored, now);
    }

    fn end(&mut self, status: ImporterStatus, now: Timestamp) {
        self.status = status;
        self.completed_at = Some(now);
        self.blob_key = None;
        self.leased_until = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_and_the_file_is_let_go_of_at_the_end() {
        let now = Timestamp::from_millis(1_795_000_000_000);
        let mut entropy = Entropy::seeded(1);
        let environment = EnvironmentId::from_trusted("env_1".into());
        let mut importer = Importer::create(&environment, "env_1/mprt_1".into(), now, &mut entropy);
        let account = AccountId::mint(&mut entropy, now);
        let outcomes = [
            RowOutcome::Created(account.clone()),
            RowOutcome::Error("birthdate must be a date".into()),
            RowOutcome::Duplicate("reference_id is taken".into()),
            RowOutcome::Created(account),
        ];
        importer.advance(&outcomes, 120);
        let counted = (importer.successful, importer.duplicates, importer.errors);
        assert_eq!(
            (counted, importer.next_row, importer.next_byte),
            ((2, 1, 1), 5, 120)
        );
        importer.finish(now.plus_seconds(3));
        assert_eq!(importer.status, ImporterStatus::Ready);
        assert_eq!(importer.completed_at, Some(now.plus_seconds(3)));
        assert_eq!(importer.blob_key, None);
    }
}
