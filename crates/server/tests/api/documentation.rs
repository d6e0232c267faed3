//! Our own description of the API (C134).

use axum::http::Method;
use selfsame_server::api::openapi::{document, own_document};
use selfsame_server::api::operation::extension::EXTENSIONS;
use selfsame_server::api::operation::{Operation, all};
use selfsame_testkit::TestApp;

const PAGES: [&str; 2] = ["/docs", "/docs/selfsame"];

#[tokio::test]
async fn c134_the_openapi_documents_are_there_for_anybody() {
    let app = TestApp::start().await;
    for (root, said) in [
        ("/api/v1", document()),
        ("/api/selfsame/v1", own_document()),
    ] {
        for target in ["openapi.json", "openapi.json/"] {
            let target = format!("{root}/{target}");
            let answer = app.client(None).elsewhere(Method::GET, &target).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.body, said);
            let kind = answer.header("content-type");
            assert_eq!(kind, Some("application/json; charset=utf-8"));
        }
        let target = format!("{root}/openapi.json");
        let other = app.client(None).elsewhere(Method::POST, &target);
        other.await.expect(405);
        assert_eq!(said["servers"][0]["url"], root);
    }
}

#[tokio::test]
async fn c134_the_pages_show_every_operation_and_run_nothing() {
    let app = TestApp::start().await;
    let operations: [Vec<&Operation>; 2] = [all().collect(), EXTENSIONS.iter().collect()];
    for (target, operations) in PAGES.into_iter().zip(operations) {
        let page = app.client(None).elsewhere(Method::GET, target).await;
        assert_eq!(page.status, 200);
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';"),
            "{policy}"
        );
        let text = String::from_utf8(page.bytes).unwrap();
        for operation in operations {
            let anchor = format!("<p id=\"{}\">", operation.id);
            assert_eq!(text.matches(&anchor).count(), 1, "{operation:?}");
        }
        for foreign in ["<script", "http://", "https://", "style=\"", "undefined"] {
            assert!(!text.contains(foreign), "{foreign}");
        }
    }
}

#[tokio::test]
async fn c134_the_pages_links_lead_somewhere_and_to_each_other() {
    let app = TestApp::start().await;
    for (target, other) in PAGES.into_iter().zip(["docs/selfsame", "../docs"]) {
        let page = app.client(None).elsewhere(Method::GET, target).await;
        let text = String::from_utf8(page.bytes).unwrap();
        let between = |mark: &str| -> Vec<String> {
            text.split(mark)
                .skip(1)
                .filter_map(|rest| Some(rest.split_once('"')?.0.replace("&#x2f;", "/")))
                .collect()
        };
        let anchors = between(" id=\"");
        let links = between("href=\"");
        assert!(links.iter().any(|link| link == other), "{target}");
        // What a link of the page is relative to.
        let (folder, _) = target.rsplit_once('/').unwrap();
        for link in links {
            if let Some(anchor) = link.strip_prefix('#') {
                assert!(anchors.iter().any(|known| known == anchor), "{link}");
            } else if link != "data:," {
                let address = match link.strip_prefix("../") {
                    Some(link) => format!("{}/{link}", folder.strip_suffix("/docs").unwrap()),
                    None => format!("{folder}/{link}"),
                };
                let answer = app.client(None).elsewhere(Method::GET, &address).await;
                assert_eq!(answer.status, 200, "{target}: {link}");
            }
        }
        let mut sorted = anchors.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), anchors.len(), "an id is there twice");
    }
}

#[tokio::test]
async fn c134_the_pages_are_there_with_a_slash_and_below_a_path() {
    let app = TestApp::build()
        .settings(|settings| settings.base_path = "/id".into())
        .start()
        .await;
    for (target, status, location) in [
        ("/docs/", 308, Some("../docs")),
        ("/id/docs/", 308, Some("../docs")),
        ("/id/docs", 200, None),
        ("/docs/selfsame/", 308, Some("../selfsame")),
        ("/id/docs/selfsame/", 308, Some("../selfsame")),
        ("/id/docs/selfsame", 200, None),
        ("/id/assets/docs/docs.css", 200, None),
    ] {
        let answer = app.client(None).elsewhere(Method::GET, target).await;
        assert_eq!(answer.status, status, "{target}");
        assert_eq!(answer.header("location"), location, "{target}");
    }
}
