//! API logs, which lie in segments and are read as if each lay alone.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use selfsame_domain::Timestamp;
use selfsame_domain::api_log::{ApiLog, ApiLogEntry};
use selfsame_domain::id::{Entropy, EnvironmentId, Id, RequestId};
use selfsame_store::{ApiLogPage, ApiLogSegment, Ask, Cursor, Page, Slice};
use serde_json::json;

use super::world::{NOW, World, world};

const EVER: Timestamp = Timestamp::from_millis(0);

fn after(millis: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() + millis)
}

fn api_log(environment: &EnvironmentId, millis: i64, entropy: &mut Entropy) -> ApiLog {
    let at = after(millis);
    ApiLog {
        environment_id: environment.clone(),
        id: RequestId::mint(entropy, at),
        created_at: at,
        entry: ApiLogEntry {
            method: "GET".into(),
            path: format!("/api/v1/accounts/{millis}"),
            headers: vec![("Accept".into(), "*/*".into())],
            get_params: json!({"page": {"size": "5"}}),
            post_params: json!({}),
            ip_address: None,
            status: 200,
            rate_limit: Some([300, 299, 60]),
        },
    }
}

/// What one writer does with the logs it has; returns how many rows that were.
async fn write(world: &World, mut logs: Vec<ApiLog>) -> usize {
    logs.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    let segments: Vec<_> = ApiLogSegment::of(logs.into_iter()).collect();
    let count = segments.len();
    let insert = |segment| world.commit(|batch| batch.insert_api_logs(segment));
    for segment in segments {
        insert(segment).await.unwrap();
    }
    count
}

async fn page(
    world: &World,
    environment: &EnvironmentId,
    slice: &Slice,
    size: u32,
    since: Timestamp,
) -> Page<ApiLog> {
    let mut page = ApiLogPage::new(environment, slice.clone(), size, since);
    while let Some(ask) = page.missing() {
        page.add(world.store.ask(ask).await.unwrap());
    }
    page.into_page().unwrap()
}

async fn find(world: &World, environment: &EnvironmentId, id: &RequestId) -> Option<ApiLog> {
    let ask = Ask::api_log(environment, id, EVER);
    world.store.ask(ask).await.unwrap()
}

fn cursor(log: &ApiLog) -> Cursor {
    Cursor {
        created_at: log.created_at.millis(),
        ordinal: 0,
        id: log.id.to_string(),
    }
}

#[tokio::test]
async fn l1_l4_logs_are_found_by_id_and_listed_by_age_in_their_environment_only() {
    let world = world().await;
    let mut entropy = Entropy::seeded(7);
    let mut logs: Vec<_> = (0..6)
        .map(|number| api_log(&world.sandbox, number * 30, &mut entropy))
        .collect();
    assert_eq!(write(&world, logs.clone()).await, 1);
    for log in &logs {
        assert_eq!(
            find(&world, &world.sandbox, &log.id).await.as_ref(),
            Some(log)
        );
        assert_eq!(find(&world, &world.production, &log.id).await, None);
    }
    for id in ["req_1", "req_11111111111111", "req_a-b"] {
        let id = RequestId::from_trusted(id.into());
        assert_eq!(find(&world, &world.sandbox, &id).await, None);
    }
    logs.reverse();
    let first = page(&world, &world.sandbox, &Slice::First, 4, EVER).await;
    assert_eq!(
        (first.items.as_slice(), first.has_older),
        (&logs[..4], true)
    );
    let last = logs[3].id.as_str();
    let stored = world.store.api_log_cursor(&world.sandbox, last, EVER).await;
    let stored = stored.unwrap().unwrap();
    assert_eq!(stored, cursor(&logs[3]));
    let rest = page(&world, &world.sandbox, &Slice::After(stored), 4, EVER).await;
    assert_eq!((rest.items.as_slice(), rest.has_older), (&logs[4..], false));
    let foreign = page(&world, &world.production, &Slice::First, 4, EVER).await;
    assert!(foreign.items.is_empty() && !foreign.has_older);
}

#[tokio::test]
async fn l3_a_segment_goes_with_its_youngest_log_and_what_is_too_old_in_one_is_not_shown() {
    let world = world().await;
    let mut entropy = Entropy::seeded(8);
    let of = &world.sandbox;
    let mut made = |times: &[i64]| -> Vec<ApiLog> {
        let log = |millis: &i64| api_log(of, *millis, &mut entropy);
        times.iter().map(log).collect()
    };
    let (first, second) = (made(&[0, 30, 60]), made(&[50, 900]));
    write(&world, first.clone()).await;
    write(&world, second.clone()).await;
    let oldest = async |before: Timestamp| {
        let found = world.store.oldest_api_logs(of, before, 5).await;
        found.unwrap()
    };
    let shown = async |since| page(&world, of, &Slice::First, 9, since).await.items;

    assert_eq!(oldest(after(60)).await, None, "one is just young enough");
    let [youngest, other] = [&second[1], &first[2]].map(Clone::clone);
    let alone = std::slice::from_ref(&youngest);
    assert_eq!(shown(after(60)).await, [youngest.clone(), other.clone()]);
    let hidden = Ask::api_log(of, &first[1].id, after(31));
    assert_eq!(world.store.ask(hidden).await.unwrap(), None);
    let hidden = first[1].id.as_str();
    let hidden = world.store.api_log_cursor(of, hidden, after(31)).await;
    assert_eq!(hidden.unwrap(), None);
    let up = Slice::Before(cursor(&other));
    assert_eq!(page(&world, of, &up, 9, after(60)).await.items, alone);

    let up_to = oldest(after(61)).await;
    assert_eq!(up_to, Some(after(60)));
    world
        .commit(|batch| batch.prune_api_logs(of, after(60)))
        .await
        .unwrap();
    assert_eq!(shown(after(61)).await, alone);
    assert_eq!(shown(EVER).await, [youngest.clone(), second[0].clone()]);
    assert_eq!(oldest(after(61)).await, None);
    let none = world
        .store
        .oldest_api_logs(&world.production, after(9999), 5);
    assert_eq!(none.await.unwrap(), None);
}

#[tokio::test]
async fn l10_logs_of_one_moment_fill_segments_and_are_paged_in_the_order_of_their_ids() {
    let world = world().await;
    let mut entropy = Entropy::seeded(9);
    let mut logs: Vec<_> = (0..600)
        .map(|_| api_log(&world.sandbox, 5, &mut entropy))
        .collect();
    let halves = logs.split_at(300);
    assert_eq!(write(&world, halves.0.to_vec()).await, 2);
    assert_eq!(write(&world, halves.1.to_vec()).await, 2);
    logs.sort_by(|a, b| b.id.cmp(&a.id));
    let mut seen: Vec<ApiLog> = Vec::new();
    let mut slice = Slice::First;
    loop {
        let found = page(&world, &world.sandbox, &slice, 97, EVER).await;
        seen.extend(found.items);
        if !found.has_older {
            break;
        }
        slice = Slice::After(cursor(seen.last().expect("one")));
    }
    assert_eq!(seen, logs);
}

/// Logs at these milliseconds, written together.
type Flush = Vec<i64>;

fn flushes() -> impl Strategy<Value = Vec<Flush>> {
    // Two writers, a second and a half apart at most, and few moments, so that many are shared.
    let times = prop::collection::vec((0_i64..40).prop_map(|step| step * 41), 1..12);
    prop::collection::vec(times, 2..9)
}

/// What a plain list would answer.
fn expected(logs: &[ApiLog], slice: &Slice, size: usize, since: Timestamp) -> Page<ApiLog> {
    let mut list: Vec<_> = logs.iter().filter(|log| log.created_at >= since).collect();
    list.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    let key = |log: &ApiLog| (log.created_at.millis(), log.id.to_string());
    let place = |cursor: &Cursor| (cursor.created_at, cursor.id.clone());
    let range = match slice {
        Slice::First => 0..list.len(),
        Slice::After(cursor) => {
            let from = list.iter().filter(|log| key(log) >= place(cursor)).count();
            from..list.len()
        }
        Slice::Before(cursor) => 0..list.iter().filter(|log| key(log) > place(cursor)).count(),
    };
    let wanted = if matches!(slice, Slice::Before(_)) {
        range.end.saturating_sub(size)..range.end
    } else {
        range.start..range.end.min(range.start + size)
    };
    let more = wanted.len() < range.len();
    let is_up = matches!(slice, Slice::Before(_));
    Page {
        items: list[wanted].iter().map(|log| (*log).clone()).collect(),
        has_newer: if is_up { more } else { *slice != Slice::First },
        has_older: is_up || more,
    }
}

#[tokio::test]
async fn l4_pages_over_overlapping_segments_are_those_of_a_plain_list_while_more_are_written() {
    let world = world().await;
    let mut runner = TestRunner::deterministic();
    let cases = (flushes(), 1_u32..14, 0_i64..900, any::<bool>());
    let mut entropy = Entropy::seeded(10);
    for number in 0..40 {
        let (flushes, size, since, is_down) = cases.new_tree(&mut runner).unwrap().current();
        let shown = if number % 3 == 0 { after(since) } else { EVER };
        world
            .commit(|batch| batch.prune_api_logs(&world.sandbox, after(1_000_000)))
            .await
            .unwrap();
        let mut flushes = flushes.into_iter().map(|times| {
            let log = |millis| api_log(&world.sandbox, millis, &mut entropy);
            times.into_iter().map(log).collect::<Vec<_>>()
        });
        let mut logs = Vec::new();
        for flush in flushes.by_ref().take(2) {
            logs.extend(flush.clone());
            write(&world, flush).await;
        }
        let all = expected(&logs, &Slice::First, 1000, shown).items;
        let mut slice = match all.last() {
            Some(last) if !is_down => Slice::Before(cursor(last)),
            _ => Slice::First,
        };
        loop {
            let found = page(&world, &world.sandbox, &slice, size, shown).await;
            let wanted = expected(&logs, &slice, size as usize, shown);
            assert_eq!(found.items, wanted.items, "{number}: {slice:?}, {size}");
            assert_eq!(
                (found.has_newer, found.has_older),
                (wanted.has_newer, wanted.has_older),
                "{number}: {slice:?}, {size}"
            );
            if let Some(flush) = flushes.next() {
                logs.extend(flush.clone());
                write(&world, flush).await;
            }
            let is_up = matches!(slice, Slice::Before(_));
            slice = match (found.items.first(), found.items.last()) {
                (Some(first), _) if is_up => Slice::Before(cursor(first)),
                (_, Some(last)) if !is_up => Slice::After(cursor(last)),
                _ => break,
            };
        }
        for log in &logs {
            let found = find(&world, &world.sandbox, &log.id).await;
            assert_eq!(found.as_ref(), Some(log), "{number}");
        }
    }
}
