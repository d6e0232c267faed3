//! The pages and calls together, over a throwaway store.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use selfsame_domain::Timestamp;
use selfsame_domain::id::Entropy;
use selfsame_service::{Clock, FolderBlobs, Options, OutboundOptions, Sealer, Seeded, Service};
use selfsame_store::Store;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::locale_codes;
use crate::app::{App, Settings};

const NOON: i64 = 1_800_000_000_000;
const HOST: &str = "localhost:8080";

struct World {
    app: App,
    clock: Clock,
    seeded: Seeded,
    folder: PathBuf,
}

impl Drop for World {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

struct Answer {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    bytes: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl World {
    async fn new(settings: Settings) -> Self {
        let name = Entropy::new(rand::make_rng()).base58(16);
        let folder = std::env::temp_dir().join(format!("selfsame-flow-{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        let clock = Clock::fixed(Timestamp::from_millis(NOON));
        let service = Service::new(
            Store::open_sqlite(&folder.join("test.sqlite")).unwrap(),
            Arc::new(FolderBlobs::new(&folder)),
            clock.clone(),
            Sealer::new(&[7; 32]),
            Entropy::seeded(1),
            Options {
                public_url: format!("http://{HOST}"),
                keep_reference_id_on_redaction: false,
                follow_consolidation: false,
                templates_readable_in_sandbox: false,
                imports: selfsame_service::ImportLimits::default(),
                api_log_days: 14,
                event_days: 92,
                outbound: OutboundOptions {
                    loopback: true,
                    ..OutboundOptions::default()
                },
            },
        );
        let seeded = service.seed("Test", false, locale_codes()).await.unwrap();
        Self {
            app: App::new(service, settings),
            clock,
            seeded,
            folder,
        }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    async fn call(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let mut request = Request::post(format!("/flow/v1/{path}"))
            .header("host", HOST)
            .header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        self.send(request).await
    }

    async fn bootstrap(&self, surface: &str, query: &str) -> Answer {
        let body = json!({ "surface": surface, "query": query });
        self.call("bootstrap", None, &body).await
    }

    fn sandbox_query(&self, more: &str) -> String {
        format!(
            "inquiry-template-id={}&environment-id={}{more}",
            self.seeded.template_id, self.seeded.sandbox.environment.id
        )
    }

    async fn step(&self, token: &str, state: &Value, values: &Value) -> Answer {
        let body = json!({
            "step": state["screen"]["step"], "revision": state["screen"]["revision"],
            "key": format!("key {}", state["screen"]["revision"]), "values": values, "behaviors": {},
        });
        self.call("transition", Some(token), &body).await
    }

    async fn upload(&self, token: &str, step: &str, part: &str, bytes: Vec<u8>) -> Answer {
        let path = format!("/flow/v1/files?step={step}&part={part}&method=upload");
        let request = Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "image/tiff")
            .body(Body::from(bytes))
            .unwrap();
        self.send(request).await
    }
}

/// An uncompressed grey TIFF of 240 × 240.
fn picture() -> Vec<u8> {
    const SIDE: u16 = 240;
    let pixels = usize::from(SIDE) * usize::from(SIDE);
    let mut bytes = b"II*\0".to_vec();
    let directory = u32::try_from(8 + pixels).unwrap();
    bytes.extend(directory.to_le_bytes());
    bytes.extend((0..pixels).map(|index| u8::try_from(index % 251).unwrap()));
    let entries: [(u16, u16, u32); 8] = [
        (256, 3, SIDE.into()),
        (257, 3, SIDE.into()),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (278, 3, SIDE.into()),
        (279, 4, u32::try_from(pixels).unwrap()),
    ];
    bytes.extend(8_u16.to_le_bytes());
    for (tag, kind, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(0_u32.to_le_bytes());
    bytes
}

#[tokio::test]
async fn f1_the_shipped_flow_from_the_first_screen_to_the_last() {
    let world = World::new(Settings::default()).await;
    let query = world
        .sandbox_query("&reference-id=user-1&redirect-uri=https%3A%2F%2Fa.example%2Fdone%3Fk%3D1");
    let first = world.bootstrap("verify", &query).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.header("cache-control"), "no-store");
    let state = first.json();
    assert_eq!(state["environment"], "sandbox");
    assert_eq!(state["simulate"], json!({"outcome": "passed"}));
    assert_eq!(state["screen"]["kind"], "start");
    assert_eq!(state["screen"]["back"], false);
    assert_eq!(state["screen"]["title"], "Let’s verify your identity");
    assert_eq!(state["cancel_redirect"], Value::Null);
    let token = state["session_token"].as_str().unwrap().to_owned();

    let state = world.step(&token, &state, &json!({})).await.json();
    assert_eq!(state["screen"]["kind"], "form");
    assert_eq!(state["screen"]["back"], true);
    assert_eq!(state["screen"]["components"][0]["label"], "First name");
    assert_eq!(state.get("session_token"), None);

    let refused = world.step(&token, &state, &json!({"name-first": ""})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused = refused.json();
    assert_eq!(refused["error"]["code"], "invalid_values");
    assert_eq!(
        refused["problems"][0],
        json!({"key": "name-first", "message": "Please fill this in."})
    );

    let person = json!({"name-first": "Ada", "name-last": "Lovelace", "birthdate": "1990-12-10", "email-address": null});
    let before = state;
    let state = world.step(&token, &before, &person).await.json();
    assert_eq!(state["screen"]["kind"], "country_select");
    assert_eq!(state["screen"]["value"], "US");
    let stale = json!({"step": "start", "revision": 0, "key": "other", "values": {}});
    let stale = world.call("transition", Some(&token), &stale).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert_eq!(stale.json()["error"]["code"], "stale_step");
    assert_eq!(stale.json()["screen"]["kind"], "country_select");

    let state = world
        .step(&token, &state, &json!({"country": "DE"}))
        .await
        .json();
    assert_eq!(
        state["screen"]["options"][0],
        json!({"value": "dl", "label": "Driver’s license"})
    );
    assert_eq!(state["screen"]["country"], "DE");
    let state = world
        .step(&token, &state, &json!({"id_class": "dl"}))
        .await
        .json();
    assert_eq!(state["screen"]["kind"], "government_id_capture");
    assert_eq!(state["screen"]["id_class"], "dl");
    assert_eq!(state["screen"]["parts"][1]["part"], "back");

    let missing = world.step(&token, &state, &json!({})).await;
    assert_eq!(missing.json()["error"]["code"], "file_missing");
    let step = state["screen"]["step"].as_str().unwrap();
    let small = world
        .upload(&token, step, "front", picture()[..9000].to_vec())
        .await;
    assert_eq!(small.json()["error"]["code"], "file_too_small");
    let text = world
        .upload(&token, step, "front", vec![b'x'; 20_000])
        .await;
    assert_eq!(text.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = world
        .upload(&token, step, "front", vec![0; 15_000_001])
        .await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(large.json()["error"]["code"], "file_too_large");
    let sent = world.upload(&token, step, "front", picture()).await;
    assert_eq!(
        sent.json(),
        json!({"part": "front", "width": 240, "height": 240})
    );
    world.upload(&token, step, "back", picture()).await;

    let state = world.step(&token, &state, &json!({})).await.json();
    assert_eq!(state["screen"]["kind"], "processing");
    assert_eq!(state["screen"]["back"], false);
    let index = state["step_index"].as_u64().unwrap();
    assert!(index + 1 < state["step_count"].as_u64().unwrap());
    world.clock.advance_millis(1000);
    let polled = Request::get("/flow/v1/state")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    let state = world.send(polled).await.json();
    assert_eq!(state["screen"]["kind"], "selfie_capture");
    let step = state["screen"]["step"].as_str().unwrap().to_owned();
    for part in ["center", "left", "right"] {
        let sent = world.upload(&token, &step, part, picture()).await;
        assert_eq!(sent.status, StatusCode::OK);
    }
    world.step(&token, &state, &json!({})).await;
    world.clock.advance_millis(1000);
    let state = world
        .call("locale", Some(&token), &json!({"locale": "de"}))
        .await
        .json();
    assert_eq!(state["locale"], "de");
    let polled = Request::get("/flow/v1/state")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    let done = world.send(polled).await.json();
    assert_eq!(done["screen"]["kind"], "completed", "{state}");
    assert_eq!(done["locale"], "de");
    assert_eq!(done["screen"]["button"], json!({"label": "Weiter"}));
    let result = &done["screen"]["result"];
    assert_eq!(result["status"], "completed");
    assert_eq!(result["reference_id"], "user-1");
    assert_eq!(
        result["fields"]["name-first"],
        json!({"type": "string", "value": "Alexander"})
    );
    assert_eq!(
        result["fields"]["current-selfie"]["value"]["type"],
        "Selfie::ProfileAndCenter"
    );
    assert_eq!(result["fields"].get("identification-number"), None);
    let redirect = done["screen"]["redirect"].as_str().unwrap();
    let id = done["inquiry"]["id"].as_str().unwrap();
    let start = format!(
        "https://a.example/done?k=1&inquiry-id={id}&persona-inquiry-id={id}&reference-id=user-1&subject=&status=completed&fields%5B"
    );
    assert!(redirect.starts_with(&start), "{redirect}");
}

#[tokio::test]
async fn h8_a_webview_goes_back_to_its_app_also_when_the_person_leaves() {
    let world = World::new(Settings::default()).await;
    let query = world.sandbox_query("&is-webview=true&reference-id=a%20b");
    let state = world.bootstrap("verify", &query).await.json();
    let id = state["inquiry"]["id"].as_str().unwrap();
    assert_eq!(
        state["cancel_redirect"],
        format!("https://personacallback?persona-inquiry-id={id}&reference-id=a%20b")
    );
    let token = state["session_token"].as_str();
    let left = world.call("cancel", token, &json!({})).await;
    assert_eq!(left.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn b281_the_language_of_a_session() {
    let world = World::new(Settings::default()).await;
    let query = world.sandbox_query("&language=pt");
    let state = world.bootstrap("widget", &query).await.json();
    assert_eq!(state["locale"], "pt-BR");
    let id = state["inquiry"]["id"].as_str().unwrap();
    // Opened again by its id, in another tab, it speaks what it spoke.
    let again = Request::post("/flow/v1/bootstrap")
        .header("content-type", "application/json")
        .header("accept-language", "de")
        .body(Body::from(
            json!({"surface": "verify", "query": format!("inquiry-id={id}")}).to_string(),
        ))
        .unwrap();
    assert_eq!(world.send(again).await.json()["locale"], "pt-BR");
    let other = Request::post("/flow/v1/bootstrap")
        .header("content-type", "application/json")
        .header("accept-language", "xx, fr-CA;q=0.5")
        .body(Body::from(
            json!({"surface": "verify", "query": world.sandbox_query("")}).to_string(),
        ))
        .unwrap();
    assert_eq!(world.send(other).await.json()["locale"], "fr");
}

#[tokio::test]
async fn a_call_without_a_token_comes_from_our_own_pages_or_is_refused() {
    let world = World::new(Settings::default()).await;
    let body = json!({"surface": "verify", "query": world.sandbox_query("")}).to_string();
    let from = |origin: &str, kind: &str| {
        Request::post("/flow/v1/bootstrap")
            .header("host", HOST)
            .header("origin", origin)
            .header("content-type", kind)
            .body(Body::from(body.clone()))
            .unwrap()
    };
    let own = world
        .send(from(
            "http://localhost:8080",
            "application/json; charset=utf-8",
        ))
        .await;
    assert_eq!(own.status, StatusCode::OK);
    for stranger in ["https://evil.example", "null", "http://localhost:8081"] {
        let answer = world.send(from(stranger, "application/json")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{stranger}");
    }
    let plain = world
        .send(from("http://localhost:8080", "text/plain"))
        .await;
    assert_eq!(plain.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn b428_no_token_a_false_one_or_an_api_key_is_unauthenticated() {
    let world = World::new(Settings::default()).await;
    for token in [None, Some("nonsense"), Some("persona_sandbox_1234")] {
        let answer = world.call("cancel", token, &json!({})).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        let body = answer.json();
        assert_eq!(body["error"]["code"], "unauthenticated");
        assert_eq!(body["screen"]["code"], "session_expired");
        assert!(body["texts"].is_object());
    }
}

#[tokio::test]
async fn malformed_bodies_and_unknown_calls_are_answered_in_json() {
    let world = World::new(Settings::default()).await;
    let raw = |bytes: Vec<u8>| {
        Request::post("/flow/v1/bootstrap")
            .header("content-type", "application/json")
            .body(Body::from(bytes))
            .unwrap()
    };
    let bodies: [&[u8]; 5] = [
        b"",
        b"{",
        b"\xff",
        b"[]",
        br#"{"surface":"verify","query":"\u0000"}"#,
    ];
    for body in bodies {
        let answer = world.send(raw(body.to_vec())).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.json()["error"]["code"], "invalid_config");
    }
    let large = world.send(raw(vec![b' '; 65 * 1024])).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let unknown = world.get("/flow/v1/nothing/here").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.json()["error"]["status"], 404);
    let wrong = world.get("/flow/v1/bootstrap").await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.json()["error"]["code"], "unknown");
}

#[tokio::test]
async fn b21_b29_links_that_cannot_be_used() {
    let world = World::new(Settings::default()).await;
    let table = [
        (String::new(), 400, "invalid_config"),
        (
            "inquiry-template-id=itmpl_unknown".into(),
            422,
            "inactive_template",
        ),
        ("inquiry-id=inq_unknown".into(), 400, "invalid_config"),
        (
            world.sandbox_query("&account-id=act_1&reference-id=x"),
            400,
            "invalid_config",
        ),
        (
            format!("fields[x]={}", "y".repeat(33 * 1024)),
            400,
            "invalid_config",
        ),
    ];
    for (query, status, code) in table {
        let answer = world.bootstrap("verify", &query).await;
        assert_eq!(answer.status.as_u16(), status, "{query:.60}");
        let body = answer.json();
        assert_eq!(body["error"]["code"], code);
        assert_eq!(body["error"]["status"], status);
        assert_eq!(body["screen"]["code"], "link_invalid");
        assert_eq!(body["screen"]["title"], "This link is not valid");
    }
}

#[tokio::test]
async fn b172_b148_limits() {
    let settings = Settings {
        client_creations_per_address_and_hour: Some(2),
        wrong_codes_per_address_and_hour: Some(2),
        ..Settings::default()
    };
    let world = World::new(settings).await;
    let query = world.sandbox_query("");
    for _ in 0..2 {
        let answer = world.bootstrap("verify", &query).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let refused = world.bootstrap("verify", &query).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "3600");
    assert_eq!(refused.json()["error"]["code"], "unknown");
    for expected in [404, 404, 429] {
        let answer = world.call("redeem", None, &json!({"code": "wrong"})).await;
        assert_eq!(answer.status.as_u16(), expected);
    }
}

#[tokio::test]
async fn b401_b410_pages_and_their_frames() {
    let world = World::new(Settings::default()).await;
    let query = world.sandbox_query("&iframe-origin=https%3A%2F%2Fshop.example");
    let allowed = world.get(&format!("/widget?{query}")).await;
    assert_eq!(allowed.status, StatusCode::OK);
    assert!(
        allowed
            .header("content-security-policy")
            .ends_with("frame-ancestors https://shop.example")
    );
    assert_eq!(allowed.header("x-frame-options"), "");
    let page = String::from_utf8(allowed.bytes.clone()).unwrap();
    assert!(page.contains("data-surface=\"widget\""));
    let nonce = page
        .split("nonce=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(allowed.header("content-security-policy").contains(nonce));

    let query = world.sandbox_query("&iframe-origin=http%3A%2F%2Fshop.example");
    let denied = world.get(&format!("/widget?{query}")).await;
    assert_eq!(denied.status, StatusCode::OK);
    assert_eq!(denied.header("x-frame-options"), "DENY");
    assert!(
        denied
            .header("content-security-policy")
            .ends_with("frame-ancestors 'none'")
    );
    let refused = world.bootstrap("widget", &query).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);

    let direct = world
        .get(&format!("/widget?{}", world.sandbox_query("")))
        .await;
    assert!(
        direct
            .header("content-security-policy")
            .ends_with("frame-ancestors 'self'")
    );
    for path in ["/verify", "/inquiry?x=%00"] {
        let page = world.get(path).await;
        assert_eq!(page.header("x-frame-options"), "SAMEORIGIN");
        assert!(
            String::from_utf8(page.bytes)
                .unwrap()
                .contains("data-surface=\"verify\"")
        );
    }
    let preload = world.get("/preload").await;
    assert!(
        preload
            .header("content-security-policy")
            .ends_with("frame-ancestors *")
    );
    assert_eq!(world.get("/demo").await.status, StatusCode::NOT_FOUND);
    let head = Request::builder()
        .method(Method::HEAD)
        .uri("/verify")
        .body(Body::empty())
        .unwrap();
    assert_eq!(world.send(head).await.status, StatusCode::OK);
}

#[tokio::test]
async fn b105_a_short_link_leads_to_the_hosted_flow() {
    let world = World::new(Settings::default()).await;
    let answer = world.get("/l/ab%20c").await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(
        answer.header("location"),
        "http://localhost:8080/verify?code=ab%20c"
    );
}

#[tokio::test]
async fn assets_are_cached_and_shared() {
    let world = World::new(Settings::default()).await;
    let script = world.get("/assets/flow/main.js").await;
    assert_eq!(script.status, StatusCode::OK);
    assert_eq!(
        script.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(
        script.header("cross-origin-resource-policy"),
        "cross-origin"
    );
    let again = Request::get("/assets/flow/main.js")
        .header("if-none-match", script.header("etag"))
        .body(Body::empty())
        .unwrap();
    assert_eq!(world.send(again).await.status, StatusCode::NOT_MODIFIED);
    for path in [
        "/assets/tsconfig.json",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/src/lib.rs",
        "/assets/flow",
    ] {
        assert_eq!(
            world.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_demo_page_is_there_where_it_is_asked_for() {
    let demo = crate::app::Demo {
        template_id: "itmpl_a".into(),
        form_template_id: "itmpl_b".into(),
        environment_id: "env_a".into(),
        sdk: None,
    };
    let settings = Settings {
        demo: Some(demo),
        ..Settings::default()
    };
    let world = World::new(settings).await;
    let page = world.get("/demo").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = String::from_utf8(page.bytes).unwrap();
    assert!(text.contains("data-host=\"localhost:8080\""));
    assert!(text.contains("verify?inquiry-template-id=itmpl_a"));
}

#[tokio::test]
async fn b3_all_of_it_answers_below_a_path_too() {
    let settings = Settings {
        base_path: "/base".into(),
        ..Settings::default()
    };
    let world = World::new(settings).await;
    for path in ["/verify", "/widget", "/preload", "/assets/flow/main.js"] {
        let answer = world.get(&format!("/base{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    let state = world.get("/base/flow/v1/state").await;
    assert_eq!(state.json()["error"]["code"], "unauthenticated");
}

#[tokio::test]
async fn f2_a_failed_verification_leads_to_another_try_without_a_word_of_fraud() {
    let world = World::new(Settings::default()).await;
    let query = world.sandbox_query("");
    let first = world.bootstrap("widget", &query).await.json();
    let token = first["session_token"].as_str().unwrap().to_owned();
    let failing = json!({"outcome": "failed"});
    let mut state = world.call("simulate", Some(&token), &failing).await.json();
    assert_eq!(state["simulate"], failing);
    let person = json!({"name-first": "Ada", "name-last": "Lovelace", "birthdate": "1990-12-10"});
    let passport = json!({"id_class": "pp"});
    for values in [json!({}), person, json!({"country": "US"}), passport] {
        state = world.step(&token, &state, &values).await.json();
    }
    let step = state["screen"]["step"].as_str().unwrap();
    world.upload(&token, step, "front", picture()).await;
    world.step(&token, &state, &json!({})).await;
    world.clock.advance_millis(1000);
    let polled = Request::get("/flow/v1/state")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    let answer = world.send(polled).await;
    let state = answer.json();
    assert_eq!(state["screen"]["kind"], "retry");
    assert_eq!(state["screen"]["hint"], Value::Null);
    assert_eq!(state["screen"]["button"], "Try again");
    assert_eq!(state["inquiry"]["status"], "pending");
    assert!(
        !String::from_utf8(answer.bytes)
            .unwrap()
            .contains("detection")
    );
}
