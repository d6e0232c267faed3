//! `selfsame key create`, beside a server.

use tempfile::TempDir;

use crate::program::{Server, fail, succeed, text};

#[test]
fn k10_a_key_from_the_command_line_opens_the_running_server_at_once_and_handles_keys_if_told() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let create = |more: &[&str]| {
        let fixed = [
            "key",
            "create",
            "--data",
            text(&data),
            "--environment",
            "sandbox",
        ];
        let arguments: Vec<String> = fixed
            .iter()
            .chain(more)
            .map(|text| (*text).to_owned())
            .collect();
        arguments
    };
    let arguments = create(&["--name", "admin", "--permission", "api_key.read"]);
    let said = succeed(arguments.iter().map(String::as_str));
    let value = said.trim();
    assert!(value.starts_with("persona_sandbox_"), "{said}");
    let listed = server.get_with(value, "/api/v1/api-keys?filter[name]=admin");
    assert_eq!(listed.status, 200, "{listed:?}");
    let attributes = &listed.document["data"][0]["attributes"];
    assert_eq!(
        attributes["permissions"],
        serde_json::json!(["api_key.read"])
    );
    assert_eq!(server.get_with(value, "/api/v1/accounts").status, 403);
    assert!(!server.log().contains(value), "a value is never logged");

    let arguments = create(&["--name", " "]);
    let said = fail(arguments.iter().map(String::as_str));
    assert!(said.contains("the name must not be blank"), "{said}");
    let arguments = create(&["--name", "x", "--permission", "account.delete"]);
    let said = fail(arguments.iter().map(String::as_str));
    assert!(said.contains("no permission account.delete"), "{said}");
    server.stop();
}
