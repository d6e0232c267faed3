//! What a process' sudden end may cost: nothing that was acknowledged, and nothing twice.
//!
//! The real binary runs `selfsame dev` in a folder of its own, is loaded from several connections, is killed after
//! a random number of answers while others are in flight, starts again on the same folder, and is then asked
//! about everything. `SELFSAME_CRASH_ROUNDS` changes how often, `SELFSAME_CRASH_SEED` repeats a printed seed's
//! choices (the interleaving of requests remains the machine's).
#![cfg(unix)]
#![allow(
    clippy::print_stderr,
    reason = "the seed and the time to readiness are for the reader of the test's output"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// No wait in this file is longer; whatever takes longer has failed.
const BOUND: Duration = Duration::from_mins(1);
const CONNECTIONS: usize = 12;

// --- the server as a process

struct Server {
    child: Child,
    port: u16,
    log: PathBuf,
    ready_after: Duration,
}

/// A port that nobody has, below those that outgoing connections are given.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 10_000).unwrap();
    (0..10_000)
        .map(|_| 20_000 + (own + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("no free port")
}

fn spawn(folder: &Path, port: u16) -> (Child, PathBuf) {
    let log = folder.join(format!("server-{port}.log"));
    let child = Command::new(env!("CARGO_BIN_EXE_selfsame"))
        .args(["dev", "--port", &port.to_string(), "--data"])
        .arg(folder.join("data"))
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    (child, log)
}

impl Server {
    async fn start(folder: &Path) -> Self {
        Self::start_on(folder, free_port()).await
    }

    async fn start_on(folder: &Path, port: u16) -> Self {
        let begun = Instant::now();
        let (child, log) = spawn(folder, port);
        let mut server = Self {
            child,
            port,
            log,
            ready_after: Duration::ZERO,
        };
        loop {
            if let Some(status) = server.child.try_wait().unwrap() {
                panic!("the server ended with {status}: {}", server.log());
            }
            if let Ok(mut client) = Client::connect(port, "").await
                && let Ok((200, _)) = client.send(Method::GET, "/readyz", None, None).await
            {
                break;
            }
            assert!(begun.elapsed() < BOUND, "not ready: {}", server.log());
            pause().await;
        }
        server.ready_after = begun.elapsed();
        server
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// SIGKILL: no handler, no flush, no goodbye.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn signal(&self, name: &str) {
        // The shell's own `kill`: a small Debian has no program of that name.
        let told = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.child.id())])
            .status()
            .unwrap();
        assert!(told.success());
    }

    async fn ended(&mut self) -> ExitStatus {
        wait_for_end(&mut self.child).await
    }

    async fn client(&self, settings: &BTreeMap<String, String>) -> Client {
        Client::connect(self.port, &settings["SELFSAME_SANDBOX_API_KEY"])
            .await
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn wait_for_end(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(begun.elapsed() < BOUND, "the server does not end");
        pause().await;
    }
}

/// Between two looks at a state that is waited for.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

fn dev_env(folder: &Path) -> String {
    fs::read_to_string(folder.join("data/dev.env")).unwrap()
}

fn settings(folder: &Path) -> BTreeMap<String, String> {
    let text = dev_env(folder);
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

// --- requests

struct Client {
    sender: SendRequest<Full<Bytes>>,
    port: u16,
    key: String,
}

type Answer = (u16, Bytes);

impl Client {
    async fn connect(port: u16, key: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(std::io::Error::other)?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            port,
            key: key.to_owned(),
        })
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        idempotency_key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer, hyper::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", format!("localhost:{}", self.port))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json");
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(Full::from(body)).unwrap();
        let exchange = async {
            self.sender.ready().await?;
            let answer = self.sender.send_request(request).await?;
            let status = answer.status().as_u16();
            Ok((status, answer.into_body().collect().await?.to_bytes()))
        };
        tokio::time::timeout(BOUND, exchange)
            .await
            .unwrap_or_else(|_| panic!("no answer to {path}"))
    }

    /// A 200 and its document.
    async fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None, None).await.unwrap();
        let document = parsed(&body);
        assert_eq!(status, 200, "{path}: {document}");
        document
    }

    /// All pages of a list, newest first.
    async fn list(&mut self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = format!("{path}&page%5Bsize%5D=100");
        loop {
            let page = self.get(&next).await;
            items.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["links"]["next"].as_str() {
                Some(link) => link.clone_into(&mut next),
                None => return items,
            }
        }
    }
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(body)))
}

fn text<'a>(document: &'a Value, pointer: &str) -> &'a str {
    document
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {pointer} in {document}"))
}

// --- the load

/// A request that makes something, which its key lets be sent again.
#[derive(Debug, Clone)]
struct Create {
    key: String,
    path: &'static str,
    reference: String,
    body: Value,
}

const INQUIRIES: &str = "/api/v1/inquiries";
const ACCOUNTS: &str = "/api/v1/accounts";

impl Create {
    fn inquiry(key: String, reference: String, template: &str) -> Self {
        let body = json!({
            "data": {"attributes": {"inquiry-template-id": template, "note": key, "fields": {"name-first": "Sam"}}},
            "meta": {"auto-create-account-reference-id": reference},
        });
        Self {
            key,
            path: INQUIRIES,
            reference,
            body,
        }
    }

    fn account(key: String, reference: String) -> Self {
        let body = json!({
            "data": {"attributes": {"reference-id": reference, "fields": {"phone_number": key}}},
        });
        Self {
            key,
            path: ACCOUNTS,
            reference,
            body,
        }
    }

    async fn send(&self, client: &mut Client) -> Result<Answer, hyper::Error> {
        let (key, body) = (Some(self.key.as_str()), Some(&self.body));
        client.send(Method::POST, self.path, key, body).await
    }

    /// Inquiries are always made; an account is not if somebody has the reference ID (R10).
    fn check_status(&self, status: u16, body: &[u8]) {
        let allowed: &[u16] = if self.path == INQUIRIES {
            &[201]
        } else {
            &[201, 409]
        };
        assert!(
            allowed.contains(&status),
            "{} was answered with {status}: {}",
            self.key,
            String::from_utf8_lossy(body)
        );
    }
}

/// What everybody was told, and what nobody can know.
#[derive(Debug, Default)]
struct Told {
    /// By key, with the answer.
    made: BTreeMap<String, (Create, Answer)>,
    /// Sent and never answered.
    unanswered: Vec<Create>,
    /// By path of an object: what its one updated field may hold.
    fields: BTreeMap<String, Field>,
}

#[derive(Debug, Default, Clone)]
struct Field {
    acknowledged: Option<String>,
    /// Sent later and never answered.
    unanswered: Option<String>,
}

impl Told {
    fn absorb(&mut self, other: Self) {
        self.made.extend(other.made);
        self.unanswered.extend(other.unanswered);
        self.fields.extend(other.fields);
    }
}

/// Which field of an object the load updates: as written and as read.
fn updated_field(path: &str) -> (&'static str, &'static str) {
    if path.starts_with(INQUIRIES) {
        ("name-last", "/data/attributes/fields/name-last/value")
    } else {
        (
            "email_address",
            "/data/attributes/fields/email_address/value",
        )
    }
}

struct Load {
    template: String,
    /// Unique to the round.
    name: String,
    /// Reference IDs that everybody fights for.
    shared: Vec<String>,
    answers: AtomicUsize,
    stop_after: usize,
    stop: Notify,
}

impl Load {
    fn answered(&self) {
        if self.answers.fetch_add(1, Ordering::SeqCst) + 1 == self.stop_after {
            self.stop.notify_one();
        }
    }

    fn shared_reference(&self, random: &mut StdRng) -> String {
        let reference = &self.shared[random.random_range(0..self.shared.len())];
        mixed_case(reference, random)
    }

    /// Asks until the server is gone.
    async fn work(&self, mut client: Client, number: usize, mut random: StdRng) -> Told {
        let mut told = Told::default();
        for turn in 0.. {
            let name = format!("{}-{number}-{turn}", self.name);
            let create = match random.random_range(0..100) {
                0..40 => Create::inquiry(name, self.shared_reference(&mut random), &self.template),
                40..60 => Create::inquiry(name.clone(), format!("own-{name}"), &self.template),
                60..70 => Create::account(name.clone(), format!("own-{name}")),
                70..75 => Create::account(name, self.shared_reference(&mut random)),
                _ => {
                    if self
                        .update(&mut client, &mut told, &name, &mut random)
                        .await
                    {
                        continue;
                    }
                    break;
                }
            };
            let Ok((status, body)) = create.send(&mut client).await else {
                told.unanswered.push(create);
                break;
            };
            self.answered();
            create.check_status(status, &body);
            if status == 201 && create.reference.starts_with("own-") {
                let path = format!("{}/{}", create.path, text(&parsed(&body), "/data/id"));
                told.fields.insert(path, Field::default());
            }
            told.made
                .insert(create.key.clone(), (create, (status, body)));
        }
        told
    }

    /// Changes something this connection has made. False when the server is gone.
    async fn update(
        &self,
        client: &mut Client,
        told: &mut Told,
        value: &str,
        random: &mut StdRng,
    ) -> bool {
        if told.fields.is_empty() {
            return true;
        }
        let place = random.random_range(0..told.fields.len());
        let Some((path, field)) = told.fields.iter_mut().nth(place) else {
            return true;
        };
        let body = json!({"data": {"attributes": {"fields": {(updated_field(path).0): value}}}});
        field.unanswered = Some(value.to_owned());
        let Ok((status, answer)) = client.send(Method::PATCH, path, None, Some(&body)).await else {
            return false;
        };
        self.answered();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        field.acknowledged = field.unanswered.take();
        true
    }
}

fn mixed_case(text: &str, random: &mut StdRng) -> String {
    let flip = |letter: char| {
        if random.random() {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        }
    };
    text.chars().map(flip).collect()
}

/// Loads the server until `end` has brought it down, and tells what was answered.
async fn load_until(
    server: &mut Server,
    settings: &BTreeMap<String, String>,
    random: &mut StdRng,
    round: usize,
    end: fn(&mut Server),
) -> Told {
    let shared = (0..3)
        .map(|number| format!("person-{number}"))
        .chain((0..3).map(|number| format!("person-of-round-{round}-{number}")));
    let load = Arc::new(Load {
        template: settings["SELFSAME_TEMPLATE_ID"].clone(),
        name: format!("round-{round}"),
        shared: shared.collect(),
        answers: AtomicUsize::new(0),
        stop_after: random.random_range(20..=250),
        stop: Notify::new(),
    });
    let mut tasks = JoinSet::new();
    for number in 0..CONNECTIONS {
        let (load, client) = (Arc::clone(&load), server.client(settings).await);
        let random = StdRng::seed_from_u64(random.random());
        tasks.spawn(async move { load.work(client, number, random).await });
    }
    let mut told = Told::default();
    tokio::select! {
        () = load.stop.notified() => end(server),
        Some(early) = tasks.join_next() => {
            told.absorb(early.unwrap());
            panic!("a connection ended before the server did: {}", server.log());
        }
        () = tokio::time::sleep(BOUND) => panic!("the load does not get through: {}", server.log()),
    }
    while let Some(done) = tasks.join_next().await {
        told.absorb(done.unwrap());
    }
    told
}

// --- the questions afterwards

/// Everything of all rounds.
#[derive(Default)]
struct World {
    told: Told,
    /// By folded reference ID: the account, and the inquiries on it.
    people: BTreeMap<String, (String, BTreeSet<String>)>,
}

impl World {
    /// Sends again what was never answered, then asks about everything that `told` says.
    async fn check(&mut self, client: &mut Client, mut told: Told) {
        for create in std::mem::take(&mut told.unanswered) {
            let (status, body) = create.send(client).await.unwrap();
            create.check_status(status, &body);
            told.made
                .insert(create.key.clone(), (create, (status, body)));
        }
        let mut touched = BTreeSet::new();
        for (create, answer) in told.made.values() {
            // C107: the first answer, byte for byte.
            let again = create.send(client).await.unwrap();
            assert_eq!(again, *answer, "{} was answered otherwise", create.key);
            let folded = create.reference.to_lowercase();
            touched.insert(folded.clone());
            if answer.0 != 201 {
                continue;
            }
            let made = parsed(&answer.1);
            if create.path == INQUIRIES {
                self.check_inquiry(client, create, &made).await;
            } else {
                let known = self
                    .people
                    .entry(folded)
                    .or_insert_with(|| (text(&made, "/data/id").to_owned(), BTreeSet::new()));
                assert_eq!(known.0, text(&made, "/data/id"), "{}", create.key);
            }
        }
        for folded in touched {
            self.check_person(client, &folded).await;
        }
        for (path, field) in &told.fields {
            let document = client.get(path).await;
            let shown = document
                .pointer(updated_field(path).1)
                .and_then(Value::as_str);
            let acknowledged = shown == field.acknowledged.as_deref();
            let unanswered = shown.is_some() && shown == field.unanswered.as_deref();
            assert!(acknowledged || unanswered, "{path}: {shown:?}, {field:?}");
        }
        self.told.absorb(told);
    }

    async fn check_inquiry(&mut self, client: &mut Client, create: &Create, made: &Value) {
        let id = text(made, "/data/id");
        let account = text(made, "/data/relationships/account/data/id");
        let found = client
            .list(&format!("{INQUIRIES}?filter%5Bnote%5D={}", create.key))
            .await;
        assert_eq!(
            found.len(),
            1,
            "{} made {} inquiries",
            create.key,
            found.len()
        );
        let shown = client.get(&format!("{INQUIRIES}/{id}")).await;
        assert_eq!(found[0], shown["data"]);
        for pointer in [
            "/data/id",
            "/data/attributes/note",
            "/data/attributes/reference-id",
            "/data/attributes/created-at",
            "/data/attributes/fields/name-first/value",
            "/data/relationships/account/data/id",
        ] {
            assert_eq!(text(&shown, pointer), text(made, pointer), "{}", create.key);
        }
        let events = names_of_events(client, id).await;
        assert_eq!(count(&events, "inquiry.created"), 1, "{id}: {events:?}");
        let known = self
            .people
            .entry(create.reference.to_lowercase())
            .or_insert_with(|| (account.to_owned(), BTreeSet::new()));
        assert_eq!(known.0, account, "{} is on another account", create.key);
        known.1.insert(id.to_owned());
    }

    /// R9, R18, R38: one account, and on it every inquiry that anybody made under that name.
    async fn check_person(&self, client: &mut Client, folded: &str) {
        let (account, inquiries) = &self.people[folded];
        let found = client
            .list(&format!("{ACCOUNTS}?filter%5Breference-id%5D={folded}"))
            .await;
        let found: Vec<_> = found.iter().map(|found| text(found, "/id")).collect();
        assert_eq!(found, [account.as_str()], "{folded}");
        let listed: BTreeSet<String> = client
            .list(&format!("{INQUIRIES}?filter%5Breference-id%5D={folded}"))
            .await
            .iter()
            .map(|inquiry| text(inquiry, "/id").to_owned())
            .collect();
        assert_eq!(listed, *inquiries, "{folded}");
        let events = names_of_events(client, account).await;
        assert_eq!(
            count(&events, "account.created"),
            1,
            "{account}: {events:?}"
        );
    }

    /// The same of the rows themselves, of every round.
    fn check_store(&self, folder: &Path) {
        let store = rusqlite::Connection::open_with_flags(
            folder.join("data/selfsame.sqlite"),
            rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
        )
        .unwrap();
        let sound: String = store
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sound, "ok");
        let count = |sql: &str| -> usize {
            usize::try_from(
                store
                    .query_row(sql, [], |row| row.get::<_, i64>(0))
                    .unwrap(),
            )
            .unwrap()
        };
        let orphans = "SELECT count(*) FROM pragma_foreign_key_check";
        assert_eq!(count(orphans), 0);
        for (table, event) in [
            ("inquiries", "inquiry.created"),
            ("accounts", "account.created"),
        ] {
            let without = format!(
                "SELECT count(*) FROM {table} o WHERE 1 <> (SELECT count(*) FROM events e \
                 WHERE e.environment_id = o.environment_id AND e.object_id = o.id AND e.name = '{event}')"
            );
            assert_eq!(count(&without), 0, "{table} without their one {event}");
        }
        let twins = "SELECT count(*) FROM (SELECT 1 FROM accounts WHERE archived_at IS NULL \
                     GROUP BY environment_id, account_type_id, reference_fold HAVING count(*) > 1)";
        assert_eq!(count(twins), 0, "accounts that share a reference ID");
        let inquiries: usize = self.people.values().map(|(_, on_it)| on_it.len()).sum();
        assert_eq!(count("SELECT count(*) FROM inquiries"), inquiries);
        assert_eq!(count("SELECT count(*) FROM accounts"), self.people.len());
        assert_eq!(
            count("SELECT count(*) FROM idempotency_keys"),
            self.told.made.len()
        );
    }
}

async fn names_of_events(client: &mut Client, object: &str) -> Vec<String> {
    let path = format!("/api/v1/events?filter%5Bobject-id%5D={object}");
    let events = client.list(&path).await;
    let name = |event: &Value| text(event, "/attributes/name").to_owned();
    events.iter().map(name).collect()
}

fn count(names: &[String], wanted: &str) -> usize {
    names.iter().filter(|name| *name == wanted).count()
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn fresh_seed() -> u64 {
    rand::make_rng::<StdRng>().random()
}

// --- the tests

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_survives_a_kill_and_nothing_is_doubled() {
    let rounds = number_from("SELFSAME_CRASH_ROUNDS").unwrap_or(8);
    let seed = number_from("SELFSAME_CRASH_SEED").unwrap_or_else(fresh_seed);
    eprintln!("SELFSAME_CRASH_SEED={seed} SELFSAME_CRASH_ROUNDS={rounds}");
    let mut random = StdRng::seed_from_u64(seed);
    let folder = TempDir::new().unwrap();
    let mut server = Server::start(folder.path()).await;
    let settings = settings(folder.path());
    let mut world = World::default();
    for round in 0..usize::try_from(rounds).unwrap() {
        let told = load_until(&mut server, &settings, &mut random, round, Server::kill).await;
        // Now and then it is killed again while it comes back.
        for probes in 0..random.random_range(0..3) {
            kill_at_start(folder.path(), probes).await;
        }
        server = Server::start(folder.path()).await;
        eprintln!(
            "round {round}: {} creates answered, {} not; ready again after {:?}",
            told.made.len(),
            told.unanswered.len(),
            server.ready_after
        );
        let mut client = server.client(&settings).await;
        world.check(&mut client, told).await;
        world.check_store(folder.path());
    }
    // Nothing of an earlier round went missing in a later one.
    let mut client = server.client(&settings).await;
    let everything = std::mem::take(&mut world.told);
    world.check(&mut client, everything).await;
    world.check_store(folder.path());
}

/// Starts the server and kills it after so many looks at its port, ready or not.
async fn kill_at_start(folder: &Path, probes: usize) {
    let port = free_port();
    let (mut child, _) = spawn(folder, port);
    for _ in 0..probes * 20 {
        if Client::connect(port, "").await.is_ok() {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_first_start_that_was_killed_half_way_is_made_good() {
    for step in [
        "",
        "master.key",
        "selfsame.sqlite",
        "selfsame.sqlite-wal",
        "dev.env",
    ] {
        let folder = TempDir::new().unwrap();
        let (mut child, _) = spawn(folder.path(), free_port());
        let begun = Instant::now();
        while !folder.path().join("data").join(step).exists() {
            assert!(begun.elapsed() < BOUND, "no {step}");
            pause().await;
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let server = Server::start(folder.path()).await;
        let settings = settings(folder.path());
        let mut client = server.client(&settings).await;
        for template in ["SELFSAME_TEMPLATE_ID", "SELFSAME_FORM_TEMPLATE_ID"] {
            let template = &settings[template];
            let create = Create::inquiry(template.clone(), "person".into(), template);
            let (status, body) = create.send(&mut client).await.unwrap();
            assert_eq!(status, 201, "{step}: {}", String::from_utf8_lossy(&body));
        }
        let keys: BTreeSet<&String> = settings.values().collect();
        assert_eq!(
            keys.len(),
            settings.len(),
            "killed at {step:?}: {settings:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_loses_nothing_and_ends_with_0() {
    let seed = number_from("SELFSAME_CRASH_SEED").unwrap_or_else(fresh_seed);
    eprintln!("SELFSAME_CRASH_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let folder = TempDir::new().unwrap();
    let mut world = World::default();
    let ends: [fn(&mut Server); 2] = [
        |server| server.signal("TERM"),
        |server| server.signal("INT"),
    ];
    for (round, end) in ends.into_iter().enumerate() {
        let mut server = Server::start(folder.path()).await;
        let settings = settings(folder.path());
        let told = load_until(&mut server, &settings, &mut random, round, end).await;
        let status = server.ended().await;
        assert!(status.success(), "{status}: {}", server.log());
        let server = Server::start(folder.path()).await;
        let mut client = server.client(&settings).await;
        world.check(&mut client, told).await;
        world.check_store(folder.path());
    }
}

#[tokio::test]
async fn a_request_that_is_under_way_at_the_signal_is_finished() {
    for signal in ["TERM", "INT"] {
        let folder = TempDir::new().unwrap();
        let mut server = Server::start(folder.path()).await;
        let settings = settings(folder.path());
        // A connection that waits for nothing must not hold the server up.
        let mut idle = server.client(&settings).await;
        idle.get("/api/v1/accounts").await;

        let create = Create::account("under-way".into(), "under-way".into());
        let body = create.body.to_string();
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        stream.set_read_timeout(Some(BOUND)).unwrap();
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nIdempotency-Key: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            create.path,
            settings["SELFSAME_SANDBOX_API_KEY"],
            create.key,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // The server says this once the request is on its way and its body is wanted.
        let mut continues = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
        stream.read_exact(&mut continues).unwrap();
        assert!(continues.starts_with(b"HTTP/1.1 100 "));

        server.signal(signal);
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", server.port)).await.is_ok() {
            assert!(begun.elapsed() < BOUND, "{signal}: still takes connections");
            pause().await;
        }
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 201 "), "{signal}: {answer}");
        let status = server.ended().await;
        assert!(status.success(), "{signal}: {status}: {}", server.log());

        let server = Server::start(folder.path()).await;
        let mut client = server.client(&settings).await;
        let path = format!("{ACCOUNTS}?filter%5Breference-id%5D=UNDER-WAY");
        assert_eq!(client.list(&path).await.len(), 1, "{signal}");
    }
}

#[tokio::test]
async fn a_taken_port_is_named_and_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let holder = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = holder.local_addr().unwrap().port();
    let (mut child, log) = spawn(folder.path(), port);
    let status = wait_for_end(&mut child).await;
    assert!(!status.success(), "{status}");
    let said = fs::read_to_string(log).unwrap();
    assert!(said.contains(&format!("port {port} is taken")), "{said}");
    assert!(!folder.path().join("data").exists());
}

#[tokio::test]
async fn a_second_start_finds_the_same_keys_and_ids() {
    let folder = TempDir::new().unwrap();
    let mut server = Server::start(folder.path()).await;
    let port = server.port;
    let first = dev_env(folder.path());
    server.signal("TERM");
    assert!(server.ended().await.success());

    let mut server = Server::start_on(folder.path(), port).await;
    assert_eq!(dev_env(folder.path()), first);
    server.kill();

    // Without the file as well: the store knows.
    fs::remove_file(folder.path().join("data/dev.env")).unwrap();
    let server = Server::start_on(folder.path(), port).await;
    assert_eq!(dev_env(folder.path()), first);
    let mut client = server.client(&settings(folder.path())).await;
    client.get("/api/v1/accounts").await;
    for private in ["dev.env", "master.key"] {
        let file = fs::metadata(folder.path().join("data").join(private)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{private}");
    }
}
