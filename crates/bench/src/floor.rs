//! The limit from above: an HTTP server that always answers with the same bytes.

use std::net::SocketAddr;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use hyper::body::Bytes;

use crate::Problem;

/// Runs on threads of its own, as many as the server under test has, so that the load generator is no better off
/// with it.
pub struct Floor {
    pub address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Floor {
    pub fn start(body: Bytes) -> Result<Self, Problem> {
        let runtime = Builder::new_multi_thread()
            .thread_name("floor")
            .enable_all()
            .build()?;
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let answer = move || {
            let body = body.clone();
            async move { ([(CONTENT_TYPE, "application/json; charset=utf-8")], body) }
        };
        let router = Router::new().route("/", get(answer));
        runtime.spawn(async move {
            if let Ok(listener) = TcpListener::from_std(listener) {
                // It ends with the runtime.
                drop(axum::serve(listener, router).await);
            }
        });
        Ok(Self {
            address,
            runtime: Some(runtime),
        })
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
