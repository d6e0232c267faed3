//! `selfsame serve` with options for calls to the outside that are wrong.

use std::fs;

use tempfile::TempDir;

use crate::program::{fail, text};

#[test]
fn w48_w54_options_for_calls_to_the_outside_that_are_wrong_stop_the_server_at_its_start() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("selfsame.toml");
    let refused = |webhooks: &str| {
        let lines = format!("listen = \"127.0.0.1:0\"\n[webhooks]\n{webhooks}");
        fs::write(&config, lines).unwrap();
        fail(["serve", "--config", text(&config)])
    };
    let said = refused("allow-addresses = [\"10.0.0.0/99\"]");
    assert!(said.contains("selfsame.toml: webhooks.allow-addresses: \"10.0.0.0/99\" must be"));

    let said = refused("ca-file = \"ca.pem\"");
    let file = folder.path().join("ca.pem");
    let named = format!("webhooks.ca-file {}: ", file.display());
    assert!(said.contains(&named), "{said}");

    fs::write(&file, "no certificate").unwrap();
    let said = refused("ca-file = \"ca.pem\"");
    assert!(
        said.contains("there is no certificate in this file"),
        "{said}"
    );
}
