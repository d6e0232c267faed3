//! When keys were last used (K16): noted in memory by every request, written by the sweep.
//!
//! A request stores one number, and that at most once a second. The sweep writes what is new, each key once a minute at
//! most, all of them in one commit. What a server that ends has not written yet is lost: the time tells which keys are
//! still in use, and is no proof.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use selfsame_domain::Timestamp;
use selfsame_domain::id::{ApiKeyId, EnvironmentId};
use selfsame_store::Batch;

use crate::{AuthenticatedKey, Service};

const NOTE_EVERY_MS: i64 = 1000;
const WRITE_EVERY_MS: i64 = 60_000;

/// The last use of one key in this process, in milliseconds; 0: none.
#[derive(Debug, Default)]
pub(crate) struct KeyUse {
    at: AtomicI64,
    written: AtomicI64,
    tried_on: AtomicI64,
}

impl KeyUse {
    fn note(&self, now: Timestamp) {
        let now = now.millis();
        if now - self.at.load(Ordering::Relaxed) >= NOTE_EVERY_MS {
            self.at.store(now, Ordering::Relaxed);
        }
    }

    fn is_new(&self) -> bool {
        self.at.load(Ordering::Relaxed) > self.written.load(Ordering::Relaxed)
    }

    /// What is to be written now, if anything.
    fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let waited = now.millis() - self.tried_on.load(Ordering::Relaxed);
        (self.is_new() && waited >= WRITE_EVERY_MS)
            .then(|| Timestamp::from_millis(self.at.load(Ordering::Relaxed)))
    }

    fn write(&self, now: Timestamp) {
        self.tried_on.store(now.millis(), Ordering::Relaxed);
    }

    fn wrote(&self, at: Timestamp) {
        self.written.store(at.millis(), Ordering::Relaxed);
    }
}

/// Of every key that this process keeps in memory, or has yet to write something about.
#[derive(Debug, Default)]
pub(crate) struct KeyUses(Mutex<HashMap<ApiKeyId, (EnvironmentId, Arc<KeyUse>)>>);

impl KeyUses {
    fn of(&self, environment: &EnvironmentId, key: &ApiKeyId) -> Arc<KeyUse> {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, kept) = uses
            .entry(key.clone())
            .or_insert_with(|| (environment.clone(), Arc::default()));
        Arc::clone(kept)
    }

    /// Lets go of those that nobody holds and nothing is to be written about.
    fn due(&self, now: Timestamp) -> Vec<(EnvironmentId, ApiKeyId, Arc<KeyUse>, Timestamp)> {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uses.retain(|_, (_, kept)| Arc::strong_count(kept) > 1 || kept.is_new());
        uses.iter()
            .filter_map(|(key, (environment, kept))| {
                let at = kept.due(now)?;
                Some((environment.clone(), key.clone(), Arc::clone(kept), at))
            })
            .collect()
    }
}

impl Service {
    pub(crate) fn key_use(&self, environment: &EnvironmentId, key: &ApiKeyId) -> Arc<KeyUse> {
        self.inner.key_uses.of(environment, key)
    }

    /// A request with this key was answered.
    pub fn note_key_use(&self, key: &AuthenticatedKey) {
        key.last_use.note(self.now());
    }

    /// One commit, which changes nothing that servers keep in memory; none where there is nothing new.
    pub(crate) async fn write_key_uses(&self) {
        let now = self.now();
        let mut due = self.inner.key_uses.due(now);
        // In one order, so that two servers that write the same keys do not wait for one another.
        due.sort_by(|left, right| (&left.0, &left.1).cmp(&(&right.0, &right.1)));
        let mut batch = Batch::new();
        for (environment, key, _, at) in &due {
            batch.note_key_use(environment, key, *at);
        }
        for (_, _, kept, _) in &due {
            kept.write(now);
        }
        match self.commit_unconditionally(batch).await {
            Ok(()) => due.iter().for_each(|(_, _, kept, at)| kept.wrote(*at)),
            Err(error) => {
                tracing::warn!(%error, "when keys were last used could not be written; trying again in a minute");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use selfsame_domain::id::Id;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_770_113_700_000 + millis)
    }

    #[test]
    fn k16_a_use_is_due_at_once_and_then_once_a_minute() {
        let kept = KeyUse::default();
        assert_eq!(kept.due(at(0)), None);
        kept.note(at(0));
        kept.note(at(999));
        assert_eq!(kept.due(at(1000)), Some(at(0)));
        kept.write(at(1000));
        kept.wrote(at(0));
        assert_eq!(kept.due(at(90_000)), None);
        kept.note(at(2000));
        assert_eq!(kept.due(at(60_999)), None);
        assert_eq!(kept.due(at(61_000)), Some(at(2000)));
    }

    #[test]
    fn what_nobody_holds_is_let_go_of_once_it_is_written() {
        let uses = KeyUses::default();
        let environment = EnvironmentId::from_trusted("env_1".into());
        let key = ApiKeyId::from_trusted("api_1".into());
        let kept = uses.of(&environment, &key);
        kept.note(at(0));
        assert!(Arc::ptr_eq(&kept, &uses.of(&environment, &key)));
        drop(kept);
        let due = uses.due(at(0));
        let [(_, _, kept, when)] = due.as_slice() else {
            panic!("{due:?}")
        };
        kept.write(at(0));
        kept.wrote(*when);
        drop(due);
        assert!(uses.due(at(0)).is_empty());
        assert!(uses.0.lock().unwrap().is_empty());
    }
}
