//! Relations: both ends or none, and one target of a single end.

use selfsame_domain::account::{Account, Relation};
use selfsame_domain::id::Id as _;
use selfsame_store::{Ask, Guard, RelationFilter, Slice};

use super::world::{NOW, World, taken, word, world};

async fn people(world: &World) -> [Account; 4] {
    let people = ["1", "2", "3", "4"].map(|id| world.account(id, None));
    for person in &people {
        world.insert(person).await.unwrap();
    }
    people
}

fn end(from: &Account, key: &str, to: &Account, inverse: &str) -> Relation {
    Relation {
        environment_id: from.environment_id.clone(),
        account_id: from.id.clone(),
        key: key.into(),
        target_id: to.id.clone(),
        inverse: inverse.into(),
        is_single: key != "children",
        created_at: NOW,
    }
}

fn child(parent: &Account, child: &Account) -> [Relation; 2] {
    [
        end(parent, "children", child, "parent"),
        end(child, "parent", parent, "children"),
    ]
}

async fn related(world: &World, account: &Account, key: &str) -> Vec<String> {
    let filter = RelationFilter {
        key: key.into(),
        ..RelationFilter::default()
    };
    let ask = Ask::related(&world.sandbox, &account.id, &filter, &Slice::First, 10);
    let page = world.store.ask(ask).await.unwrap();
    let ids = page.items.into_iter().map(|account| account.id.to_string());
    ids.collect()
}

#[tokio::test]
async fn a60_a_single_end_takes_one_target_and_a_relation_is_there_once() {
    let world = world().await;
    let [first, second, third, _] = people(&world).await;
    let add = async |ends| word(&world.commit(|batch| batch.insert_relation(&ends)).await);
    assert_eq!(add(child(&first, &third)).await, "committed");
    assert_eq!(add(child(&first, &third)).await, taken(Guard::Relation));
    assert_eq!(add(child(&second, &third)).await, taken(Guard::Relation));
    assert_eq!(add(child(&first, &second)).await, "committed");
    assert_eq!(
        related(&world, &first, "children").await,
        ["act_3", "act_2"],
        "latest first, then by id"
    );
    assert_eq!(related(&world, &third, "parent").await, ["act_1"]);
    assert!(related(&world, &second, "children").await.is_empty());
    let cursor =
        world
            .store
            .relation_cursor(&world.sandbox, &first.id, "children", third.id.as_str());
    assert_eq!(cursor.await.unwrap().unwrap().id, "act_3");
}

#[tokio::test]
async fn a59_a_relation_goes_with_both_ends_and_only_once() {
    let world = world().await;
    let [first, second, ..] = people(&world).await;
    world
        .commit(|batch| batch.insert_relation(&child(&first, &second)))
        .await
        .unwrap();
    let remove = async || {
        let ends = ((&second.id, "parent"), (&first.id, "children"));
        let outcome = world.commit(|batch| batch.delete_relation(&world.sandbox, ends.0, ends.1));
        word(&outcome.await)
    };
    assert_eq!(remove().await, "committed");
    assert!(related(&world, &first, "children").await.is_empty());
    assert!(related(&world, &second, "parent").await.is_empty());
    assert_eq!(remove().await, "conflict");
}

#[tokio::test]
async fn a61_moving_keeps_what_the_destination_has_and_takes_the_rest() {
    let world = world().await;
    let [source, destination, shared, other] = people(&world).await;
    world
        .commit(|batch| {
            batch.insert_relation(&child(&source, &shared));
            batch.insert_relation(&child(&other, &source));
            batch.insert_relation(&child(&source, &destination));
        })
        .await
        .unwrap();
    world
        .commit(|batch| batch.move_relations(&source, &destination.id))
        .await
        .unwrap();
    assert_eq!(related(&world, &destination, "children").await, ["act_3"]);
    assert_eq!(related(&world, &shared, "parent").await, ["act_2"]);
    assert_eq!(related(&world, &destination, "parent").await, ["act_4"]);
    assert_eq!(related(&world, &other, "children").await, ["act_2"]);
    for key in ["children", "parent"] {
        assert!(related(&world, &source, key).await.is_empty());
    }
}
