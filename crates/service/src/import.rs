//! Imports (M1–M24): a file is kept, then a server works through it, a slice at a time.
//!
//! What is sent is durable before its importer is (`upload`); what becomes of each row is decided in `plan`; and `work`
//! commits so many rows together with how far the import is, so that a sudden end neither loses a row nor makes it twice.

mod plan;
mod read;
mod upload;
mod work;

use std::sync::Arc;

use selfsame_domain::Refusal;
use selfsame_domain::id::ImporterId;
use selfsame_domain::importer::{Importer, RowOutcome};
use selfsame_store::{Ask, Batch, Page, RowsFilter};

pub use upload::{Receiving, Upload};

use crate::page::slice;
use crate::work::Attempts;
use crate::{Caller, Failure, ListRequest, Receipt, Service};

/// Slices of rows that are read at once to fill a page.
const SLICES_AT_ONCE: u32 = 8;

/// One page of what became of the rows of an import, in the order of the file.
#[derive(Debug, Clone)]
pub struct RowsPage {
    /// Each with the row's number, from 1.
    pub rows: Vec<(i64, RowOutcome)>,
    pub has_more: bool,
}

impl Service {
    /// M4–M6, M15: refused with 422 where it is clear at once that no row can be read; else pending.
    pub async fn create_importer(
        &self,
        caller: &Caller,
        upload: &Upload,
        receipt: Receipt<'_, Importer>,
    ) -> Result<Importer, Failure> {
        let (blobs, key) = (Arc::clone(&self.inner.blobs), upload.key().to_owned());
        let most = self.options().imports.max_rows;
        tokio::task::spawn_blocking(move || read::inspect(&*blobs, &key, most))
            .await
            .map_err(|error| Failure::Internal(format!("an import was not read: {error}")))??;
        let mut attempts = Attempts::default();
        loop {
            let environment = &caller.environment.id;
            let key = upload.key().to_owned();
            let importer = Importer::create(environment, key, self.now(), &mut self.entropy());
            let mut batch = Batch::new();
            batch.insert_importer(&importer);
            batch.name_blob(environment, upload.key());
            if let Some(answer) = receipt(&importer) {
                batch.insert_answer(&answer);
            }
            upload.may_be_named(true);
            let settled = attempts.settle(self.store().commit(batch).await);
            // After a failure of the store the commit may have happened.
            if !matches!(settled, Ok(true) | Err(Failure::Store(_))) {
                upload.may_be_named(false);
            }
            if settled? {
                return Ok(importer);
            }
        }
    }

    pub async fn get_importer(
        &self,
        caller: &Caller,
        id: &ImporterId,
    ) -> Result<Importer, Failure> {
        let ask = Ask::importer(&caller.environment.id, id);
        Ok(self
            .ask(caller, ask)
            .await?
            .ok_or_else(Refusal::not_found)?)
    }

    pub async fn list_importers(
        &self,
        caller: &Caller,
        request: &ListRequest,
    ) -> Result<Page<Importer>, Failure> {
        let environment = &caller.environment.id;
        let slice = slice(request, |id| async move {
            self.store().importer_cursor(environment, &id).await
        })
        .await?;
        self.ask(caller, Ask::importers(environment, &slice, request.size))
            .await
    }

    /// M22: the rows behind the row `after` (0: from the first), those of one outcome or all that were looked at so far.
    pub async fn list_imported_rows(
        &self,
        caller: &Caller,
        id: &ImporterId,
        filter: Option<RowKind>,
        after: i64,
        size: u32,
    ) -> Result<RowsPage, Failure> {
        self.get_importer(caller, id).await?;
        let slices = match filter {
            None | Some(RowKind::Created) => RowsFilter::All,
            Some(RowKind::Duplicate) => RowsFilter::Duplicates,
            Some(RowKind::Error) => RowsFilter::Errors,
        };
        let size = size as usize;
        let mut rows = Vec::new();
        let mut from = after.saturating_add(1);
        loop {
            let environment = &caller.environment.id;
            let ask = Ask::imported_rows(environment, id, slices, from, SLICES_AT_ONCE);
            let found = self.ask(caller, ask).await?;
            let is_all = found.len() < SLICES_AT_ONCE as usize;
            for slice in found {
                for (number, outcome) in (slice.first..).zip(slice.outcomes) {
                    if number >= from && filter.is_none_or(|kind| kind.is_of(&outcome)) {
                        rows.push((number, outcome));
                    }
                    from = from.max(number + 1);
                }
            }
            if is_all || rows.len() > size {
                let has_more = rows.len() > size;
                rows.truncate(size);
                return Ok(RowsPage { rows, has_more });
            }
        }
    }
}

/// What a list of rows can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    Created,
    Duplicate,
    Error,
}

impl RowKind {
    pub const ALL: [Self; 3] = [Self::Created, Self::Duplicate, Self::Error];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Duplicate => "duplicate",
            Self::Error => "error",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    fn is_of(self, outcome: &RowOutcome) -> bool {
        match outcome {
            RowOutcome::Created(_) => self == Self::Created,
            RowOutcome::Duplicate(_) => self == Self::Duplicate,
            RowOutcome::Error(_) => self == Self::Error,
        }
    }
}
