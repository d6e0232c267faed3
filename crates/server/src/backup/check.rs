//! Looking an installation over, beside running servers, without changing anything.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, SystemTime};

use selfsame_store::StoreError;
use selfsame_store::backup::{NamedBlob, SharedSnapshot, Snapshot, known_schema};

use super::files;
use super::manifest::{BLOBS, DamagedPicture, Fault};
use super::{Phase, Report, read_key};
use crate::serve::Folder;

/// A picture is there before its row is; one that is younger than this may still get it.
const YOUNG: Duration = Duration::from_mins(10);

/// What was looked at and what was found.
#[derive(Debug, Default)]
pub struct Findings {
    pub rows: i64,
    pub pictures: usize,
    /// Each a sentence; empty where all is well.
    pub faults: Vec<String>,
    /// Files below `blobs/` that no row names and the server will not delete. They harm nobody.
    pub unknown: Vec<String>,
}

/// Looks at the database — of an embedded one at the file and its foreign keys too —, every picture a row names, and the
/// files that no row names. A PostgreSQL database that cannot be reached is an error.
pub async fn check(folder: &Folder, report: Report<'_>) -> Result<Findings, String> {
    let mut findings = Findings::default();
    if let Err(fault) = read_key(&folder.master_key) {
        findings.faults.push(fault);
    }
    report(Phase::Check, 0, 1);
    // Before the rows: what is there before them has its row in them, or none.
    let mut there = BTreeSet::new();
    list(&folder.blobs(), &mut there)?;
    let looked = match &folder.database {
        None => look_at_file(&folder.embedded(), &mut findings),
        Some(url) => match SharedSnapshot::open(url).await {
            Ok(snapshot) => look(&snapshot, &mut findings).await,
            Err(error) => return Err(error.to_string()),
        },
    };
    report(Phase::Check, 1, 1);
    let (named, to_delete) = match looked {
        Ok(found) => found,
        Err(error) => {
            findings.faults.push(error.to_string());
            return Ok(findings);
        }
    };
    for key in &to_delete {
        there.remove(key);
    }
    findings.pictures = named.len();
    let total = named.len() as u64;
    for (done, blob) in named.iter().enumerate() {
        report(Phase::Pictures, done as u64, total);
        there.remove(&blob.key);
        findings.faults.extend(look_at_picture(folder, blob).await);
    }
    report(Phase::Pictures, total, total);
    // What was redacted while we looked is gone by now.
    findings.unknown = there
        .into_iter()
        .filter(|key| folder.blobs().join(key).exists())
        .map(|key| format!("{BLOBS}/{key}"))
        .collect();
    Ok(findings)
}

/// What is wrong with a picture that a row named.
async fn look_at_picture(folder: &Folder, blob: &NamedBlob) -> Option<String> {
    let path = folder.blobs().join(&blob.key);
    let fault = match files::read_content(&path) {
        Ok(content) if blob.sha256.as_ref().is_none_or(|it| *it == content.sha256) => return None,
        Ok(_) => Fault::Altered,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // Redacted or replaced while we looked?
            if names_now(folder, &blob.key).await.is_ok_and(|named| !named) {
                return None;
            }
            Fault::Missing
        }
        Err(error) => return Some(format!("cannot read {}: {error}", path.display())),
    };
    let key = blob.key.clone();
    Some(DamagedPicture { key, fault }.to_string())
}

async fn names_now(folder: &Folder, key: &str) -> Result<bool, StoreError> {
    match &folder.database {
        None => Snapshot::open(&folder.embedded())?.names_blob(key),
        Some(url) => SharedSnapshot::open(url).await?.names_blob(key).await,
    }
}

/// The pictures that are named, and those that the server will delete.
type Pictures = (Vec<NamedBlob>, Vec<String>);

fn look_at_file(database: &Path, findings: &mut Findings) -> Result<Pictures, StoreError> {
    let snapshot = Snapshot::open(database)?;
    findings.faults.extend(snapshot.faults()?);
    judge_schema(snapshot.schema_version()?, findings);
    findings.rows = snapshot.row_counts()?.values().sum();
    Ok((snapshot.named_blobs()?, snapshot.blobs_to_delete()?))
}

async fn look(snapshot: &SharedSnapshot, findings: &mut Findings) -> Result<Pictures, StoreError> {
    judge_schema(snapshot.schema_version().await?, findings);
    findings.rows = snapshot.row_counts().await?.values().sum();
    let to_delete = snapshot.blobs_to_delete().await?;
    Ok((snapshot.named_blobs().await?, to_delete))
}

fn judge_schema(version: Option<i64>, findings: &mut Findings) {
    let known = known_schema();
    match version {
        Some(version) if version <= known => {}
        Some(version) => findings.faults.push(format!(
            "the database has schema {version}, and this version of Selfsame knows schemas up to {known}"
        )),
        None => findings
            .faults
            .push("the database has no record of Selfsame's migrations".into()),
    }
}

/// The keys of all files that are not young; a folder that is not there has none.
fn list(blobs: &Path, keys: &mut BTreeSet<String>) -> Result<(), String> {
    let failed =
        |error: std::io::Error| format!("cannot read the folder {}: {error}", blobs.display());
    let now = SystemTime::now();
    let environments = match std::fs::read_dir(blobs) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        environments => environments.map_err(failed)?,
    };
    for environment in environments {
        let environment = environment.map_err(failed)?;
        if !environment.file_type().map_err(failed)?.is_dir() {
            keys.insert(environment.file_name().to_string_lossy().into_owned());
            continue;
        }
        for file in std::fs::read_dir(environment.path()).map_err(failed)? {
            let file = file.map_err(failed)?;
            let young = file
                .metadata()
                .and_then(|data| data.modified())
                .is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age < YOUNG));
            if !young {
                keys.insert(format!(
                    "{}/{}",
                    environment.file_name().to_string_lossy(),
                    file.file_name().to_string_lossy()
                ));
            }
        }
    }
    Ok(())
}
