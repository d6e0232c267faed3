//! Who there is to ask about, and the requests that ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Problem;
use crate::client::{Client, Target, unexpected};

/// Inquiries of each person whose list is read.
pub const INQUIRIES_EACH: usize = 5;
const FILLING_CONNECTIONS: usize = 32;

/// What a server is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    Create,
    Get,
    List,
    Find,
    /// The fixed bytes of the floor.
    Floor,
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

/// Reference IDs that exist; creates meet them again.
#[derive(Debug, Clone)]
pub struct Names {
    pub prefix: String,
    pub count: u64,
    /// Of the position among the names, the number that stands in the name.
    pub number: fn(u64) -> u64,
}

impl Names {
    pub fn name(&self, place: u64) -> String {
        format!("{}{}", self.prefix, (self.number)(place))
    }
}

pub struct People {
    pub target: Target,
    /// In front of every name and key of this run.
    pub run: String,
    pub known: Names,
    /// Each has five inquiries.
    listed: Vec<String>,
    inquiries: Vec<String>,
    counter: AtomicU64,
}

pub enum Ask {
    Read(String),
    Create {
        path: String,
        body: String,
        key: String,
    },
}

impl People {
    fn new(target: &Target, known: Names) -> Result<Self, Problem> {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        Ok(Self {
            target: target.clone(),
            run: format!("{:x}", since.as_nanos()),
            known,
            listed: Vec::new(),
            inquiries: Vec::new(),
            counter: AtomicU64::new(0),
        })
    }

    /// Nobody yet: for a server that is only created on.
    pub async fn fill_known(target: &Target, count: usize) -> Result<Arc<Self>, Problem> {
        Self::made(target, count, 0).await
    }

    /// Creates `count` people whom creates will meet again, and as many with five inquiries each, who are read.
    pub async fn fill(target: &Target, count: usize) -> Result<Arc<Self>, Problem> {
        let people = Self::made(target, count, count).await?;
        people.check().await?;
        Ok(people)
    }

    async fn made(target: &Target, known: usize, listed: usize) -> Result<Arc<Self>, Problem> {
        let names = Names {
            prefix: String::new(),
            count: u64::try_from(known)?,
            number: std::convert::identity,
        };
        let mut people = Self::new(target, names)?;
        people.known.prefix = format!("bench-{}-known-", people.run);
        people.listed = (0..listed)
            .map(|number| format!("bench-{}-listed-{number}", people.run))
            .collect();
        let mut wanted: Vec<String> = (0..people.known.count)
            .map(|place| people.known.name(place))
            .collect();
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
        let mut people = Arc::into_inner(shared).ok_or("a filling task is still there")?;
        people.inquiries = made;
        Ok(Arc::new(people))
    }

    /// Those of a generated database.
    pub async fn of_generated(
        target: &Target,
        known: Names,
        listed: Vec<String>,
        inquiries: Vec<String>,
    ) -> Result<Arc<Self>, Problem> {
        let mut people = Self::new(target, known)?;
        people.listed = listed;
        people.inquiries = inquiries;
        people.check().await?;
        Ok(Arc::new(people))
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
            (self.find_path(&self.known.name(0)), 1),
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

    /// The path, the body and the idempotency key of one create.
    pub fn create(&self, reference: &str) -> (String, String, String) {
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

    /// The next request of a connection; of the creates, every second one meets somebody who exists.
    pub fn ask(&self, workload: Workload, turn: u64, random: &mut StdRng) -> Ask {
        let mut one = |of: &[String]| of[random.random_range(0..of.len())].clone();
        match workload {
            Workload::Get => Ask::Read(self.get_path(&one(&self.inquiries))),
            Workload::List => Ask::Read(self.list_path(&one(&self.listed))),
            Workload::Find => Ask::Read(self.find_path(&one(&self.listed))),
            Workload::Floor => Ask::Read("/".to_owned()),
            Workload::Create => {
                let reference = if turn.is_multiple_of(2) && self.known.count > 0 {
                    self.known.name(random.random_range(0..self.known.count))
                } else {
                    let number = self.counter.fetch_add(1, Ordering::Relaxed);
                    format!("bench-{}-new-{number}", self.run)
                };
                let (path, body, key) = self.create(&reference);
                Ask::Create { path, body, key }
            }
        }
    }
}
