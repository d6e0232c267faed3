//! Receivers: one that speaks HTTP well, and ones that do what a script says.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use crate::BODY;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: Method,
    pub target: String,
    pub version: Version,
    pub headers: HeaderMap,
    pub body: Bytes,
}

type Answer = Arc<dyn Fn(&Seen) -> Response<Full<Bytes>> + Send + Sync>;

/// A server that answers each request as it is told, and remembers it.
#[derive(Clone)]
pub struct Receiver {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<Seen>>>,
    answer: Answer,
}

impl Receiver {
    pub async fn answering(
        answer: impl Fn(&Seen) -> Response<Full<Bytes>> + Send + Sync + 'static,
    ) -> Self {
        Self::start("127.0.0.1:0", None, answer).await
    }

    pub async fn with_status(status: u16) -> Self {
        Self::answering(move |_| with_status(status)).await
    }

    pub async fn start(
        address: &str,
        tls: Option<ServerConfig>,
        answer: impl Fn(&Seen) -> Response<Full<Bytes>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            connections: Arc::default(),
            seen: Arc::default(),
            answer: Arc::new(answer),
        };
        let tls = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        tokio::spawn(receiver.clone().accept(listener, tls));
        receiver
    }

    async fn accept(self, listener: TcpListener, tls: Option<TlsAcceptor>) {
        while let Ok((stream, _)) = listener.accept().await {
            self.connections.fetch_add(1, Ordering::SeqCst);
            let (receiver, tls) = (self.clone(), tls.clone());
            tokio::spawn(async move {
                match tls {
                    None => receiver.serve(stream).await,
                    Some(tls) => {
                        // A client that does not trust us ends here.
                        if let Ok(stream) = tls.accept(stream).await {
                            receiver.serve(stream).await;
                        }
                    }
                }
            });
        }
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let service = service_fn(move |request| self.clone().note(request));
        let builder = auto::Builder::new(TokioExecutor::new());
        // How a connection ends is the client's business.
        drop(
            builder
                .serve_connection(TokioIo::new(stream), service)
                .await,
        );
    }

    async fn note(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let (parts, body) = request.into_parts();
        let seen = Seen {
            method: parts.method,
            target: parts.uri.to_string(),
            version: parts.version,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        };
        let answer = (self.answer)(&seen);
        self.seen.lock().unwrap().push(seen);
        Ok(answer)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub fn with_status(status: u16) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .body(Full::default())
        .unwrap()
}

/// Does with each connection what the script says, and tells what the script saw.
pub struct Scripted<T> {
    pub address: SocketAddr,
    told: mpsc::UnboundedReceiver<T>,
}

impl<T: Send + 'static> Scripted<T> {
    pub async fn start<F>(script: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = T> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, told) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tell, told) = (tell.clone(), script(stream));
                tokio::spawn(async move { tell.send(told.await) });
            }
        });
        Self { address, told }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// What the script of the next connection that has ended saw.
    pub async fn told(&mut self) -> T {
        self.told.recv().await.unwrap()
    }

    pub fn has_told(&mut self) -> bool {
        self.told.try_recv().is_ok()
    }
}

/// Reads a request to its end.
pub async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(BODY) {
        assert!(stream.read_buf(&mut request).await.unwrap() > 0);
    }
    String::from_utf8(request).unwrap()
}

/// Waits until the client has closed the connection, and says how many bytes came before that.
pub async fn until_closed(stream: &mut TcpStream) -> usize {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes).await {
        Ok(length) => length,
        Err(error) => {
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
            bytes.len()
        }
    }
}
