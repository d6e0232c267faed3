//! A thousand clients a server want the same brand-new reference ID at the same moment.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;

use hyper::Method;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::client::{Answer, Client, parsed, text};
use crate::create::{ACCOUNTS, Create};
use crate::ground::Ground;
use crate::inside;
use crate::process::Server;
use crate::run::{On, Run};
use crate::tables::Tables;

/// How many groups of clients; with several servers each has one.
const GROUPS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_new_reference_id_makes_one_account_whoever_comes_at_once_on_sqlite() {
    let run = Run::new("race::one_new", On::Sqlite, 2, 10);
    one_new(&Ground::sqlite(), run).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_inquiry_is_lost_while_its_person_is_renamed_redacted_moved_and_made_anew_on_sqlite() {
    let run = Run::new("race::no_inquiry", On::Sqlite, 2, 100);
    mixed(&Ground::sqlite(), run).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_new_reference_id_makes_one_account_whoever_comes_at_once_on_postgres() {
    let run = Run::new("race::one_new", On::Postgres, 2, 10);
    one_new(&Ground::postgres(), run).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_inquiry_is_lost_while_its_person_is_renamed_redacted_moved_and_made_anew_on_postgres() {
    let run = Run::new("race::no_inquiry", On::Postgres, 2, 100);
    mixed(&Ground::postgres(), run).await;
}

/// How many at once in each group: a test run has few file handles and little time.
fn crowd() -> usize {
    if std::env::var_os("SELFSAME_TORTURE").is_some() {
        allow_many_connections();
        1000
    } else {
        100
    }
}

fn allow_many_connections() {
    let own = std::process::id();
    let wanted = "8192";
    let set = Command::new("prlimit")
        .args([&format!("--pid={own}"), &format!("--nofile={wanted}:")])
        .output()
        .unwrap();
    assert!(
        set.status.success(),
        "{wanted} open files are needed: {set:?}"
    );
}

/// Every client of every group, connected before anything begins.
async fn connect(
    servers: &[Server],
    settings: &BTreeMap<String, String>,
    each: usize,
) -> Vec<Client> {
    let mut clients = Vec::new();
    for server in servers.iter().cycle().take(GROUPS) {
        for _ in 0..each {
            clients.push(server.client(settings).await);
        }
    }
    clients
}

/// Lets all clients do something at the same moment. `act` gets the client, its number and dice.
async fn at_once<T, F>(
    clients: Vec<Client>,
    random: &mut StdRng,
    act: impl Fn(Client, usize, StdRng) -> F,
) -> Vec<(Client, T)>
where
    T: Send + 'static,
    F: Future<Output = (Client, T)> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(clients.len()));
    let mut tasks = JoinSet::new();
    for (number, client) in clients.into_iter().enumerate() {
        let barrier = Arc::clone(&barrier);
        let acting = act(client, number, StdRng::seed_from_u64(random.random()));
        tasks.spawn(async move {
            barrier.wait().await;
            acting.await
        });
    }
    tasks.join_all().await
}

async fn one_new(ground: &Ground, mut run: Run) {
    let servers = ground.servers().await;
    let settings = ground.settings();
    let template = settings["SELFSAME_TEMPLATE_ID"].clone();
    let mut clients = connect(&servers, &settings, crowd()).await;
    for round in 0..run.rounds {
        let count = clients.len();
        let answered = at_once(
            clients,
            &mut run.random,
            |mut client, number, mut random| {
                let reference = if random.random() { "Person" } else { "pERSON" };
                let reference = format!("{reference}-{round}");
                let name = format!("race-{round}-{number}");
                let create = Create::inquiry(name, reference, &template);
                async move {
                    let answer = create.send(&mut client).await.unwrap();
                    create.check_status(&answer);
                    (client, answer)
                }
            },
        )
        .await;
        let (back, answers): (Vec<_>, Vec<_>) = answered.into_iter().unzip();
        clients = back;
        let account = same_account(&answers);
        let tables = ground.tables().await;
        let folded = format!("person-{round}");
        for (what, expected) in [
            (
                format!("accounts WHERE reference_fold = '{folded}' AND id = '{account}'"),
                1,
            ),
            (format!("accounts WHERE reference_fold = '{folded}'"), 1),
            (format!("inquiries WHERE account_id = '{account}'"), count),
            (
                format!("events WHERE account_id = '{account}' AND name = 'inquiry.created'"),
                count,
            ),
            (
                format!("events WHERE account_id = '{account}' AND name = 'account.created'"),
                1,
            ),
            (
                format!("idempotency_keys WHERE key LIKE 'race-{round}-%'"),
                count,
            ),
        ] {
            let found = tables.count(&format!("SELECT count(*) FROM {what}")).await;
            assert_eq!(found, expected, "{what}");
        }
        eprintln!("round {round}: {count} at once, one account");
    }
    inside::check_rows(&ground.tables().await).await;
}

fn same_account(answers: &[Answer]) -> String {
    let account = |(_, body): &Answer| {
        let made = parsed(body);
        text(&made, "/data/relationships/account/data/id").to_owned()
    };
    let first = account(&answers[0]);
    assert!(answers.iter().all(|answer| account(answer) == first));
    first
}

/// How much each client of the mixed race does, one after the other.
const DEEDS: usize = 25;
/// Few at once in each group, so that somebody is always at it while a redaction, which is slow, gets through.
const AT_ONCE: usize = 10;

/// What one client of the mixed race did, and what it was told.
struct Deed {
    what: &'static str,
    answer: Answer,
}

async fn mixed(ground: &Ground, mut run: Run) {
    let servers = ground.servers().await;
    let settings = ground.settings();
    let template = settings["SELFSAME_TEMPLATE_ID"].clone();
    let mut clients = connect(&servers, &settings, AT_ONCE).await;
    let mut acknowledged = BTreeMap::new();
    for round in 0..run.rounds {
        let answered = at_once(
            clients,
            &mut run.random,
            |mut client, number, mut random| {
                let (reference, name) =
                    (format!("person-{round}"), format!("mix-{round}-{number}"));
                let template = template.clone();
                async move {
                    let mut deeds = Vec::new();
                    for turn in 0..DEEDS {
                        let (reference, name) = (reference.clone(), format!("{name}-{turn}"));
                        let done = act(&mut client, &mut random, reference, name, &template);
                        deeds.extend(done.await);
                    }
                    (client, deeds)
                }
            },
        )
        .await;
        let mut tally: BTreeMap<(&str, u16), usize> = BTreeMap::new();
        let (back, deeds): (Vec<_>, Vec<_>) = answered.into_iter().unzip();
        clients = back;
        for Deed { what, answer } in deeds.into_iter().flatten() {
            *tally.entry((what, answer.0)).or_default() += 1;
            let says = String::from_utf8_lossy(&answer.1).into_owned();
            let allowed: &[u16] = match what {
                // R48: for the moment between a consolidation and its destination's new name.
                "inquiry" => &[201, 400],
                "consolidate" => &[202, 409],
                "account" => &[201, 409],
                _ => &[200, 409],
            };
            assert!(allowed.contains(&answer.0), "{what}: {}: {says}", answer.0);
            if answer.0 == 201 && what == "inquiry" {
                let made = parsed(&answer.1);
                let id = text(&made, "/data/id").to_owned();
                let account = text(&made, "/data/relationships/account/data/id").to_owned();
                assert!(acknowledged.insert(id, account).is_none());
            }
        }
        eprintln!("round {round}: {tally:?}");
        let tables = ground.tables().await;
        inside::check_rows(&tables).await;
        let rows = tables.rows("SELECT id, account_id FROM inquiries").await;
        let found: BTreeMap<_, _> = rows
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone()))
            .collect();
        let expected = moved(&tables, &acknowledged).await;
        assert_eq!(
            found, expected,
            "each inquiry is where it was said to be, or where that account went"
        );
    }
}

/// Where inquiries that were made on these accounts are by now.
async fn moved(
    tables: &Tables,
    acknowledged: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let sql = "SELECT id, consolidated_into FROM accounts WHERE consolidated_into IS NOT NULL";
    let rows = tables.rows(sql).await;
    let went: BTreeMap<_, _> = rows
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let last = |account: &String| {
        let mut account = account;
        while let Some(next) = went.get(account) {
            account = next;
        }
        account.clone()
    };
    acknowledged
        .iter()
        .map(|(inquiry, account)| (inquiry.clone(), last(account)))
        .collect()
}

/// One drawn deed; whoever changes an account first looks for the one that has the reference ID.
async fn act(
    client: &mut Client,
    random: &mut StdRng,
    reference: String,
    name: String,
    template: &str,
) -> Vec<Deed> {
    let filter = format!("{ACCOUNTS}?filter%5Breference-id%5D={reference}");
    match random.random_range(0..1000) {
        0..880 => {
            let create = Create::inquiry(name, reference, template);
            let answer = create.send(client).await.unwrap();
            vec![Deed {
                what: "inquiry",
                answer,
            }]
        }
        880..920 => {
            let create = Create::account(name, reference);
            let answer = create.send(client).await.unwrap();
            vec![Deed {
                what: "account",
                answer,
            }]
        }
        // Somebody else takes the name.
        920..940 => {
            let made = Create::account(name.clone(), name.clone());
            let made = made.send(client).await.unwrap();
            let path = format!("{ACCOUNTS}/{}", text(&parsed(&made.1), "/data/id"));
            let renamed = rename(client, &path, &reference).await;
            vec![
                Deed {
                    what: "account",
                    answer: made,
                },
                Deed {
                    what: "rename to it",
                    answer: renamed,
                },
            ]
        }
        // Whoever has the name loses it, or everything.
        940..970 => match holder(client, &filter).await {
            Some(path) => {
                let answer = rename(client, &path, &format!("former-{name}")).await;
                vec![Deed {
                    what: "rename away",
                    answer,
                }]
            }
            None => Vec::new(),
        },
        970..977 => match holder(client, &filter).await {
            Some(path) => {
                let mut deeds = Vec::new();
                for what in ["archive", "restore"] {
                    let (path, body) = (format!("{path}/{what}"), json!({}));
                    let answer = client.send(Method::POST, &path, None, Some(&body));
                    let answer = answer.await.unwrap();
                    deeds.push(Deed { what, answer });
                }
                deeds
            }
            None => Vec::new(),
        },
        // The person becomes part of another one, who takes the name over.
        977..984 => match holder(client, &filter).await {
            Some(path) => consolidate(client, &path, &reference, name).await,
            None => Vec::new(),
        },
        984..990 => match holder(client, &filter).await {
            Some(path) => {
                let answer = client
                    .send(Method::DELETE, &path, None, None)
                    .await
                    .unwrap();
                vec![Deed {
                    what: "redact",
                    answer,
                }]
            }
            None => Vec::new(),
        },
        _ => match holder(client, &filter).await {
            Some(path) => {
                let body = json!({"data": {"attributes": {"fields": {"phone_number": name}}}});
                let answer = client.send(Method::PATCH, &path, None, Some(&body)).await;
                vec![Deed {
                    what: "update",
                    answer: answer.unwrap(),
                }]
            }
            None => Vec::new(),
        },
    }
}

async fn consolidate(client: &mut Client, path: &str, reference: &str, name: String) -> Vec<Deed> {
    let made = Create::account(name.clone(), name).send(client).await;
    let made = made.unwrap();
    let destination = format!("{ACCOUNTS}/{}", text(&parsed(&made.1), "/data/id"));
    let source = path.rsplit('/').next();
    let body = json!({"meta": {"source-account-ids": [source]}});
    let asked = format!("{destination}/consolidate");
    let answer = client.send(Method::POST, &asked, None, Some(&body)).await;
    let renamed = rename(client, &destination, reference).await;
    [
        ("account", made),
        ("consolidate", answer.unwrap()),
        ("rename to it", renamed),
    ]
    .map(|(what, answer)| Deed { what, answer })
    .into()
}

async fn rename(client: &mut Client, path: &str, reference: &str) -> Answer {
    let body = json!({"data": {"attributes": {"reference-id": reference}}});
    let renamed = client.send(Method::PATCH, path, None, Some(&body)).await;
    renamed.unwrap()
}

async fn holder(client: &mut Client, filter: &str) -> Option<String> {
    let page: Value = client.get(filter).await;
    let id = page["data"][0]["id"].as_str()?;
    Some(format!("{ACCOUNTS}/{id}"))
}
