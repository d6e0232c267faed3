//! Where pictures lie. A row names a blob only after the blob is durable; a blob without a row is litter that
//! harms nobody.

use std::io::Write as _;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("blob key {0:?} is not one of ours")]
    BadKey(String),
    #[error("blob {key}: {source}")]
    Io { key: String, source: std::io::Error },
}

/// A seam to the world: a folder here, an object store elsewhere.
pub trait Blobs: Send + Sync + std::fmt::Debug {
    /// Returns once the bytes are durable.
    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), BlobError>;
    fn get(&self, key: &str) -> Result<Vec<u8>, BlobError>;
    /// A blob that is not there counts as deleted.
    fn delete(&self, key: &str) -> Result<(), BlobError>;
}

/// Blobs as files below one folder; keys are `environment/id`.
#[derive(Debug, Clone)]
pub struct FolderBlobs {
    root: PathBuf,
}

impl FolderBlobs {
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    fn path(&self, key: &str) -> Result<PathBuf, BlobError> {
        let plain = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        match key.split_once('/') {
            Some((environment, name)) if plain(environment) && plain(name) => {
                Ok(self.root.join(environment).join(name))
            }
            _ => Err(BlobError::BadKey(key.to_owned())),
        }
    }
}

impl Blobs for FolderBlobs {
    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), BlobError> {
        let path = self.path(key)?;
        let failed = |source| BlobError::Io {
            key: key.to_owned(),
            source,
        };
        let folder = path.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let part = path.with_extension("part");
        let mut file = std::fs::File::create(&part).map_err(failed)?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
        std::fs::rename(&part, &path).map_err(failed)?;
        std::fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)
    }

    fn get(&self, key: &str) -> Result<Vec<u8>, BlobError> {
        std::fs::read(self.path(key)?).map_err(|source| BlobError::Io {
            key: key.to_owned(),
            source,
        })
    }

    fn delete(&self, key: &str) -> Result<(), BlobError> {
        match std::fs::remove_file(self.path(key)?) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(BlobError::Io {
                key: key.to_owned(),
                source,
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_cannot_leave_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::new(folder.path());
        for bad in [
            "../x",
            "env_1/../x",
            "env_1",
            "/etc/passwd",
            "env_1/",
            "a/b/c",
        ] {
            assert!(
                matches!(blobs.put(bad, b"x"), Err(BlobError::BadKey(_))),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_blob_comes_back_and_can_be_deleted_twice() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::new(folder.path());
        blobs.put("env_1/docf_1", b"bytes").unwrap();
        assert_eq!(blobs.get("env_1/docf_1").unwrap(), b"bytes");
        blobs.delete("env_1/docf_1").unwrap();
        blobs.delete("env_1/docf_1").unwrap();
        assert!(blobs.get("env_1/docf_1").is_err());
    }
}
