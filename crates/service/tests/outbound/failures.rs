//! Receivers that do not answer, or not to the end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use selfsame_service::{FailureKind, Sender};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

use crate::receiver::{Scripted, read_request, until_closed};
use crate::{failed, local, local_within, outgoing, send};

#[tokio::test]
async fn w53_a_receiver_that_is_silent_is_given_up_and_its_connection_closed() {
    let mut receiver = Scripted::start(|mut stream| async move {
        read_request(&mut stream).await;
        until_closed(&mut stream).await
    })
    .await;
    let attempt = send(&local_within(200), &receiver.url()).await;
    let sentence = failed(&attempt, FailureKind::Timeout);
    assert_eq!(sentence, "No answer came within 200ms.");
    assert!(attempt.duration >= Duration::from_millis(200));
    assert_eq!(receiver.told().await, 0);
}

/// Sends a byte every few milliseconds, so that no pause is ever long.
async fn drip(mut stream: TcpStream, head: &'static [u8], byte: u8) {
    read_request(&mut stream).await;
    stream.write_all(head).await.unwrap();
    let mut pace = tokio::time::interval(Duration::from_millis(5));
    while stream.write_all(&[byte]).await.is_ok() {
        pace.tick().await;
    }
}

#[tokio::test]
async fn w53_a_dripping_body_is_given_up_in_time() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n";
    let mut receiver = Scripted::start(move |stream| drip(stream, head, b'.')).await;
    let attempt = send(&local_within(1000), &receiver.url()).await;
    let sentence = failed(&attempt, FailureKind::Timeout);
    assert_eq!(
        sentence,
        "The answer began, and was not complete within 1s."
    );
    receiver.told().await;
}

#[tokio::test]
async fn w53_a_dripping_head_is_given_up_in_time() {
    let head = b"HTTP/1.1 200 OK\r\nx-endless: ";
    let mut receiver = Scripted::start(move |stream| drip(stream, head, b'.')).await;
    let attempt = send(&local_within(200), &receiver.url()).await;
    failed(&attempt, FailureKind::Timeout);
    receiver.told().await;
}

#[tokio::test]
async fn a_connection_that_ends_in_the_middle_is_a_reset() {
    for part in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
    ] {
        let receiver = Scripted::start(move |mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(part.as_bytes()).await.unwrap();
        })
        .await;
        let attempt = send(&local(), &receiver.url()).await;
        let sentence = failed(&attempt, FailureKind::Reset);
        assert!(
            sentence.contains("before its answer was complete"),
            "{part:?}: {sentence}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_with_the_request_unread_is_a_reset() {
    let receiver = Scripted::start(|stream| async move {
        stream.readable().await.unwrap();
    })
    .await;
    let attempt = send(&local(), &receiver.url()).await;
    failed(&attempt, FailureKind::Reset);
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_no_connection() {
    // Bound, so that nobody else gets the port meanwhile.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    let attempt = send(&local(), &url).await;
    let sentence = failed(&attempt, FailureKind::Connect);
    assert_eq!(sentence, "No connection to 127.0.0.1: connection refused.");
}

#[tokio::test]
async fn what_is_not_http_is_told_so() {
    for answer in [
        "220 mail.example ESMTP\r\n".to_owned(),
        "HTTP/1.1 abc\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(200_000)),
    ] {
        let shown = answer.chars().take(60).collect::<String>();
        let receiver = Scripted::start(move |mut stream| {
            let answer = answer.clone();
            async move {
                read_request(&mut stream).await;
                // A client that has read enough may be gone before the end.
                drop(stream.write_all(answer.as_bytes()).await);
                until_closed(&mut stream).await
            }
        })
        .await;
        let attempt = send(&local(), &receiver.url()).await;
        let sentence = failed(&attempt, FailureKind::Protocol);
        assert!(sentence.contains("not an answer in HTTP"), "{shown}");
    }
}

#[tokio::test]
async fn after_a_failure_the_next_call_has_a_connection_of_its_own() {
    let called_before = AtomicBool::new(false);
    let mut receiver = Scripted::start(move |mut stream| {
        let answers = called_before.swap(true, Ordering::SeqCst);
        async move {
            read_request(&mut stream).await;
            if answers {
                let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
                stream.write_all(answer).await.unwrap();
            }
            until_closed(&mut stream).await
        }
    })
    .await;
    let sender = Sender::new(&local_within(1500)).unwrap();
    let attempt = sender.send(outgoing(&receiver.url())).await;
    failed(&attempt, FailureKind::Timeout);
    assert_eq!(receiver.told().await, 0);
    let attempt = sender.send(outgoing(&receiver.url())).await;
    assert!(attempt.succeeded(), "{attempt:?}");
}

#[tokio::test]
async fn w45_a_url_that_cannot_be_called_is_an_outcome_too() {
    for (url, reason) in [
        ("", "not valid"),
        ("ftp://hook.example/", "not ftp:"),
        ("https://me:secret@hook.example/", "user name"),
    ] {
        let attempt = send(&local(), url).await;
        let sentence = failed(&attempt, FailureKind::InvalidUrl);
        assert!(sentence.contains(reason), "{url}: {sentence}");
    }
}
