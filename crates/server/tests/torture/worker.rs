//! One connection of the load: it draws what to do next, and keeps what it was told.

use std::sync::Arc;

use hyper::Method;
use hyper::body::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use selfsame_testkit::picture;
use serde_json::{Value, json};

use crate::client::{Answer, Client, parsed, text};
use crate::create::{ACCOUNTS, Create, INQUIRIES, Purpose};
use crate::load::Load;
use crate::told::{Changes, Told, Upload};
use crate::{BOUND, pause};

pub struct Worker {
    load: Arc<Load>,
    client: Client,
    random: StdRng,
    number: usize,
    turn: usize,
    told: Told,
    /// Paths of what this connection has made and may still change.
    own: Vec<String>,
    /// Current reference IDs of the accounts among them, by path.
    accounts: Vec<(String, String)>,
}

/// The connection is gone.
pub struct Gone;

/// An answer that says something; `None`: the server could not say.
type Said = Result<Option<Answer>, Gone>;

impl Worker {
    pub fn new(load: Arc<Load>, client: Client, number: usize, random: &mut StdRng) -> Self {
        Self {
            load,
            client,
            random: StdRng::seed_from_u64(random.random()),
            number,
            turn: 0,
            told: Told::default(),
            own: Vec::new(),
            accounts: Vec::new(),
        }
    }

    /// Asks until the load is over or the server is gone.
    pub async fn work(mut self) -> Told {
        while !self.load.is_over() {
            self.turn += 1;
            if self.act().await.is_err() {
                self.told.cut += 1;
                break;
            }
        }
        self.told
    }

    async fn act(&mut self) -> Result<(), Gone> {
        let name = format!("{}-{}-{}", self.load.name, self.number, self.turn);
        let template = self.load.template.clone();
        match self.random.random_range(0..100) {
            0..24 => {
                let reference = self.load.shared_reference(&mut self.random);
                let create = Create::inquiry(name, reference, &template);
                self.create(create).await
            }
            24..34 => {
                let reference = self.load.shared_reference(&mut self.random);
                let create = Create::inquiry(name, reference, &template);
                self.create(create.without_key()).await
            }
            34..48 => {
                let reference = format!("own-{name}");
                self.create(Create::inquiry(name, reference, &template))
                    .await
            }
            48..58 => {
                let reference = format!("own-{name}");
                self.create(Create::account(name, reference)).await
            }
            58..62 => {
                let reference = self.load.shared_reference(&mut self.random);
                self.create(Create::account(name, reference)).await
            }
            62..68 => match self.pick_account() {
                Some((_, reference)) => {
                    self.create(Create::inquiry(name, reference, &template))
                        .await
                }
                None => Ok(()),
            },
            68..80 => self.update(&name).await,
            80..84 => self.rename(&name).await,
            84..87 => self.redact().await,
            87..91 => match self.pick_inquiry() {
                Some(inquiry) => self.create(Create::session(name, &inquiry)).await,
                None => Ok(()),
            },
            91..95 => match self.pick_inquiry() {
                Some(inquiry) => self.create(Create::link(name, &inquiry)).await,
                None => Ok(()),
            },
            _ => self.go_through_the_flow(name).await,
        }
    }

    fn pick_account(&mut self) -> Option<(String, String)> {
        let count = self.accounts.len();
        (count > 0).then(|| self.accounts[self.random.random_range(0..count)].clone())
    }

    fn pick_inquiry(&mut self) -> Option<String> {
        let prefix = format!("{INQUIRIES}/");
        let ids = self
            .own
            .iter()
            .filter_map(|path| path.strip_prefix(&prefix));
        let ids: Vec<_> = ids.map(str::to_owned).collect();
        (!ids.is_empty()).then(|| ids[self.random.random_range(0..ids.len())].clone())
    }

    /// Sorts an outcome: an answer, a failure that leaves everything open, or a broken connection.
    async fn heard(&mut self, outcome: Result<Answer, hyper::Error>) -> Said {
        let Ok((status, body)) = outcome else {
            return Err(Gone);
        };
        if status < 500 {
            self.load.answered();
            return Ok(Some((status, body)));
        }
        // Also a failure is a document of ours.
        let document = parsed(&body);
        let says = document.get("errors").or(document.get("error"));
        assert!(says.is_some(), "{status}: {document}");
        self.told.failures += 1;
        self.load.failed();
        self.wait_until_ready().await?;
        Ok(None)
    }

    async fn wait_until_ready(&mut self) -> Result<(), Gone> {
        let begun = std::time::Instant::now();
        while !self.load.is_over() {
            let asked = self.client.send(Method::GET, "/readyz", None, None).await;
            match asked {
                Ok((200, _)) => return Ok(()),
                Ok(_) => pause().await,
                Err(_) => return Err(Gone),
            }
            assert!(begun.elapsed() < BOUND, "the server does not recover");
        }
        Ok(())
    }

    async fn create(&mut self, create: Create) -> Result<(), Gone> {
        self.create_and_tell(create).await.map(drop)
    }

    async fn create_and_tell(&mut self, create: Create) -> Said {
        let outcome = create.send(&mut self.client).await;
        let said = self.heard(outcome).await;
        let Ok(Some(answer)) = &said else {
            self.leave_alone(&create.purpose);
            self.told.unanswered.push(create);
            return said;
        };
        create.check_status(answer);
        if answer.0 == 201 {
            self.adopt(&create, text(&parsed(&answer.1), "/data/id"));
        }
        let made = (create.clone(), answer.clone());
        self.told.made.insert(create.name, made);
        said
    }

    /// Keeps what nobody else touches for later changes.
    fn adopt(&mut self, create: &Create, id: &str) {
        // An inquiry on an account of ours goes with it, and is left alone.
        let own = format!("own-{}", create.name);
        let path = match &create.purpose {
            Purpose::Inquiry(reference) if *reference == own => format!("{INQUIRIES}/{id}"),
            Purpose::Account(reference) if *reference == own => {
                let path = format!("{ACCOUNTS}/{id}");
                self.accounts.push((path.clone(), reference.clone()));
                path
            }
            _ => return,
        };
        self.told.changes.entry(path.clone()).or_default();
        self.own.push(path);
    }

    /// What it was made for must be there as it is when it is asked for again.
    fn leave_alone(&mut self, purpose: &Purpose) {
        match purpose {
            Purpose::Session(inquiry) | Purpose::Link(inquiry) => {
                self.let_go(&format!("{INQUIRIES}/{inquiry}"));
            }
            Purpose::Inquiry(reference) => {
                let found = self.accounts.iter().find(|(_, own)| own == reference);
                if let Some((path, _)) = found.cloned() {
                    self.let_go(&path);
                }
            }
            Purpose::Visit(_) | Purpose::Account(_) => {}
        }
    }

    /// Nobody knows what became of it: it is changed no more.
    fn let_go(&mut self, path: &str) {
        self.own.retain(|own| own != path);
        self.accounts.retain(|(own, _)| own != path);
    }

    fn changes(&mut self, path: &str) -> &mut Changes {
        self.told.changes.entry(path.to_owned()).or_default()
    }

    async fn update(&mut self, value: &str) -> Result<(), Gone> {
        let Some(path) = self.pick_own() else {
            return Ok(());
        };
        let body = json!({"data": {"attributes": {"fields": {(updated_field(&path).0): value}}}});
        self.changes(&path).field.unanswered = Some(value.to_owned());
        if self.change(Method::PATCH, &path, Some(&body)).await? {
            self.changes(&path).field.acknowledge();
            self.changes(&path).updates += 1;
        }
        Ok(())
    }

    fn pick_own(&mut self) -> Option<String> {
        let count = self.own.len();
        (count > 0).then(|| self.own[self.random.random_range(0..count)].clone())
    }

    async fn rename(&mut self, name: &str) -> Result<(), Gone> {
        let Some((path, _)) = self.pick_account() else {
            return Ok(());
        };
        let reference = format!("own-renamed-{name}");
        let body = json!({"data": {"attributes": {"reference-id": reference}}});
        self.changes(&path).reference.unanswered = Some(reference.clone());
        if self.change(Method::PATCH, &path, Some(&body)).await? {
            self.changes(&path).reference.acknowledge();
            self.changes(&path).updates += 1;
            for (own, current) in &mut self.accounts {
                if *own == path {
                    current.clone_from(&reference);
                }
            }
        }
        Ok(())
    }

    async fn redact(&mut self) -> Result<(), Gone> {
        let Some(path) = self.pick_own() else {
            return Ok(());
        };
        self.changes(&path).redacted.unanswered = Some(true);
        if self.change(Method::DELETE, &path, None).await? {
            self.changes(&path).redacted.acknowledge();
            self.let_go(&path);
        }
        Ok(())
    }

    /// Whether the change was acknowledged.
    async fn change(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<bool, Gone> {
        let outcome = self.client.send(method, path, None, body).await;
        let Some((status, answer)) = self.heard(outcome).await? else {
            self.let_go(path);
            return Ok(false);
        };
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&answer));
        Ok(true)
    }

    /// Makes an inquiry and goes as far as its first pictures, as a browser would.
    async fn go_through_the_flow(&mut self, name: String) -> Result<(), Gone> {
        let reference = format!("own-{name}");
        let template = self.load.template.clone();
        let create = Create::visit(name, reference, &template);
        let Some((_, body)) = self.create_and_tell(create).await? else {
            return Ok(());
        };
        let made = parsed(&body);
        let inquiry = text(&made, "/data/id").to_owned();
        let token = text(&made, "/meta/session-token").to_owned();
        let begin = json!({
            "surface": "verify",
            "query": format!("inquiry-id={inquiry}"),
            "session_token": token,
        });
        let Some(mut state) = self.step(&token, "bootstrap", &begin).await? else {
            return Ok(());
        };
        for values in [
            json!({}),
            json!({"name-first": "Sam", "name-last": "Smith", "birthdate": "1990-12-10", "email-address": null}),
            json!({"country": "US"}),
            json!({"id_class": "dl"}),
        ] {
            let Some(next) = self.transition(&token, &state, values).await? else {
                return Ok(());
            };
            state = next;
        }
        assert_eq!(text(&state, "/screen/kind"), "government_id_capture");
        for part in ["front", "back", "front"] {
            let shade = self.random.random_range(0..=255);
            let step = text(&state, "/screen/step");
            let path = format!("/flow/v1/files?step={step}&part={part}&method=upload");
            let picture = picture(shade).into();
            if self
                .say(&token, &path, "image/tiff", picture)
                .await?
                .is_none()
            {
                return Ok(());
            }
            self.told.uploads.push(Upload {
                inquiry: inquiry.clone(),
                part: part.to_owned(),
            });
        }
        self.transition(&token, &state, json!({})).await.map(drop)
    }

    async fn transition(
        &mut self,
        token: &str,
        state: &Value,
        values: Value,
    ) -> Result<Option<Value>, Gone> {
        let body = json!({
            "step": state["screen"]["step"],
            "revision": state["screen"]["revision"],
            "key": format!("key {}", state["screen"]["revision"]),
            "values": values,
            "behaviors": {},
        });
        self.step(token, "transition", &body).await
    }

    async fn step(&mut self, token: &str, call: &str, body: &Value) -> Result<Option<Value>, Gone> {
        let path = format!("/flow/v1/{call}");
        let body = Bytes::from(body.to_string());
        self.say(token, &path, "application/json", body).await
    }

    async fn say(
        &mut self,
        token: &str,
        path: &str,
        content_type: &str,
        body: Bytes,
    ) -> Result<Option<Value>, Gone> {
        let outcome = self.client.visit(token, path, content_type, body).await;
        let Some((status, body)) = self.heard(outcome).await? else {
            return Ok(None);
        };
        let document = parsed(&body);
        assert_eq!(status, 200, "{path}: {document}");
        Ok(Some(document))
    }
}

/// Which field of an object the load updates: as written and as read.
pub fn updated_field(path: &str) -> (&'static str, &'static str) {
    if path.starts_with(INQUIRIES) {
        ("name-last", "/data/attributes/fields/name-last/value")
    } else {
        (
            "email_address",
            "/data/attributes/fields/email_address/value",
        )
    }
}
