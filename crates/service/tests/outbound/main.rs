//! Calls to the outside, with real sockets at the other end.

mod addresses;
mod answers;
mod failures;
mod names;
mod receiver;
mod tls;

use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use selfsame_service::{Attempt, FailureKind, OutboundOptions, Outcome, Outgoing, Sender};

pub const BODY: &[u8] = b"{\"data\":1}";

/// As on a developer's machine.
pub fn local() -> OutboundOptions {
    OutboundOptions {
        loopback: true,
        ..OutboundOptions::default()
    }
}

pub fn local_within(millis: u64) -> OutboundOptions {
    OutboundOptions {
        timeout: Duration::from_millis(millis),
        ..local()
    }
}

pub fn outgoing(url: &str) -> Outgoing {
    Outgoing {
        url: url.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::from_static(BODY),
    }
}

pub async fn send(options: &OutboundOptions, url: &str) -> Attempt {
    let sender = Sender::new(options).unwrap();
    sender.send(outgoing(url)).await
}

#[track_caller]
pub fn status(attempt: &Attempt) -> u16 {
    match &attempt.outcome {
        Outcome::Answered { status, .. } => *status,
        Outcome::Failed(failure) => panic!("no answer: {failure:?}"),
    }
}

/// The sentence, if the kind is the one expected.
#[track_caller]
pub fn failed(attempt: &Attempt, kind: FailureKind) -> &str {
    match &attempt.outcome {
        Outcome::Failed(failure) if failure.kind == kind => {
            assert!(!attempt.succeeded());
            &failure.sentence
        }
        other => panic!("not {}: {other:?}", kind.as_str()),
    }
}
