//! TLS: who is believed, and HTTP/2.

use std::convert::Infallible;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use hyper::service::service_fn;
use hyper::{Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use selfsame_service::{Attempt, FailureKind, OutboundOptions, Sender};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::names::{Names, entries};
use crate::receiver::{Receiver, Scripted, with_status};
use crate::{BODY, failed, local, outgoing, send, status};

pub const HOST: &str = "hook.example";
const BOTH: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// A certificate authority of a test's own.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    pub fn new() -> Self {
        Self::named("an authority")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            folder,
        }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A server of the right name.
    pub fn server(&self, protocols: &[&[u8]]) -> ServerConfig {
        self.server_with(params(HOST), protocols)
    }

    fn server_with(&self, params: CertificateParams, protocols: &[&[u8]]) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        config
    }

    /// Trusts this authority, and believes that every name is this machine.
    fn sender(&self) -> Sender {
        let options = OutboundOptions {
            allow: entries(&["127.0.0.1"]),
            ca_file: Some(self.file()),
            ..OutboundOptions::default()
        };
        Sender::with_resolver(&options, Names::new(&[&["127.0.0.1"]])).unwrap()
    }
}

fn params(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

fn url(port: u16) -> String {
    format!("https://{HOST}:{port}/")
}

/// One call to a receiver that has this certificate.
async fn call(authority: &Authority, server: ServerConfig) -> Attempt {
    let receiver = Receiver::start("127.0.0.1:0", Some(server), |_| with_status(200)).await;
    let attempt = authority
        .sender()
        .send(outgoing(&url(receiver.address.port())))
        .await;
    assert_eq!(receiver.seen().len(), usize::from(attempt.succeeded()));
    attempt
}

#[tokio::test]
async fn w54_http_2_is_spoken_where_the_receiver_can_and_calls_share_one_connection() {
    let authority = Authority::new();
    let server = authority.server(&BOTH);
    let receiver = Receiver::start("127.0.0.1:0", Some(server), |_| with_status(200)).await;
    let sender = authority.sender();
    let url = url(receiver.address.port());
    let first = sender.send(outgoing(&url)).await;
    assert!(first.succeeded(), "{first:?}");
    let together = (
        sender.send(outgoing(&url)),
        sender.send(outgoing(&url)),
        sender.send(outgoing(&url)),
    );
    let (a, b, c) = tokio::join!(together.0, together.1, together.2);
    assert!(a.succeeded() && b.succeeded() && c.succeeded());
    let seen = receiver.seen();
    assert_eq!((seen.len(), receiver.connections()), (4, 1));
    for request in seen {
        assert_eq!(request.version, Version::HTTP_2);
        assert_eq!(request.body, BODY);
        assert_eq!(request.headers["content-type"], "application/json");
    }
}

#[tokio::test]
async fn w54_http_1_1_is_spoken_where_the_receiver_cannot_more() {
    let authority = Authority::new();
    for protocols in [&[][..], &BOTH[1..]] {
        let server = authority.server(protocols);
        let receiver = Receiver::start("127.0.0.1:0", Some(server), |_| with_status(200)).await;
        let sender = authority.sender();
        for _ in 0..2 {
            let attempt = sender.send(outgoing(&url(receiver.address.port()))).await;
            assert!(attempt.succeeded(), "{attempt:?}");
        }
        assert_eq!(receiver.seen()[0].version, Version::HTTP_11);
        assert_eq!(receiver.connections(), 1);
    }
}

#[tokio::test]
async fn w54_a_certificate_that_is_not_to_be_believed_ends_the_call() {
    let authority = Authority::new();
    let stranger = Authority::named("a stranger");
    let attempt = call(&authority, stranger.server(&BOTH)).await;
    assert_eq!(
        failed(&attempt, FailureKind::Tls),
        "The certificate of hook.example is from an authority that is not trusted here."
    );

    let other_name = authority.server_with(params("other.example"), &BOTH);
    let attempt = call(&authority, other_name).await;
    assert_eq!(
        failed(&attempt, FailureKind::Tls),
        "The certificate of hook.example is for another name."
    );

    let mut expired = params(HOST);
    expired.not_before = date_time_ymd(2019, 1, 1);
    expired.not_after = date_time_ymd(2020, 1, 1);
    let attempt = call(&authority, authority.server_with(expired, &BOTH)).await;
    assert_eq!(
        failed(&attempt, FailureKind::Tls),
        "The certificate of hook.example has expired."
    );

    let mut early = params(HOST);
    early.not_before = date_time_ymd(2999, 1, 1);
    early.not_after = date_time_ymd(3000, 1, 1);
    let attempt = call(&authority, authority.server_with(early, &BOTH)).await;
    assert_eq!(
        failed(&attempt, FailureKind::Tls),
        "The certificate of hook.example is not valid yet."
    );
}

#[tokio::test]
async fn https_to_a_port_without_tls_is_told_so() {
    let receiver = Scripted::start(|mut stream| async move {
        use tokio::io::AsyncWriteExt as _;
        stream.readable().await.unwrap();
        let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        crate::receiver::until_closed(&mut stream).await
    })
    .await;
    let authority = Authority::new();
    let attempt = authority
        .sender()
        .send(outgoing(&url(receiver.address.port())))
        .await;
    assert_eq!(
        failed(&attempt, FailureKind::Tls),
        "hook.example does not speak TLS on this port."
    );
}

#[tokio::test]
async fn http_to_a_port_with_tls_is_told_so() {
    let authority = Authority::new();
    let server = authority.server(&BOTH);
    let receiver = Receiver::start("127.0.0.1:0", Some(server), |_| with_status(200)).await;
    let attempt = send(&local(), &receiver.url("/")).await;
    failed(&attempt, FailureKind::Protocol);
}

#[tokio::test]
async fn a_connection_that_ends_in_the_handshake_is_told_so() {
    let receiver = Scripted::start(|stream| async move {
        stream.readable().await.unwrap();
    })
    .await;
    let attempt = Authority::new()
        .sender()
        .send(outgoing(&url(receiver.address.port())))
        .await;
    let sentence = failed(&attempt, FailureKind::Tls);
    assert!(
        sentence.contains("while TLS was being set up"),
        "{sentence}"
    );
}

/// Gives zeros for as long as they are taken, counts them, and may break off.
struct Zeros {
    given: Arc<AtomicUsize>,
    breaks_at: usize,
}

impl Body for Zeros {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        const PIECE: usize = 8192;
        let given = self.given.fetch_add(PIECE, Ordering::SeqCst);
        Poll::Ready(Some(if given >= self.breaks_at {
            Err(std::io::Error::other("enough"))
        } else {
            Ok(Frame::data(Bytes::from_static(&[0; PIECE])))
        }))
    }
}

/// Answers over HTTP/2 with zeros, and counts them.
async fn pour(authority: &Authority, breaks_at: usize) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::new(authority.server(&BOTH)));
    let given = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&given);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let stream = acceptor.accept(stream).await.unwrap();
        let service = service_fn(move |_| {
            let given = Arc::clone(&given);
            let answer = Response::new(Zeros { given, breaks_at });
            std::future::ready(Ok::<_, Infallible>(answer))
        });
        let builder = auto::Builder::new(TokioExecutor::new());
        drop(
            builder
                .serve_connection(TokioIo::new(stream), service)
                .await,
        );
    });
    (port, counted)
}

#[tokio::test]
async fn w53_an_answer_without_end_over_http_2_counts_by_its_status_and_is_let_go() {
    let authority = Authority::new();
    let (port, given) = pour(&authority, usize::MAX).await;
    let sender = authority.sender();
    let attempt = sender.send(outgoing(&url(port))).await;
    assert_eq!(status(&attempt), 200);
    // The stream has ended, the connection goes on.
    let attempt = sender.send(outgoing(&url(port))).await;
    assert!(attempt.succeeded(), "{attempt:?}");
    let given = given.load(Ordering::SeqCst);
    assert!(given < 4 << 20, "{given} bytes were taken");
}

#[tokio::test]
async fn an_answer_that_is_broken_off_over_http_2_is_a_reset() {
    let authority = Authority::new();
    let (port, _) = pour(&authority, 16_384).await;
    let attempt = authority.sender().send(outgoing(&url(port))).await;
    failed(&attempt, FailureKind::Reset);
}

#[test]
fn a_file_of_authorities_that_is_no_use_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ca.pem");
    let said = || {
        let options = OutboundOptions {
            ca_file: Some(file.clone()),
            ..OutboundOptions::default()
        };
        let said = Sender::new(&options).unwrap_err().to_string();
        let named = format!("webhooks.ca-file {}: ", file.display());
        said.strip_prefix(&named).unwrap().to_owned()
    };
    assert!(said().contains("No such file"), "{}", said());
    for (text, reason) in [
        ("", "there is no certificate in this file"),
        ("nonsense", "there is no certificate in this file"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "",
        ),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n", ""),
    ] {
        std::fs::write(&file, text).unwrap();
        assert!(said().contains(reason), "{text:?}: {}", said());
    }
}
