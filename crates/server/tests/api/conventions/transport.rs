//! How requests may be sent (C8, C94, C96, C129, C132, C133).

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Version};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use selfsame_server::api::operation::extension::EXTENSIONS;
use selfsame_server::api::operation::outside::OUTSIDE;
use selfsame_server::api::operation::{all, root};
use selfsame_testkit::TestApp;
use serde_json::json;

use crate::operations::{Objects, cases};

/// Of two answers, what they share; each has a number of its own.
fn shared(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    headers.remove("request-id");
    headers
}

#[tokio::test]
async fn c129_a_head_has_the_headers_of_its_get_and_no_body() {
    let app = TestApp::start().await;
    let sandbox = app.administrator().await;
    let objects = Objects::make(&app, &sandbox, &app.own.template).await;
    let own = cases()
        .into_iter()
        .filter(|case| case.method == Method::GET)
        .map(|case| case.target(&objects));
    let outside = OUTSIDE
        .iter()
        .filter(|operation| operation.method.as_str() == "get")
        .map(|operation| format!("/api/v1{}", operation.path.replace(['{', '}'], "")));
    let others = [
        "/api/v1/openapi.json",
        "/api/selfsame/v1/openapi.json",
        "/docs",
        "/docs/selfsame",
        "/healthz",
        "/readyz",
        "/verify",
    ];
    let targets: Vec<_> = own
        .chain(outside)
        .chain(others.map(str::to_owned))
        .collect();
    for target in targets {
        for wish in ["identity", "zstd"] {
            let client = sandbox.with("accept-encoding", wish);
            let get = client.elsewhere(Method::GET, &target).await;
            let head = client.elsewhere(Method::HEAD, &target).await;
            assert_eq!(head.status, get.status, "{target}");
            if target != "/verify" {
                assert_eq!(shared(&head.headers), shared(&get.headers), "{target}");
            }
            assert!(head.bytes.is_empty() && !get.bytes.is_empty(), "{target}");
        }
    }
}

#[tokio::test]
async fn c129_a_head_wants_a_key_like_its_get() {
    let app = TestApp::start().await;
    let nobody = app.client(None);
    let head = nobody.elsewhere(Method::HEAD, "/api/v1/accounts").await;
    assert_eq!((head.status, head.bytes.len()), (401, 0));
}

#[tokio::test]
async fn c133_a_slash_at_the_end_of_any_operation_is_the_same_address() {
    let app = TestApp::start().await;
    for operation in all().chain(EXTENSIONS) {
        let method = operation.method.as_str().to_uppercase();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let target = format!(
            "{}{}",
            root(operation),
            operation.path.replace(['{', '}'], "")
        );
        let nobody = app.client(None);
        let answer = nobody.elsewhere(method, &format!("{target}/")).await;
        assert_eq!(answer.status, 401, "{operation:?}");
    }
    let made = app.sandbox().elsewhere(Method::POST, "/api/v1/accounts/");
    made.json(&json!({})).await.expect(201);
}

#[tokio::test]
async fn c133_whatever_is_read_is_the_same_with_a_slash_at_the_end() {
    let app = TestApp::start().await;
    let client = app.administrator().await;
    let objects = Objects::make(&app, &client, &app.own.template).await;
    for case in cases() {
        // What each request uses up is told by this one.
        if case.method != Method::GET || case.operation.path == "/rate-limits" {
            continue;
        }
        let target = case.target(&objects);
        let slashed = match target.split_once('?') {
            Some((path, query)) => format!("{path}/?{query}"),
            None => format!("{target}/"),
        };
        let plain = client.elsewhere(Method::GET, &target).await.expect(200);
        let other = client.elsewhere(Method::GET, &slashed).await.expect(200);
        assert_eq!(other.bytes, plain.bytes, "{slashed}");
    }
}

#[tokio::test]
async fn c8_a_plus_in_a_query_is_a_space_and_a_plus_sign_is_percent_2b() {
    let app = TestApp::start().await;
    let spaced = app.account(json!({"reference-id": "a b"})).await;
    let plus = app.account(json!({"reference-id": "+44 20"})).await;
    for (query, found) in [
        ("a+b", &spaced),
        ("a%20b", &spaced),
        ("%2B44+20", &plus),
        ("%2B44%2020", &plus),
    ] {
        let answer = app
            .sandbox()
            .get(&format!("/accounts?filter[reference-id]={query}"))
            .await
            .expect(200);
        assert_eq!(answer.ids(), [found.as_str()], "{query}");
    }
}

#[tokio::test]
async fn c96_a_comma_list_and_an_array_are_the_same_filter_on_every_list() {
    let app = TestApp::start().await;
    for name in ["one", "two", "three"] {
        app.inquiry(json!({
            "auto-create-account-reference-id": name,
            "auto-create-inquiry-session": true,
        }))
        .await;
        app.advance(1);
    }
    let inquiries = app.sandbox().get("/inquiries").await.expect(200).ids();
    let (newer, older) = (inquiries[0].as_str(), inquiries[2].as_str());
    for (path, filter, values) in [
        ("/accounts", "reference-id", ["one", "three"]),
        ("/inquiries", "inquiry-id", [older, newer]),
        ("/inquiry-sessions", "inquiry-id", [older, newer]),
        ("/events", "object-id", [older, newer]),
    ] {
        let [first, second] = values;
        let mut found = Vec::new();
        for query in [
            format!("filter[{filter}]={first},{second}"),
            format!("filter[{filter}]={first}%2C{second}"),
            format!("filter[{filter}][]={first}&filter[{filter}][]={second}"),
            format!("filter[{filter}][0]={first}&filter[{filter}][1]={second}"),
            format!("filter%5B{filter}%5D%5B%5D={first}&filter%5B{filter}%5D%5B%5D={second}"),
        ] {
            let answer = app.sandbox().get(&format!("{path}?{query}")).await;
            found.push(answer.expect(200).ids());
        }
        assert!(found[0].len() >= 2, "{path}");
        assert!(found.iter().all(|ids| *ids == found[0]), "{path} {found:?}");
        let whole = app.sandbox().get(&format!("{path}?page[size]=100")).await;
        assert!(whole.expect(200).ids().len() > found[0].len(), "{path}");
    }
}

#[tokio::test]
async fn c94_after_the_oldest_object_comes_an_empty_last_page() {
    let app = TestApp::start().await;
    let empty = json!({"data": [], "links": {"prev": null, "next": null}});
    let oldest = app.account(json!({})).await;
    app.advance(1);
    app.account(json!({})).await;
    let full = app
        .sandbox()
        .get("/accounts?page[size]=2")
        .await
        .expect(200);
    assert_eq!(full.body["links"]["next"], json!(null));
    let answer = app
        .sandbox()
        .get(&format!("/accounts?page[after]={oldest}"))
        .await
        .expect(200);
    assert_eq!(answer.body, empty);
}

#[tokio::test]
async fn c132_http_2_is_spoken_to_whoever_begins_with_it() {
    let app = TestApp::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = selfsame_server::serve::answer(app.app.clone(), listener, std::future::pending());
    let server = tokio::spawn(server);
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let requests = (0..5).map(|_| {
        let request = Request::get(format!("http://{address}/api/v1/accounts"))
            .header("authorization", format!("Bearer {}", app.own.keys.sandbox))
            .body(Body::empty())
            .unwrap();
        client.send_request(request)
    });
    // All of them at once, on one connection.
    let requests: Vec<_> = requests.collect();
    for request in requests {
        let answer = request.await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.version()),
            (200, Version::HTTP_2)
        );
        assert!(answer.headers().contains_key("request-id"));
    }
    connection.abort();
    server.abort();
}
