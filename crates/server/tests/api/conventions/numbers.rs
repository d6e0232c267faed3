//! The list that goes on by numbers, in pages of any size, while more happens (W92).

use axum::http::Method;
use selfsame_testkit::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn w92_the_numbers_of_events_in_pages_of_any_size_leave_out_none() {
    for size in [1, 2, 3, 7, 100] {
        let app = TestApp::start().await;
        let client = app.administrator().await;
        for _ in 0..6 {
            app.account(json!({})).await;
        }
        let (mut after, mut seen) = (0, Vec::new());
        loop {
            while app.store().number_events().await.expect("numbers").count > 0 {}
            let target =
                format!("/api/selfsame/v1/events?after-sequence={after}&page[size]={size}");
            let page = client.at(Method::GET, &target).await.expect(200);
            assert!(page.list().len() <= size, "{target}");
            let number = |event: &Value| event["attributes"]["environment-sequence"].as_i64();
            seen.extend(page.list().iter().filter_map(number));
            after = page.meta("next-after-sequence").as_i64().expect("a number");
            if *page.meta("last-sequence") == after {
                break;
            }
            // What happens meanwhile is there at the end as well.
            if seen.len() < 10 {
                app.account(json!({})).await;
            }
        }
        let events = client.get("/events?page[size]=100").await.expect(200);
        let last = i64::try_from(events.ids().len()).expect("a number");
        assert_eq!(seen, (1..=last).collect::<Vec<_>>(), "{size}");
        assert!(last >= 6);
    }
}

#[tokio::test]
async fn w92_the_list_of_numbers_takes_a_size_and_neither_cursors_nor_filters() {
    let app = TestApp::start().await;
    app.account(json!({})).await;
    while app.store().number_events().await.expect("numbers").count > 0 {}
    let event = app
        .sandbox()
        .get("/events")
        .await
        .expect(200)
        .ids()
        .remove(0);
    for query in [
        format!("page[after]={event}"),
        format!("page[before]={event}"),
        "filter[name]=account.created".to_owned(),
    ] {
        let target = format!("/api/selfsame/v1/events?{query}");
        app.sandbox().at(Method::GET, &target).await.expect(400);
    }
}
