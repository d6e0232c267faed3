//! One read for all who want it at the same time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use selfsame_store::StoreError;
use tokio::sync::oneshot;

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// Whoever asks gets what a read found that began after the asking: one that runs already is no answer, the next one is
/// shared by all who came meanwhile.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    running: bool,
    waiting: Vec<Answer<T>>,
}

impl<T: Clone + Send + 'static> Shared<T> {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                running: false,
                waiting: Vec::new(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `read` is the same read, whoever brings it.
    pub async fn ask<F>(
        self: &Arc<Self>,
        read: impl Fn() -> F + Send + 'static,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        let (answer, outcome) = oneshot::channel();
        let is_first = {
            let mut state = self.state();
            state.waiting.push(answer);
            !std::mem::replace(&mut state.running, true)
        };
        if is_first {
            let shared = Arc::clone(self);
            // Its own task: who asked first may give up, and the others still wait.
            tokio::spawn(async move {
                while let Some(waiting) = shared.next_turn() {
                    let found = read().await;
                    for answer in waiting {
                        drop(answer.send(found.clone()));
                    }
                }
            });
        }
        outcome.await.map_err(|_| StoreError::Closed)?
    }

    fn next_turn(&self) -> Option<Vec<Answer<T>>> {
        let mut state = self.state();
        state.running = !state.waiting.is_empty();
        state.running.then(|| std::mem::take(&mut state.waiting))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn a_running_read_is_not_joined_and_the_next_is_shared() {
        let shared = Shared::<i64>::new();
        let (begun, gate) = (Arc::new(AtomicI64::new(0)), Arc::new(Semaphore::new(0)));
        let ask = || {
            let (shared, begun, gate) = (shared.clone(), begun.clone(), gate.clone());
            tokio::spawn(async move {
                let read = move || {
                    let (begun, gate) = (begun.clone(), gate.clone());
                    async move {
                        let number = begun.fetch_add(1, Ordering::SeqCst) + 1;
                        gate.acquire().await.unwrap().forget();
                        Ok(number)
                    }
                };
                shared.ask(read).await.unwrap()
            })
        };
        let first = ask();
        while begun.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let later = [ask(), ask(), ask()];
        while shared.state().waiting.len() < later.len() {
            tokio::task::yield_now().await;
        }
        gate.add_permits(2);
        assert_eq!(first.await.unwrap(), 1);
        for answer in later {
            assert_eq!(answer.await.unwrap(), 2);
        }
        gate.add_permits(1);
        assert_eq!(ask().await.unwrap(), 3);
    }
}
