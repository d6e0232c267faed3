//! P12: many clients of two servers on one database make the first inquiry of the same new person at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::{Method, StatusCode};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::Problem;
use crate::bench::{Bench, say};
use crate::client::{Client, Target, unexpected};
use crate::cluster::Sql;
use crate::figures::to_f64;
use crate::goal::{Bound, Goal, Unit};
use crate::part::{Part, What};
use crate::people::People;

const CLIENTS: usize = 64;
/// Creates of each client for each person.
const EACH: usize = 4;

pub async fn measure(bench: &Bench) -> Result<Part, Problem> {
    let mut part = Part::default();
    let installation = match bench.on_postgres("race").await {
        Ok(installation) => installation,
        Err(why) => {
            part.skip(Goal::P12, why);
            return Ok(part);
        }
    };
    let cluster = bench.started_cluster().ok_or("the cluster is gone")?;
    let one = installation.start().await?;
    let two = installation.start().await?;
    let people = People::fill_known(&one.target, 10).await?;
    let sql = Sql::connect(&cluster.url("race")).await?;
    let wanted = u64::try_from(CLIENTS * EACH)?;
    let mut worst = (1, wanted, wanted, wanted, 0_u64);
    let rounds = bench.rounds();
    for number in 1..=rounds {
        let reference = format!("race-{}-{number}", people.run);
        let before = counts(&sql, &reference).await?;
        let targets = [one.target.clone(), two.target.clone()];
        let errors = race(&people, &targets, &reference, &mut part.errors).await?;
        let after = counts(&sql, &reference).await?;
        let found = (
            after["accounts"],
            after["keys"] - before["keys"],
            after["inquiries"],
            after["events"],
            errors,
        );
        say(&format!(
            "  round {number}: {} accounts, {} keys, {} inquiries, {} events, {} errors",
            found.0, found.1, found.2, found.3, found.4
        ));
        if found != (1, wanted, wanted, wanted, 0) {
            worst = found;
        }
    }
    one.stop().await?;
    two.stop().await?;
    drop(sql);
    drop(installation);
    cluster.drop_database("race").await?;

    let (accounts, keys, inquiries, events, errors) = worst;
    let each = format!("{CLIENTS} clients × {EACH} creates, {rounds} times");
    for (what, value, exactly, behind) in [
        (
            "accounts of one new reference ID, two servers",
            accounts,
            1,
            each,
        ),
        ("keys", keys, wanted, String::new()),
        ("inquiries", inquiries, wanted, String::new()),
        ("their events", events, wanted, String::new()),
        ("errors", errors, 0, String::new()),
    ] {
        let what = What {
            goal: Goal::P12,
            text: what,
            bound: Some(Bound::Exactly(to_f64(exactly))),
        };
        part.line(&what, Unit::Count, &[to_f64(value)], behind);
    }
    Ok(part)
}

/// All clients start at the same moment; gives how many answers were not 201.
async fn race(
    people: &Arc<People>,
    targets: &[Target],
    reference: &str,
    said: &mut Vec<String>,
) -> Result<u64, Problem> {
    let start = Arc::new(Barrier::new(CLIENTS));
    let mut tasks = JoinSet::new();
    for number in 0..CLIENTS {
        let mut client = Client::connect(&targets[number % targets.len()]).await?;
        let (people, start) = (Arc::clone(people), Arc::clone(&start));
        let reference = reference.to_owned();
        tasks.spawn(async move {
            start.wait().await;
            let mut problems = Vec::new();
            for _ in 0..EACH {
                let (path, body, key) = people.create(&reference);
                let (status, answer) = client.send(Method::POST, &path, Some((body, &key))).await?;
                if status != StatusCode::CREATED {
                    problems.push(unexpected("create", status, &answer));
                }
            }
            Ok::<_, Problem>(problems)
        });
    }
    let mut errors = 0;
    while let Some(done) = tasks.join_next().await {
        let problems = done??;
        errors += u64::try_from(problems.len())?;
        said.extend(problems.into_iter().take(1));
    }
    Ok(errors)
}

async fn counts(sql: &Sql, reference: &str) -> Result<BTreeMap<&'static str, u64>, Problem> {
    let holder = format!("(SELECT id FROM accounts WHERE reference_fold = '{reference}')");
    let mut all = BTreeMap::new();
    for (name, question) in [
        (
            "accounts",
            format!("SELECT count(*) FROM accounts WHERE reference_fold = '{reference}'"),
        ),
        ("keys", "SELECT count(*) FROM idempotency_keys".to_owned()),
        (
            "inquiries",
            format!("SELECT count(*) FROM inquiries WHERE account_id IN {holder}"),
        ),
        (
            "events",
            format!(
                "SELECT count(*) FROM events WHERE name = 'inquiry.created' AND account_id IN {holder}"
            ),
        ),
    ] {
        all.insert(name, sql.count(&question).await?);
    }
    Ok(all)
}
