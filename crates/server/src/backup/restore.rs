//! Checking a backup, and making a data folder of it: all of it or nothing.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use selfsame_store::backup::{Snapshot, known_schema};

use super::files::{self, Content};
use super::manifest::{DATABASE, FileEntry, MASTER_KEY, Manifest};
use super::partial::{Partial, refuse_unfinished};
use super::{Phase, Report, fingerprint, read_key};
use crate::serve::{Folder, write_private};

/// Holds every file of a backup against the manifest, and the database against itself.
pub fn verify(folder: &Path, report: Report<'_>) -> Result<Manifest, String> {
    refuse_unfinished(folder)?;
    let manifest = Manifest::read(folder)?;
    check_files(folder, &manifest, report)?;
    check_database(&folder.join(DATABASE), &manifest, report)?;
    Ok(manifest)
}

/// Writes the data folder and the master key of `to` from the backup in `from`. The key comes from the backup, or
/// from the file `given`, or lies where `to` has it already.
pub fn restore(
    from: &Path,
    to: &Folder,
    given: Option<&Path>,
    report: Report<'_>,
) -> Result<Manifest, String> {
    refuse_unfinished(from)?;
    let manifest = Manifest::read(from)?;
    refuse_newer(from, &manifest)?;
    let partial = Partial::begin(&to.data)?;
    let key = choose_key(from, to, given, &manifest)?;
    check_files(from, &manifest, report)?;

    let folder = partial.folder();
    let total = manifest.bytes();
    let mut done = 0;
    let mut folders = BTreeSet::from([folder.to_owned()]);
    for file in &manifest.files {
        if file.path == MASTER_KEY {
            continue;
        }
        report(Phase::Copy, done, total);
        let target = folder.join(&file.path);
        for above in target.ancestors().skip(1).take_while(|it| *it != folder) {
            folders.insert(above.to_owned());
        }
        files::make_folder(target.parent().unwrap_or(folder))?;
        let source = from.join(&file.path);
        let mut open = File::open(&source).map_err(|error| cannot_read(&source, &error))?;
        compare(&source, file, &files::copy_new(&mut open, &target)?)?;
        done += file.bytes;
    }
    report(Phase::Copy, total, total);
    check_database(&folder.join(DATABASE), &manifest, report)?;
    match to.master_key.strip_prefix(&to.data) {
        Ok(inside) => {
            let path = folder.join(inside);
            files::make_folder(path.parent().unwrap_or(folder))?;
            files::write_new(&path, &key)?;
        }
        // The key first: a store without one does not start.
        Err(_) if !to.master_key.exists() => write_private(&to.master_key, &key)?,
        Err(_) => {}
    }
    for folder in folders {
        files::sync_folder(&folder)?;
    }
    partial.finish()?;
    Ok(manifest)
}

fn refuse_newer(folder: &Path, manifest: &Manifest) -> Result<(), String> {
    if manifest.schema_version <= known_schema() {
        return Ok(());
    }
    Err(format!(
        "the backup {} was made by Selfsame {} and has schema {}; this version ({}) knows schemas up to {}: restore \
         it with the version that made it, or a newer one",
        folder.display(),
        manifest.program,
        manifest.schema_version,
        env!("CARGO_PKG_VERSION"),
        known_schema()
    ))
}

/// The master key the restored store will have; never another than the one that sealed its secrets.
fn choose_key(
    from: &Path,
    to: &Folder,
    given: Option<&Path>,
    manifest: &Manifest,
) -> Result<[u8; 32], String> {
    let matching = |path: &Path| {
        let key = read_key(path)?;
        if fingerprint(&key) == manifest.master_key.fingerprint {
            return Ok(key);
        }
        Err(format!(
            "the master key {} is not the one that sealed the secrets in the backup {}; bring the right one",
            path.display(),
            from.display()
        ))
    };
    // Where a key lies already, a server would take that one.
    let there = to
        .master_key
        .exists()
        .then(|| matching(&to.master_key))
        .transpose()?;
    if let Some(path) = given {
        return matching(path);
    }
    if let Some(key) = there {
        return Ok(key);
    }
    if manifest.master_key.included {
        return matching(&from.join(MASTER_KEY));
    }
    Err(format!(
        "the backup {} does not hold the master key, and {} is not there: give the key with --master-key FILE",
        from.display(),
        to.master_key.display()
    ))
}

fn check_files(folder: &Path, manifest: &Manifest, report: Report<'_>) -> Result<(), String> {
    let total = manifest.bytes();
    let mut done = 0;
    for file in &manifest.files {
        report(Phase::Hashes, done, total);
        let path = folder.join(&file.path);
        let content = files::read_content(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("{} is missing; {ANOTHER}", path.display()),
            _ => cannot_read(&path, &error),
        })?;
        compare(&path, file, &content)?;
        done += file.bytes;
    }
    report(Phase::Hashes, total, total);
    Ok(())
}

const ANOTHER: &str = "this backup is not whole, take another";

fn compare(path: &Path, wanted: &FileEntry, found: &Content) -> Result<(), String> {
    let path = path.display();
    if found.bytes != wanted.bytes {
        return Err(format!(
            "{path} has {} bytes instead of {}; {ANOTHER}",
            found.bytes, wanted.bytes
        ));
    }
    if found.sha256 != wanted.sha256 {
        return Err(format!(
            "{path} was altered: its SHA-256 is not the one in the manifest; {ANOTHER}"
        ));
    }
    Ok(())
}

fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read {}: {error}", path.display())
}

fn check_database(path: &Path, manifest: &Manifest, report: Report<'_>) -> Result<(), String> {
    report(Phase::Check, 0, 1);
    let text = |error: selfsame_store::StoreError| error.to_string();
    let database = Snapshot::open_at_rest(path).map_err(text)?;
    if let Some(fault) = database.faults().map_err(text)?.first() {
        return Err(format!(
            "{} is damaged ({fault}); {ANOTHER}",
            path.display()
        ));
    }
    let version = database.schema_version().map_err(text)?;
    if version != Some(manifest.schema_version) {
        return Err(format!(
            "{} has schema {version:?}, and the manifest says {}; {ANOTHER}",
            path.display(),
            manifest.schema_version
        ));
    }
    let rows = database.row_counts().map_err(text)?;
    if rows != manifest.rows {
        return Err(format!(
            "{} does not have as many rows as the manifest says; {ANOTHER}",
            path.display()
        ));
    }
    report(Phase::Check, 1, 1);
    Ok(())
}
