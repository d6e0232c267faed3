//! `Idempotency-Key` on POST (C106–C113): the first answer, byte for byte, whatever happened in between.
//!
//! The answer is stored in the transaction of its effect, sealed, as it may hold tokens. A refusal has no
//! effect and is stored by itself.

use std::sync::PoisonError;

use axum::http::{HeaderMap, Uri};
use selfsame_domain::{Refusal, RefusalKind};
use selfsame_service::{Failure, Grounds, sha256};
use selfsame_store::packed::{pack, unpack};
use selfsame_store::{Batch, CommitError, Guard, StoredAnswer};
use serde_json::Value;

use super::respond::Answer;
use crate::app::App;

const HEADER: &str = "idempotency-key";
const LONGEST_KEY: usize = 255;

/// One request's key and what its parameters hash to.
#[derive(Debug, Clone)]
pub struct Idempotency {
    pub environment_id: selfsame_domain::id::EnvironmentId,
    pub key: String,
    pub fingerprint: Vec<u8>,
}

impl Idempotency {
    pub fn key_of(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
        let Some(value) = headers.get(HEADER) else {
            return Ok(None);
        };
        let key = value
            .to_str()
            .map_err(|_| Refusal::malformed("Idempotency-Key must be printable ASCII"))?;
        match key.len() {
            0 => Ok(None),
            1..=LONGEST_KEY => Ok(Some(key.to_owned())),
            _ => Err(Refusal::malformed(
                "Idempotency-Key must be at most 255 characters long",
            )),
        }
    }

    /// Parameters compare as canonical JSON plus path plus query (C113); a body that is no JSON as it is. `parsed` is
    /// the body read already, if it could be.
    pub fn fingerprint(method: &str, uri: &Uri, body: &[u8], parsed: Option<&Value>) -> Vec<u8> {
        let json = match parsed {
            Some(json) if !body.trim_ascii().is_empty() => Some(json.clone()),
            _ => serde_json::from_slice::<Value>(body).ok(),
        };
        let canonical = json.map(|mut json| {
            json.sort_all_objects();
            json.to_string().into_bytes()
        });
        let body = canonical.as_deref().unwrap_or(body);
        let query = uri.query().unwrap_or_default();
        sha256(&[
            method.as_bytes(),
            b"\n",
            uri.path().as_bytes(),
            b"\n",
            query.as_bytes(),
            b"\n",
            body,
        ])
    }

    pub fn stored(&self, app: &App, answer: &Answer) -> StoredAnswer {
        StoredAnswer {
            environment_id: self.environment_id.clone(),
            key: self.key.clone(),
            fingerprint: self.fingerprint.clone(),
            status: answer.status,
            body: app
                .service
                .sealer()
                .seal(&pack(&answer.body), &mut app.service.entropy()),
            created_at: app.service.now(),
        }
    }

    /// The answer this key has already, if any; an error when it belongs to other parameters.
    pub async fn replay(&self, app: &App, grounds: &Grounds) -> Result<Option<Answer>, Failure> {
        let Some(stored) = app
            .service
            .find_answer(grounds, &self.environment_id, &self.key)
            .await?
        else {
            return Ok(None);
        };
        if stored.fingerprint != self.fingerprint {
            let refusal = Refusal::new(RefusalKind::Unprocessable, "Unprocessable entity");
            return Err(refusal
                .with_details("Idempotency-Key was already used with different parameters")
                .into());
        }
        let packed = app.service.sealer().open(&stored.body).ok_or_else(|| {
            Failure::Internal("a stored answer does not open with this master key".into())
        })?;
        let body = unpack(packed).ok_or_else(|| {
            let problem = "a stored answer is packed in a way this release does not know";
            Failure::Internal(problem.into())
        })?;
        Ok(Some(Answer::new(stored.status, body)))
    }

    /// Stores the answer of a request that changed nothing. Whoever was first wins; `None` if that was us.
    pub async fn keep(
        &self,
        app: &App,
        grounds: &Grounds,
        answer: &Answer,
    ) -> Result<Option<Answer>, Failure> {
        let mut batch = Batch::new();
        batch.insert_answer(&self.stored(app, answer));
        match app.service.store().commit(batch).await {
            Ok(()) => Ok(None),
            Err(CommitError::Taken(Guard::Idempotency)) => self.replay(app, grounds).await,
            Err(CommitError::Failed(error)) => Err(error.into()),
            Err(other) => Err(Failure::Internal(other.to_string())),
        }
    }

    /// Marks the key as running in this process until the guard is dropped. Two processes are kept apart by
    /// the unique index: the second finds the first one's answer when it commits.
    pub fn run<'a>(&self, app: &'a App) -> Result<Running<'a>, Refusal> {
        let entry = (self.environment_id.to_string(), self.key.clone());
        let mut running = app
            .running_keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !running.insert(entry.clone()) {
            return Err(Refusal::conflict(
                "A request with this Idempotency-Key is still being processed",
            ));
        }
        Ok(Running { app, entry })
    }
}

pub struct Running<'a> {
    app: &'a App,
    entry: (String, String),
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.app
            .running_keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.entry);
    }
}
