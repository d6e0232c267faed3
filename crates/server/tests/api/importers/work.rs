//! Working through files: what becomes of rows, and who works on them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selfsame_domain::environment::{Environment, EnvironmentKind};
use selfsame_domain::id::{AccountTypeId, EnvironmentId, Id, OrganisationId};
use selfsame_domain::importer::RowOutcome;
use selfsame_service::{Actor, Caller, no_receipt};
use selfsame_store::{Ask, Batch, EnvironmentRow};
use selfsame_testkit::TestApp;
use serde_json::json;

use super::{counts, import, imported, outcomes, work};

#[tokio::test]
async fn r52_a_reference_id_that_is_taken_or_stood_further_up_is_skipped_in_any_letter_case() {
    let app = TestApp::start().await;
    app.account(json!({"reference-id": "Taken"})).await;
    let done = imported(
        &app,
        "reference_id,name_first\nnew,A\nTAKEN,B\nNEW,C\n,D\n,D\n",
    )
    .await;
    assert_eq!(done.attribute("status"), "ready");
    assert_eq!(counts(&done), (3, 2, 0));
    let rows = outcomes(&app, &done.id(), "").await;
    let told: Vec<_> = rows
        .iter()
        .map(|(_, outcome, _)| outcome.as_str())
        .collect();
    assert_eq!(
        told,
        ["created", "duplicate", "duplicate", "created", "created"]
    );
    assert_eq!(rows[1].2, "reference_id is taken");

    let again = imported(&app, "reference_id,name_first\nnew,A\nTAKEN,B\n").await;
    assert_eq!(counts(&again), (0, 2, 0));
    let events = app.event_names().await;
    assert_eq!(events, ["account.created"; 4]);
}

#[tokio::test]
async fn m9_a_bad_row_is_told_of_without_its_values_and_the_others_go_on() {
    let app = TestApp::start().await;
    let long = "y".repeat(256);
    let file = format!(
        "reference_id,birthdate,name_first,tags\n\
         a,31.12.1990,Ada,\n\
         b,1990-12-31,Bob,\n\
         {long},,,\n\
         c,,too,many,cells\n\
         ,,,\n\
         d,1991-02-30,Dora,fresh\n\
         e,,Eve,{long}\n\
         f,,Flo,\n"
    );
    let done = imported(&app, file).await;
    assert_eq!(done.attribute("status"), "ready");
    assert_eq!(counts(&done), (2, 0, 6));
    let rows = outcomes(&app, &done.id(), "&filter[outcome]=error").await;
    let told: Vec<_> = rows
        .iter()
        .map(|(row, _, why)| (row.as_str(), why.as_str().unwrap()))
        .collect();
    let date = "birthdate must be a date of the form YYYY-MM-DD";
    assert_eq!(
        told,
        [
            ("1", date),
            ("3", "reference_id must be at most 255 characters long"),
            ("4", "has 5 cells, and the header has 4"),
            ("5", "is empty"),
            ("6", date),
            ("7", "a tag name must be at most 255 characters long"),
        ]
    );
    let tags = app
        .counts()
        .await
        .into_iter()
        .find(|(table, _)| *table == "tags");
    assert_eq!(
        tags,
        Some(("tags", 0)),
        "a row that is refused makes no tag"
    );
}

#[tokio::test]
async fn m13_a_file_with_an_unknown_column_is_errored_and_makes_nothing() {
    let app = TestApp::start().await;
    for header in ["reference_id,phone_number", "reference_id,reference_id"] {
        let done = imported(&app, format!("{header}\nuser-1,x\n")).await;
        assert_eq!(done.attribute("status"), "errored");
        assert_eq!(done.attribute("completed-at"), "2026-02-03T10:15:00.000Z");
        assert_eq!(counts(&done), (0, 0, 0));
    }
    assert!(app.events().await.is_empty());
    assert_eq!(super::blobs(&app), 0);
}

#[tokio::test]
async fn m12_what_stands_before_a_quote_that_is_never_closed_is_imported() {
    let app = TestApp::start().await;
    let file = format!("reference_id\nuser-1\n\"{}", "user-2\n".repeat(200_000));
    let done = imported(&app, file).await;
    assert_eq!(done.attribute("status"), "errored");
    assert_eq!(counts(&done), (1, 0, 0));
}

#[tokio::test]
async fn m11_tags_are_made_once_and_their_limit_holds() {
    let app = TestApp::start().await;
    let rows: String = (0..1002).map(|row| format!("t{row};common\n")).collect();
    let done = imported(&app, format!("tags\n{rows}")).await;
    assert_eq!(counts(&done), (999, 0, 3));
    let rows = outcomes(&app, &done.id(), "&filter[outcome]=error").await;
    assert_eq!(
        rows[0].2,
        "the organisation has reached its limit of 1000 tags"
    );
}

/// An organisation whose accounts have one social security number each.
async fn with_unique_numbers(app: &TestApp) -> Caller {
    let now = app.now();
    let mut entropy = app.service.entropy();
    let environment = Environment {
        id: EnvironmentId::mint(&mut entropy, now),
        organisation_id: OrganisationId::mint(&mut entropy, now),
        kind: EnvironmentKind::Sandbox,
    };
    let organisation = &app.own.sandbox.organisation_id;
    let default = app.store().find_default_account_type(organisation).await;
    let mut kind = default.unwrap().expect("a default type");
    kind.id = AccountTypeId::mint(&mut entropy, now);
    kind.organisation_id = environment.organisation_id.clone();
    for field in &mut kind.fields {
        field.unique = field.key == "social_security_number";
    }
    let mut batch = Batch::new();
    batch.insert_organisation(&environment.organisation_id, "Unique", now);
    batch.insert_environment(&EnvironmentRow {
        environment: environment.clone(),
        token_key_sealed: Vec::new(),
        created_at: now,
    });
    batch.insert_account_type(&kind);
    app.store().commit(batch).await.unwrap();
    Caller::new(environment, Actor::System)
}

#[tokio::test]
async fn m10_a_unique_field_that_is_taken_makes_a_row_a_duplicate() {
    let app = TestApp::start().await;
    let caller = with_unique_numbers(&app).await;
    let mut importers = Vec::new();
    for file in [
        "social_security_number\n1\n",
        "social_security_number\n1\n2\n2\n3\n",
    ] {
        let file = STANDARD.encode(file);
        let environment = &caller.environment.id;
        let upload = app
            .service
            .receive_base64_import(environment, &file)
            .await
            .unwrap();
        let made = app
            .service
            .create_importer(&caller, &upload, &no_receipt)
            .await;
        work(&app).await;
        importers.push(made.unwrap().id);
    }
    let done = app
        .service
        .get_importer(&caller, &importers[1])
        .await
        .unwrap();
    assert_eq!((done.successful, done.duplicates, done.errors), (2, 2, 0));
    let rows = app
        .service
        .list_imported_rows(&caller, &done.id, None, 0, 10)
        .await;
    let taken = RowOutcome::Duplicate("social_security_number is taken".into());
    let rows = rows.unwrap().rows;
    assert_eq!((&rows[0], &rows[2]), (&(1, taken.clone()), &(3, taken)));
}

#[tokio::test]
async fn m16_an_import_and_creates_by_api_of_the_same_names_make_each_account_once() {
    let app = TestApp::start().await;
    let rows: String = (0..600).map(|row| format!("user-{row}\n")).collect();
    let made = import(&app.sandbox(), format!("reference_id\n{rows}"))
        .await
        .expect(201);
    let importing = async {
        work(&app).await;
    };
    let creating = async {
        let mut created = 0;
        for number in (0..600).step_by(7) {
            let body = crate::attributes(json!({"reference-id": format!("USER-{number}")}));
            let answer = app.sandbox().post("/accounts", body).await;
            assert!([201, 409].contains(&answer.status), "{}", answer.body);
            created += i64::from(answer.status == 201);
        }
        created
    };
    let ((), created) = tokio::join!(importing, creating);
    let path = format!("/importers/{}", made.id());
    let done = app.sandbox().get(&path).await.expect(200);
    let (successful, duplicates, errors) = counts(&done);
    assert_eq!((successful + duplicates, errors), (600, 0));
    assert_eq!(successful + created, 600);
    assert_eq!(app.event_names().await.len(), 600);
}

#[tokio::test]
async fn m17_m18_two_servers_share_imports_and_one_that_vanishes_is_taken_over_from() {
    let app = TestApp::start().await;
    let other = app.another_process().await;
    let rows: String = (0..12_000).map(|row| format!("user-{row}\n")).collect();
    let made = import(&app.sandbox(), format!("reference_id\n{rows}"))
        .await
        .expect(201);
    // One that takes it and vanishes in the middle of its work.
    let vanishing = {
        let service = app.service.clone();
        tokio::spawn(async move { service.work_on_import().await })
    };
    let path = format!("/importers/{}", made.id());
    // In the middle of it: some rows are committed.
    while counts(&app.sandbox().get(&path).await.expect(200)).0 == 0 {
        tokio::task::yield_now().await;
    }
    vanishing.abort();
    drop(vanishing.await);
    app.advance(31);
    let (left, right) = tokio::join!(
        async { while app.service.work_on_import().await.unwrap() {} },
        async { while other.work_on_import().await.unwrap() {} },
    );
    let ((), ()) = (left, right);
    // Whoever found nothing to take while the other had its lease.
    app.advance(31);
    work(&app).await;
    let done = app.sandbox().get(&path).await.expect(200);
    assert_eq!(done.attribute("status"), "ready");
    assert_eq!(counts(&done), (12_000, 0, 0));
    let accounts = app.counts().await;
    assert!(accounts.contains(&("accounts", 12_000)) && accounts.contains(&("events", 12_000)));
}

#[tokio::test]
async fn m17_while_one_server_is_at_it_another_finds_nothing_to_do() {
    let app = TestApp::start().await;
    let other = app.another_process().await;
    import(&app.sandbox(), "reference_id\nuser-1\n")
        .await
        .expect(201);
    let ask = Ask::waiting_importer(app.now());
    let mut importer = app.store().ask(ask).await.unwrap().expect("one that waits");
    importer.leased_until = app.now().plus_seconds(30);
    let mut batch = Batch::new();
    batch.update_importer(&importer);
    app.store().commit(batch).await.unwrap();
    assert!(!other.work_on_import().await.unwrap());
    app.advance(30);
    assert!(other.work_on_import().await.unwrap());
    assert_eq!(app.event_names().await, ["account.created"]);
}
