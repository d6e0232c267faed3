//! Rotating secrets.

use selfsame_testkit::{Answer, Client, TestApp};
use serde_json::{Value, json};

use super::{ends, make, path, secrets};

async fn rotate(client: &Client, made: &Answer, meta: Value) -> Answer {
    let address = format!("{}/rotate-secret", path(made));
    client.post(&address, json!({"meta": meta})).await
}

#[tokio::test]
async fn w15_the_old_secret_dies_at_once_unless_it_is_given_time() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let made = make(&client, json!({})).await;
    let first = secrets(&made).remove(0);
    let address = format!("{}/rotate-secret", path(&made));
    let rotated = client.post(&address, json!({})).await.expect(200);
    let second = secrets(&rotated);
    assert_eq!(ends(&rotated), [Value::Null]);
    assert_ne!(second, [first]);

    let rotated = rotate(&client, &made, json!({"expires-in-seconds": 7200})).await;
    let rotated = rotated.expect(200);
    assert_eq!(secrets(&rotated)[1..], second);
    assert_eq!(
        ends(&rotated),
        [Value::Null, json!("2026-02-03T12:15:00.000Z")]
    );
    app.advance(7199);
    let shown = client.get(&path(&made)).await.expect(200);
    assert_eq!(secrets(&shown), secrets(&rotated));
    app.advance(1);
    let shown = client.get(&path(&made)).await.expect(200);
    assert_eq!(secrets(&shown), secrets(&rotated)[..1]);
}

#[tokio::test]
async fn w16_a_third_secret_pushes_out_the_oldest() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let made = make(&client, json!({})).await;
    let hour = json!({"expires-in-seconds": 3600});
    let second = rotate(&client, &made, hour.clone()).await.expect(200);
    let third = rotate(&client, &made, hour).await.expect(200);
    assert_eq!(secrets(&third).len(), 2);
    assert_eq!(secrets(&third)[1], secrets(&second)[0]);
    assert!(!secrets(&third).contains(&secrets(&made)[0]));
    let last = rotate(&client, &made, json!({})).await.expect(200);
    assert_eq!(secrets(&last).len(), 1);
}

#[tokio::test]
async fn w16_w36_two_rotations_at_once_come_one_after_the_other() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let made = make(&client, json!({})).await;
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let (client, address) = (client.clone(), format!("{}/rotate-secret", path(&made)));
            let body = json!({"meta": {"expires-in-seconds": 60}});
            tokio::spawn(async move { client.post(&address, body).await.expect(200) })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(secrets(&task.await.unwrap()));
    }
    let shown = secrets(&client.get(&path(&made)).await.expect(200));
    assert!(answers.contains(&shown), "{answers:?} {shown:?}");
    answers.retain(|answer| *answer != shown);
    let original = secrets(&made).remove(0);
    let [earlier] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    assert_eq!(earlier[1], original);
    assert_eq!(shown[1], earlier[0]);
}

#[tokio::test]
async fn w15_the_seconds_have_bounds_and_what_is_refused_leaves_the_secret() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let made = make(&client, json!({})).await;
    for seconds in [json!(-1), json!(2_592_001), json!(u64::MAX)] {
        let answer = rotate(&client, &made, json!({"expires-in-seconds": seconds})).await;
        answer.points_at("/meta/expires-in-seconds");
    }
    for wrong in [json!("60"), json!(1.5), json!(true)] {
        let answer = rotate(&client, &made, json!({"expires-in-seconds": wrong})).await;
        answer.refused(400, "meta.expires_in_seconds must be an integer");
    }
    let shown = client.get(&path(&made)).await.expect(200);
    assert_eq!(shown.body, made.body);
    let most = rotate(&client, &made, json!({"expires-in-seconds": 2_592_000})).await;
    assert_eq!(ends(&most.expect(200))[1], "2026-03-05T10:15:00.000Z");
}

#[tokio::test]
async fn w37_a_rotation_that_is_repeated_under_its_idempotency_key_is_one() {
    let app = TestApp::start().await;
    let made = make(&app.sandbox(), json!({})).await;
    let client = app.sandbox().with("idempotency-key", "k");
    let once = rotate(&client, &made, json!({})).await.expect(200);
    let again = rotate(&client, &made, json!({})).await.expect(200);
    assert_eq!(once.bytes, again.bytes);
    let shown = app.sandbox().get(&path(&made)).await.expect(200);
    assert_eq!(secrets(&shown), secrets(&once));
}
