//! `GET /inquiries` (I35, C95, C96). The filter by reference ID is in `reference_ids`.

use selfsame_testkit::TestApp;
use serde_json::{Value, json};

async fn make(app: &TestApp, note: Value) -> String {
    let mut body = app.inquiry_body(json!({}));
    body["data"]["attributes"]["note"] = note;
    let id = app
        .sandbox()
        .post("/inquiries", body)
        .await
        .expect(201)
        .id();
    app.advance(1);
    id
}

#[tokio::test]
async fn c95_c96_filters_take_lists_in_both_forms_and_combine() {
    let app = TestApp::start().await;
    let first = make(&app, Value::Null).await;
    let second = make(&app, json!("vip, really")).await;
    let third = make(&app, Value::Null).await;
    app.sandbox()
        .post(&format!("/inquiries/{third}/approve"), json!({}))
        .await
        .expect(200);
    let shown = app
        .sandbox()
        .get(&format!("/inquiries/{first}"))
        .await
        .expect(200);
    let account = shown.related("account").unwrap();
    let (template, form) = (
        app.own.template.to_string(),
        app.own.form_template.to_string(),
    );
    let find = async |query: &str| {
        app.sandbox()
            .get(&format!("/inquiries?{query}"))
            .await
            .expect(200)
            .ids()
    };
    let (one, two, three) = (first.as_str(), second.as_str(), third.as_str());
    assert_eq!(find("").await, [three, two, one]);
    assert_eq!(
        find(&format!("filter[inquiry-id]={one},{three}")).await,
        [three, one]
    );
    assert_eq!(
        find(&format!(
            "filter[inquiry-id][]={one}&filter[inquiryId][]={three}"
        ))
        .await,
        [three, one]
    );
    assert_eq!(find(&format!("filter[account_id]={account}")).await, [one]);
    assert_eq!(
        find(&format!("filter[inquiry-template-id]={template},{form}")).await,
        [three, two, one]
    );
    assert_eq!(
        find(&format!("filter[inquiry-template-id]={form}")).await,
        Vec::<String>::new()
    );
    assert_eq!(
        find("filter[template-id]=tmpl_1").await,
        Vec::<String>::new()
    );
    assert_eq!(
        find("filter[status]=created,approved").await,
        [three, two, one]
    );
    assert_eq!(find("filter[status]=approved").await, [three]);
    assert_eq!(
        find("filter[status]=nonsense").await,
        Vec::<String>::new(),
        "I35"
    );
    assert_eq!(find("filter[note]=vip%2C%20really").await, [two]);
    assert_eq!(
        find("filter[note]=VIP").await,
        Vec::<String>::new(),
        "exact"
    );
    let at = "2026-02-03T10:15:01Z";
    assert_eq!(
        find(&format!("filter[created-at-start]={at}")).await,
        [three, two]
    );
    assert_eq!(
        find(&format!("filter[created-at-end]={at}")).await,
        [two, one]
    );
    assert_eq!(
        find("filter[created-at-start]=2026-02-04").await,
        Vec::<String>::new()
    );
    assert_eq!(
        find(&format!(
            "filter[status]=created&filter[account-id]={account}"
        ))
        .await,
        [one]
    );
}

#[tokio::test]
async fn i35_a_note_must_be_the_only_filter() {
    let app = TestApp::start().await;
    for other in [
        "status=created",
        "reference-id=a",
        "created-at-start=2026-01-01",
    ] {
        app.sandbox()
            .get(&format!("/inquiries?filter[note]=vip&filter[{other}"))
            .await
            .expect(400);
        let query = format!(
            "/inquiries?filter[note]=vip&filter[{}",
            other.replacen('=', "]=", 1)
        );
        app.sandbox().get(&query).await.expect(400);
    }
    app.sandbox()
        .get("/inquiries?filter[note]=vip&page[size]=5")
        .await
        .expect(200);
}

#[tokio::test]
async fn c96_a_list_filter_takes_a_hundred_values() {
    let app = TestApp::start().await;
    let ids = vec!["inq_1"; 100].join(",");
    for name in ["inquiry-id", "account-id", "inquiry-template-id", "status"] {
        app.sandbox()
            .get(&format!("/inquiries?filter[{name}]={ids}"))
            .await
            .expect(200);
        app.sandbox()
            .get(&format!("/inquiries?filter[{name}]={ids},inq_1"))
            .await
            .expect(400);
    }
}

#[tokio::test]
async fn c95_an_unknown_filter_or_an_unreadable_date_is_a_400() {
    let app = TestApp::start().await;
    for query in [
        "filter[nonsense]=1",
        "filter[status][eq]=created",
        "filter[created-at-start]=yesterday",
        "filter[created-at-end]=2026-13-01",
    ] {
        app.sandbox()
            .get(&format!("/inquiries?{query}"))
            .await
            .expect(400);
    }
}

#[tokio::test]
async fn b178_what_has_expired_is_expired_before_it_is_listed() {
    let app = TestApp::start().await;
    let id = make(&app, Value::Null).await;
    app.advance(86_400);
    let answer = app
        .sandbox()
        .get("/inquiries?filter[status]=expired")
        .await
        .expect(200);
    let all = app.sandbox().get("/inquiries").await.expect(200);
    assert_eq!(all.list()[0]["attributes"]["status"], "expired");
    assert_eq!(answer.ids(), [id], "the filter sees it as well");
}

#[tokio::test]
async fn b178_a_filter_by_created_does_not_show_what_has_expired() {
    let app = TestApp::start().await;
    make(&app, Value::Null).await;
    app.advance(86_400);
    let answer = app
        .sandbox()
        .get("/inquiries?filter[status]=created")
        .await
        .expect(200);
    assert!(answer.list().is_empty());
}
