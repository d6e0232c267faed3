//! Files and their tokens (V1–V10).

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selfsame_domain::permission::Permission;
use selfsame_testkit::{Answer, Client, TestApp, picture};
use serde_json::{Value, json};

use crate::attributes;

const ORIGIN: &str = "https://verify.example.test";

/// Somebody with five pictures from a finished flow, and a photo.
pub struct Person {
    pub inquiry: String,
    pub account: String,
}

pub async fn person(app: &TestApp) -> Person {
    let template = &app.own.template;
    let query = format!("inquiry-template-id={template}&environment=sandbox&reference-id=u");
    let opened = app.open(&query).await.unwrap();
    app.visitor(&opened.session_token).finish().await;
    let inquiry = opened.view.bundle.view.inquiry;
    let account = inquiry.account_id.unwrap().to_string();
    put_photo(app, &account, "me.png").await;
    Person {
        inquiry: inquiry.id.to_string(),
        account,
    }
}

pub async fn put_photo(app: &TestApp, account: &str, filename: &str) -> Answer {
    let data = STANDARD.encode(picture(7));
    let photo = json!({"selfie-photo": {"data": {"data": data, "filename": filename}}});
    let path = format!("/accounts/{account}");
    app.sandbox()
        .patch(&path, attributes(photo))
        .await
        .expect(200)
}

/// The inquiry with all that has files.
async fn whole(client: &Client, person: &Person) -> Answer {
    let path = format!(
        "/inquiries/{}?include=verifications,documents,account",
        person.inquiry
    );
    client.get(&path).await.expect(200)
}

fn included<'a>(answer: &'a Answer, kind: &str) -> &'a Value {
    let mut all = answer.body["included"].as_array().unwrap().iter();
    &all.find(|object| object["type"] == kind).unwrap()["attributes"]
}

/// Every URL in a document, each once.
pub fn urls(document: &Value) -> Vec<String> {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text)
                if text.starts_with(ORIGIN)
                    && text.contains("/files/")
                    && !found.contains(text) =>
            {
                found.push(text.clone());
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            Value::Object(members) => members.values().for_each(|member| walk(member, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(document, &mut found);
    found
}

pub async fn fetch(client: &Client, url: &str) -> Answer {
    let target = url.strip_prefix(ORIGIN).expect("one of ours");
    client.elsewhere(Method::GET, target).await
}

#[tokio::test]
async fn v3_v8_every_file_has_a_url_that_needs_no_key() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let shown = whole(&app.sandbox(), &person).await;
    let nobody = app.client(None);

    let id = included(&shown, "verification/government-id");
    let photos = id["photo-urls"].as_array().unwrap();
    let pages: Vec<_> = photos.iter().map(|photo| &photo["page"]).collect();
    assert_eq!(pages, ["front", "back"]);
    assert_eq!(id["front-photo-url"], photos[0]["url"]);
    assert_eq!(id["back-photo-url"], photos[1]["url"]);
    for photo in photos {
        assert_eq!(photo["normalized-url"], photo["url"]);
        assert_eq!(photo["original-urls"], json!([]));
    }
    let document = included(&shown, "document/government-id");
    let front = &document["front-photo"];
    assert_eq!(front["url"], id["front-photo-url"]);
    assert_eq!(front["filename"], "front.jpg");
    assert_eq!(front["byte-size"], photos[0]["byte-size"]);
    assert_eq!(document["selfie-photo"], Value::Null);

    let selfie = included(&shown, "verification/selfie");
    let photos = selfie["photo-urls"].as_array().unwrap();
    for photo in photos {
        let page = photo["page"].as_str().unwrap();
        assert_eq!(selfie[page.replace('_', "-") + "-url"], photo["url"]);
        let part = page.strip_suffix("_photo").unwrap();
        assert_eq!(photo["filename"], format!("selfie_{part}.jpg"));
    }
    assert_eq!(photos.len(), 3);

    let photo = &included(&shown, "account")["fields"]["selfie_photo"]["value"];
    assert_eq!(photo["filename"], "me.png");
    assert_eq!(photo["mime-type"], "image/jpeg");

    let all = urls(&shown.body);
    assert_eq!(all.len(), 6);
    for url in all {
        assert!(url.starts_with(&format!("{ORIGIN}/files/")), "{url}");
        let file = fetch(&nobody, &url).await.expect(200);
        assert_eq!(file.header("content-type"), Some("image/jpeg"));
        assert_eq!(file.bytes[..3], [0xff, 0xd8, 0xff], "a JPEG");
    }
    let file = fetch(&nobody, photo["url"].as_str().unwrap()).await;
    assert_eq!(json!(file.bytes.len()), photo["byte-size"]);
}

#[tokio::test]
async fn v6_before_2023_01_05_the_url_wants_a_key_of_the_environment() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let other = app.second_organisation().await;
    for (version, has_token) in [
        ("2020-05-18", false),
        ("2021-08-18", false),
        ("2022-09-01", false),
        ("2023-01-05", true),
        ("2025-10-27", true),
        ("2026-09-29", true),
    ] {
        let client = app.sandbox().with("Persona-Version", version);
        let shown = whole(&client, &person).await;
        let all = urls(&shown.body);
        assert_eq!(all.len(), 6, "{version}");
        for url in all {
            assert_eq!(url.contains("?access_token="), has_token, "{url}");
            if has_token {
                fetch(&app.client(None), &url).await.expect(200);
                continue;
            }
            assert!(url.starts_with(&format!("{ORIGIN}/api/v1/files/")), "{url}");
            let file = fetch(&client, &url).await.expect(200);
            assert_eq!(file.header("content-type"), Some("image/jpeg"));
            assert!(file.header("request-id").is_some());
            assert!(file.header("content-encoding").is_none());
            fetch(&app.client(None), &url).await.expect(401);
            fetch(&app.production(), &url).await.expect(404);
            let stranger = app.client(Some(&other.keys.sandbox));
            fetch(&stranger, &url).await.expect(404);
        }
    }
}

#[tokio::test]
async fn v7_with_a_key_it_takes_a_permission_that_shows_the_file() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let client = app.sandbox().with("Persona-Version", "2022-09-01");
    let shown = whole(&client, &person).await;
    let photo = urls(included(&shown, "account")).remove(0);
    let front = urls(included(&shown, "verification/government-id")).remove(0);
    for (permission, photo_is, front_is) in [
        (Permission::AccountRead, 200, 403),
        (Permission::VerificationRead, 403, 200),
        (Permission::DocumentRead, 403, 200),
        (Permission::InquiryRead, 403, 200),
        (Permission::EventRead, 403, 403),
    ] {
        let limited = app.with_permissions(&[permission]).await;
        fetch(&limited, &photo).await.expect(photo_is);
        fetch(&limited, &front).await.expect(front_is);
    }
    let limited = app.with_permissions(&[Permission::EventRead]).await;
    let refused = fetch(&limited, &front).await;
    refused.refused(
        403,
        "API key does not have the verification.read permission",
    );
}

#[tokio::test]
async fn v7_what_a_blocklist_hides_a_key_does_not_get() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let old = app.sandbox().with("Persona-Version", "2022-09-01");
    let shown = whole(&old, &person).await;
    let photo = urls(included(&shown, "account")).remove(0);
    let front = urls(included(&shown, "verification/government-id")).remove(0);

    for (patterns, left, photo_is, front_is) in [
        (vec!["birthdate"], 6, 200, 200),
        // The documents still show the pictures of the ID.
        (
            vec!["*-photo-url", "photo-urls", "selfie_photo"],
            2,
            404,
            200,
        ),
        (
            vec!["*-photo-url", "photo-urls", "*-photo", "originals"],
            0,
            404,
            404,
        ),
        (vec!["url", "normalized-url", "*-photo-url"], 0, 404, 404),
    ] {
        let client = app
            .with_key(|key| {
                key.attributes_blocklist = patterns.iter().map(ToString::to_string).collect();
            })
            .await;
        let shown = whole(&client, &person).await;
        assert_eq!(urls(&shown.body).len(), left, "{patterns:?}");
        let text = shown.body.to_string();
        assert_eq!(text.contains("access_token"), left > 0, "{patterns:?}");
        fetch(&client, &photo).await.expect(photo_is);
        fetch(&client, &front).await.expect(front_is);
    }
}

#[tokio::test]
async fn v4_a_token_lives_as_long_as_its_key_says() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let short = app
        .with_key(|key| key.file_access_token_expires_in = 60)
        .await;
    let nobody = app.client(None);
    let short = urls(&whole(&short, &person).await.body);
    let usual = urls(&whole(&app.sandbox(), &person).await.body);
    app.advance(59);
    fetch(&nobody, &short[0]).await.expect(200);
    app.advance(1);
    for url in &short {
        let over = fetch(&nobody, url).await;
        over.refused(403, "The access token has expired");
        assert_eq!(over.title(), "Forbidden");
    }
    app.advance(21_600 - 61);
    fetch(&nobody, &usual[0]).await.expect(200);
    app.advance(1);
    fetch(&nobody, &usual[0]).await.expect(403);
    // What is asked for anew opens it again.
    let again = urls(&whole(&app.sandbox(), &person).await.body);
    fetch(&nobody, &again[0]).await.expect(200);
}

#[tokio::test]
async fn v4_a_token_opens_its_file_and_no_other() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let mut all = urls(&whole(&app.sandbox(), &person).await.body);
    let second = app.account(json!({})).await;
    all.extend(urls(put_photo(&app, &second, "two.png").await.data()));
    assert_eq!(all.len(), 7);
    let nobody = app.client(None);
    let mut seen: Vec<Vec<u8>> = Vec::new();
    for (place, opened) in all.iter().enumerate() {
        let (_, token) = opened.split_once('?').unwrap();
        for (other, target) in all.iter().enumerate() {
            let (path, _) = target.split_once('?').unwrap();
            let answer = fetch(&nobody, &format!("{path}?{token}")).await;
            if place == other {
                seen.push(answer.expect(200).bytes);
            } else {
                answer.refused(403, "The access token is for another file");
            }
        }
        // The same file under the name of a photo, or of another account's.
        let (path, _) = opened.split_once('?').unwrap();
        let file = path.split('/').nth(4).unwrap().rsplit('.').next().unwrap();
        for name in [
            format!("{second}.{file}"),
            format!("{file}x"),
            format!("{file}%2F..%2F{file}"),
            "..".to_owned(),
        ] {
            let url = format!("{ORIGIN}/files/{name}/x.jpg?{token}");
            let status = fetch(&nobody, &url).await.status;
            assert!(
                [403, 404].contains(&status) || *opened == all[6],
                "{name} {status}"
            );
        }
    }
    assert_eq!(seen.len(), all.len());
}

#[tokio::test]
async fn v4_no_token_that_was_meddled_with_opens_anything() {
    let app = TestApp::start().await;
    let account = app.account(json!({})).await;
    let url = urls(put_photo(&app, &account, "me.jpg").await.data()).remove(0);
    let (path, token) = url.split_once("?access_token=").unwrap();
    let nobody = app.client(None);
    for place in 0..token.len() {
        for byte in ['A', 'w', '_', '.'] {
            let mut changed: Vec<char> = token.chars().collect();
            if changed[place] == byte {
                continue;
            }
            changed[place] = byte;
            let changed: String = changed.into_iter().collect();
            let answer = fetch(&nobody, &format!("{path}?access_token={changed}")).await;
            assert_eq!(answer.status, 401, "{place} {changed}");
            assert_eq!(answer.title(), "Token is invalid");
        }
    }
    let missing = fetch(&nobody, path).await.expect(401);
    assert_eq!(
        missing.title(),
        "Must be authenticated to access this endpoint"
    );
    for query in ["access_token=", "access_token=x.y.z", "token=x"] {
        fetch(&nobody, &format!("{path}?{query}")).await.expect(401);
    }
    let twice = format!("{path}?access_token[a]={token}");
    fetch(&nobody, &twice).await.expect(400);
    // Neither a key nor the token of a session stands in for it.
    let key = &app.own.keys.sandbox;
    let url = format!("{path}?access_token={key}");
    fetch(&app.sandbox(), &url).await.expect(401);
    let body = json!({
        "data": {"attributes": {"inquiry-template-id": app.own.template.to_string()}},
        "meta": {"auto-create-inquiry-session": true},
    });
    let made = app.sandbox().post("/inquiries", body).await.expect(201);
    let session = made.meta("session-token").as_str().unwrap();
    let url = format!("{path}?access_token={session}");
    fetch(&nobody, &url).await.expect(401);
}

#[tokio::test]
async fn v5_a_file_does_nothing_but_show() {
    let app = TestApp::start().await;
    let account = app.account(json!({})).await;
    let name = "a\"; filename=\"b.html\r\nSet-Cookie: x=y\n/../é.svg";
    let answer = put_photo(&app, &account, name).await;
    assert_eq!(answer.field("selfie_photo")["filename"], name);
    let url = urls(answer.data()).remove(0);
    let file = fetch(&app.client(None), &url).await.expect(200);
    let expected = [
        ("content-type", "image/jpeg"),
        (
            "content-disposition",
            "inline; filename=\"a___filename__b.html__Set-Cookie__x_y__..__.svg\"",
        ),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-store"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("accept-ranges", "bytes"),
        ("x-frame-options", "DENY"),
    ];
    for (header, value) in expected {
        assert_eq!(file.header(header), Some(value), "{header}");
    }
    let policy = file.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none';") && policy.contains("; sandbox;"));
    assert!(file.header("set-cookie").is_none());

    let target = url.strip_prefix(ORIGIN).unwrap();
    let head = app.client(None).elsewhere(Method::HEAD, target).await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    for name in file.headers.keys().filter(|name| *name != "request-id") {
        assert_eq!(head.headers.get(name), file.headers.get(name), "{name}");
    }
    let length = file.bytes.len().to_string();
    assert_eq!(head.header("content-length"), Some(length.as_str()));
    let post = app.client(None).elsewhere(Method::POST, target).await;
    assert_eq!(post.status, 405);
}

#[tokio::test]
async fn v9_what_is_redacted_or_replaced_is_gone_whatever_token_there_is() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let nobody = app.client(None);
    let shown = whole(&app.sandbox(), &person).await;
    let photo = urls(included(&shown, "account")).remove(0);
    let pictures: Vec<String> = urls(&shown.body)
        .into_iter()
        .filter(|url| *url != photo)
        .collect();

    let replaced = put_photo(&app, &person.account, "new.png").await;
    let new = urls(replaced.data()).remove(0);
    fetch(&nobody, &photo).await.expect(404);
    fetch(&nobody, &new).await.expect(200);

    let path = format!("/inquiries/{}", person.inquiry);
    app.sandbox().delete(&path).await.expect(200);
    assert_eq!(pictures.len(), 5);
    for url in &pictures {
        let gone = fetch(&nobody, url).await.expect(404);
        assert_eq!(gone.title(), "Record not found");
    }
    let shown = whole(&app.sandbox(), &person).await;
    assert_eq!(urls(&shown.body), std::slice::from_ref(&new));
    let id = included(&shown, "verification/government-id");
    assert_eq!(id["front-photo-url"], Value::Null);
    assert_eq!(id["photo-urls"], json!([]));

    let path = format!("/accounts/{}", person.account);
    app.sandbox().delete(&path).await.expect(200);
    fetch(&nobody, &new).await.expect(404);
    assert!(urls(&whole(&app.sandbox(), &person).await.body).is_empty());
}

#[tokio::test]
async fn v9_a_picture_whose_step_is_not_submitted_is_nobodys_yet() {
    let app = TestApp::start().await;
    let template = &app.own.template;
    let query = format!("inquiry-template-id={template}&environment=sandbox");
    let opened = app.open(&query).await.unwrap();
    let mut visitor = app.visitor(&opened.session_token);
    for values in [
        json!({}),
        json!({"name-first": "Sam", "name-last": "Smith", "birthdate": "1990-12-10", "email-address": null}),
        json!({"country": "US"}),
        json!({"id_class": "dl"}),
    ] {
        visitor.submit(values).await.unwrap();
    }
    visitor.upload().await.unwrap();
    let inquiry = &opened.view.bundle.view.inquiry;
    let files = app
        .store()
        .list_files(&inquiry.environment_id, &inquiry.id)
        .await
        .unwrap();
    assert_eq!(files.len(), 2);
    for file in files {
        let url = format!("{ORIGIN}/api/v1/files/{}/front.jpg", file.id);
        fetch(&app.sandbox(), &url).await.expect(404);
    }
}

#[tokio::test]
async fn v2_events_keep_no_token_and_show_one_that_is_good_now() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    for event in app.events().await {
        let kept = serde_json::to_string(&event.payload).unwrap();
        assert!(!kept.contains("access_token"), "{kept}");
    }
    app.advance(30 * 86_400);
    let nobody = app.client(None);
    for (name, expected) in [
        ("verification.passed", 5),
        ("document.processed", 2),
        ("account.updated-fields", 1),
    ] {
        let path = format!("/events?filter[name]={name}");
        let shown = app.sandbox().get(&path).await.expect(200);
        let all = urls(&shown.body);
        assert_eq!(all.len(), expected, "{name}");
        for url in all {
            fetch(&nobody, &url).await.expect(200);
        }
        let old = app.sandbox().with("Persona-Version", "2021-05-14");
        let shown = old.get(&path).await.expect(200);
        let all = urls(&shown.body);
        assert_eq!(all.len(), expected, "{name}");
        assert!(all.iter().all(|url| !url.contains("access_token")));
    }
    let path = format!("/inquiries/{}", person.inquiry);
    app.sandbox().delete(&path).await.expect(200);
    let path = "/events?filter[name]=verification.passed,document.processed";
    let shown = app.sandbox().get(path).await.expect(200);
    assert!(urls(&shown.body).is_empty());
    assert!(!shown.body.to_string().contains("selfsame-file"));
}

#[tokio::test]
async fn v2_no_text_of_a_caller_becomes_a_url() {
    let app = TestApp::start().await;
    let account = app.account(json!({})).await;
    let url = urls(put_photo(&app, &account, "me.jpg").await.data()).remove(0);
    let file = url.split('/').nth(4).unwrap();
    let text = format!("selfsame-file:{file}/me.jpg");
    let template = app.own.template.to_string();
    let made = app
        .sandbox()
        .post(
            "/inquiries",
            attributes(json!({
                "inquiry-template-id": template, "note": text, "tags": [text], "reference-id": text,
                "fields": {"name-first": text},
            })),
        )
        .await
        .expect(201);
    let listed = app.sandbox().get("/inquiries").await.expect(200);
    for inquiry in [made.data(), &listed.list()[0]] {
        assert_eq!(inquiry["attributes"]["note"], *text);
        assert_eq!(inquiry["attributes"]["tags"], json!([text]));
        assert_eq!(inquiry["attributes"]["reference-id"], *text);
        assert_eq!(
            inquiry["attributes"]["fields"]["name-first"]["value"],
            *text
        );
        assert!(urls(inquiry).is_empty());
    }
    let fields = json!({"name": {"first": text}, "phone_number": text});
    let change = attributes(json!({"fields": fields}));
    let path = format!("/accounts/{account}");
    let changed = app.sandbox().patch(&path, change).await.expect(200);
    assert_eq!(changed.field("phone_number"), &json!(text));
    assert_eq!(urls(changed.data()).len(), 1, "the photo alone");
}

#[tokio::test]
async fn v10_a_retry_gets_the_url_it_got_before() {
    let app = TestApp::start().await;
    let data = STANDARD.encode(picture(7));
    let photo = json!({"selfie-photo": {"data": {"data": data, "filename": "me.jpg"}}});
    let client = app.sandbox().with("idempotency-key", "once");
    let first = client.post("/accounts", attributes(photo.clone())).await;
    let first = first.expect(201);
    assert_eq!(urls(&first.body).len(), 1);
    app.advance(3600);
    let again = client.post("/accounts", attributes(photo)).await;
    assert_eq!(again.expect(201).bytes, first.bytes);
}

#[tokio::test]
async fn v3_every_process_opens_what_another_one_signed() {
    let app = TestApp::start().await;
    let account = app.account(json!({})).await;
    let url = urls(put_photo(&app, &account, "me.jpg").await.data()).remove(0);
    let other = app.another_process().await;
    fetch(&app.client_of(&other), &url).await.expect(200);
}

#[tokio::test]
async fn v8_lists_show_files_too_in_every_spelling() {
    let app = TestApp::start().await;
    let account = app.account(json!({})).await;
    put_photo(&app, &account, "me.jpg").await;
    for spelling in ["kebab", "camel", "snake"] {
        let client = app.sandbox().with("Key-Inflection", spelling);
        let listed = client.get("/accounts").await.expect(200);
        assert_eq!(urls(&listed.body).len(), 1, "{spelling}");
    }
    let sparse = app.sandbox().get("/accounts?fields[account]=tags").await;
    assert!(urls(&sparse.expect(200).body).is_empty());
}
