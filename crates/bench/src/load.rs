//! The load generator: one connection and one request at a time per task, no pool in between.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Problem;
use crate::cell::Window;
use crate::figures::{Cell, Sample, Workload, new_histogram, record};
use crate::server::Meter;

/// An answer that takes longer ends the run.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Inquiries of each person whose list is read.
pub const INQUIRIES_EACH: usize = 5;
const FILLING_CONNECTIONS: usize = 32;

/// Where requests go, and with which key.
#[derive(Debug, Clone)]
pub struct Target {
    pub address: SocketAddr,
    /// Without a slash at the end.
    pub base_path: String,
    pub key: String,
    pub template: String,
}

impl Target {
    /// From a base URL; anything but plain http to this machine is refused.
    pub fn parse(url: &str, key: String, template: String) -> Result<Self, Problem> {
        let uri: Uri = url.parse()?;
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let ip = match host {
            "localhost" => "127.0.0.1".parse()?,
            other => other.parse::<std::net::IpAddr>().ok().ok_or_else(|| {
                format!("{url}: give an address of this machine, such as http://127.0.0.1:3000")
            })?,
        };
        if uri.scheme_str() != Some("http") || !ip.is_loopback() {
            return Err(
                format!("{url}: only http:// to a loopback address is put under load").into(),
            );
        }
        Ok(Self {
            address: SocketAddr::new(ip, uri.port_u16().unwrap_or(80)),
            base_path: uri.path().trim_end_matches('/').to_owned(),
            key,
            template,
        })
    }
}

pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    authorization: String,
}

impl Client {
    pub async fn connect(target: &Target) -> Result<Self, Problem> {
        let stream = TcpStream::connect(target.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: target.address.to_string(),
            authorization: format!("Bearer {}", target.key),
        })
    }

    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<(String, &str)>,
    ) -> Result<(StatusCode, Bytes), Problem> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host)
            .header(AUTHORIZATION, &self.authorization);
        let body = match body {
            Some((text, key)) => {
                request = request
                    .header(CONTENT_TYPE, "application/json")
                    .header("idempotency-key", key);
                Full::from(text)
            }
            None => Full::default(),
        };
        let request = request.body(body)?;
        let exchange = async {
            self.sender.ready().await?;
            let answer = self.sender.send_request(request).await?;
            let status = answer.status();
            Ok::<_, hyper::Error>((status, answer.into_body().collect().await?.to_bytes()))
        };
        match tokio::time::timeout(LONGEST_WAIT, exchange).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(format!("no answer within {LONGEST_WAIT:?} to {path}").into()),
        }
    }
}

/// What an integrator knows of the person beforehand.
pub fn prefill() -> Value {
    json!({
        "name-first": "Alexandra",
        "name-last": "Sample",
        "birthdate": "1994-05-17",
        "email-address": "alexandra.sample@example.com",
    })
}

/// Who there is to ask about.
pub struct People {
    target: Target,
    run: String,
    known: Vec<String>,
    listed: Vec<String>,
    inquiries: Vec<String>,
    counter: AtomicU64,
}

enum Ask {
    Read(String),
    Create { body: String, key: String },
}

impl People {
    /// Creates `count` people whom creates will meet again, and as many with five inquiries each, who are read.
    pub async fn fill(target: &Target, count: usize) -> Result<Arc<Self>, Problem> {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        let run = format!("{:x}", since.as_nanos());
        let named = |what: &str| -> Vec<String> {
            (0..count)
                .map(|number| format!("bench-{run}-{what}-{number}"))
                .collect()
        };
        let mut people = Self {
            target: target.clone(),
            known: named("known"),
            listed: named("listed"),
            inquiries: Vec::new(),
            run,
            counter: AtomicU64::new(0),
        };
        let mut wanted: Vec<String> = people.known.clone();
        for _ in 0..INQUIRIES_EACH {
            wanted.extend_from_slice(&people.listed);
        }
        let shared = Arc::new(people);
        let mut tasks = JoinSet::new();
        for share in wanted.chunks(wanted.len().div_ceil(FILLING_CONNECTIONS).max(1)) {
            let (people, share) = (Arc::clone(&shared), share.to_vec());
            tasks.spawn(async move { people.create_all(&share).await });
        }
        let mut made = Vec::new();
        while let Some(done) = tasks.join_next().await {
            made.extend(done??);
        }
        people = Arc::into_inner(shared).ok_or("a filling task is still there")?;
        people.inquiries = made;
        let people = Arc::new(people);
        people.check().await?;
        Ok(people)
    }

    async fn create_all(&self, references: &[String]) -> Result<Vec<String>, Problem> {
        let mut client = Client::connect(&self.target).await?;
        let mut made = Vec::with_capacity(references.len());
        for reference in references {
            let (path, body, key) = self.create(reference);
            let (status, answer) = client.send(Method::POST, &path, Some((body, &key))).await?;
            if status != StatusCode::CREATED {
                return Err(unexpected("create", status, &answer).into());
            }
            let answer: Value = serde_json::from_slice(&answer)?;
            let id = answer["data"]["id"]
                .as_str()
                .ok_or("an answer without id")?;
            made.push(id.to_owned());
        }
        Ok(made)
    }

    /// Fast wrong answers are worth nothing: looks once whether each kind of answer says what it should.
    async fn check(&self) -> Result<(), Problem> {
        let mut client = Client::connect(&self.target).await?;
        let reference = self.listed.first().ok_or("nobody to ask about")?;
        for (path, wanted) in [
            (self.list_path(reference), INQUIRIES_EACH),
            (self.find_path(reference), 1),
        ] {
            let (status, answer) = client.send(Method::GET, &path, None).await?;
            let document: Value = serde_json::from_slice(&answer)?;
            let found = document["data"].as_array().map(Vec::len);
            if status != StatusCode::OK || found != Some(wanted) {
                return Err(format!("{path}: {found:?} instead of {wanted} objects").into());
            }
        }
        let path = self.get_path(&self.inquiries[0]);
        let (status, answer) = client.send(Method::GET, &path, None).await?;
        let document: Value = serde_json::from_slice(&answer)?;
        if status != StatusCode::OK || document["data"]["id"] != self.inquiries[0].as_str() {
            return Err(unexpected("get", status, &answer).into());
        }
        Ok(())
    }

    /// One real answer of the server, for the floor to send.
    pub async fn sample_answer(&self) -> Result<Bytes, Problem> {
        let mut client = Client::connect(&self.target).await?;
        let path = self.get_path(&self.inquiries[0]);
        Ok(client.send(Method::GET, &path, None).await?.1)
    }

    fn create(&self, reference: &str) -> (String, String, String) {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let body = json!({
            "data": {
                "attributes": {"inquiry-template-id": self.target.template, "fields": prefill()},
            },
            "meta": {"auto-create-account-reference-id": reference},
        });
        let path = format!("{}/api/v1/inquiries", self.target.base_path);
        (path, body.to_string(), format!("{}-{number}", self.run))
    }

    fn get_path(&self, id: &str) -> String {
        format!("{}/api/v1/inquiries/{id}", self.target.base_path)
    }

    fn list_path(&self, reference: &str) -> String {
        format!(
            "{}/api/v1/inquiries?filter%5Breference-id%5D={reference}",
            self.target.base_path
        )
    }

    fn find_path(&self, reference: &str) -> String {
        format!(
            "{}/api/v1/accounts?filter%5Breference-id%5D={reference}",
            self.target.base_path
        )
    }

    fn ask(&self, workload: Workload, turn: u64, random: &mut StdRng) -> (String, Ask) {
        let mut one = |of: &[String]| of[random.random_range(0..of.len())].clone();
        let read = |path: String| (path.clone(), Ask::Read(path));
        match workload {
            Workload::Get => read(self.get_path(&one(&self.inquiries))),
            Workload::List => read(self.list_path(&one(&self.listed))),
            Workload::Find => read(self.find_path(&one(&self.listed))),
            Workload::Create => {
                let reference = if turn.is_multiple_of(2) {
                    one(&self.known)
                } else {
                    let number = self.counter.fetch_add(1, Ordering::Relaxed);
                    format!("bench-{}-new-{number}", self.run)
                };
                let (path, body, key) = self.create(&reference);
                (path, Ask::Create { body, key })
            }
            Workload::Floor | Workload::RawSingle | Workload::RawGroup => read("/".to_owned()),
        }
    }
}

fn unexpected(what: &str, status: StatusCode, body: &[u8]) -> String {
    let body = String::from_utf8_lossy(body);
    let shown: String = body.chars().take(300).collect();
    format!("{what} was answered with {status}: {shown}")
}

/// What the tasks of one cell share.
struct Shared {
    warm: Instant,
    end: Instant,
    left: AtomicU64,
    first_error: Mutex<Option<String>>,
}

struct Outcome {
    histogram: Histogram<u64>,
    errors: u64,
    last: Instant,
}

/// Puts one cell's load on `target` and measures it. The error text, if any, is that of the first bad answer.
pub async fn run(
    target: &Target,
    people: &Arc<People>,
    cell: Cell,
    window: &Window,
    meter: Option<Meter>,
) -> Result<(Sample, Option<String>), Problem> {
    let mut clients = Vec::with_capacity(cell.connections);
    for _ in 0..cell.connections {
        clients.push(Client::connect(target).await?);
    }
    let warm = Instant::now() + window.warm_up;
    let shared = Arc::new(Shared {
        warm,
        end: warm + window.length,
        left: AtomicU64::new(window.most),
        first_error: Mutex::default(),
    });
    let mut tasks = JoinSet::new();
    for (seed, client) in (0_u64..).zip(clients) {
        let (people, shared) = (Arc::clone(people), Arc::clone(&shared));
        tasks.spawn(async move { ask_on(client, &people, cell.workload, &shared, seed).await });
    }

    tokio::time::sleep_until(warm.into()).await;
    let before = meter.and_then(Meter::read);
    let mut histogram = new_histogram();
    let (mut errors, mut last) = (0, warm);
    while let Some(done) = tasks.join_next().await {
        let outcome = done??;
        histogram.add(outcome.histogram)?;
        errors += outcome.errors;
        last = last.max(outcome.last);
    }
    let elapsed = last
        .saturating_duration_since(warm)
        .max(Duration::from_nanos(1));
    let mut sample = Sample::new(&histogram, 1, elapsed, errors);
    if let (Some(before), Some(after)) = (before, meter.and_then(Meter::read)) {
        after.since(&before, &mut sample);
    }
    let first_error = shared
        .first_error
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    Ok((sample, first_error))
}

async fn ask_on(
    mut client: Client,
    people: &People,
    workload: Workload,
    shared: &Shared,
    seed: u64,
) -> Result<Outcome, Problem> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut outcome = Outcome {
        histogram: new_histogram(),
        errors: 0,
        last: shared.warm,
    };
    for turn in seed.. {
        let (path, ask) = people.ask(workload, turn, &mut random);
        let begun = Instant::now();
        if begun >= shared.end {
            break;
        }
        let (wanted, answer) = match ask {
            Ask::Read(path) => (StatusCode::OK, client.send(Method::GET, &path, None).await?),
            Ask::Create { body, key } => (
                StatusCode::CREATED,
                client.send(Method::POST, &path, Some((body, &key))).await?,
            ),
        };
        let now = Instant::now();
        let (status, body) = answer;
        if status != wanted {
            outcome.errors += 1;
            shared
                .first_error
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert_with(|| unexpected(workload.key(), status, &body));
        } else if begun >= shared.warm {
            record(&mut outcome.histogram, now - begun);
            outcome.last = now;
            if shared.left.fetch_sub(1, Ordering::Relaxed) <= 1 {
                break;
            }
        }
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_put_under_load() {
        let target = |url: &str| Target::parse(url, String::new(), String::new());
        for bad in [
            "http://192.168.0.1:3000",
            "http://example.com",
            "https://127.0.0.1",
            "http://0.0.0.0:1",
            "127.0.0.1:3000",
        ] {
            assert!(target(bad).is_err(), "{bad}");
        }
        let based = target("http://localhost:4000/base/").unwrap();
        assert_eq!(
            (based.address.to_string().as_str(), based.base_path.as_str()),
            ("127.0.0.1:4000", "/base")
        );
        assert_eq!(
            target("http://[::1]:9").unwrap().address.to_string(),
            "[::1]:9"
        );
    }
}
