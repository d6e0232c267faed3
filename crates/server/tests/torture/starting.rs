//! A first start that is interrupted, one that cannot be, and a second one.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

use crate::create::Create;
use crate::ground::Ground;
use crate::process::{Server, free_port, spawn, wait_for_end};
use crate::{BOUND, pause};

#[tokio::test]
async fn a_first_start_that_was_killed_half_way_is_made_good() {
    for step in [
        "",
        "master.key",
        "selfsame.sqlite",
        "selfsame.sqlite-wal",
        "dev.env",
    ] {
        let ground = Ground::sqlite();
        let port = free_port();
        let (mut child, _) = spawn(&ground, port, ground.command(port));
        let begun = Instant::now();
        while !ground.data().join(step).exists() {
            assert!(begun.elapsed() < BOUND, "no {step}");
            pause().await;
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let server = Server::start(&ground).await;
        let settings = ground.settings();
        let mut client = server.client(&settings).await;
        for template in ["SELFSAME_TEMPLATE_ID", "SELFSAME_FORM_TEMPLATE_ID"] {
            let template = &settings[template];
            let create = Create::inquiry(template.clone(), "person".into(), template);
            let (status, body) = create.send(&mut client).await.unwrap();
            assert_eq!(status, 201, "{step}: {}", String::from_utf8_lossy(&body));
        }
        let keys: BTreeSet<&String> = settings.values().collect();
        assert_eq!(
            keys.len(),
            settings.len(),
            "killed at {step:?}: {settings:?}"
        );
    }
}

#[tokio::test]
async fn a_taken_port_is_named_and_leaves_nothing_behind() {
    let ground = Ground::sqlite();
    let holder = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = holder.local_addr().unwrap().port();
    let (mut child, log) = spawn(&ground, port, ground.command(port));
    let status = wait_for_end(&mut child).await;
    assert!(!status.success(), "{status}");
    let said = fs::read_to_string(log).unwrap();
    assert!(said.contains(&format!("port {port} is taken")), "{said}");
    assert!(!ground.data().exists());
}

#[tokio::test]
async fn a_second_start_finds_the_same_keys_and_ids() {
    let ground = Ground::sqlite();
    let mut server = Server::start(&ground).await;
    let port = server.port;
    let first = ground.dev_env();
    server.signal("TERM");
    assert!(server.ended().await.success());

    let mut server = Server::start_on(&ground, port).await;
    assert_eq!(ground.dev_env(), first);
    server.kill();

    // Without the file as well: the store knows.
    fs::remove_file(ground.data().join("dev.env")).unwrap();
    let server = Server::start_on(&ground, port).await;
    assert_eq!(ground.dev_env(), first);
    let mut client = server.client(&ground.settings()).await;
    client.get("/api/v1/accounts").await;
    for private in ["dev.env", "master.key"] {
        let file = fs::metadata(ground.data().join(private)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{private}");
    }
}
