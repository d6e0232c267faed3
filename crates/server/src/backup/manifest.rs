//! What a backup says of itself: `manifest.json`, with a file beside it that holds the manifest's own hash.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files;

pub const MANIFEST: &str = "manifest.json";
/// In the format of `sha256sum`, so that any machine can check it.
pub const MANIFEST_HASH: &str = "manifest.json.sha256";
pub const DATABASE: &str = "selfsame.sqlite";
pub const BLOBS: &str = "blobs";
pub const MASTER_KEY: &str = "master.key";

const FORMAT: u64 = 1;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Of this file; a program refuses one it does not know.
    pub format: u64,
    /// The version of Selfsame that made the backup.
    pub program: String,
    /// When the copied state was the present one: RFC 3339, UTC.
    pub made_at: String,
    /// The newest migration of the copied database.
    pub schema_version: i64,
    pub master_key: KeyEntry,
    /// Rows of each table.
    pub rows: BTreeMap<String, i64>,
    pub files: Vec<FileEntry>,
    /// Pictures that were missing or altered already when the backup was made.
    pub damaged_pictures: Vec<DamagedPicture>,
}

/// Which master key opens the secrets in the copied database.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// SHA-256 of the key with a word in front; tells keys apart and nothing about them.
    pub fingerprint: String,
    /// Whether the key itself lies in the backup.
    pub included: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Relative, with slashes.
    pub path: String,
    pub bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DamagedPicture {
    pub key: String,
    pub fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A row names it and the file is not there.
    Missing,
    /// The bytes are not those that the row was written for.
    Altered,
}

impl std::fmt::Display for DamagedPicture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fault = match self.fault {
            Fault::Missing => "is missing",
            Fault::Altered => "is not what was uploaded",
        };
        write!(formatter, "the picture {BLOBS}/{} {fault}", self.key)
    }
}

impl Manifest {
    pub fn new(made_at: String, schema_version: i64, master_key: KeyEntry) -> Self {
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            schema_version,
            master_key,
            rows: BTreeMap::new(),
            files: Vec::new(),
            damaged_pictures: Vec::new(),
        }
    }

    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    pub fn pictures(&self) -> usize {
        let folder = format!("{BLOBS}/");
        self.files
            .iter()
            .filter(|file| file.path.starts_with(&folder))
            .count()
    }

    /// Writes the manifest and its hash; last of all files, for a backup without them is none.
    pub fn write(&self, folder: &Path) -> Result<(), String> {
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| format!("cannot write the manifest: {error}"))?;
        let sum = format!("{}  {MANIFEST}\n", files::sha256_hex(&text));
        files::write_new(&folder.join(MANIFEST), &text)?;
        files::write_new(&folder.join(MANIFEST_HASH), sum.as_bytes())
    }

    /// Reads the manifest of a backup, if it is whole and in a format this program knows.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(MANIFEST);
        let read = |path: &Path| {
            std::fs::read(path).map_err(|error| {
                format!(
                    "{} is no whole backup: cannot read {}: {error}",
                    folder.display(),
                    path.display()
                )
            })
        };
        let text = read(&path)?;
        let sum = read(&folder.join(MANIFEST_HASH))?;
        let wanted = format!("{}  {MANIFEST}\n", files::sha256_hex(&text));
        if sum != wanted.as_bytes() {
            return Err(format!(
                "{} was altered: its SHA-256 is not the one in {MANIFEST_HASH}; take another backup",
                path.display()
            ));
        }
        let unreadable = |error: serde_json::Error| {
            format!("{} is no manifest of a backup: {error}", path.display())
        };
        let document: serde_json::Value = serde_json::from_slice(&text).map_err(unreadable)?;
        if document["format"].as_u64().is_some_and(|it| it > FORMAT) {
            return Err(format!(
                "{} was made by Selfsame {} in a format that this version ({}) does not know; use that version \
                 or a newer one",
                folder.display(),
                document["program"].as_str().unwrap_or("of a newer version"),
                env!("CARGO_PKG_VERSION")
            ));
        }
        let manifest: Self = serde_json::from_value(document).map_err(unreadable)?;
        for file in &manifest.files {
            if !is_ours(&file.path) {
                return Err(format!(
                    "{} names {:?}, which no backup holds; it was not made by Selfsame",
                    path.display(),
                    file.path
                ));
            }
        }
        Ok(manifest)
    }
}

/// Whether a backup may hold a file of this name: nothing may lead out of its folder.
pub fn is_ours(path: &str) -> bool {
    let plain = |part: &str| {
        let mut bytes = part.bytes();
        !part.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match path.split('/').collect::<Vec<_>>().as_slice() {
        [file] => [DATABASE, MASTER_KEY].contains(file),
        [BLOBS, environment, name] => plain(environment) && plain(name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_manifest_leads_out_of_the_folder() {
        for good in ["selfsame.sqlite", "master.key", "blobs/env_1/docf_1"] {
            assert!(is_ours(good), "{good}");
        }
        for bad in [
            "../selfsame.sqlite",
            "/etc/passwd",
            "blobs/../x",
            "blobs/env_1/../../x",
            "blobs/env_1",
            "blobs/env_1/a/b",
            "manifest.json",
            "",
        ] {
            assert!(!is_ours(bad), "{bad}");
        }
    }
}
