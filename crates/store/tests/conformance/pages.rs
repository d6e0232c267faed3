//! Newest-first pages, in both directions, with equal times.

use selfsame_domain::event::Event;
use selfsame_domain::id::Id;
use selfsame_store::{
    AccountFilter, ApiKeyFilter, Ask, EventFilter, InquiryFilter, Page, SessionFilter, Slice,
};

use super::world::{NOW, World, world};

const COUNT: usize = 11;

/// Thirds share a time, so the id decides among them.
async fn filled() -> World {
    let world = world().await;
    world
        .commit(|batch| {
            for number in 0..COUNT {
                let created_at = NOW.plus_seconds(i64::try_from(number / 3).unwrap_or(0));
                let mut account = world.account(&format!("{number:02}"), None);
                account.created_at = created_at;
                batch.insert_account(&account, &world.kind);
                let mut inquiry = world.inquiry(&format!("{number:02}"), Some(&account));
                inquiry.created_at = created_at;
                batch.insert_inquiry(&inquiry);
                let mut session = World::session(&format!("{number:02}"), &inquiry);
                session.created_at = created_at;
                batch.insert_session(&session, 1);
                let mut key =
                    world.api_key(&format!("{number:02}"), u8::try_from(number).unwrap_or(0));
                key.key.created_at = created_at;
                batch.insert_api_key(&key);
                let mut webhook = world.webhook(&format!("{number:02}"));
                webhook.webhook.created_at = created_at;
                batch.insert_webhook(&webhook);
                let event = Event {
                    created_at,
                    ..world.event(&format!("{number:02}"), 0)
                };
                batch.insert_event(event.written());
            }
        })
        .await
        .unwrap();
    world
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noun {
    Account,
    Inquiry,
    Session,
    Event,
    ApiKey,
    Webhook,
}

const NOUNS: [Noun; 6] = [
    Noun::Account,
    Noun::Inquiry,
    Noun::Session,
    Noun::Event,
    Noun::ApiKey,
    Noun::Webhook,
];

fn ids<T>(page: Page<T>, id: impl Fn(&T) -> String) -> Page<String> {
    Page {
        items: page.items.iter().map(id).collect(),
        has_newer: page.has_newer,
        has_older: page.has_older,
    }
}

async fn page(world: &World, noun: Noun, slice: &Slice, size: u32) -> Page<String> {
    let (store, environment) = (&world.store, &world.sandbox);
    match noun {
        Noun::Account => {
            let filter = AccountFilter::default();
            let page = store.list_accounts(environment, &filter, slice, size).await;
            ids(page.unwrap(), |account| account.id.to_string())
        }
        Noun::Inquiry => {
            let filter = InquiryFilter::default();
            let page = store
                .list_inquiries(environment, &filter, slice, size)
                .await;
            ids(page.unwrap(), |view| view.inquiry.id.to_string())
        }
        Noun::Session => {
            let filter = SessionFilter::default();
            let page = store.list_sessions(environment, &filter, slice, size).await;
            ids(page.unwrap(), |session| session.id.to_string())
        }
        Noun::Event => {
            let filter = EventFilter::default();
            let page = store.list_events(environment, &filter, slice, size).await;
            ids(page.unwrap(), |event| event.id.to_string())
        }
        Noun::ApiKey => {
            let filter = ApiKeyFilter::default();
            let ask = Ask::api_keys(environment, &filter, slice, size);
            ids(store.ask(ask).await.unwrap(), |key| key.id.to_string())
        }
        Noun::Webhook => {
            let ask = Ask::webhooks(environment, slice, size);
            ids(store.ask(ask).await.unwrap(), |found| found.id.to_string())
        }
    }
}

async fn cursor(world: &World, noun: Noun, id: &str) -> selfsame_store::Cursor {
    let (store, environment) = (&world.store, &world.sandbox);
    let found = match noun {
        Noun::Account => store.account_cursor(environment, id).await,
        Noun::Inquiry => store.inquiry_cursor(environment, id).await,
        Noun::Session => store.session_cursor(environment, id).await,
        Noun::Event => store.event_cursor(environment, id).await,
        Noun::ApiKey => store.api_key_cursor(environment, id).await,
        Noun::Webhook => store.webhook_cursor(environment, id).await,
    };
    found.unwrap().expect("a cursor")
}

#[tokio::test]
async fn c93_c94_pages_of_any_size_cover_a_list_once_in_both_directions() {
    let world = filled().await;
    for noun in NOUNS {
        let all = page(&world, noun, &Slice::First, 100).await;
        assert_eq!(all.items.len(), COUNT, "{noun:?}");
        assert!(!all.has_newer && !all.has_older);
        let mut sorted = all.items.clone();
        sorted.sort();
        sorted.reverse();
        assert_eq!(all.items, sorted, "{noun:?}: newest first, then by id");
        for size in 1..=u32::try_from(COUNT + 1).unwrap_or(1) {
            let down = walk(&world, noun, size, true).await;
            assert_eq!(down, all.items, "{noun:?} older, {size}");
            let up = walk(&world, noun, size, false).await;
            assert_eq!(up, all.items, "{noun:?} newer, {size}");
        }
    }
}

/// From the newest down, or from the oldest up; either way the result reads newest first.
async fn walk(world: &World, noun: Noun, size: u32, down: bool) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    let mut slice = if down {
        Slice::First
    } else {
        let oldest = page(world, noun, &Slice::First, 100).await.items.pop();
        let oldest = oldest.expect("a last one");
        seen.push(oldest.clone());
        Slice::Before(cursor(world, noun, &oldest).await)
    };
    loop {
        let found = page(world, noun, &slice, size).await;
        assert!(found.items.len() <= size as usize);
        let more = if down {
            found.has_older
        } else {
            found.has_newer
        };
        if down {
            assert_eq!(found.has_newer, !seen.is_empty());
            seen.extend(found.items.iter().cloned());
        } else {
            assert!(found.has_older);
            seen.splice(0..0, found.items.iter().cloned());
        }
        if !more {
            return seen;
        }
        slice = if down {
            Slice::After(cursor(world, noun, seen.last().expect("one")).await)
        } else {
            Slice::Before(cursor(world, noun, &seen[0]).await)
        };
    }
}

#[tokio::test]
async fn e16_events_of_one_moment_keep_the_order_of_their_commits_and_their_order_in_each() {
    let world = world().await;
    for ids in [&["zz", "aa"][..], &["mm", "bb", "yy"]] {
        world
            .commit(|batch| {
                for id in ids {
                    batch.insert_event(world.event(id, 0).written());
                }
            })
            .await
            .unwrap();
    }
    // A batch that was put together from two.
    let mut batch = selfsame_store::Batch::new();
    batch.insert_event(world.event("nn", 0).written());
    let mut other = selfsame_store::Batch::new();
    other.insert_event(world.event("cc", 0).written());
    batch.append(other);
    world.store.commit(batch).await.unwrap();

    let newest_first = ["cc", "nn", "yy", "bb", "mm", "aa", "zz"].map(|id| format!("evt_{id}"));
    let found = page(&world, Noun::Event, &Slice::First, 3).await;
    assert_eq!(found.items, newest_first[..3]);
    let last = cursor(&world, Noun::Event, &found.items[2]).await;
    let rest = page(&world, Noun::Event, &Slice::After(last.clone()), 10).await;
    assert_eq!(rest.items, newest_first[3..]);
    let newer = page(&world, Noun::Event, &Slice::Before(last), 10).await;
    assert_eq!(newer.items, newest_first[..2]);
}

#[tokio::test]
async fn r38_inquiries_filter_by_every_column_and_all_filters_together() {
    let world = world().await;
    let account = world.account("1", Some("Ref"));
    let mut noted = world.inquiry("1", Some(&account));
    noted.note = Some("vip".into());
    let mut late = world.inquiry("2", None);
    late.created_at = NOW.plus_seconds(10);
    late.status = selfsame_domain::inquiry::Status::Approved;
    world
        .commit(|batch| {
            batch.insert_account(&account, &world.kind);
            batch.insert_inquiry(&noted);
            batch.insert_inquiry(&late);
        })
        .await
        .unwrap();
    let list = |values: &[&str]| Some(values.iter().map(|v| (*v).to_owned()).collect());
    let none = InquiryFilter::default;
    let table: Vec<(InquiryFilter, &[&str])> = vec![
        (none(), &["inq_2", "inq_1"]),
        (
            InquiryFilter {
                ids: list(&["inq_1", "inq_9"]),
                ..none()
            },
            &["inq_1"],
        ),
        (
            InquiryFilter {
                account_ids: list(&["act_1"]),
                ..none()
            },
            &["inq_1"],
        ),
        (
            InquiryFilter {
                template_ids: list(&["itmpl_1"]),
                ..none()
            },
            &["inq_2", "inq_1"],
        ),
        (
            InquiryFilter {
                template_ids: list(&[]),
                ..none()
            },
            &[],
        ),
        (
            InquiryFilter {
                statuses: list(&["approved", "nonsense"]),
                ..none()
            },
            &["inq_2"],
        ),
        (
            InquiryFilter {
                reference_fold: Some("ref".into()),
                ..none()
            },
            &["inq_1"],
        ),
        (
            InquiryFilter {
                reference_fold: Some("other".into()),
                ..none()
            },
            &[],
        ),
        (
            InquiryFilter {
                note: Some("vip".into()),
                ..none()
            },
            &["inq_1"],
        ),
        (
            InquiryFilter {
                created_from: Some(NOW.millis() + 1),
                ..none()
            },
            &["inq_2"],
        ),
        (
            InquiryFilter {
                created_from: Some(NOW.millis()),
                ..none()
            },
            &["inq_2", "inq_1"],
        ),
        (
            InquiryFilter {
                created_to: Some(NOW.millis()),
                ..none()
            },
            &["inq_1"],
        ),
        (
            InquiryFilter {
                now: NOW.millis(),
                ids: list(&["inq_1"]),
                account_ids: list(&["act_1"]),
                template_ids: list(&["itmpl_1"]),
                statuses: list(&["created"]),
                reference_fold: Some("ref".into()),
                note: Some("vip".into()),
                created_from: Some(NOW.millis()),
                created_to: Some(NOW.millis()),
            },
            &["inq_1"],
        ),
    ];
    for (filter, expected) in table {
        let found = world
            .store
            .list_inquiries(&world.sandbox, &filter, &Slice::First, 10)
            .await
            .unwrap();
        let ids: Vec<_> = found
            .items
            .iter()
            .map(|view| view.inquiry.id.as_str())
            .collect();
        assert_eq!(ids, expected, "{filter:?}");
    }
}
