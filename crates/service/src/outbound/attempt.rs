//! One attempt to deliver: a POST, and what came of it (W52–W56).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request};

use super::client::{self, HttpClient};
use super::target::Target;
use super::{
    AttemptFailure, FailureKind, OutboundError, OutboundOptions, Outcome, Resolve, SystemResolver,
};

/// How much of an answer's body is read, in bytes.
const ANSWER: usize = 64 * 1024;
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("Selfsame/", env!("CARGO_PKG_VERSION")));

/// Headers that say where a request goes and where it ends: nobody else's to set.
const FRAMING: [HeaderName; 10] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What is to be sent.
#[derive(Clone)]
pub struct Outgoing {
    pub url: String,
    /// Besides content type and user agent, which are ours.
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What came of sending it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub duration: Duration,
    pub outcome: Outcome,
}

impl Attempt {
    /// W52.
    pub fn succeeded(&self) -> bool {
        self.outcome.succeeded()
    }
}

/// Sends to addresses that somebody else chose. Copies share their connections.
#[derive(Debug, Clone)]
pub struct Sender {
    client: HttpClient,
    loopback: bool,
    timeout: Duration,
}

impl Sender {
    pub fn new(options: &OutboundOptions) -> Result<Self, OutboundError> {
        Self::with_resolver(options, Arc::new(SystemResolver::default()))
    }

    pub fn with_resolver(
        options: &OutboundOptions,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, OutboundError> {
        Ok(Self {
            client: client::build(options, resolver)?,
            loopback: options.loopback,
            timeout: options.timeout,
        })
    }

    /// Never fails: a failure is an outcome.
    pub async fn send(&self, outgoing: Outgoing) -> Attempt {
        let begun = Instant::now();
        let outcome = match self.exchange_in_time(outgoing).await {
            Ok(outcome) => outcome,
            Err(failure) => Outcome::Failed(failure),
        };
        Attempt {
            duration: begun.elapsed(),
            outcome,
        }
    }

    async fn exchange_in_time(&self, outgoing: Outgoing) -> Result<Outcome, AttemptFailure> {
        let target = Target::parse(&outgoing.url, self.loopback)
            .map_err(|sentence| AttemptFailure::new(FailureKind::InvalidUrl, sentence))?;
        let answer_began = AtomicBool::new(false);
        let exchange = self.exchange(&target, outgoing, &answer_began);
        let in_time = tokio::time::timeout(self.timeout, exchange).await;
        in_time.unwrap_or_else(|_| {
            let began = answer_began.load(Ordering::Relaxed);
            Err(AttemptFailure::timeout(self.timeout, began))
        })
    }

    async fn exchange(
        &self,
        target: &Target,
        outgoing: Outgoing,
        answer_began: &AtomicBool,
    ) -> Result<Outcome, AttemptFailure> {
        let mut request = Request::new(Full::new(outgoing.body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = target.uri.clone();
        *request.headers_mut() = headers(outgoing.headers);
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| AttemptFailure::of(&error, &target.host))?;
        answer_began.store(true, Ordering::Relaxed);
        let outcome = Outcome::answered(&answer);
        let read = read(answer.into_body()).await;
        read.map_err(|error| AttemptFailure::of(&error, &target.host))?;
        Ok(outcome)
    }
}

/// As they are sent, but for those of the connection.
pub(crate) fn headers(mut headers: HeaderMap) -> HeaderMap {
    for name in FRAMING {
        headers.remove(name);
    }
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::USER_AGENT, USER_AGENT);
    headers
}

/// Reads to the end and forgets it; what is longer is let go, which ends its connection.
async fn read(mut body: Incoming) -> Result<(), hyper::Error> {
    let mut left = ANSWER;
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else {
            break;
        };
        let length = frame?.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => break,
        }
    }
    Ok(())
}
