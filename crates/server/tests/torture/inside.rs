//! The same of the rows and files themselves, of every round.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::ground::Ground;
use crate::tables::Tables;
use crate::world::World;

/// An event's object type, as far as it tells the table, and the table.
const OBJECTS: [(&str, &str); 6] = [
    ("account", "accounts"),
    ("inquiry", "inquiries"),
    ("inquiry-session", "inquiry_sessions"),
    ("verification/", "verifications"),
    ("document/", "documents"),
    ("selfie/", "selfies"),
];

pub async fn check(ground: &Ground, world: &World) {
    let tables = ground.tables().await;
    check_rows(&tables).await;
    check_blobs(ground, &tables).await;
    let inquiries: usize = world.people.values().map(BTreeSet::len).sum();
    let keyed = world.told.made.values();
    let keyed = keyed.filter(|(create, _)| create.keyed).count();
    for (table, expected) in [
        ("inquiries", inquiries),
        ("accounts", world.people.len()),
        ("idempotency_keys", keyed),
    ] {
        let found = tables.count(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(found, expected, "{table}");
    }
    check_codes(&tables, &world.codes).await;
    check_uploads(&tables, world).await;
}

/// What holds of the rows whatever was asked.
pub async fn check_rows(tables: &Tables) {
    let complaints = tables.complaints().await;
    assert!(complaints.is_empty(), "{complaints:?}");
    let twins = "SELECT count(*) FROM (SELECT 1 FROM accounts \
                 WHERE archived_at IS NULL AND reference_fold IS NOT NULL \
                 GROUP BY environment_id, account_type_id, reference_fold HAVING count(*) > 1) AS twins";
    assert_eq!(
        tables.count(twins).await,
        0,
        "accounts share a reference ID"
    );
    // Whoever redacts a person redacts what was on the account; what comes later finds another account.
    let spared = "SELECT count(*) FROM inquiries i JOIN accounts a ON a.environment_id = i.environment_id \
                  AND a.id = i.account_id WHERE a.redacted_at IS NOT NULL AND i.redacted_at IS NULL";
    let found = tables.count(spared).await;
    assert_eq!(found, 0, "inquiries outlive their account's redaction");
    check_consolidated(tables).await;
    for (table, event) in [
        ("inquiries", "inquiry.created"),
        ("accounts", "account.created"),
    ] {
        let without = format!(
            "SELECT count(*) FROM {table} o WHERE 1 <> (SELECT count(*) FROM events e \
             WHERE e.environment_id = o.environment_id AND e.object_id = o.id AND e.name = '{event}')"
        );
        let found = tables.count(&without).await;
        assert_eq!(found, 0, "{table} without their one {event}");
        let late = format!(
            "SELECT count(*) FROM events c JOIN events e ON e.environment_id = c.environment_id \
             AND e.object_id = c.object_id WHERE c.name = '{event}' \
             AND (e.created_at < c.created_at OR e.created_at = c.created_at AND e.ordinal < c.ordinal)"
        );
        let found = tables.count(&late).await;
        assert_eq!(found, 0, "events come before their object's {event}");
    }
    for row in tables.rows("SELECT DISTINCT object_type FROM events").await {
        let kind = &row[0];
        let table = OBJECTS.iter().find(|(name, _)| {
            kind == name
                || (name.ends_with('/') && kind.starts_with(name))
                || *kind == name.trim_end_matches('/')
        });
        let (_, table) = table.unwrap_or_else(|| panic!("events tell of {kind}"));
        let orphans = format!(
            "SELECT count(*) FROM events e WHERE e.object_type = '{kind}' AND NOT EXISTS (SELECT 1 FROM {table} o \
             WHERE o.environment_id = e.environment_id AND o.id = e.object_id)"
        );
        let found = tables.count(&orphans).await;
        assert_eq!(found, 0, "events without their {kind}");
    }
}

/// Whatever hung on an account that is part of another one hangs on that one, and each such account has told so once.
async fn check_consolidated(tables: &Tables) {
    let gone = "accounts a WHERE a.consolidated_into IS NOT NULL";
    let of_inquiry = "i ON i.environment_id = c.environment_id AND i.id = c.inquiry_id";
    let mut questions = vec![
        format!("SELECT count(*) FROM {gone} AND a.archived_at IS NULL"),
        format!(
            "SELECT count(*) FROM {gone} AND EXISTS (SELECT 1 FROM inquiries i \
             WHERE i.environment_id = a.environment_id AND i.account_id = a.id)"
        ),
        format!(
            "SELECT count(*) FROM {gone} AND 1 <> (SELECT count(*) FROM events e WHERE e.environment_id = a.environment_id \
             AND e.object_id = a.id AND e.name = 'account.consolidated')"
        ),
    ];
    for table in ["verifications", "documents", "selfies"] {
        questions.push(format!(
            "SELECT count(*) FROM {table} c JOIN inquiries {of_inquiry} WHERE c.account_id <> i.account_id"
        ));
    }
    for question in questions {
        assert_eq!(tables.count(&question).await, 0, "{question}");
    }
}

/// Every picture that a row names is there, whole, and every other one is listed to be deleted. Returns how many are named.
pub async fn check_blobs(ground: &Ground, tables: &Tables) -> usize {
    check_no_litter(ground, tables).await;
    let files = tables
        .rows("SELECT blob_key, sha256, byte_size FROM files")
        .await;
    for file in &files {
        let [key, digest, size] = &file[..] else {
            panic!("three columns");
        };
        let path = ground.data().join("blobs").join(key);
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(bytes.len().to_string(), *size, "{key}");
        assert_eq!(hex(&Sha256::digest(&bytes)), *digest, "{key}");
    }
    files.len()
}

async fn check_no_litter(ground: &Ground, tables: &Tables) {
    let there = blob_files(&ground.data().join("blobs"));
    // One question, one moment: a picture may be changing sides.
    let known = "SELECT blob_key FROM files UNION ALL SELECT blob_key FROM blobs_to_delete";
    let known: BTreeSet<_> = tables.rows(known).await.into_iter().flatten().collect();
    for key in there.difference(&known) {
        let path = ground.data().join("blobs").join(key);
        assert!(!path.exists(), "{key} is named nowhere and stays");
    }
}

/// The keys of all pictures that lie there whole.
pub fn blob_files(blobs: &Path) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for folder in fs::read_dir(blobs).into_iter().flatten() {
        let folder = folder.unwrap();
        for file in fs::read_dir(folder.path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none() {
                let key = path.strip_prefix(blobs).unwrap();
                keys.insert(key.to_str().unwrap().to_owned());
            }
        }
    }
    keys
}

async fn check_codes(tables: &Tables, codes: &BTreeSet<String>) {
    let sql = format!("SELECT {} FROM one_time_links", tables.hex("code_hash"));
    let known: BTreeSet<_> = tables.rows(&sql).await.into_iter().flatten().collect();
    for code in codes {
        let hash = hex(&Sha256::digest(code.as_bytes()));
        assert!(known.contains(&hash), "a one-time link is gone");
    }
}

async fn check_uploads(tables: &Tables, world: &World) {
    let sql = "SELECT inquiry_id, part, count(*) FROM files GROUP BY inquiry_id, part";
    let rows = tables.rows(sql).await;
    for upload in &world.told.uploads {
        let found = rows
            .iter()
            .find(|row| row[0] == upload.inquiry && row[1] == upload.part);
        // Sending a part again replaces it.
        let count = found.map_or("0", |row| row[2].as_str());
        assert_eq!(count, "1", "{upload:?}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
