//! What became of each row: our own operation.

use axum::http::Method;
use selfsame_domain::permission::Permission;
use selfsame_testkit::TestApp;

use super::{imported, outcomes};

#[tokio::test]
async fn m22_rows_are_read_downwards_in_pages_and_by_outcome() {
    let app = TestApp::start().await;
    let rows: String = (0..450)
        .map(|row| match row % 10 {
            3 => "user-0,\n".to_owned(),
            7 => format!("user-{row},never\n"),
            _ => format!("user-{row},\n"),
        })
        .collect();
    let done = imported(&app, format!("reference_id,birthdate\n{rows}")).await;
    let mut target = format!(
        "/api/selfsame/v1/importers/{}/rows?page[size]=100",
        done.id()
    );
    let mut seen = Vec::new();
    loop {
        let page = app
            .sandbox()
            .elsewhere(Method::GET, &target)
            .await
            .expect(200);
        seen.extend(page.ids());
        match page.body["links"]["next"].as_str() {
            Some(next) => next.clone_into(&mut target),
            None => break,
        }
    }
    let numbers: Vec<_> = (1..=450).map(|row| row.to_string()).collect();
    assert_eq!(seen, numbers);
    for (outcome, count) in [("error", 45), ("duplicate", 45), ("created", 100)] {
        let found = outcomes(&app, &done.id(), &format!("&filter[outcome]={outcome}")).await;
        assert_eq!(found.len(), count);
        assert!(found.iter().all(|(_, told, _)| told == outcome));
    }
    let last = outcomes(&app, &done.id(), "&filter[outcome]=error&page[after]=438").await;
    assert_eq!(last.len(), 1);
    assert_eq!(last[0].0, "448");
    let account = app
        .sandbox()
        .elsewhere(
            Method::GET,
            &format!("/api/selfsame/v1/importers/{}/rows?page[size]=1", done.id()),
        )
        .await;
    let account = account.list()[0]["attributes"]["account-id"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = app
        .sandbox()
        .get(&format!("/accounts/{account}"))
        .await
        .expect(200);
    assert_eq!(shown.attribute("reference-id"), "user-0");
}

#[tokio::test]
async fn m22_rows_are_for_those_who_may_see_accounts_of_the_environment() {
    let app = TestApp::start().await;
    let done = imported(&app, "reference_id\nuser-1\n").await;
    let target = format!("/api/selfsame/v1/importers/{}/rows", done.id());
    let get =
        |client: selfsame_testkit::Client, target: String| client.elsewhere(Method::GET, &target);
    get(app.client(None), target.clone()).await.expect(401);
    let other = app.with_permissions(&[Permission::InquiryRead]).await;
    get(other, target.clone()).await.expect(403);
    get(app.production(), target.clone()).await.expect(404);
    for bad in [
        "page[after]=x",
        "page[after]=0",
        "page[before]=1",
        "filter[outcome]=x",
        "filter[x]=y",
    ] {
        get(app.sandbox(), format!("{target}?{bad}"))
            .await
            .expect(400);
    }
    app.sandbox()
        .elsewhere(Method::POST, &target)
        .await
        .expect(405);
}
