//! Parts of files, and files the caller has already (V18–V20).

use axum::http::Method;
use selfsame_testkit::{Answer, Client, TestApp};
use serde_json::json;

use crate::files::{fetch, put_photo, urls};

const ORIGIN: &str = "https://verify.example.test";
/// 64 GiB.
const HUGE: u64 = 1 << 36;

/// A photo's URL with a token, its URL for keys, and its bytes.
async fn photo(app: &TestApp) -> ([String; 2], Vec<u8>) {
    let account = app.account(json!({})).await;
    let with_token = urls(put_photo(app, &account, "me.jpg").await.data()).remove(0);
    let old = app.sandbox().with("Persona-Version", "2022-09-01");
    let shown = old.get(&format!("/accounts/{account}")).await.expect(200);
    let for_keys = urls(shown.data()).remove(0);
    assert!(!for_keys.contains("access_token"));
    let bytes = fetch(&app.client(None), &with_token).await.bytes;
    ([with_token, for_keys], bytes)
}

async fn ask(client: &Client, method: Method, url: &str, headers: &[(&str, &str)]) -> Answer {
    let target = url.strip_prefix(ORIGIN).expect("one of ours");
    let call = client.elsewhere(method, target);
    let with = headers.iter();
    with.fold(call, |call, (name, value)| call.header(name, value))
        .await
}

async fn get(client: &Client, url: &str, headers: &[(&str, &str)]) -> Answer {
    ask(client, Method::GET, url, headers).await
}

#[tokio::test]
async fn v19_a_range_is_answered_with_just_these_bytes() {
    let app = TestApp::start().await;
    let (both, whole) = photo(&app).await;
    let length = whole.len();
    let client = app.sandbox();
    for url in &both {
        for (range, first, last) in [
            ("bytes=0-99".to_owned(), 0, 99),
            ("bytes=100-".to_owned(), 100, length - 1),
            ("bytes=-50".to_owned(), length - 50, length - 1),
            (format!("bytes=7-{length}0"), 7, length - 1),
            (format!("bytes=-{length}0"), 0, length - 1),
        ] {
            let part = get(&client, url, &[("range", &range)]).await.expect(206);
            let told = format!("bytes {first}-{last}/{length}");
            assert_eq!(part.header("content-range"), Some(told.as_str()), "{range}");
            assert_eq!(part.bytes, whole[first..=last], "{range}");
            let bytes = part.bytes.len().to_string();
            assert_eq!(part.header("content-length"), Some(bytes.as_str()));
            for (header, value) in [
                ("content-type", "image/jpeg"),
                ("accept-ranges", "bytes"),
                ("cache-control", "private, no-store"),
                ("x-content-type-options", "nosniff"),
            ] {
                assert_eq!(part.header(header), Some(value), "{range}");
            }
            assert!(part.header("etag").is_some() && part.header("request-id").is_some());
        }
        for range in ["bytes=0-1,5-9", "bytes=9-5", "bytes=a", "lines=1-2", ""] {
            let answer = get(&client, url, &[("range", range)]).await.expect(200);
            assert_eq!(answer.bytes, whole, "{range}");
            assert_eq!(answer.header("content-range"), None, "{range}");
        }
    }
}

#[tokio::test]
async fn v19_parts_put_together_are_the_file() {
    let app = TestApp::start().await;
    let ([url, _], whole) = photo(&app).await;
    let nobody = app.client(None);
    let tag = get(&nobody, &url, &[])
        .await
        .header("etag")
        .unwrap()
        .to_owned();
    let mut bytes = Vec::new();
    while bytes.len() < whole.len() {
        let range = format!("bytes={}-{}", bytes.len(), bytes.len() + 999);
        let headers = [("range", range.as_str()), ("if-range", tag.as_str())];
        let part = get(&nobody, &url, &headers).await.expect(206);
        bytes.extend(part.bytes);
    }
    assert_eq!(bytes, whole);
    let headers = [("range", "bytes=0-1"), ("if-range", "\"another\"")];
    let answer = get(&nobody, &url, &headers).await.expect(200);
    assert_eq!(answer.bytes, whole);
}

#[tokio::test]
async fn v19_a_range_beyond_the_end_is_416_and_says_where_the_end_is() {
    let app = TestApp::start().await;
    let (both, whole) = photo(&app).await;
    let client = app.sandbox();
    let told = format!("bytes */{}", whole.len());
    for url in &both {
        for range in [format!("bytes={}-", whole.len()), "bytes=-0".to_owned()] {
            let answer = get(&client, url, &[("range", &range)]).await.expect(416);
            assert_eq!(answer.header("content-range"), Some(told.as_str()));
            assert_eq!(answer.title(), "Range Not Satisfiable");
            assert_eq!(
                answer.header("content-type"),
                Some("application/json; charset=utf-8")
            );
        }
    }
}

#[tokio::test]
async fn v18_v20_a_file_that_is_known_is_not_sent_again() {
    let app = TestApp::start().await;
    let (both, whole) = photo(&app).await;
    let client = app.sandbox();
    let length = whole.len().to_string();
    for url in &both {
        let shown = get(&client, url, &[]).await.expect(200);
        let tag = shown.header("etag").unwrap().to_owned();
        let file = url.split('/').find(|part| part.contains("docf_")).unwrap();
        let id = file.rsplit('.').next().unwrap();
        assert_eq!(tag, format!("\"{id}\""));
        for method in [Method::GET, Method::HEAD] {
            let known = ask(&client, method.clone(), url, &[("if-none-match", &tag)]).await;
            let known = known.expect(304);
            assert!(known.bytes.is_empty());
            assert_eq!(known.header("etag"), Some(tag.as_str()));
            assert_eq!(known.header("content-length"), Some(length.as_str()));
            let another = [("if-none-match", "\"another\"")];
            ask(&client, method.clone(), url, &another)
                .await
                .expect(200);
            let meant = [("if-match", tag.as_str())];
            ask(&client, method.clone(), url, &meant).await.expect(200);
            let not_meant = [("if-match", "\"another\""), ("range", "bytes=0-1")];
            ask(&client, method, url, &not_meant).await.expect(412);
        }
    }
}

#[tokio::test]
async fn v19_head_tells_of_the_whole_file_whatever_part_is_asked_for() {
    let app = TestApp::start().await;
    let (both, _) = photo(&app).await;
    let client = app.sandbox();
    for url in &both {
        let file = get(&client, url, &[]).await.expect(200);
        let head = ask(&client, Method::HEAD, url, &[("range", "bytes=0-1")]).await;
        assert!(head.bytes.is_empty());
        assert_eq!(head.status, 200);
        for name in ["content-length", "content-type", "etag", "accept-ranges"] {
            assert!(file.header(name).is_some(), "{name}");
            assert_eq!(head.header(name), file.header(name), "{name}");
        }
    }
}

#[tokio::test]
async fn v9_v18_a_tag_opens_nothing_and_a_new_photo_has_another() {
    let app = TestApp::start().await;
    let account = app.account(json!({})).await;
    let old = urls(put_photo(&app, &account, "me.jpg").await.data()).remove(0);
    let nobody = app.client(None);
    let tag = |answer: &Answer| answer.header("etag").unwrap().to_owned();
    let known = tag(&get(&nobody, &old, &[]).await.expect(200));
    let with_tag = [("if-none-match", known.as_str())];

    let (path, _) = old.split_once('?').unwrap();
    get(&nobody, path, &with_tag).await.expect(401);
    let new = urls(put_photo(&app, &account, "me.jpg").await.data()).remove(0);
    get(&nobody, &old, &with_tag).await.expect(404);
    let shown = get(&nobody, &new, &with_tag).await.expect(200);
    assert_ne!(tag(&shown), known, "the same picture under another ID");

    app.sandbox()
        .delete(&format!("/accounts/{account}"))
        .await
        .expect(200);
    for headers in [("if-none-match", "*"), ("range", "bytes=0-1")] {
        get(&nobody, &new, &[headers]).await.expect(404);
    }
}

#[tokio::test]
async fn v19_only_the_range_is_read_from_the_disk() {
    let app = TestApp::start().await;
    let ([url, _], whole) = photo(&app).await;
    let id = url.split('/').nth(4).unwrap().rsplit('.').next().unwrap();
    let environment = &app.own.sandbox.id;
    let blob = app.folder().join("blobs").join(environment.to_string());
    // A hole from there on, of more than anybody could hold in memory.
    let file = std::fs::File::options()
        .write(true)
        .open(blob.join(id))
        .unwrap();
    file.set_len(HUGE).unwrap();
    let nobody = app.client(None);
    let part = get(&nobody, &url, &[("range", "bytes=0-99")])
        .await
        .expect(206);
    assert_eq!(part.bytes, whole[..100]);
    let part = get(&nobody, &url, &[("range", "bytes=-9")])
        .await
        .expect(206);
    let told = format!("bytes {}-{}/{HUGE}", HUGE - 9, HUGE - 1);
    assert_eq!(part.header("content-range"), Some(told.as_str()));
    assert_eq!(part.bytes, [0; 9]);
    let head = ask(&nobody, Method::HEAD, &url, &[]).await.expect(200);
    assert_eq!(
        head.header("content-length"),
        Some(HUGE.to_string().as_str())
    );
}
