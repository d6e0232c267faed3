//! Whoever a webhook calls: a real server on this machine that keeps what it gets and answers as told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Delivered {
    pub path: String,
    /// By names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Delivered {
    /// # Panics
    /// Where the body is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub fn event_id(&self) -> String {
        self.json()["data"]["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    pub fn event_name(&self) -> String {
        let name = &self.json()["data"]["attributes"]["name"];
        name.as_str().expect("a name").to_owned()
    }

    /// A header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

type Decide = Box<dyn Fn(usize, &Delivered) -> Reply + Send + Sync>;

/// What the receiver does with a request.
pub enum Reply {
    Status(u16),
    Headers(u16, Vec<(&'static str, String)>),
    /// Answers once told to, with [`Receiver::release`].
    Hold(u16),
}

struct Shared {
    kept: Mutex<Vec<Delivered>>,
    count: AtomicUsize,
    /// Those that were kept.
    arrivals: AtomicUsize,
    decide: Mutex<Decide>,
    arrived: Notify,
    released: Notify,
}

/// Ends with its owner.
pub struct Receiver {
    shared: Arc<Shared>,
    port: u16,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
    let delivered = Delivered {
        path: uri.path().to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body: body.to_vec(),
    };
    let number = shared.count.fetch_add(1, Ordering::SeqCst);
    let reply = {
        let decide = shared.decide.lock().unwrap_or_else(PoisonError::into_inner);
        decide(number, &delivered)
    };
    let kept = |shared: &Shared| {
        let mut kept = shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(delivered);
    };
    kept(&shared);
    shared.arrivals.fetch_add(1, Ordering::SeqCst);
    shared.arrived.notify_waiters();
    let code = |status| StatusCode::from_u16(status).expect("a status");
    match reply {
        Reply::Status(status) => code(status).into_response(),
        Reply::Headers(status, headers) => {
            let mut response = code(status).into_response();
            for (name, value) in headers {
                let value = value.parse().expect("a value");
                response.headers_mut().append(name, value);
            }
            response
        }
        Reply::Hold(status) => {
            shared.released.notified().await;
            code(status).into_response()
        }
    }
}

impl Receiver {
    /// Answers every request with this.
    pub async fn answering(status: u16) -> Self {
        Self::start(move |_, _| Reply::Status(status)).await
    }

    /// `decide` is asked with the number of the request, from 0.
    pub async fn start(
        decide: impl Fn(usize, &Delivered) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared {
            kept: Mutex::default(),
            count: AtomicUsize::new(0),
            arrivals: AtomicUsize::new(0),
            decide: Mutex::new(Box::new(decide)),
            arrived: Notify::new(),
            released: Notify::new(),
        });
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("a server");
        });
        Self { shared, port, task }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// From now on.
    pub fn answer(&self, decide: impl Fn(usize, &Delivered) -> Reply + Send + Sync + 'static) {
        let mut place = self
            .shared
            .decide
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *place = Box::new(decide);
    }

    /// One that holds its answer gives it.
    pub fn release(&self) {
        self.shared.released.notify_one();
    }

    /// Everything so far, in the order in which it came.
    pub fn all(&self) -> Vec<Delivered> {
        let kept = self.shared.kept.lock();
        kept.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn event_names(&self) -> Vec<String> {
        self.all().iter().map(Delivered::event_name).collect()
    }

    /// Forgets what came.
    pub fn take(&self) -> Vec<Delivered> {
        let mut kept = self
            .shared
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *kept)
    }

    /// Waits until so many have come in all.
    pub async fn wait_for(&self, count: usize) {
        loop {
            let arrived = self.shared.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            if self.shared.arrivals.load(Ordering::SeqCst) >= count {
                return;
            }
            arrived.await;
        }
    }
}
