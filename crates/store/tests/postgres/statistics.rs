//! Tables that grow faster than PostgreSQL looks at them.

use std::time::{Duration, Instant};

use selfsame_cluster::Database;
use selfsame_store::{Batch, Query, Store};

use crate::lost::event;

/// Twenty thousand events of one environment, at once.
const FILL: &str = "\
    ALTER TABLE events SET (autovacuum_enabled = off); \
    INSERT INTO events SELECT 'env_1', 'old_' || n, 'account.created', 'account', 'act_' || n, NULL, n, 0, '', '{}' \
      FROM generate_series(1, 20000) n";
const PATIENCE: Duration = Duration::from_secs(30);

async fn plan(store: &Store) -> String {
    let ids: Vec<_> = (0..256).map(|n| format!("'old_{n}'")).collect();
    let sql = format!(
        "EXPLAIN SELECT payload FROM events WHERE environment_id = 'env_1' AND id IN ({})",
        ids.join(", ")
    );
    let read = store.read(vec![Query::new(sql, vec![])]).await;
    let rows = read.expect("a plan").remove(0);
    let lines = rows.into_iter().map(|mut row| row.text().expect("a line"));
    lines.collect::<Vec<_>>().join("\n")
}

fn looks_each_up(plan: &str) -> bool {
    let condition = plan.lines().find(|line| line.contains("Index Cond"));
    condition.is_some_and(|line| line.contains("id = ANY"))
}

#[tokio::test]
async fn a_list_of_ids_is_looked_up_one_by_one_soon_after_a_table_grew() {
    let database = Database::create().expect("a database");
    let store = Store::open_postgres(&database.url())
        .await
        .expect("a store");
    database.psql(FILL).expect("rows");
    let before = plan(&store).await;
    assert!(
        !looks_each_up(&before),
        "PostgreSQL knew it without being told:\n{before}"
    );
    for number in 0..64 {
        let mut batch = Batch::new();
        batch.insert_event(event(number).written());
        store.commit(batch).await.expect("a commit");
    }
    let begun = Instant::now();
    loop {
        let now = plan(&store).await;
        if looks_each_up(&now) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{now}");
        tokio::task::yield_now().await;
    }
}
