//! API logs (L1–L16): noted in memory by every request, written beside them a moment later.
//!
//! A request puts what it was and how it was answered into a list, and is done with it. Once in a while all that are in
//! the list are masked, packed into segments, and committed, some segments at a time, in commits of their own. What does
//! not fit into the list is not logged, and counted; a process that ends orderly writes what it has, one that is killed
//! loses the last second.

use std::borrow::Cow;
use std::mem;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use selfsame_domain::api_log::{ApiLog, ApiLogEntry};
use selfsame_domain::id::{EnvironmentId, RequestId};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{ApiLogPage, ApiLogSegment, Ask, Batch, Page};
use selfsame_wire::api_log as wire;
use tokio::task::spawn_blocking;

use crate::page::slice;
use crate::{Caller, Failure, ListRequest, Service};

/// What waits in memory at most.
const MOST_WAITING: usize = 20_000;
const MOST_WAITING_BYTES: usize = 16_777_216;
/// Segments in one commit: few enough that a request behind it hardly waits.
const MOST_AT_ONCE: usize = 16;
const MOST_PRUNED_AT_ONCE: u32 = 100;
const SECONDS_A_DAY: i64 = 86_400;

/// A request as it came, with whatever secrets and personal data are in it; it leaves the process only masked.
pub struct RequestNote {
    pub environment_id: EnvironmentId,
    pub id: RequestId,
    /// The moment in its id.
    pub at: Timestamp,
    pub method: Cow<'static, str>,
    pub path: String,
    /// The path of its operation, with its parameters in braces.
    pub template: &'static str,
    pub query: String,
    /// Those that are shown, the key not among them.
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    pub ip_address: Option<IpAddr>,
    pub status: u16,
    pub rate_limit: Option<[u32; 3]>,
}

#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    notes: Vec<RequestNote>,
    bytes: usize,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Waiting")
            .field("notes", &self.notes.len())
            .field("bytes", &self.bytes)
            .finish()
    }
}

impl Notes {
    fn put(&self, mut note: RequestNote) -> bool {
        if note.body.len() > wire::LARGEST_BODY {
            note.body = Vec::new();
        }
        let size = note.body.len() + note.path.len() + note.query.len();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = waiting.notes.len() < MOST_WAITING && waiting.bytes + size <= MOST_WAITING_BYTES;
        if fits {
            waiting.bytes += size;
            waiting.notes.push(note);
        }
        fits
    }

    fn take(&self) -> Vec<RequestNote> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.bytes = 0;
        // The next ones will be about as many.
        let room = Vec::with_capacity(waiting.notes.len());
        mem::replace(&mut waiting.notes, room)
    }
}

/// By environment and age, as a segment holds them.
fn in_order(mut notes: Vec<RequestNote>) -> Vec<RequestNote> {
    notes.sort_by(|a, b| (&a.environment_id, a.at, &a.id).cmp(&(&b.environment_id, b.at, &b.id)));
    notes
}

fn masked(note: RequestNote) -> ApiLog {
    ApiLog {
        environment_id: note.environment_id,
        id: note.id,
        created_at: note.at,
        entry: ApiLogEntry {
            method: note.method,
            path: wire::path(note.template, &note.path),
            headers: note
                .headers
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
            get_params: wire::get_params(&note.query),
            post_params: wire::post_params(&note.body),
            ip_address: note
                .ip_address
                .map(|address| address.to_canonical().to_string()),
            status: note.status,
            rate_limit: note.rate_limit,
        },
    }
}

impl Service {
    /// `false`: there is no room for it, and it is not logged (L12).
    pub fn note_request(&self, note: RequestNote) -> bool {
        self.inner.notes.put(note)
    }

    /// Writes all that wait; returns how many could not be written.
    pub async fn write_api_logs(&self) -> usize {
        let notes = self.inner.notes.take();
        let (all, mut written) = (notes.len(), 0);
        if notes.is_empty() {
            return 0;
        }
        // Masking and packing many takes too long for a thread that answers.
        let segments = move || ApiLogSegment::of(in_order(notes).into_iter().map(masked));
        let Ok(mut segments) = spawn_blocking(segments).await else {
            return all;
        };
        while let Ok((some, rest)) = spawn_blocking(move || {
            let some: Vec<_> = segments.by_ref().take(MOST_AT_ONCE).collect();
            (some, segments)
        })
        .await
        {
            if some.is_empty() {
                break;
            }
            segments = rest;
            let count: usize = some.iter().map(|segment| segment.count).sum();
            let mut batch = Batch::new();
            for segment in some {
                batch.insert_api_logs(segment);
            }
            match self.commit_unconditionally(batch).await {
                Ok(()) => written += count,
                Err(error) => {
                    tracing::warn!(%error, count, "API logs could not be written");
                }
            }
        }
        all - written
    }

    pub async fn get_api_log(&self, caller: &Caller, id: &RequestId) -> Result<ApiLog, Failure> {
        let ask = Ask::api_log(&caller.environment.id, id, self.oldest_shown());
        let found = self.ask(caller, ask).await?;
        Ok(found.ok_or_else(Refusal::not_found)?)
    }

    pub async fn list_api_logs(
        &self,
        caller: &Caller,
        request: &ListRequest,
    ) -> Result<Page<ApiLog>, Failure> {
        let (environment, since) = (&caller.environment.id, self.oldest_shown());
        let slice = slice(request, |id| async move {
            self.store().api_log_cursor(environment, &id, since).await
        })
        .await?;
        let mut page = ApiLogPage::new(environment, slice, request.size, since);
        while let Some(ask) = page.missing() {
            page.add(self.ask(caller, ask).await?);
        }
        Ok(page.into_page()?)
    }

    /// L3: what is older is not shown, whether it is there yet or not.
    fn oldest_shown(&self) -> Timestamp {
        let days = i64::from(self.options().api_log_days);
        self.now().plus_seconds(-days * SECONDS_A_DAY)
    }

    /// L3: lets go of what is too old, a few at a time, so that nobody waits for it.
    pub(crate) async fn prune_api_logs(&self) -> Result<(), Failure> {
        let old = self.oldest_shown();
        for environment in self.list_environments().await? {
            while let Some(up_to) = self
                .store()
                .oldest_api_logs(&environment.id, old, MOST_PRUNED_AT_ONCE)
                .await?
            {
                let mut batch = Batch::new();
                batch.prune_api_logs(&environment.id, up_to);
                self.commit_unconditionally(batch).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use selfsame_domain::id::Id;

    use super::*;

    fn note(body: usize) -> RequestNote {
        RequestNote {
            environment_id: EnvironmentId::from_trusted("env_1".into()),
            id: RequestId::from_trusted("req_1".into()),
            at: Timestamp::from_millis(0),
            method: "POST".into(),
            path: "/api/v1/accounts".into(),
            template: "/accounts",
            query: String::new(),
            headers: Vec::new(),
            body: vec![b'x'; body],
            ip_address: None,
            status: 201,
            rate_limit: None,
        }
    }

    #[test]
    fn l12_what_waits_is_bounded_in_number_and_in_bytes() {
        let notes = Notes::default();
        let fitting = (0..=MOST_WAITING).filter(|_| notes.put(note(10))).count();
        assert_eq!(fitting, MOST_WAITING);
        assert_eq!(notes.take().len(), MOST_WAITING);
        let fitting = (0..1000).filter(|_| notes.put(note(60_000))).count();
        assert!((270..280).contains(&fitting), "{fitting}");
        assert!(notes.take().iter().all(|note| note.body.len() == 60_000));
        assert!(notes.put(note(wire::LARGEST_BODY + 1)));
        assert!(notes.take()[0].body.is_empty());
    }
}
