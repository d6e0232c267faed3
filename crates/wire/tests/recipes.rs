//! The receivers' recipes of `docs/webhooks.md`, run as they are printed, by Node and by Python.

use std::io::Write as _;
use std::process::{Command, Stdio};

use selfsame_wire::signature::{sign, verify};
use serde_json::{Value, json};

const DOCUMENT: &str = include_str!("../../../docs/webhooks.md");
const NOW: i64 = 1_700_000_000;
const TOLERANCE: i64 = 300;

/// What the page's code is asked, one case after the other.
const NODE_CALLS: &str = r#"
const cases = JSON.parse(process.env.CASES);
const found = cases.map(({ header, body, secrets, now }) =>
  isGenuine(header, Buffer.from(body, "hex"), secrets, { now }));
console.log(JSON.stringify(found));
"#;
const PYTHON_CALLS: &str = r#"
import json, os
cases = json.loads(os.environ["CASES"])
found = [is_genuine(c["header"], bytes.fromhex(c["body"]), c["secrets"], now=c["now"]) for c in cases]
print(json.dumps(found))
"#;

struct Case {
    name: &'static str,
    header: Option<String>,
    body: Vec<u8>,
    secrets: &'static [&'static str],
    genuine: bool,
}

fn cases() -> Vec<Case> {
    let body = "{\"name\":\"Zoë 🦊\"}".as_bytes();
    let case = |name, header: Option<String>, body: &[u8], secrets, genuine| Case {
        name,
        header,
        body: body.to_vec(),
        secrets,
        genuine,
    };
    let one = sign(&["wbhsec_one"], NOW, body);
    let two = sign(&["wbhsec_new", "wbhsec_old"], NOW, body);
    let at = |t| Some(sign(&["wbhsec_one"], t, body));
    let bytes: Vec<u8> = (0..=255).collect();
    vec![
        case("one secret", Some(one.clone()), body, &["wbhsec_one"], true),
        case(
            "an empty body",
            Some(sign(&["wbhsec_one"], NOW, b"")),
            b"",
            &["wbhsec_one"],
            true,
        ),
        case(
            "a body that is no text",
            Some(sign(&["wbhsec_one"], NOW, &bytes)),
            &bytes,
            &["wbhsec_one"],
            true,
        ),
        case(
            "two secrets, the new one held",
            Some(two.clone()),
            body,
            &["wbhsec_new"],
            true,
        ),
        case(
            "two secrets, the old one held",
            Some(two.clone()),
            body,
            &["wbhsec_old"],
            true,
        ),
        case(
            "two secrets, both held",
            Some(two.clone()),
            body,
            &["wbhsec_new", "wbhsec_old"],
            true,
        ),
        case(
            "two secrets, another held",
            Some(two),
            body,
            &["wbhsec_one"],
            false,
        ),
        case(
            "a wrong secret",
            Some(one.clone()),
            body,
            &["wbhsec_two"],
            false,
        ),
        case("no secret", Some(one.clone()), body, &[], false),
        case(
            "an altered body",
            Some(one.clone()),
            &body[1..],
            &["wbhsec_one"],
            false,
        ),
        case(
            "an altered time",
            Some(one.replace("t=1700000000", "t=1700000001")),
            body,
            &["wbhsec_one"],
            false,
        ),
        case(
            "a cut signature",
            Some(one[..one.len() - 1].to_owned()),
            body,
            &["wbhsec_one"],
            false,
        ),
        case(
            "the edge of the past",
            at(NOW - TOLERANCE),
            body,
            &["wbhsec_one"],
            true,
        ),
        case(
            "too long ago",
            at(NOW - TOLERANCE - 1),
            body,
            &["wbhsec_one"],
            false,
        ),
        case(
            "the edge of the future",
            at(NOW + TOLERANCE),
            body,
            &["wbhsec_one"],
            true,
        ),
        case(
            "too far ahead",
            at(NOW + TOLERANCE + 1),
            body,
            &["wbhsec_one"],
            false,
        ),
        case("no header", None, body, &["wbhsec_one"], false),
        case(
            "an empty header",
            Some(String::new()),
            body,
            &["wbhsec_one"],
            false,
        ),
        case(
            "nonsense",
            Some("t,v1 =,= ü t=".into()),
            body,
            &["wbhsec_one"],
            false,
        ),
        case(
            "a time of thousands of digits",
            Some(one.replace("t=1700000000", &format!("t={}", "1".repeat(5000)))),
            body,
            &["wbhsec_one"],
            false,
        ),
        case(
            "no time",
            Some(one.replace("t=1700000000,", "")),
            body,
            &["wbhsec_one"],
            false,
        ),
        case(
            "the test vector",
            Some(vector().to_owned()),
            b"{}",
            &["wbhsec_test"],
            true,
        ),
    ]
}

/// The header that the page prints.
fn vector() -> &'static str {
    let (_, rest) = DOCUMENT.split_once("\nPersona-Signature: ").unwrap();
    rest.lines().next().unwrap()
}

/// The page's one block of code in this language.
fn recipe(language: &str) -> &'static str {
    let opening = format!("\n```{language}\n");
    let mut blocks = DOCUMENT.split(opening.as_str()).skip(1);
    let block = blocks.next().unwrap();
    assert!(blocks.next().is_none(), "one block of {language}");
    let (code, _) = block.split_once("\n```\n").unwrap();
    code
}

/// Gives the program on standard input, and takes what it prints.
fn run(program: &str, arguments: &[&str], code: &str) -> Vec<bool> {
    let cases: Vec<Value> = cases()
        .iter()
        .map(|case| {
            let body: String = case.body.iter().map(|byte| format!("{byte:02x}")).collect();
            json!({"header": case.header, "body": body, "secrets": case.secrets, "now": NOW})
        })
        .collect();
    let mut child = Command::new(program)
        .args(arguments)
        .env("CASES", Value::from(cases).to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} is needed: {error}"));
    let mut input = child.stdin.take().unwrap();
    input.write_all(code.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{program} ended with {}",
        output.status
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn assert_all(found: &[bool]) {
    let cases = cases();
    assert_eq!(found.len(), cases.len());
    for (case, found) in cases.iter().zip(found) {
        assert_eq!(*found, case.genuine, "{}", case.name);
    }
}

#[test]
fn w44_the_recipe_for_node_tells_genuine_deliveries_from_others() {
    let code = [recipe("js"), NODE_CALLS].concat();
    assert_all(&run("node", &["--input-type=module", "-"], &code));
}

#[test]
fn w44_the_recipe_for_python_tells_genuine_deliveries_from_others() {
    let code = [recipe("python"), PYTHON_CALLS].join("\n");
    assert_all(&run("python3", &["-"], &code));
}

#[test]
fn w43_our_own_receiver_agrees_with_the_recipes() {
    let found: Vec<bool> = cases()
        .iter()
        .map(|case| {
            let header = case.header.as_deref();
            verify(header, case.secrets, &case.body, NOW, TOLERANCE).is_ok()
        })
        .collect();
    assert_all(&found);
}
