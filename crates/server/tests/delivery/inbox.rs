//! The developer's page for webhooks, with its built-in receiver (WD1–WD10).

use axum::http::Method;
use selfsame_server::app::Demo;
use selfsame_server::serve;
use selfsame_testkit::{Answer, Call, TestApp};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::world::{World, world};

const HOST: &str = "localhost:3000";

/// `selfsame dev`, whose receivers can be reached.
struct Dev {
    world: World,
    environment: String,
}

impl Dev {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let build = TestApp::build()
            .settings(|settings| settings.demo = Some(demo()))
            .options(|options| options.public_url = format!("http://{address}"));
        let world = World::of(build.start().await).await;
        let answers = serve::answer(world.app.app.clone(), listener, std::future::pending());
        tokio::spawn(answers);
        Self {
            environment: world.app.own.sandbox.id.to_string(),
            world,
        }
    }

    fn call(&self, method: Method, path: &str) -> Call {
        let client = self.world.app.client(None);
        let target = format!("/webhooks{path}");
        client.elsewhere(method, &target).header("host", HOST)
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path).json(&body).await
    }

    /// Adds a built-in receiver; returns where the calls about its webhook go.
    async fn add(&self) -> String {
        let path = format!("/in/{}", self.environment);
        let made = self.post(&path, json!({})).await.expect(200);
        format!("{path}/{}", made.body["id"].as_str().expect("an id"))
    }

    async fn switch(&self, webhook: &str, answer: Value) {
        let path = format!("{webhook}/answer");
        self.post(&path, answer).await.expect(200);
    }

    async fn deliveries(&self, webhook: &str) -> Vec<Value> {
        items(&self.get(&format!("{webhook}/deliveries")).await)
    }

    async fn received(&self, webhook: &str) -> Answer {
        self.get(&format!("{webhook}/received")).await.expect(200)
    }

    /// An account is made, and its event sent.
    async fn happen(&self) {
        self.world.accounts(1).await;
        self.world.deliver().await;
    }

    async fn post_to_receiver(&self, name: &str, body: Vec<u8>) -> Answer {
        let client = self.world.app.client(None);
        let target = format!("/dev/receiver/{name}");
        let call = client.elsewhere(Method::POST, &target);
        call.raw("application/json", body).await
    }
}

fn demo() -> Demo {
    Demo {
        template_id: "itmpl_1".into(),
        form_template_id: "itmpl_2".into(),
        environment_id: "env_1".into(),
        sdk: None,
    }
}

fn items(answer: &Answer) -> Vec<Value> {
    answer.body["items"].as_array().expect("items").clone()
}

fn steps(shown: &Value) -> Vec<(String, bool)> {
    let steps = shown["steps"].as_array().expect("steps").iter();
    steps
        .map(|step| {
            let name = step["name"].as_str().expect("a name");
            (name.to_owned(), step["ok"].as_bool().expect("a verdict"))
        })
        .collect()
}

#[tokio::test]
async fn wd1_without_selfsame_dev_there_is_no_page_no_call_and_no_receiver() {
    let world = world().await;
    let client = world.app.client(None);
    for (method, target) in [
        (Method::GET, "/webhooks"),
        (Method::GET, "/webhooks/overview"),
        (Method::POST, "/dev/receiver/a"),
    ] {
        let call = client.elsewhere(method, target).header("host", HOST);
        call.json(&json!({})).await.expect(404);
    }
}

#[tokio::test]
async fn wd2_other_pages_and_other_hosts_are_refused_and_change_nothing() {
    let dev = Dev::start().await;
    let path = format!("/in/{}", dev.environment);
    for (name, value) in [
        ("origin", "https://shop.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let call = dev.call(Method::POST, &path).header(name, value);
        let answer = call.json(&json!({})).await.expect(403);
        assert!(answer.body["error"]["message"].is_string());
    }
    let client = dev.world.app.client(None);
    let target = format!("/webhooks{path}");
    let call = client.elsewhere(Method::POST, &target);
    let call = call.header("host", "rebound.example");
    call.json(&json!({})).await.expect(403);
    let form = dev.call(Method::POST, &path).raw("text/plain", "{}");
    form.await.expect(415);
    let overview = dev.get("/overview").await.expect(200);
    assert_eq!(overview.body["environments"][0]["webhooks"], json!([]));
}

#[tokio::test]
async fn wd3_a_delivery_to_the_built_in_receiver_is_shown_as_it_came_with_a_valid_signature() {
    let dev = Dev::start().await;
    let webhook = dev.add().await;
    dev.happen().await;
    let found = dev.deliveries(&webhook).await;
    assert_eq!(found[0]["status"], "completed");
    assert_eq!(found[0]["event_name"], "account.created");
    assert_eq!(
        (&found[0]["attempts_made"], &found[0]["attempts_left"]),
        (&json!(1), &json!(7))
    );
    let id = found[0]["id"].as_str().unwrap();
    let opened = dev
        .get(&format!("{webhook}/deliveries/{id}"))
        .await
        .expect(200)
        .body;
    assert_eq!(opened["attempts"][0]["status"], 200);
    let shown = &opened["shown"];
    assert_eq!(shown["number"], 1);
    assert!(
        shown["body"]
            .as_str()
            .unwrap()
            .contains(found[0]["event_id"].as_str().unwrap())
    );
    let passed = ["header", "format", "time", "message", "signature"];
    assert_eq!(steps(shown), passed.map(|name| (name.to_owned(), true)));
}

#[tokio::test]
async fn wd3_a_delivery_to_any_other_receiver_is_shown_as_it_would_be_sent() {
    let dev = Dev::start().await;
    let receiver = selfsame_testkit::Receiver::answering(500).await;
    let id = dev.world.webhook(&receiver, json!({})).await;
    let webhook = format!("/in/{}/{id}", dev.environment);
    dev.happen().await;
    let found = dev.deliveries(&webhook).await;
    let id = found[0]["id"].as_str().unwrap();
    let path = format!("{webhook}/deliveries/{id}");
    let opened = dev.get(&path).await.expect(200).body;
    assert_eq!(opened["shown"]["number"], Value::Null);
    assert_eq!(
        steps(&opened["shown"]).last(),
        Some(&("signature".to_owned(), true))
    );
    let headers = opened["shown"]["headers"].as_array().unwrap();
    assert!(
        headers.contains(&json!(["persona-webhook-attempts-made", "2"])),
        "{headers:?}"
    );
    dev.get(&format!("{webhook}/received")).await.expect(404);
}

#[tokio::test]
async fn wd3_deliveries_are_paged_newest_first_and_chosen_by_their_state() {
    let dev = Dev::start().await;
    let webhook = dev.add().await;
    dev.switch(&webhook, json!({"reply": "error", "left": 1}))
        .await;
    dev.happen().await;
    dev.world.accounts(29).await;
    dev.world.deliver().await;
    let path = format!("{webhook}/deliveries");
    let newest = dev.get(&path).await.expect(200);
    assert_eq!(items(&newest).len(), 25);
    assert_eq!(
        (&newest.body["has_newer"], &newest.body["has_older"]),
        (&json!(false), &json!(true))
    );
    let last = items(&newest)[24]["id"].as_str().unwrap().to_owned();
    let older = dev.get(&format!("{path}?after={last}")).await.expect(200);
    assert_eq!(items(&older).len(), 5);
    assert_eq!(older.body["has_older"], false);
    let first = items(&older)[0]["id"].as_str().unwrap().to_owned();
    let newer = dev.get(&format!("{path}?before={first}")).await.expect(200);
    assert_eq!(items(&newer), items(&newest));
    let pending = dev.get(&format!("{path}?status=pending")).await.expect(200);
    assert_eq!(items(&pending), items(&older)[4..]);
}

#[tokio::test]
async fn wd4_the_command_line_is_signed_for_the_moment_that_was_chosen() {
    let dev = Dev::start().await;
    let webhook = dev.add().await;
    dev.happen().await;
    let found = dev.deliveries(&webhook).await;
    let id = found[0]["id"].as_str().unwrap();
    let path = format!("{webhook}/deliveries/{id}?at=1700000000123");
    let opened = dev.get(&path).await.expect(200).body;
    let curl = opened["curl"].as_str().unwrap();
    assert!(
        curl.contains("-H 'persona-signature: t=1700000000,v1="),
        "{curl}"
    );
    assert!(curl.starts_with("curl -i 'http://127.0.0.1:"), "{curl}");
}

#[tokio::test]
async fn wd5_of_a_long_body_only_the_beginning_is_kept_and_its_signature_is_not_judged() {
    let dev = Dev::start().await;
    let webhook = dev.add().await;
    let overview = dev.get("/overview").await.expect(200);
    let url = overview.body["environments"][0]["webhooks"][0]["url"].clone();
    let name = url.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    dev.post_to_receiver(&name, vec![b'x'; 300_000])
        .await
        .expect(200);
    let kept = &items(&dev.received(&webhook).await)[0];
    assert_eq!(kept["bytes"], 300_000);
    let one = dev
        .get(&format!("{webhook}/received/1"))
        .await
        .expect(200)
        .body;
    assert_eq!(one["body"].as_str().unwrap().len(), 256 * 1024);
    assert_eq!(one["is_cut"], true);
    assert_eq!(steps(&one), [("message".to_owned(), false)]);
    let endless = vec![b'x'; 9 * 1024 * 1024];
    dev.post_to_receiver(&name, endless).await.expect(413);
    assert_eq!(items(&dev.received(&webhook).await).len(), 1);
}

#[tokio::test]
async fn wd6_one_click_makes_an_enabled_webhook_for_every_event_in_its_environment() {
    let dev = Dev::start().await;
    let (first, second) = (dev.add().await, dev.add().await);
    assert_ne!(first, second);
    let overview = dev.get("/overview").await.expect(200).body;
    let kinds: Vec<_> = [0, 1]
        .map(|at| overview["environments"][at]["kind"].clone())
        .into();
    assert_eq!(kinds, ["sandbox", "production"]);
    let webhooks = overview["environments"][0]["webhooks"].as_array().unwrap();
    assert_ne!(webhooks[0]["url"], webhooks[1]["url"]);
    for webhook in webhooks {
        assert_eq!(webhook["status"], "enabled");
        assert_eq!(webhook["events"], json!(["*"]));
        assert_eq!(webhook["is_built_in"], true);
        assert_eq!(webhook["waiting"], 0);
    }
    assert_eq!(overview["environments"][1]["webhooks"], json!([]));
}

#[tokio::test]
async fn wd7_a_fault_leaves_the_delivery_pending_and_a_hand_sends_it() {
    for (reply, said) in [
        ("error", json!([500, null])),
        ("gone", json!([410, null])),
        ("reset", json!([null, "reset"])),
    ] {
        let dev = Dev::start().await;
        let webhook = dev.add().await;
        dev.switch(&webhook, json!({"reply": reply, "left": 1}))
            .await;
        dev.happen().await;
        let found = &dev.deliveries(&webhook).await[0];
        assert_eq!(found["status"], "pending", "{reply}");
        assert_eq!(
            json!([found["last"]["status"], found["last"]["problem"]]),
            said
        );
        let due = found["next_attempt_at"].as_i64().unwrap() - dev.world.app.now().millis();
        assert!((3000..=3300).contains(&due), "{due}");
        let overview = dev.get("/overview").await.body;
        assert_eq!(overview["environments"][0]["webhooks"][0]["waiting"], 1);

        let id = found["id"].as_str().unwrap();
        dev.post(&format!("{webhook}/deliveries/{id}/retry"), json!({}))
            .await
            .expect(200);
        dev.world.deliver().await;
        let found = &dev.deliveries(&webhook).await[0];
        assert_eq!(found["status"], "completed", "{reply}");
        let received = dev.received(&webhook).await;
        let repeats: Vec<_> = items(&received)
            .iter()
            .map(|one| one["repeats"].clone())
            .collect();
        assert_eq!(repeats, [json!(1), Value::Null]);
        assert_eq!(received.body["reply"], "ok");
    }
}

#[tokio::test]
async fn wd7_what_is_no_answer_is_refused_and_nothing_is_switched() {
    let dev = Dev::start().await;
    let webhook = dev.add().await;
    let path = format!("{webhook}/answer");
    for (answer, status) in [
        (json!({}), 400),
        (json!({"reply": "teapot"}), 400),
        (json!({"reply": "error", "left": 0}), 422),
        (json!({"reply": "error", "left": 1001}), 422),
        (json!({"reply": "error", "left": -1}), 400),
    ] {
        dev.post(&path, answer).await.expect(status);
    }
    dev.call(Method::POST, &path)
        .raw("application/json", "{")
        .await
        .expect(400);
    assert_eq!(dev.received(&webhook).await.body["reply"], "ok");
}

#[tokio::test]
async fn wd8_what_comes_again_and_what_did_not_come_is_told() {
    let dev = Dev::start().await;
    let webhook = dev.add().await;
    let account = dev.world.accounts(1).await.remove(0);
    dev.world.deliver().await;
    dev.post(&format!("{webhook}/disable"), json!({}))
        .await
        .expect(200);
    let tag = |name: &str| {
        let path = format!("/accounts/{account}/add-tag");
        dev.world
            .app
            .sandbox()
            .post(&path, json!({"meta": {"tag-name": name}}))
    };
    tag("a").await.expect(200);
    dev.post(&format!("{webhook}/enable"), json!({}))
        .await
        .expect(200);
    tag("b").await.expect(200);
    dev.world.deliver().await;
    let received = dev.received(&webhook).await;
    let numbers: Vec<_> = items(&received)
        .iter()
        .filter_map(|one| one["sequence"].as_i64())
        .collect();
    let gaps = received.body["gaps"].as_array().unwrap();
    let gap = &gaps[0];
    assert_eq!(gaps.len(), 1);
    assert_eq!(gap["account_id"], account);
    assert_eq!(gap["first"], 2);
    assert_eq!(
        gap["last"].as_i64().unwrap() + 1,
        numbers
            .iter()
            .copied()
            .filter(|number| *number > 1)
            .min()
            .unwrap()
    );

    dev.post(
        &format!("{webhook}/replay"),
        json!({"meta": {"after-sequence": 0}}),
    )
    .await
    .expect(200);
    dev.world.deliver().await;
    let received = dev.received(&webhook).await;
    assert_eq!(received.body["gaps"], json!([]));
    assert!(items(&received).iter().any(|one| one["repeats"] == 1));

    dev.post(&format!("{webhook}/received/clear"), json!({}))
        .await
        .expect(200);
    assert_eq!(items(&dev.received(&webhook).await), [] as [Value; 0]);
}

#[tokio::test]
async fn wd9_samples_and_simulations_are_those_of_the_api() {
    let dev = Dev::start().await;
    let webhook = dev.add().await;
    let sample = json!({"meta": {"event-name": "inquiry.completed"}});
    let sent = dev
        .post(&format!("{webhook}/sample"), sample)
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&sent["succeeded"], &sent["attempt"]["status"]),
        (&json!(true), &json!(200))
    );
    assert_eq!(
        items(&dev.received(&webhook).await)[0]["event_id"],
        sent["event_id"]
    );
    let unknown = json!({"meta": {"event-name": "inquiry.eaten"}});
    let refused = dev
        .post(&format!("{webhook}/sample"), unknown)
        .await
        .expect(422);
    let message = refused.body["error"]["message"].as_str().unwrap();
    assert!(message.contains("is not the name of an event"), "{message}");

    dev.happen().await;
    let event = dev.deliveries(&webhook).await[0]["event_id"].clone();
    let asked = json!({"meta": {"event-id": event}});
    let found = dev
        .post(&format!("{webhook}/simulate"), asked)
        .await
        .expect(200)
        .body;
    assert_eq!(found["verdict"], "would-deliver");
    assert!(found["body"].as_str().unwrap().contains("account.created"));
}

#[tokio::test]
async fn wd9_what_belongs_to_another_environment_is_not_there() {
    let dev = Dev::start().await;
    let webhook = dev.add().await;
    dev.happen().await;
    let delivery = dev.deliveries(&webhook).await[0]["id"].clone();
    let delivery = delivery.as_str().unwrap();
    let production = dev.world.app.own.production.id.to_string();
    let elsewhere = webhook.replace(&dev.environment, &production);
    for path in [
        format!("{elsewhere}/deliveries"),
        format!("{elsewhere}/deliveries/{delivery}"),
        format!("{elsewhere}/received"),
        format!("{webhook}/deliveries/wbhe_1"),
        format!("{webhook}/received/2"),
        "/in/env_1/wbh_1/deliveries".to_owned(),
    ] {
        dev.get(&path).await.expect(404);
    }
    for path in [format!("{elsewhere}/disable"), "/in/env_1".to_owned()] {
        dev.post(&path, json!({})).await.expect(404);
    }
    dev.get(&format!("{webhook}/deliveries?status=eaten"))
        .await
        .expect(400);
    dev.get(&format!("{webhook}/deliveries/{delivery}?at=noon"))
        .await
        .expect(400);
    dev.get(&format!("{webhook}/deliveries?after=wbhe_1"))
        .await
        .expect(400);
}

#[tokio::test]
async fn wd10_the_page_runs_only_its_own_script_and_nobody_frames_it() {
    let dev = Dev::start().await;
    let page = dev.get("").await.expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'; script-src 'self'; style-src 'self';"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let text = String::from_utf8(page.bytes.clone()).unwrap();
    assert!(text.contains("assets/inbox/main.js"));
    for place in ["/demo", "/docs"] {
        let client = dev.world.app.client(None);
        let page = client.elsewhere(Method::GET, place).await.expect(200);
        let text = String::from_utf8(page.bytes.clone()).unwrap();
        assert!(text.contains("href=\"webhooks\""), "{place}");
    }
}
