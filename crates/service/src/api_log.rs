//! API logs (L1–L16): noted in memory by every request, written beside them a moment later.
//!
//! A request puts what it was and how it was answered into a list, and is done with it. Once in a while all that are in
//! the list are masked and committed, so many at a time, in commits of their own. What does not fit into the list is not
//! logged, and counted; a process that ends orderly writes what it has, one that is killed loses the last second.

use std::mem;
use std::sync::{Mutex, PoisonError};

use selfsame_domain::api_log::{ApiLog, ApiLogEntry};
use selfsame_domain::id::{EnvironmentId, RequestId};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{Ask, Batch, Page};
use selfsame_wire::api_log as wire;

use crate::page::slice;
use crate::{Caller, Failure, ListRequest, Service};

/// What waits in memory at most.
const MOST_WAITING: usize = 20_000;
const MOST_WAITING_BYTES: usize = 16_777_216;
/// Logs in one commit: few enough that a request behind it hardly waits.
const MOST_AT_ONCE: usize = 250;
const MOST_PRUNED_AT_ONCE: u32 = 500;
const SECONDS_A_DAY: i64 = 86_400;

/// A request as it came, with whatever secrets and personal data are in it; it leaves the process only masked.
pub struct RequestNote {
    pub environment_id: EnvironmentId,
    pub id: RequestId,
    /// The moment in its id.
    pub at: Timestamp,
    pub method: String,
    pub path: String,
    /// The path of its operation, with its parameters in braces.
    pub template: &'static str,
    pub query: String,
    /// Those that are shown, the key not among them.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub ip_address: Option<String>,
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
        mem::take(&mut *waiting).notes
    }
}

fn masked(note: RequestNote) -> ApiLog {
    ApiLog {
        environment_id: note.environment_id,
        id: note.id,
        created_at: note.at,
        entry: ApiLogEntry {
            method: note.method,
            path: wire::path(note.template, &note.path),
            headers: note.headers,
            get_params: wire::get_params(&note.query),
            post_params: wire::post_params(&note.body),
            ip_address: note.ip_address,
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
        let mut lost = 0;
        let mut notes = notes.into_iter().peekable();
        while notes.peek().is_some() {
            let mut batch = Batch::new();
            let mut count = 0;
            for note in notes.by_ref().take(MOST_AT_ONCE) {
                batch.insert_api_log(&masked(note));
                count += 1;
            }
            if let Err(error) = self.commit_unconditionally(batch).await {
                tracing::warn!(%error, count, "API logs could not be written");
                lost += count;
            }
        }
        lost
    }

    pub async fn get_api_log(&self, caller: &Caller, id: &RequestId) -> Result<ApiLog, Failure> {
        let ask = Ask::api_log(&caller.environment.id, id);
        let found = self.ask(caller, ask).await?;
        Ok(found.ok_or_else(Refusal::not_found)?)
    }

    pub async fn list_api_logs(
        &self,
        caller: &Caller,
        request: &ListRequest,
    ) -> Result<Page<ApiLog>, Failure> {
        let environment = &caller.environment.id;
        let slice = slice(request, |id| async move {
            self.store().api_log_cursor(environment, &id).await
        })
        .await?;
        self.ask(caller, Ask::api_logs(environment, &slice, request.size))
            .await
    }

    /// L3: lets go of what is too old, a few at a time, so that nobody waits for it.
    pub(crate) async fn prune_api_logs(&self) -> Result<(), Failure> {
        let days = i64::from(self.options().api_log_days);
        let old = self.now().plus_seconds(-days * SECONDS_A_DAY);
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
