//! `selfsame account-type`, beside a server.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Server, fail, succeed, text};

#[test]
fn a62_what_show_prints_is_applied_with_a_field_more_and_the_running_server_follows() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("types.toml");
    let server = Server::start(&data);
    let run = |arguments: &[&str]| {
        let all = ["account-type"].iter().chain(arguments);
        let all: Vec<_> = all.copied().chain(["--data", text(&data)]).collect();
        succeed(all)
    };
    let listed = run(&["list"]);
    assert!(listed.contains("User, the default: 9 fields"), "{listed}");
    fs::write(&file, run(&["show"])).unwrap();
    let applied = run(&["apply", text(&file)]);
    assert!(applied.starts_with("unchanged  acttp_"), "{applied}");

    let number = "\n[[account-types.fields]]\nkey = \"customer_number\"\nkind = \"string\"\nidentifier = true\n";
    let shown = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{shown}{number}unique = true\n")).unwrap();
    let create = || -> Value {
        let body = json!({"data": {"attributes": {"fields": {"customer_number": "K-1"}}}});
        let answer = server
            .send("POST", "/api/v1/accounts", Some(&body))
            .unwrap();
        json!([answer.status, answer.document])
    };
    assert_eq!(create()[0], 422);
    let applied = run(&["apply", text(&file)]);
    assert!(applied.starts_with("changed"), "{applied}");
    let made = create();
    assert_eq!(made[0], 201, "{made}");
    assert_eq!(create()[0], 409);

    let wrong = shown.replace(
        "default-status = \"Default\"",
        "default-status = \"Nothing\"",
    );
    fs::write(&file, wrong).unwrap();
    let said = fail(["account-type", "apply", text(&file), "--data", text(&data)]);
    assert!(said.contains("nothing was changed"), "{said}");
    assert!(said.contains("default-status Nothing"), "{said}");
    assert!(said.contains("field customer_number is missing"), "{said}");
    server.stop();
}
