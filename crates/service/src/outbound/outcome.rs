//! What came of an attempt, in words that stay the same (W52, W56, W57).

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use hyper::{Response, StatusCode};
use hyper_util::client::legacy;
use rustls::CertificateError;

use super::connect::ConnectFailure;

/// How much of an answer's head is kept, in bytes.
const HEAD: usize = 1024;
const LEFT_OUT: &str = "(left out)";
/// A header whose name has one of these holds what opens something.
const SECRET_NAMES: [&str; 9] = [
    "authenti",
    "authori",
    "cookie",
    "credential",
    "key",
    "password",
    "secret",
    "session",
    "token",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Answered {
        status: u16,
        /// Status line and header lines, 1 KiB at most, without what is secret.
        head: String,
    },
    Failed(AttemptFailure),
}

/// Why there was no complete answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptFailure {
    pub kind: FailureKind,
    /// For people.
    pub sentence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    InvalidUrl,
    RefusedAddress,
    Unresolved,
    Connect,
    Tls,
    Timeout,
    Reset,
    Protocol,
}

impl FailureKind {
    pub const ALL: [Self; 8] = [
        Self::InvalidUrl,
        Self::RefusedAddress,
        Self::Unresolved,
        Self::Connect,
        Self::Tls,
        Self::Timeout,
        Self::Reset,
        Self::Protocol,
    ];

    /// Stored and shown; never changes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidUrl => "invalid-url",
            Self::RefusedAddress => "refused-address",
            Self::Unresolved => "unresolved",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Protocol => "protocol",
        }
    }
}

impl Outcome {
    pub(super) fn answered<B>(answer: &Response<B>) -> Self {
        Self::Answered {
            status: answer.status().as_u16(),
            head: head(answer),
        }
    }

    /// W52.
    pub fn succeeded(&self) -> bool {
        matches!(
            self,
            Self::Answered {
                status: 200 | 201 | 202 | 204,
                ..
            }
        )
    }
}

impl AttemptFailure {
    pub(super) fn new(kind: FailureKind, sentence: String) -> Self {
        Self { kind, sentence }
    }

    /// `begun`: the head of the answer had come.
    pub(super) fn timeout(limit: Duration, begun: bool) -> Self {
        let sentence = if begun {
            format!("The answer began, and was not complete within {limit:?}.")
        } else {
            format!("No answer came within {limit:?}.")
        };
        Self::new(FailureKind::Timeout, sentence)
    }

    /// What the client says when no answer came, or only a part of one.
    pub(super) fn of(error: &(dyn Error + 'static), host: &str) -> Self {
        if let Some(failure) = find::<ConnectFailure>(error) {
            return Self::of_connect(failure, host);
        }
        if let Some(failure) = find::<rustls::Error>(error) {
            return Self::new(FailureKind::Tls, tls_sentence(failure, host));
        }
        if let Some(failure) = find::<hyper::Error>(error) {
            // A chunk whose length makes no sense comes as an `io::Error`.
            let is_nonsense = |error: &io::Error| {
                let kind = error.kind();
                matches!(
                    kind,
                    io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
                )
            };
            return if failure.is_timeout() {
                let sentence = format!("{host} no longer answers on this connection.");
                Self::new(FailureKind::Timeout, sentence)
            } else if failure.is_parse() || find(failure).is_some_and(is_nonsense) {
                let sentence = format!("What {host} sent is not an answer in HTTP.");
                Self::new(FailureKind::Protocol, sentence)
            } else {
                Self::reset(host)
            };
        }
        let in_the_handshake = find::<legacy::Error>(error).is_some_and(legacy::Error::is_connect);
        if in_the_handshake {
            let sentence = format!("{host} closed the connection while TLS was being set up.");
            Self::new(FailureKind::Tls, sentence)
        } else {
            Self::reset(host)
        }
    }

    fn of_connect(failure: &ConnectFailure, host: &str) -> Self {
        let (kind, sentence) = match failure {
            ConnectFailure::Refused(network) => (
                FailureKind::RefusedAddress,
                format!("{host} leads to {network}, which may not be called."),
            ),
            ConnectFailure::Clear => (
                FailureKind::RefusedAddress,
                format!(
                    "{host} is not this machine, and nothing else may be called without https."
                ),
            ),
            ConnectFailure::Unresolved => (
                FailureKind::Unresolved,
                format!("No address was found for {host}."),
            ),
            ConnectFailure::Io(error) => (
                FailureKind::Connect,
                format!("No connection to {host}: {}.", error.kind()),
            ),
        };
        Self::new(kind, sentence)
    }

    fn reset(host: &str) -> Self {
        let sentence = format!("{host} closed the connection before its answer was complete.");
        Self::new(FailureKind::Reset, sentence)
    }
}

fn tls_sentence(error: &rustls::Error, host: &str) -> String {
    use CertificateError as Certificate;
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return match error {
            rustls::Error::InvalidMessage(_) => format!("{host} does not speak TLS on this port."),
            _ => format!("TLS with {host} failed: {error}."),
        };
    };
    let wrong = match certificate {
        Certificate::Expired | Certificate::ExpiredContext { .. } => "has expired",
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => "is not valid yet",
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            "is for another name"
        }
        Certificate::UnknownIssuer => "is from an authority that is not trusted here",
        Certificate::Revoked => "is revoked",
        other => return format!("The certificate of {host} is not valid: {other}."),
    };
    format!("The certificate of {host} {wrong}.")
}

/// Of an error and its causes, the first of a type.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // What an `io::Error` wraps is not its source; that is one further.
        next = match error.downcast_ref().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn head<B>(answer: &Response<B>) -> String {
    let status = answer.status();
    let reason = StatusCode::canonical_reason(&status).unwrap_or_default();
    let mut head = format!("{:?} {} {reason}", answer.version(), status.as_u16());
    head.truncate(head.trim_end().len());
    for (name, value) in answer.headers() {
        if head.len() > HEAD {
            break;
        }
        let is_secret = SECRET_NAMES.iter().any(|part| name.as_str().contains(part));
        let value = if is_secret {
            LEFT_OUT.into()
        } else {
            String::from_utf8_lossy(value.as_bytes())
        };
        // Writing to a string does not fail.
        let _ = write!(head, "\n{name}: {value}");
    }
    head.truncate(head.floor_char_boundary(HEAD));
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w56_a_head_is_kept_without_what_is_secret() {
        let answer = Response::builder()
            .status(301)
            .header("location", "https://elsewhere.example/")
            .header("set-cookie", "id=4711")
            .header("WWW-Authenticate", "Bearer realm=4711")
            .header("x-api-key", "4711")
            .header("x-csrf-token", "4711")
            .body(())
            .unwrap();
        assert_eq!(
            head(&answer),
            "HTTP/1.1 301 Moved Permanently\n\
             location: https://elsewhere.example/\n\
             set-cookie: (left out)\n\
             www-authenticate: (left out)\n\
             x-api-key: (left out)\n\
             x-csrf-token: (left out)"
        );
    }

    #[test]
    fn w56_a_long_head_is_cut_between_two_characters() {
        let long = "ü".repeat(2000);
        let answer = Response::builder().status(299).header("x", long.as_str());
        let kept = head(&answer.body(()).unwrap());
        assert!(kept.starts_with("HTTP/1.1 299\nx: üü"), "{kept}");
        assert_eq!(kept.len(), 1024);
    }

    #[test]
    fn w52_four_statuses_are_a_success() {
        let succeeded = |status| {
            let head = String::new();
            Outcome::Answered { status, head }.succeeded()
        };
        let found: Vec<u16> = (100..600).filter(|status| succeeded(*status)).collect();
        assert_eq!(found, [200, 201, 202, 204]);
    }
}
