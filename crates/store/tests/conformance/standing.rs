//! What a request finds out beside what it asks for: whether the configuration and its idempotency key still stand.

use selfsame_domain::ReferenceId;
use selfsame_store::{Ask, Standing, StoredAnswer};

use super::world::{NOW, account_type, world};

#[tokio::test]
async fn the_configurations_version_comes_with_what_is_found() {
    let world = world().await;
    let account = world.account("1", Some("user-1"));
    world.insert(&account).await.unwrap();
    let ask = |id: &str| {
        let account = world.account(id, None);
        Ask::account(&world.sandbox, &account.id).with_configuration_version()
    };
    let before = world.store.configuration_version().await.unwrap();
    let (version, found) = world.store.ask(ask("1")).await.unwrap();
    assert_eq!((version, found), (Some(before), Some(account)));
    assert_eq!(world.store.ask(ask("2")).await.unwrap(), (None, None));

    let another = account_type(&world.organisation, "acttp_2", false);
    world
        .commit(|batch| batch.insert_account_type(&another))
        .await
        .unwrap();
    let (version, _) = world.store.ask(ask("1")).await.unwrap();
    assert_eq!(version, Some(before + 1));

    // More than one question is asked as before, and then the version is always there.
    let both = Ask::account(&world.sandbox, &world.account("2", None).id)
        .and(Ask::api_key(vec![1]))
        .with_configuration_version();
    let (version, (found, key)) = world.store.ask(both).await.unwrap();
    assert_eq!((version, found), (Some(before + 1), None));
    assert!(key.is_none());
}

#[tokio::test]
async fn c107_whether_a_key_has_its_answer_comes_with_or_without_anything_found() {
    let world = world().await;
    let account = world.account("1", Some("user-1"));
    world.insert(&account).await.unwrap();
    let version = world.store.configuration_version().await.unwrap();
    let of = |reference: &str, key: &str| {
        let reference = ReferenceId::from_trusted(reference.into());
        Ask::accounts_by_reference(&world.sandbox, &reference).with_standing(&world.sandbox, key)
    };
    let standing = |is_answered| Standing {
        configuration_version: version,
        is_answered,
    };
    let found = world.store.ask(of("user-1", "key")).await.unwrap();
    assert_eq!(found, (standing(false), vec![account.clone()]));
    let found = world.store.ask(of("user-2", "key")).await.unwrap();
    assert_eq!(found, (standing(false), vec![]));

    let answer = |environment: &selfsame_domain::id::EnvironmentId| StoredAnswer {
        environment_id: environment.clone(),
        key: "key".into(),
        fingerprint: vec![1],
        status: 201,
        body: vec![2],
        created_at: NOW,
    };
    // Somebody else's key of the same name says nothing.
    for (environment, answered) in [(&world.production, false), (&world.sandbox, true)] {
        world
            .commit(|batch| batch.insert_answer(&answer(environment)))
            .await
            .unwrap();
        let found = world.store.ask(of("user-1", "key")).await.unwrap();
        assert_eq!(found, (standing(answered), vec![account.clone()]));
        let found = world.store.ask(of("user-2", "key")).await.unwrap();
        assert_eq!(found, (standing(answered), vec![]));
        let alone = Ask::standing(&world.sandbox, "key");
        assert_eq!(world.store.ask(alone).await.unwrap(), standing(answered));
    }
    let found = world.store.ask(of("user-1", "another")).await.unwrap();
    assert_eq!(found.0, standing(false));
}
