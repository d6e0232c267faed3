//! The clock is set back and forth, as a bad time server or a moved machine does it.

use std::collections::BTreeSet;

use rand::RngExt;
use selfsame_domain::id::Id as _;
use selfsame_domain::id::InquiryId;
use selfsame_store::{EventFilter, Slice};
use selfsame_testkit::{Answer, START, TestApp};
use serde_json::{Value, json};

use crate::run::{On, Run};

/// When an inquiry of this proof expires, from its creation.
const LIFE: i64 = 3600;

#[tokio::test]
async fn a_clock_that_is_set_back_ends_nothing_early_and_mixes_nothing_up_on_sqlite() {
    let run = Run::new("clock::", On::Sqlite, 80, 2000);
    set_back(TestApp::start().await, run).await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_ends_nothing_early_and_mixes_nothing_up_on_postgres() {
    let run = Run::new("clock::", On::Postgres, 40, 2000);
    set_back(TestApp::build().on_postgres().start().await, run).await;
}

struct Open {
    id: String,
    token: String,
    expires_at: i64,
}

async fn set_back(app: TestApp, mut run: Run) {
    let mut latest = app.now().millis();
    let mut open: Vec<Open> = Vec::new();
    let mut accounts: BTreeSet<String> = BTreeSet::new();
    let mut inquiries = 0;
    for round in 0..run.rounds {
        // Mostly onward, now and then back, at times before everything began.
        let seconds = match run.random.random_range(0..10) {
            0 => run.random.random_range(-2 * LIFE..0),
            1 => -1,
            2 => (START.millis() - app.now().millis()) / 1000 - run.random.random_range(0..100_000),
            3..6 => 0,
            _ => run.random.random_range(0..LIFE / 2),
        };
        app.advance(seconds);
        latest = latest.max(app.now().millis());

        let reference = format!("person-{}", run.random.random_range(0..5));
        let mut body = app.inquiry_body(json!({
            "auto-create-account-reference-id": reference,
            "auto-create-inquiry-session": true,
            "expiration-after-create-interval-seconds": LIFE,
        }));
        body["data"]["attributes"]["note"] = format!("round {round}").into();
        let made = app
            .sandbox()
            .with("idempotency-key", &format!("round-{round}"))
            .post("/inquiries", body.clone())
            .await
            .expect(201);
        let again = app
            .sandbox()
            .with("idempotency-key", &format!("round-{round}"))
            .post("/inquiries", body)
            .await;
        assert_eq!(again.bytes, made.bytes);
        inquiries += 1;
        let account = &made.body["data"]["relationships"]["account"]["data"]["id"];
        accounts.insert(account.as_str().unwrap().to_owned());
        open.push(Open {
            id: made.id(),
            token: made.body["meta"]["session-token"]
                .as_str()
                .unwrap()
                .to_owned(),
            expires_at: app.now().millis() + LIFE * 1000,
        });
        operations_keep_their_order(&app, &made, account.as_str().unwrap()).await;
        app.service.sweep().await.unwrap();
        let looked_at = run.random.random_range(0..open.len());
        nothing_ends_early(&app, &open[looked_at], latest).await;
        nothing_ends_late(&app, &open[looked_at]).await;
    }
    assert_eq!(accounts.len(), 5.min(run.rounds), "one account a person");
    let events = app.events().await;
    let ids: BTreeSet<_> = events.iter().map(|event| event.id.to_string()).collect();
    assert_eq!(ids.len(), events.len(), "ids are unique");
    let created = events
        .iter()
        .filter(|event| event.name == "inquiry.created");
    assert_eq!(created.count(), inquiries);
    let listed = app.counts().await;
    let count = listed.iter().find(|(table, _)| *table == "inquiries");
    assert_eq!(count.unwrap().1, i64::try_from(inquiries).unwrap());
}

/// E16: the events of one operation tell of an account before they tell of the inquiry on it.
async fn operations_keep_their_order(app: &TestApp, made: &Answer, account: &str) {
    let filter = EventFilter {
        names: Some(vec!["account.created".into(), "inquiry.created".into()]),
        object_ids: Some(vec![account.to_owned(), made.id()]),
        ids: None,
    };
    let sandbox = &app.own.sandbox.id;
    let events = app.store().list_events(sandbox, &filter, &Slice::First, 10);
    let mut events = events.await.expect("events").items;
    events.reverse();
    let place = |object: &str, name: &str| {
        events
            .iter()
            .position(|event| event.object_id == object && event.name == name)
            .map(|place| (&events[place], place))
    };
    let (inquiry, at) = place(&made.id(), "inquiry.created").expect("an event");
    let (account, before) = place(account, "account.created").expect("an event");
    if account.created_at == inquiry.created_at {
        assert!(before < at, "the inquiry comes before its account");
    }
}

/// Until its time, an inquiry is open to whoever holds its session.
async fn nothing_ends_early(app: &TestApp, one: &Open, latest: i64) {
    if latest >= one.expires_at {
        return;
    }
    let shown = app.sandbox().get(&format!("/inquiries/{}", one.id)).await;
    let status = &shown.expect(200).body["data"]["attributes"]["status"];
    assert_eq!(*status, Value::from("created"), "{} is open", one.id);
    app.visitor(&one.token)
        .state()
        .await
        .unwrap_or_else(|failure| panic!("the session of {} is open: {failure}", one.id));
}

/// After its time it is over, whatever the clock did in between.
async fn nothing_ends_late(app: &TestApp, one: &Open) {
    if app.now().millis() < one.expires_at {
        return;
    }
    let id = InquiryId::parse(&one.id).unwrap();
    let shown = app.service.get_inquiry(&app.caller(), &id).await.unwrap();
    assert!(!shown.view.inquiry.status.is_open(), "{} is over", one.id);
}
