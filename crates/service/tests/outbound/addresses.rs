//! Who is never called.

use std::sync::Arc;

use selfsame_service::{FailureKind, OutboundOptions, Resolve, Sender};

use crate::names::{Names, NoNames, SilentNames, entries};
use crate::receiver::{Receiver, Scripted, until_closed, with_status};
use crate::tls::{Authority, HOST};
use crate::{failed, local, local_within, outgoing, send};

fn sender(options: &OutboundOptions, resolver: Arc<dyn Resolve>) -> Sender {
    Sender::with_resolver(options, resolver).unwrap()
}

#[tokio::test]
async fn w46_this_machine_is_not_called_however_it_is_written() {
    let receiver = Receiver::with_status(200).await;
    let port = receiver.address.port();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST",
    ] {
        let url = format!("https://{host}:{port}/");
        let attempt = send(&OutboundOptions::default(), &url).await;
        let sentence = failed(&attempt, FailureKind::RefusedAddress);
        assert!(
            sentence.ends_with("which may not be called."),
            "{host}: {sentence}"
        );
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn w46_a_clouds_metadata_is_not_called_on_a_developers_machine_either() {
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://[::ffff:a9fe:a9fe]/",
        "https://10.0.0.1/",
    ] {
        let attempt = send(&local(), url).await;
        failed(&attempt, FailureKind::RefusedAddress);
    }
}

#[tokio::test]
async fn w49_without_tls_only_this_machine_is_called_and_only_for_a_developer() {
    let url = "http://hook.example/";
    let attempt = send(&OutboundOptions::default(), url).await;
    let sentence = failed(&attempt, FailureKind::InvalidUrl);
    assert_eq!(sentence, "The URL must begin with https://.");
    let allowed = OutboundOptions {
        allow: entries(&["10.1.0.0/16"]),
        ..local()
    };
    for address in ["8.8.8.8", "10.1.0.1"] {
        let sender = sender(&allowed, Names::new(&[&[address]]));
        let attempt = sender.send(outgoing(url)).await;
        let sentence = failed(&attempt, FailureKind::RefusedAddress);
        assert!(sentence.contains("without https"), "{sentence}");
    }
}

#[tokio::test]
async fn w50_a_host_that_has_one_refused_address_is_not_called_at_any() {
    let receiver = Receiver::with_status(200).await;
    let url = receiver.url("/");
    let url = url.replace("127.0.0.1", HOST);
    for addresses in [
        ["127.0.0.1", "10.0.0.1"],
        ["10.0.0.1", "127.0.0.1"],
        ["127.0.0.1", "::ffff:169.254.169.254"],
    ] {
        let sender = sender(&local(), Names::new(&[&addresses]));
        let attempt = sender.send(outgoing(&url)).await;
        failed(&attempt, FailureKind::RefusedAddress);
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_host_without_an_address_is_unresolved() {
    let nobody = Names::new(&[&[]]);
    let resolvers: [Arc<dyn Resolve>; 2] = [Arc::new(NoNames), nobody];
    for resolver in resolvers {
        let sender = sender(&OutboundOptions::default(), resolver);
        let attempt = sender.send(outgoing("https://hook.example/")).await;
        let sentence = failed(&attempt, FailureKind::Unresolved);
        assert_eq!(sentence, "No address was found for hook.example.");
    }
}

#[tokio::test]
async fn w53_a_name_server_that_is_silent_costs_no_more_than_the_time_of_an_attempt() {
    let sender = sender(&local_within(100), Arc::new(SilentNames));
    let attempt = sender.send(outgoing("https://hook.example/")).await;
    failed(&attempt, FailureKind::Timeout);
}

#[tokio::test]
async fn w50_a_name_that_leads_elsewhere_the_second_time_is_refused_the_second_time() {
    let authority = Authority::new();
    // One stands for the public internet.
    let public = Receiver::start("127.0.0.2:0", Some(authority.server(&[])), |_| {
        let mut answer = with_status(200);
        let close = "close".parse().unwrap();
        answer.headers_mut().insert("connection", close);
        answer
    })
    .await;
    let port = public.address.port();
    let private = format!("127.0.0.1:{port}");
    let private =
        Receiver::start(&private, Some(authority.server(&[])), |_| with_status(200)).await;
    let options = OutboundOptions {
        allow: entries(&["127.0.0.2"]),
        ca_file: Some(authority.file()),
        ..OutboundOptions::default()
    };
    let sender = sender(&options, Names::new(&[&["127.0.0.2"], &["127.0.0.1"]]));
    let url = format!("https://{HOST}:{port}/");
    let attempt = sender.send(outgoing(&url)).await;
    assert!(attempt.succeeded(), "{attempt:?}");
    let attempt = sender.send(outgoing(&url)).await;
    failed(&attempt, FailureKind::RefusedAddress);
    assert_eq!((public.connections(), private.connections()), (1, 0));
}

/// The system takes a connection to 0.0.0.0 as one to this machine, so an address that passes leads to one that does not.
#[tokio::test]
async fn w51_the_peer_of_a_connected_socket_is_looked_at_before_a_byte_is_sent() {
    let mut receiver =
        Scripted::start(|mut stream| async move { until_closed(&mut stream).await }).await;
    let port = receiver.address.port();
    let options = OutboundOptions {
        allow: entries(&["0.0.0.0"]),
        ..OutboundOptions::default()
    };
    let sender = sender(&options, Names::new(&[&["0.0.0.0"]]));
    let attempt = sender
        .send(outgoing(&format!("https://{HOST}:{port}/")))
        .await;
    let sentence = failed(&attempt, FailureKind::RefusedAddress);
    assert_eq!(
        sentence,
        "hook.example leads to this machine, which may not be called."
    );
    assert_eq!(receiver.told().await, 0);
}

#[tokio::test]
async fn the_next_address_of_a_host_is_tried_if_one_does_not_answer() {
    let receiver = Receiver::with_status(200).await;
    let url = receiver.url("/");
    let url = url.replace("127.0.0.1", HOST);
    let sender = sender(&local(), Names::new(&[&["127.0.0.2", "::1", "127.0.0.1"]]));
    let attempt = sender.send(outgoing(&url)).await;
    assert!(attempt.succeeded(), "{attempt:?}");
}

#[tokio::test]
async fn w48_the_operator_lets_an_address_through() {
    let authority = Authority::new();
    let receiver = Receiver::start("127.0.0.1:0", Some(authority.server(&[])), |_| {
        with_status(204)
    })
    .await;
    let options = OutboundOptions {
        allow: entries(&["127.0.0.0/8"]),
        ca_file: Some(authority.file()),
        ..OutboundOptions::default()
    };
    let sender = sender(&options, Names::new(&[&["::ffff:127.0.0.1"]]));
    let url = format!("https://{HOST}:{}/", receiver.address.port());
    let attempt = sender.send(outgoing(&url)).await;
    assert!(attempt.succeeded(), "{attempt:?}");
}
