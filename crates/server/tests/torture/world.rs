//! The questions afterwards, over HTTP: is everything there that was acknowledged, and once?

use std::collections::{BTreeMap, BTreeSet};

use hyper::Method;
use serde_json::Value;

use crate::client::{Client, parsed, text};
use crate::create::{ACCOUNTS, Create, INQUIRIES, Purpose, SESSIONS};
use crate::ground::Ground;
use crate::inside;
use crate::told::{Changes, Told};
use crate::worker::updated_field;

/// Everything of all rounds.
#[derive(Default)]
pub struct World {
    pub told: Told,
    /// Who was found under a folded reference ID; none is ever given to another.
    pub holders: BTreeMap<String, String>,
    /// By account.
    pub people: BTreeMap<String, BTreeSet<String>>,
    /// Codes of one-time links that were handed out.
    pub codes: BTreeSet<String>,
}

impl World {
    /// Sends again what was never answered, then asks about everything that `told` says.
    pub async fn check(&mut self, ground: &Ground, client: &mut Client, mut told: Told) {
        settle_creates(client, &mut told).await;
        for (path, changes) in &mut told.changes {
            settle_changes(client, path, changes).await;
        }
        let mut touched = BTreeSet::new();
        for (create, answer) in told.made.values() {
            if create.keyed {
                // C107: the first answer, byte for byte.
                let again = create.send(client).await.unwrap();
                assert_eq!(again, *answer, "{} was answered otherwise", create.name);
            }
            if !matches!(answer.0, 200 | 201) {
                continue;
            }
            let made = parsed(&answer.1);
            match &create.purpose {
                Purpose::Inquiry(reference) | Purpose::Visit(reference) => {
                    let account = text(&made, "/data/relationships/account/data/id");
                    self.hold(reference, account, &create.name);
                    let person = self.people.entry(account.to_owned()).or_default();
                    person.insert(text(&made, "/data/id").to_owned());
                    check_inquiry(client, create, &made, &told.changes).await;
                    touched.insert(account.to_owned());
                }
                Purpose::Account(reference) => {
                    let account = text(&made, "/data/id");
                    self.hold(reference, account, &create.name);
                    self.people.entry(account.to_owned()).or_default();
                    touched.insert(account.to_owned());
                }
                Purpose::Session(inquiry) => {
                    let path = format!("{SESSIONS}/{}", text(&made, "/data/id"));
                    let session = client.get(&path).await;
                    let of = text(&session, "/data/relationships/inquiry/data/id");
                    assert_eq!(of, inquiry, "{}", create.name);
                }
                Purpose::Link(_) => {
                    let link = text(&made, "/meta/one-time-link");
                    let (_, code) = link.split_once("code=").unwrap();
                    self.codes.insert(code.to_owned());
                }
            }
        }
        for account in touched {
            self.check_person(client, &account, &told.changes).await;
        }
        for (path, changes) in &told.changes {
            check_changes(client, path, changes).await;
        }
        self.told.absorb(told);
        inside::check(ground, self).await;
    }

    /// R18, R19: whoever came under this reference ID is on this account.
    fn hold(&mut self, reference: &str, account: &str, name: &str) {
        let known = self
            .holders
            .entry(reference.to_lowercase())
            .or_insert_with(|| account.to_owned());
        assert_eq!(known, account, "{name} is on another account");
    }

    /// R9, R18, R38: one account, and on it every inquiry that anybody made under that name.
    async fn check_person(
        &self,
        client: &mut Client,
        account: &str,
        changes: &BTreeMap<String, Changes>,
    ) {
        let inquiries = &self.people[account];
        let filter = format!("{INQUIRIES}?filter%5Baccount-id%5D={account}");
        assert_eq!(ids(&client.list(&filter).await), *inquiries, "{account}");

        let changes = changes.get(&format!("{ACCOUNTS}/{account}"));
        let renamed = changes.and_then(|changes| changes.reference.acknowledged.as_deref());
        let is_redacted = changes.is_some_and(Changes::is_redacted);
        let own = self.holders.iter().filter(|(_, holder)| *holder == account);
        for (folded, _) in own {
            let filter = format!("filter%5Breference-id%5D={folded}");
            let found = ids(&client.list(&format!("{ACCOUNTS}?{filter}")).await);
            let is_current = renamed.is_none_or(|renamed| renamed.to_lowercase() == *folded);
            if is_redacted || !is_current {
                assert_eq!(found, BTreeSet::new(), "{folded} of {account} is free");
                continue;
            }
            assert_eq!(found, BTreeSet::from([account.to_owned()]), "{folded}");
            let listed = ids(&client.list(&format!("{INQUIRIES}?{filter}")).await);
            assert_eq!(listed, *inquiries, "{folded}");
        }
    }
}

fn ids(items: &[Value]) -> BTreeSet<String> {
    let ids: BTreeSet<_> = items
        .iter()
        .map(|item| text(item, "/id").to_owned())
        .collect();
    assert_eq!(ids.len(), items.len(), "an object is listed twice");
    ids
}

/// Sends again what has a key; looks whether the others were made.
async fn settle_creates(client: &mut Client, told: &mut Told) {
    for create in std::mem::take(&mut told.unanswered) {
        let answer = if create.keyed {
            let answer = create.send(client).await.unwrap();
            create.check_status(&answer);
            answer
        } else {
            let found = named(client, &create.name).await;
            assert!(found.len() < 2, "{} made {}", create.name, found.len());
            let Some(inquiry) = found.into_iter().next() else {
                continue;
            };
            (201, serde_json::json!({"data": inquiry}).to_string().into())
        };
        told.made.insert(create.name.clone(), (create, answer));
    }
}

async fn named(client: &mut Client, note: &str) -> Vec<Value> {
    client
        .list(&format!("{INQUIRIES}?filter%5Bnote%5D={note}"))
        .await
}

/// Finds out what became of a change that nobody answered; afterwards nothing is open.
async fn settle_changes(client: &mut Client, path: &str, changes: &mut Changes) {
    if changes.redacted.unanswered == Some(true) {
        let shown = client.get(path).await;
        if !shown["data"]["attributes"]["redacted-at"].is_null() {
            changes.redacted.acknowledge();
        }
        changes.redacted.unanswered = None;
    }
    if let Some(value) = changes.field.unanswered.take() {
        let shown = client.get(path).await;
        let field = shown.pointer(updated_field(path).1).and_then(Value::as_str);
        if field == Some(&value) {
            changes.field.acknowledged = Some(value);
            changes.updates += 1;
        }
    }
    if let Some(value) = changes.reference.unanswered.take() {
        let shown = client.get(path).await;
        let reference = shown["data"]["attributes"]["reference-id"].as_str();
        if reference == Some(&value) {
            changes.reference.acknowledged = Some(value);
            changes.updates += 1;
        }
    }
}

async fn check_inquiry(
    client: &mut Client,
    create: &Create,
    made: &Value,
    changes: &BTreeMap<String, Changes>,
) {
    let id = text(made, "/data/id");
    let account = text(made, "/data/relationships/account/data/id");
    let path = format!("{INQUIRIES}/{id}");
    let shown = client.get(&path).await;
    assert_eq!(
        text(&shown, "/data/relationships/account/data/id"),
        account,
        "{}",
        create.name
    );
    let of = |path: &str| changes.get(path).cloned().unwrap_or_default();
    let person = of(&format!("{ACCOUNTS}/{account}"));
    let found = named(client, &create.name).await;
    if of(&path).is_redacted() || person.is_redacted() {
        assert!(found.is_empty(), "{} is redacted", create.name);
        text(&shown, "/data/attributes/redacted-at");
        return;
    }
    assert_eq!(found.len(), 1, "{} made {}", create.name, found.len());
    if !matches!(create.purpose, Purpose::Visit(_)) {
        // A visit may be brought forward between two looks.
        assert_eq!(found[0], shown["data"]);
    }
    let mut same = vec![
        "/data/id",
        "/data/attributes/note",
        "/data/attributes/created-at",
    ];
    if matches!(create.purpose, Purpose::Inquiry(_)) {
        same.push("/data/attributes/fields/name-first/value");
    }
    if person.reference.acknowledged.is_none() {
        same.push("/data/attributes/reference-id");
    }
    for pointer in same {
        assert_eq!(
            text(&shown, pointer),
            text(made, pointer),
            "{}",
            create.name
        );
    }
}

async fn check_changes(client: &mut Client, path: &str, changes: &Changes) {
    let shown = client.get(path).await;
    let attributes = &shown["data"]["attributes"];
    assert_eq!(
        !attributes["redacted-at"].is_null(),
        changes.is_redacted(),
        "{path}: {changes:?}"
    );
    if let Some(id) = path.strip_prefix(&format!("{ACCOUNTS}/")) {
        let updates = client.count_events(id, "account.updated-fields").await;
        assert_eq!(updates, changes.updates, "{path}: events of {changes:?}");
        let redactions = client.count_events(id, "account.redacted").await;
        assert_eq!(redactions, usize::from(changes.is_redacted()), "{path}");
    }
    if changes.is_redacted() {
        return;
    }
    let field = shown.pointer(updated_field(path).1).and_then(Value::as_str);
    assert_eq!(field, changes.field.acknowledged.as_deref(), "{path}");
    if let Some(reference) = &changes.reference.acknowledged {
        assert_eq!(attributes["reference-id"], **reference, "{path}");
    }
}

/// Checks that the server reads and writes, by doing both.
pub async fn check_alive(client: &mut Client, name: &str, template: &str) {
    let create = Create::inquiry(name.to_owned(), name.to_owned(), template);
    let answer = create.without_key().send(client).await.unwrap();
    assert_eq!(answer.0, 201, "{}", String::from_utf8_lossy(&answer.1));
    let path = format!("{INQUIRIES}/{}", text(&parsed(&answer.1), "/data/id"));
    let (status, _) = client.send(Method::GET, &path, None, None).await.unwrap();
    assert_eq!(status, 200);
}
