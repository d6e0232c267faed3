use std::collections::BTreeMap;
use std::path::Path;

use selfsame_domain::event::Event;
use selfsame_domain::id::{AccountId, EventId};
use selfsame_store::{Ask, Batch};

use super::*;
use crate::schema;

const UNTIL: i64 = 1_795_000_000_000;

/// What a server leaves before anybody comes.
fn empty_store(file: &Path) {
    let connection = Connection::open(file).unwrap();
    connection.execute_batch(&schema::SQLITE.concat()).unwrap();
    add_ground(&connection);
}

fn add_ground(connection: &Connection) {
    let ground = "INSERT INTO organisations VALUES ('org_1', 'Test', 1);
        INSERT INTO environments VALUES ('env_s', 'org_1', 'sandbox', x'00', 1), ('env_p', 'org_1', 'production', x'00', 1);
        INSERT INTO account_types VALUES ('org_1', 'acttp_1', 'User', 1, '[]', '[]', 'Default', 1, 1, '[]', '[]', 1);
        INSERT INTO inquiry_templates
            VALUES ('org_1', 'itmpl_1', 'Government ID and selfie', 1, 'itmplv_1', '{}', 1, 1);";
    connection.execute_batch(ground).unwrap();
}

fn size(accounts: u64) -> Size {
    Size {
        accounts,
        inquiries_each: 5,
        seed: 7,
        until: Timestamp::from_millis(UNTIL),
        event_days: None,
    }
}

async fn filled(file: &Path) -> (Generated, Connection) {
    empty_store(file);
    let store = Store::Sqlite(file.to_owned());
    let generated = run(store, size(500), |_| ()).await.unwrap();
    (generated, Connection::open(file).unwrap())
}

fn count(connection: &Connection, from: &str) -> u64 {
    let sql = format!("SELECT count(*) FROM {from}");
    let count: i64 = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
    u64::try_from(count).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_has_people_of_every_kind() {
    let folder = tempfile::tempdir().unwrap();
    let (generated, connection) = filled(&folder.path().join("a.sqlite")).await;
    assert_eq!(count(&connection, "accounts"), 500);
    assert_eq!(count(&connection, "inquiries"), 2500);
    assert_eq!(count(&connection, "events"), 3000);
    assert_eq!((generated.inquiries, generated.events), (2500, 3000));
    assert_eq!(
        count(&connection, "accounts WHERE environment_id = 'env_p'"),
        100
    );
    assert_eq!(count(&connection, "pragma_foreign_key_check"), 0);
    assert_eq!(
        count(
            &connection,
            "pragma_integrity_check WHERE integrity_check <> 'ok'"
        ),
        0
    );

    let mut statuses = connection
        .prepare("SELECT status, count(*) FROM inquiries GROUP BY status")
        .unwrap();
    let rows = statuses.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
    });
    let statuses: BTreeMap<_, _> = rows.unwrap().map(Result::unwrap).collect();
    assert!(statuses["approved"] > 1250, "{statuses:?}");
    for status in ["completed", "declined", "needs_review", "failed", "expired"] {
        assert!(statuses[status] > 10, "{status}: {statuses:?}");
    }
    // Nothing that the sweep would have brought forward long ago.
    let overdue = format!("inquiries WHERE due_at <= {UNTIL}");
    assert_eq!(count(&connection, &overdue), 0);
    assert!(
        generated.samples.heaviest > 30,
        "{}",
        generated.samples.heaviest
    );
    let months = "(SELECT DISTINCT created_at / 2592000000 FROM inquiries)";
    assert!(count(&connection, months) >= 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_remembered_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (generated, connection) = filled(&folder.path().join("a.sqlite")).await;
    let samples = &generated.samples;
    assert!(!samples.with_five.is_empty());
    for reference in &samples.with_five {
        let five = format!(
            "inquiries i JOIN accounts a ON a.id = i.account_id \
             WHERE a.reference_fold = '{reference}' AND a.environment_id = 'env_s'"
        );
        assert_eq!(count(&connection, &five), 5, "{reference}");
    }
    for id in samples.inquiries.iter().step_by(100) {
        let one = format!("inquiries WHERE environment_id = 'env_s' AND id = '{id}'");
        assert_eq!(count(&connection, &one), 1);
    }
    let names = generated.names();
    assert_eq!(names.count, 400);
    for place in [0, 3, 4, 399] {
        let number = (names.number)(place);
        let one = format!(
            "accounts WHERE environment_id = 'env_s' AND reference_fold = '{}{number}'",
            names.prefix
        );
        assert_eq!(count(&connection, &one), 1, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let hash = |connection: &Connection| -> String {
        let sql = "SELECT string_agg(id || status || hex(detail), '' ORDER BY id) FROM inquiries";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let (_, one) = filled(&folder.path().join("a.sqlite")).await;
    let (_, two) = filled(&folder.path().join("b.sqlite")).await;
    assert!(hash(&one) == hash(&two), "the same seed, other rows");
}

/// Groups whose numbers do not run from one to as many as there are.
fn with_gaps(connection: &Connection, of: &str, number: &str) -> u64 {
    let gaps = format!(
        "(SELECT 1 FROM event_sequences GROUP BY {of} HAVING min({number}) <> 1 OR max({number}) <> count(*))"
    );
    count(connection, &gaps)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_has_its_numbers_and_they_have_no_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let (_, connection) = filled(&folder.path().join("a.sqlite")).await;
    let numbered = "events e JOIN event_sequences s ON s.environment_id = e.environment_id AND s.event_id = e.id \
                    AND s.account_id = e.account_id AND s.name = e.name";
    assert_eq!(count(&connection, numbered), 3000);
    assert_eq!(count(&connection, "event_sequences"), 3000);
    assert_eq!(count(&connection, "event_queue"), 0);
    assert_eq!(with_gaps(&connection, "environment_id", "sequence"), 0);
    let of_account = "environment_id, account_id";
    assert_eq!(with_gaps(&connection, of_account, "account_sequence"), 0);
    let counted = "event_counters c WHERE sequence = \
                   (SELECT max(sequence) FROM event_sequences s WHERE s.environment_id = c.environment_id)";
    assert_eq!(count(&connection, counted), 2);
    let backwards = "event_sequences a JOIN event_sequences b \
                     ON b.environment_id = a.environment_id AND b.sequence = a.sequence + 1 \
                     JOIN events c ON c.id = a.event_id JOIN events d ON d.id = b.event_id \
                     WHERE c.created_at > d.created_at";
    assert_eq!(count(&connection, backwards), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_go_on_after_those_before_and_a_server_goes_on_after_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.sqlite");
    let store = selfsame_store::Store::open_sqlite(&file).unwrap();
    let connection = Connection::open(&file).unwrap();
    add_ground(&connection);
    let counter = "INSERT INTO event_counters VALUES ('env_s', 0, 0)";
    connection.execute_batch(counter).unwrap();
    assert_eq!(number_one(&store, "evt_earlier", None).await, 1);
    drop((store, connection));

    let only_last_days = Size {
        event_days: Some(30),
        ..size(500)
    };
    let place = Store::Sqlite(file.clone());
    let generated = run(place, only_last_days, |_| ()).await.unwrap();
    assert!(generated.events < 3000, "{}", generated.events);
    let connection = Connection::open(&file).unwrap();
    assert_eq!(with_gaps(&connection, "environment_id", "sequence"), 0);
    let sandbox = "event_sequences WHERE environment_id = 'env_s'";
    let last = i64::try_from(count(&connection, sandbox)).unwrap();
    assert!(1 < last, "some are of the last days");
    let somebody = "SELECT account_id, max(account_sequence) FROM event_sequences WHERE environment_id = 'env_s' \
                    AND account_id IS NOT NULL GROUP BY account_id ORDER BY 2 DESC LIMIT 1";
    let (account, of_account): (String, i64) = connection
        .query_row(somebody, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();

    let store = selfsame_store::Store::open_sqlite(&file).unwrap();
    let next = number_one(&store, "evt_later", Some(account)).await;
    assert_eq!(next, last + 1);
    let of_later = "SELECT account_sequence FROM event_sequences WHERE event_id = 'evt_later'";
    let of_later: i64 = connection
        .query_row(of_later, [], |row| row.get(0))
        .unwrap();
    assert_eq!(of_later, of_account + 1);
}

/// Commits an event of the sandbox and gives its number.
async fn number_one(store: &selfsame_store::Store, id: &str, account: Option<String>) -> i64 {
    let environment = EnvironmentId::from_trusted("env_s".into());
    let event = Event {
        environment_id: environment.clone(),
        id: EventId::from_trusted(id.to_owned()),
        name: "account.updated".to_owned(),
        object_type: "account".to_owned(),
        object_id: "act_1".to_owned(),
        account_id: account.map(AccountId::from_trusted),
        created_at: Timestamp::from_millis(UNTIL),
        ordinal: 0,
        payload: serde_json::json!({}),
        context: serde_json::Map::new(),
    };
    let mut batch = Batch::new();
    batch.insert_event(event.written());
    store.commit(batch).await.unwrap();
    let last = store.ask(Ask::last_sequence(&environment)).await.unwrap();
    last.unwrap()
}
