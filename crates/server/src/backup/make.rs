//! Making a backup of an embedded store that a server may be writing to.
//!
//! The backup is the store of one moment: the database as a read transaction sees it, and every picture a row of it
//! names. A picture is there before its row; it may be deleted after its row is. So pictures are copied first, for as
//! long as they take, then a moment is fixed, the few that are new in it are copied, and only then the database. If
//! one of those went in between, the next moment is taken, in which its row is gone too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use selfsame_service::Clock;
use selfsame_store::backup::{NamedBlob, Snapshot, compact};

use super::files::{self, Content};
use super::manifest::{
    BLOBS, DATABASE, DamagedPicture, Fault, FileEntry, KeyEntry, MASTER_KEY, Manifest, is_ours,
};
use super::partial::Partial;
use super::{Phase, Report, fingerprint, read_key};
use crate::serve::Folder;

/// The database as copied page by page, before it is compacted.
const PAGES: &str = "selfsame.sqlite.pages";
/// A moment is taken again only when a picture made in the last milliseconds was deleted in them.
const MOST_MOMENTS: usize = 100;

/// Writes a backup of the installation in `from` into the folder `to`, which must be empty or not there yet.
pub fn make(
    from: &Folder,
    to: &Path,
    with_master_key: bool,
    report: Report<'_>,
) -> Result<Manifest, String> {
    let key = read_key(&from.master_key)?;
    let database = from.embedded();
    // Before anything is written: a store that cannot be read needs no folder.
    drop(Snapshot::open(&database).map_err(text)?);
    let partial = Partial::begin(to)?;
    let folder = partial.folder();

    let mut pictures = Pictures {
        source: from.blobs(),
        target: folder.join(BLOBS),
        database: database.clone(),
        copied: BTreeMap::new(),
        damaged: BTreeMap::new(),
    };
    let (snapshot, named) = pictures.settle(report)?;
    let made_at = Clock::System.now().to_millis_text();
    let pages = folder.join(PAGES);
    let mut told = |done, total| report(Phase::Database, done, total);
    files::trickle(&pages, || snapshot.copy_to(&pages, &mut told)).map_err(text)?;
    drop(snapshot);
    pictures.keep_only(&named)?;

    report(Phase::Check, 0, 3);
    let copy = folder.join(DATABASE);
    files::trickle(&copy, || compact(&pages, &copy)).map_err(text)?;
    std::fs::remove_file(&pages)
        .map_err(|error| format!("cannot remove {}: {error}", pages.display()))?;
    files::settle(&copy)?;
    report(Phase::Check, 1, 3);
    let copied = Snapshot::open_at_rest(&copy).map_err(text)?;
    let faults = copied.faults().map_err(text)?;
    if let Some(fault) = faults.first() {
        return Err(format!(
            "the database {} is damaged ({fault}); a backup of it would be no use. Keep the file and the earlier \
             backups, and see `selfsame check`",
            database.display()
        ));
    }
    report(Phase::Check, 2, 3);
    let schema_version = copied
        .schema_version()
        .map_err(text)?
        .ok_or_else(|| format!("{} is no database of Selfsame", database.display()))?;
    let mut manifest = Manifest::new(
        made_at,
        schema_version,
        KeyEntry {
            fingerprint: fingerprint(&key),
            included: with_master_key,
        },
    );
    manifest.rows = copied.row_counts().map_err(text)?;
    drop(copied);
    let content = files::read_content(&copy)
        .map_err(|error| format!("cannot read {}: {error}", copy.display()))?;
    manifest.files.push(entry(DATABASE.to_owned(), content));
    if with_master_key {
        files::write_new(&folder.join(MASTER_KEY), &key)?;
        let content = Content {
            bytes: key.len() as u64,
            sha256: files::sha256_hex(&key),
        };
        manifest.files.push(entry(MASTER_KEY.to_owned(), content));
    }
    pictures.tell(&mut manifest)?;
    manifest.write(folder)?;
    report(Phase::Check, 3, 3);
    partial.finish()?;
    Ok(manifest)
}

fn entry(path: String, content: Content) -> FileEntry {
    FileEntry {
        path,
        bytes: content.bytes,
        sha256: content.sha256,
    }
}

fn text(error: selfsame_store::StoreError) -> String {
    error.to_string()
}

struct Pictures {
    source: PathBuf,
    target: PathBuf,
    database: PathBuf,
    /// By key.
    copied: BTreeMap<String, Content>,
    damaged: BTreeMap<String, Fault>,
}

impl Pictures {
    /// Copies pictures until there is a moment whose pictures are all there, and gives that moment.
    fn settle(&mut self, report: Report<'_>) -> Result<(Snapshot, Vec<NamedBlob>), String> {
        // Without holding a moment: a long one makes the store's log grow.
        let named = Snapshot::open(&self.database)
            .and_then(|now| now.named_blobs())
            .map_err(text)?;
        self.copy(&named, report)?;
        for _ in 0..MOST_MOMENTS {
            let moment = Snapshot::open(&self.database).map_err(text)?;
            let named = moment.named_blobs().map_err(text)?;
            let gone = self.copy(&named, report)?;
            let now = Snapshot::open(&self.database).map_err(text)?;
            let mut stale = false;
            for key in gone {
                if now.names_blob(&key).map_err(text)? {
                    self.damaged.insert(key, Fault::Missing);
                } else {
                    stale = true;
                }
            }
            if !stale {
                return Ok((moment, named));
            }
        }
        Err(format!(
            "pictures were deleted faster than they could be copied, {MOST_MOMENTS} times in a row; try again at a \
             quieter hour"
        ))
    }

    /// Copies what is not copied yet; returns the keys of those that are not there.
    fn copy(&mut self, named: &[NamedBlob], report: Report<'_>) -> Result<Vec<String>, String> {
        let total = named.len() as u64;
        let mut gone = Vec::new();
        let mut folders = BTreeSet::new();
        for (done, blob) in named.iter().enumerate() {
            report(Phase::Pictures, done as u64, total);
            if self.copied.contains_key(&blob.key) || self.damaged.contains_key(&blob.key) {
                continue;
            }
            if !is_ours(&format!("{BLOBS}/{}", blob.key)) {
                return Err(format!(
                    "the database {} names a picture {:?}, which cannot be; see `selfsame check`",
                    self.database.display(),
                    blob.key
                ));
            }
            let from = self.source.join(&blob.key);
            let mut file = match File::open(&from) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    gone.push(blob.key.clone());
                    continue;
                }
                Err(error) => return Err(format!("cannot read {}: {error}", from.display())),
            };
            let to = self.target.join(&blob.key);
            let folder = to.parent().unwrap_or(&self.target).to_owned();
            files::make_folder(&folder)?;
            let content = files::copy_new(&mut file, &to)?;
            if blob
                .sha256
                .as_ref()
                .is_some_and(|sha| *sha != content.sha256)
            {
                self.damaged.insert(blob.key.clone(), Fault::Altered);
            }
            self.copied.insert(blob.key.clone(), content);
            folders.insert(folder);
        }
        report(Phase::Pictures, total, total);
        for folder in folders {
            files::sync_folder(&folder)?;
        }
        Ok(gone)
    }

    /// Removes what no row of the moment names: it was redacted or replaced before.
    fn keep_only(&mut self, named: &[NamedBlob]) -> Result<(), String> {
        let named: BTreeSet<&String> = named.iter().map(|blob| &blob.key).collect();
        self.damaged.retain(|key, _| named.contains(key));
        let superfluous: Vec<String> = self
            .copied
            .keys()
            .filter(|key| !named.contains(key))
            .cloned()
            .collect();
        for key in superfluous {
            let path = self.target.join(&key);
            std::fs::remove_file(&path)
                .map_err(|error| format!("cannot remove {}: {error}", path.display()))?;
            self.copied.remove(&key);
        }
        Ok(())
    }

    fn tell(self, manifest: &mut Manifest) -> Result<(), String> {
        if self.target.is_dir() {
            files::sync_folder(&self.target)?;
        }
        for (key, content) in self.copied {
            manifest
                .files
                .push(entry(format!("{BLOBS}/{key}"), content));
        }
        for (key, fault) in self.damaged {
            manifest
                .damaged_pictures
                .push(DamagedPicture { key, fault });
        }
        Ok(())
    }
}
