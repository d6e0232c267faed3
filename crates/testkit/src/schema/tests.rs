//! What the kit lets pass, and what not.

use super::*;

fn answered(body: &Value) -> Vec<String> {
    let answer = Answer {
        request: String::new(),
        status: 200,
        headers: axum::http::HeaderMap::new(),
        body: body.clone(),
        bytes: Vec::new(),
    };
    let target = "/api/selfsame/v1/webhooks/wbh_1/replay/?include=";
    let schemas = schemas_for(&Method::POST, target, "2020-05-18");
    let problems = schemas.problems(&Method::POST, target, &[], false, &answer);
    let of_headers = |problem: &String| problem.starts_with("the header");
    problems
        .into_iter()
        .filter(|problem| !of_headers(problem))
        .collect()
}

#[test]
fn answers_of_our_own_operations_are_held_against_what_we_say_of_them() {
    let replay = |queued: Value| {
        json!({"included": [], "data": {
            "type": "webhook-replay", "id": "wbh_1",
            "attributes": {"queued": queued, "next-after-sequence": null, "first-sequence": 1},
        }})
    };
    assert_eq!(answered(&replay(json!(1))), Vec::<String>::new());
    assert_eq!(answered(&replay(json!("one"))).len(), 1);
    assert_eq!(answered(&json!({})).len(), 1);
}

#[test]
fn what_is_ours_is_below_our_address_and_not_the_document_itself() {
    for (target, expected) in [
        ("/api/selfsame/v1/events?after-sequence=1", true),
        ("/api/selfsame/v1/nothing", true),
        ("/api/selfsame/v1/openapi.json", false),
        ("/api/v1/events", false),
    ] {
        assert_eq!(is_ours(target), expected, "{target}");
    }
}
