//! A receiver of webhooks: it answers 200 at once, counts, and keeps what is asked for afterwards.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::Problem;

/// Bodies that are kept, to be sent again without a server.
const KEPT: usize = 512;

#[derive(Default)]
struct Heard {
    deliveries: u64,
    connections: u64,
    first: Option<Instant>,
    bodies: Vec<Bytes>,
    /// By the id of the event's object.
    arrivals: Option<HashMap<String, Instant>>,
}

/// Runs on threads of its own, so that whoever sends is no better off in this process than in another.
pub struct Sink {
    address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
    runtime: Option<Runtime>,
}

fn locked(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sink {
    pub fn start() -> Result<Self, Problem> {
        let runtime = Builder::new_multi_thread()
            .thread_name("sink")
            .enable_all()
            .build()?;
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let heard = Arc::default();
        let shared = Arc::clone(&heard);
        runtime.spawn(async move {
            let Ok(listener) = TcpListener::from_std(listener) else {
                return;
            };
            while let Ok((stream, _)) = listener.accept().await {
                // Without it answers wait for acknowledgements; one that cannot be set is slow, and no worse.
                drop(stream.set_nodelay(true));
                let heard = Arc::clone(&shared);
                locked(&heard).connections += 1;
                let answer = service_fn(move |request| hear(Arc::clone(&heard), request));
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
                // It ends with its peer, or with the runtime.
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        Ok(Self {
            address,
            heard,
            runtime: Some(runtime),
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}/webhooks", self.address)
    }

    /// Counts from nothing; the bodies that were kept stay.
    pub fn begin(&self) {
        let mut heard = locked(&self.heard);
        (heard.deliveries, heard.connections, heard.first) = (0, 0, None);
    }

    pub fn deliveries(&self) -> u64 {
        locked(&self.heard).deliveries
    }

    /// Those that were made since it began, whether they still stand or not.
    pub fn connections(&self) -> u64 {
        locked(&self.heard).connections
    }

    pub fn first(&self) -> Option<Instant> {
        locked(&self.heard).first
    }

    pub fn bodies(&self) -> Vec<Bytes> {
        locked(&self.heard).bodies.clone()
    }

    /// From now on, when the event of which object came.
    pub fn note_arrivals(&self) {
        locked(&self.heard).arrivals = Some(HashMap::new());
    }

    /// What was noted; nothing more is.
    pub fn take_arrivals(&self) -> HashMap<String, Instant> {
        locked(&self.heard).arrivals.take().unwrap_or_default()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Called once the head is there.
async fn hear(
    heard: Arc<Mutex<Heard>>,
    request: Request<Incoming>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let now = Instant::now();
    if let Ok(body) = request.into_body().collect().await {
        let body = body.to_bytes();
        let mut heard = locked(&heard);
        heard.deliveries += 1;
        heard.first.get_or_insert(now);
        if let Some(arrivals) = &mut heard.arrivals {
            arrivals.extend(object_of(&body).map(|object| (object, now)));
        }
        if heard.bodies.len() < KEPT {
            heard.bodies.push(body);
        }
    }
    Ok(Response::new(Empty::new()))
}

fn object_of(body: &[u8]) -> Option<String> {
    let event: Value = serde_json::from_slice(body).ok()?;
    let id = &event["data"]["attributes"]["payload"]["data"]["id"];
    id.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use hyper::{Method, StatusCode};

    use super::*;
    use crate::client::{Client, Target};

    #[tokio::test]
    async fn the_sink_counts_deliveries_and_connections_and_notes_whose_events_came() {
        let sink = Sink::start().unwrap();
        sink.note_arrivals();
        let target = Target::parse(&sink.url(), String::new(), String::new()).unwrap();
        let mut client = Client::connect(&target).await.unwrap();
        for object in ["inq_1", "inq_2"] {
            let body = format!(
                r#"{{"data":{{"attributes":{{"payload":{{"data":{{"id":"{object}"}}}}}}}}}}"#
            );
            let sent = client.send(Method::POST, "/webhooks", Some((body, "key")));
            assert_eq!(sent.await.unwrap().0, StatusCode::OK);
        }
        assert_eq!((sink.deliveries(), sink.connections()), (2, 1));
        assert_eq!(sink.bodies().len(), 2);
        let arrivals = sink.take_arrivals();
        assert_eq!(arrivals.len(), 2);
        assert_eq!(arrivals["inq_1"], sink.first().unwrap());
        assert!(arrivals["inq_1"] < arrivals["inq_2"]);
        sink.begin();
        assert_eq!((sink.deliveries(), sink.connections()), (0, 0));
        assert!(sink.first().is_none());
    }
}
