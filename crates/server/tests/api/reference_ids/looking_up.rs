//! Looking things up (R37–R41).

use selfsame_testkit::TestApp;
use serde_json::json;

use super::{auto, inquiry, reference};

#[tokio::test]
async fn r37_accounts_are_found_by_one_value_several_or_none() {
    let app = TestApp::start().await;
    let a = app.account(reference("a")).await;
    app.advance(1);
    let b = app.account(reference("b")).await;
    app.advance(1);
    let comma = app.account(reference("a,b")).await;
    let find = async |query: &str| {
        let answer = app.sandbox().get(&format!("/accounts?{query}")).await;
        answer.expect(200).ids()
    };
    assert_eq!(find("filter[reference-id]=a").await, [a.as_str()]);
    assert_eq!(
        find("filter[reference-id]=a,b").await,
        [b.as_str(), a.as_str()]
    );
    assert_eq!(find("filter[reference-id]=a,nobody").await, [a.as_str()]);
    assert_eq!(
        find("filter[reference-id]=nobody").await,
        Vec::<String>::new()
    );
    assert_eq!(find("filter[reference-id]=").await, Vec::<String>::new());
    assert_eq!(find("filter[reference-id][]=a%2Cb").await, [comma.as_str()]);
    assert_eq!(
        find("filter[reference-id][]=a%2Cb&filter[reference-id][]=b").await,
        [comma.as_str(), b.as_str()]
    );
}

#[tokio::test]
async fn r38_inquiries_are_found_newest_first_and_together_with_other_filters() {
    let app = TestApp::start().await;
    let start = app.now();
    let first = inquiry(&app, auto("user-1")).await.expect(201).id();
    app.advance(60);
    let mut body = app.inquiry_body(auto("user-1"));
    body["data"]["attributes"]["inquiry-template-id"] = json!(app.own.form_template.to_string());
    let second = app
        .sandbox()
        .post("/inquiries", body)
        .await
        .expect(201)
        .id();
    app.advance(60);
    let third = inquiry(&app, auto("USER-1")).await.expect(201).id();
    inquiry(&app, auto("user-2")).await.expect(201);
    app.sandbox()
        .post(&format!("/inquiries/{third}/approve"), json!({}))
        .await
        .expect(200);
    let find = async |more: &str| {
        let query = format!("/inquiries?filter[reference-id]=User-1{more}");
        app.sandbox().get(&query).await.expect(200).ids()
    };
    assert_eq!(
        find("").await,
        [third.as_str(), second.as_str(), first.as_str()]
    );
    let template = format!("&filter[inquiry-template-id]={}", app.own.form_template);
    assert_eq!(find(&template).await, [second.as_str()]);
    assert_eq!(find("&filter[status]=approved").await, [third.as_str()]);
    assert_eq!(
        find("&filter[status]=created,approved").await,
        [third.as_str(), second.as_str(), first.as_str()]
    );
    let since = start.plus_seconds(60).to_seconds_text();
    assert_eq!(
        find(&format!("&filter[created-at-start]={since}")).await,
        [third.as_str(), second.as_str()]
    );
    assert_eq!(
        find(&format!("&filter[created-at-end]={since}")).await,
        [second.as_str(), first.as_str()]
    );
    app.sandbox()
        .get("/inquiries?filter[reference-id][]=user-1&filter[reference-id][]=user-2")
        .await
        .expect(400);
    assert_eq!(
        find("%2Cuser-2").await,
        Vec::<String>::new(),
        "one value, comma and all"
    );
}

#[tokio::test]
async fn r39_look_ups_fold_letter_case() {
    let app = TestApp::start().await;
    let account = app.account(reference("Straße-É")).await;
    let made = inquiry(&app, auto("straße-é")).await.expect(201);
    for spelling in ["STRAßE-É", "straße-e%CC%81", "Stra%C3%9Fe-%C3%89"] {
        let spelling = spelling.replace('ß', "%C3%9F").replace('É', "%C3%89");
        let query = format!("?filter[reference-id]={spelling}");
        let accounts = app
            .sandbox()
            .get(&format!("/accounts{query}"))
            .await
            .expect(200);
        assert_eq!(accounts.ids(), [account.as_str()], "{spelling}");
        let inquiries = app
            .sandbox()
            .get(&format!("/inquiries{query}"))
            .await
            .expect(200);
        assert_eq!(inquiries.ids(), [made.id()], "{spelling}");
    }
}

#[tokio::test]
async fn r41_lists_leave_archived_accounts_out_and_a_single_one_is_shown() {
    let app = TestApp::start().await;
    let kept = app.account(reference("kept")).await;
    let archived = app.account(reference("archived")).await;
    let now = app.now();
    app.meddle(&archived, |account| account.archived_at = Some(now))
        .await;
    let listed = app.sandbox().get("/accounts").await.expect(200);
    assert_eq!(listed.ids(), [kept]);
    let filtered = app
        .sandbox()
        .get("/accounts?filter[reference-id]=archived")
        .await;
    assert!(filtered.list().is_empty());
    app.sandbox()
        .get(&format!("/accounts/{archived}"))
        .await
        .expect(200);
}
