//! Receivers that answer.

use std::sync::Arc;

use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Response};
use selfsame_service::{Outcome, Outgoing, Sender};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::receiver::{Receiver, Scripted, read_request, until_closed};
use crate::{BODY, local, outgoing, send, status};

#[tokio::test]
async fn w54_a_request_is_a_post_of_the_body_with_our_headers_and_the_callers() {
    let receiver = Receiver::with_status(200).await;
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("persona-signature", "t=1,v1=2"),
        ("authorization", "Bearer x"),
        ("content-type", "text/plain"),
        ("user-agent", "somebody"),
        ("host", "elsewhere.example"),
        ("content-length", "3"),
        ("transfer-encoding", "chunked"),
        ("connection", "close"),
        ("expect", "100-continue"),
        ("upgrade", "websocket"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    let sender = Sender::new(&local()).unwrap();
    let attempt = sender
        .send(Outgoing {
            headers,
            ..outgoing(&receiver.url("/hook?a=b#c"))
        })
        .await;
    assert!(attempt.succeeded(), "{attempt:?}");
    let seen = &receiver.seen()[0];
    assert_eq!(seen.method, Method::POST);
    assert_eq!(seen.target, "/hook?a=b");
    assert_eq!(seen.body, BODY);
    let host = receiver.address.to_string();
    let agent = concat!("Selfsame/", env!("CARGO_PKG_VERSION"));
    let mut headers: Vec<_> = seen
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    headers.sort_unstable();
    assert_eq!(
        headers,
        [
            ("authorization", "Bearer x"),
            ("content-length", "10"),
            ("content-type", "application/json"),
            ("host", host.as_str()),
            ("persona-signature", "t=1,v1=2"),
            ("user-agent", agent),
        ]
    );
}

#[tokio::test]
async fn w54_names_of_headers_are_written_with_capitals() {
    let mut receiver = Scripted::start(|mut stream| async move {
        let request = read_request(&mut stream).await;
        let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        request
    })
    .await;
    let mut request = outgoing(&receiver.url());
    let signature = HeaderName::from_static("persona-signature");
    request
        .headers
        .insert(signature, HeaderValue::from_static("t=1,v1=2"));
    let attempt = Sender::new(&local()).unwrap().send(request).await;
    assert_eq!(status(&attempt), 204);
    let request = receiver.told().await;
    assert!(
        request.contains("\r\nPersona-Signature: t=1,v1=2\r\n"),
        "{request}"
    );
}

#[tokio::test]
async fn w55_a_connection_is_kept_for_the_next_call() {
    let receiver = Receiver::answering(|_| Response::new("thank you".into())).await;
    let sender = Sender::new(&local()).unwrap();
    for _ in 0..5 {
        let attempt = sender.clone().send(outgoing(&receiver.url("/"))).await;
        assert!(attempt.succeeded(), "{attempt:?}");
    }
    assert_eq!((receiver.seen().len(), receiver.connections()), (5, 1));
}

#[tokio::test]
async fn w55_so_many_connections_to_a_host_are_kept_and_the_others_closed() {
    const TOGETHER: usize = 35;
    const KEPT: usize = 32;
    let all_are_there = Arc::new(Barrier::new(TOGETHER));
    let mut receiver = Scripted::start(move |mut stream| {
        let all_are_there = Arc::clone(&all_are_there);
        async move {
            read_request(&mut stream).await;
            all_are_there.wait().await;
            let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            until_closed(&mut stream).await
        }
    })
    .await;
    let sender = Sender::new(&local()).unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..TOGETHER {
        let (sender, url) = (sender.clone(), receiver.url());
        calls.spawn(async move { sender.send(outgoing(&url)).await });
    }
    for attempt in calls.join_all().await {
        assert!(attempt.succeeded(), "{attempt:?}");
    }
    for _ in KEPT..TOGETHER {
        assert_eq!(receiver.told().await, 0);
    }
    assert!(!receiver.has_told());
    drop(sender);
    for _ in 0..KEPT {
        assert_eq!(receiver.told().await, 0);
    }
}

#[tokio::test]
async fn w52_a_redirect_is_a_failure_and_is_not_followed() {
    let elsewhere = Receiver::with_status(200).await;
    let location = elsewhere.url("/secret");
    for status_code in [301, 302, 303, 307, 308] {
        let location = location.clone();
        let receiver = Receiver::answering(move |_| {
            Response::builder()
                .status(status_code)
                .header("location", location.as_str())
                .body("moved".into())
                .unwrap()
        })
        .await;
        let attempt = send(&local(), &receiver.url("/")).await;
        assert_eq!(status(&attempt), status_code);
        assert!(!attempt.succeeded());
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn w52_statuses() {
    for (code, succeeded) in [
        (200, true),
        (201, true),
        (202, true),
        (203, false),
        (204, true),
        (206, false),
        (400, false),
        (410, false),
        (429, false),
        (500, false),
        (599, false),
    ] {
        let receiver = Receiver::with_status(code).await;
        let attempt = send(&local(), &receiver.url("/")).await;
        assert_eq!((status(&attempt), attempt.succeeded()), (code, succeeded));
    }
}

#[tokio::test]
async fn w56_the_head_of_an_answer_is_kept() {
    let receiver = Receiver::answering(|_| {
        Response::builder()
            .status(410)
            .header("x-reason", "moved away")
            .header("set-cookie", "id=4711")
            .body("the body is forgotten".into())
            .unwrap()
    })
    .await;
    let attempt = send(&local(), &receiver.url("/")).await;
    let Outcome::Answered { head, .. } = attempt.outcome else {
        panic!("{attempt:?}");
    };
    assert!(head.starts_with("HTTP/1.1 410 Gone\n"), "{head}");
    assert!(head.contains("\nx-reason: moved away\n"), "{head}");
    assert!(head.contains("\nset-cookie: (left out)\n"), "{head}");
    assert!(!head.contains("4711") && !head.contains("forgotten"));
}

/// Sends a head, then zeros until the client has had enough; says how many it sent.
async fn pour(mut stream: TcpStream, head: &'static str, piece: &'static [u8]) -> usize {
    read_request(&mut stream).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut sent = 0;
    while stream.write_all(piece).await.is_ok() {
        sent += piece.len();
        assert!(sent < 1 << 30, "the client takes all of it");
    }
    sent
}

/// What fits into the sockets' buffers, and no more.
const UNREAD: usize = 32 << 20;

#[tokio::test]
async fn w53_an_answer_without_end_counts_by_its_status_and_is_let_go() {
    const GIGABYTE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n";
    const WITHOUT_LENGTH: &str = "HTTP/1.1 200 OK\r\n\r\n";
    const FAILURE: &str = "HTTP/1.1 500 Oh\r\nContent-Length: 1073741824\r\n\r\n";
    for (head, code) in [(GIGABYTE, 200), (WITHOUT_LENGTH, 200), (FAILURE, 500)] {
        let zeros = &[0; 8192];
        let mut receiver = Scripted::start(move |stream| pour(stream, head, zeros)).await;
        let attempt = send(&local(), &receiver.url()).await;
        assert_eq!(status(&attempt), code);
        let sent = receiver.told().await;
        assert!(sent < UNREAD, "{sent} bytes went out");
    }
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = b"10\r\n0123456789abcdef\r\n";
    let mut receiver = Scripted::start(move |stream| pour(stream, head, chunk)).await;
    let attempt = send(&local(), &receiver.url()).await;
    assert!(attempt.succeeded(), "{attempt:?}");
    assert!(receiver.told().await < UNREAD);
}

#[tokio::test]
async fn w53_a_body_up_to_the_cap_is_read_and_its_connection_kept() {
    let receiver = Receiver::answering(|_| Response::new(vec![0; 64 * 1024].into())).await;
    let sender = Sender::new(&local()).unwrap();
    for _ in 0..2 {
        let attempt = sender.send(outgoing(&receiver.url("/"))).await;
        assert!(attempt.succeeded(), "{attempt:?}");
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn an_answer_that_ends_with_its_connection_is_complete() {
    let mut receiver = Scripted::start(|mut stream| async move {
        read_request(&mut stream).await;
        let answer = b"HTTP/1.0 200 OK\r\n\r\nthank you";
        stream.write_all(answer).await.unwrap();
        stream.shutdown().await.unwrap();
        until_closed(&mut stream).await
    })
    .await;
    let attempt = send(&local(), &receiver.url()).await;
    assert!(attempt.succeeded(), "{attempt:?}");
    assert_eq!(receiver.told().await, 0);
}

#[tokio::test]
async fn hints_before_the_answer_are_passed_over() {
    let receiver = Scripted::start(|mut stream| async move {
        read_request(&mut stream).await;
        let answer =
            b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
    })
    .await;
    let attempt = send(&local(), &receiver.url()).await;
    assert_eq!(status(&attempt), 202);
}
