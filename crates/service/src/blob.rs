//! Where pictures lie. A row names a blob only after the blob is durable; what becomes of one without a row is in
//! `deletion`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read, Seek, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

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
    /// For what is too large to be held in memory: bytes are taken piece by piece, and the blob is there once the writer
    /// has finished.
    fn write(&self, key: &str) -> Result<Box<dyn BlobWriter>, BlobError>;
    /// Reads without holding all of it in memory.
    fn open(&self, key: &str) -> Result<Box<dyn BlobReader>, BlobError> {
        Ok(Box::new(Cursor::new(self.get(key)?)))
    }
    /// Returns once they are durably gone, with those that could not be deleted. A blob that is not there counts as
    /// deleted.
    fn delete(&self, keys: &[String]) -> Vec<(String, BlobError)>;
    /// Lets go of what a `put` that was cut short left behind, and returns how much that was.
    fn tidy(&self) -> Result<usize, BlobError>;
}

/// A blob that is being written; dropped before it has finished, it leaves nothing behind.
pub trait BlobWriter: Send {
    fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError>;
    /// Returns once the bytes are durable and have their name.
    fn finish(self: Box<Self>) -> Result<(), BlobError>;
}

pub trait BlobReader: Read + Seek + Send {}

impl<T: Read + Seek + Send> BlobReader for T {}

/// What is still being written, and by which name.
const PART: &str = "part";
/// No `put` takes this long, in whichever process: what is older was cut short.
const LONGEST_PUT: Duration = Duration::from_hours(1);

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

    /// A new folder's own name is durable before anything lies in it.
    fn make_durable_folder(&self, folder: &Path) -> std::io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        std::fs::create_dir_all(folder)?;
        sync_folder(&self.root)?;
        match self.root.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
            _ => Ok(()),
        }
    }

    fn parts(&self) -> std::io::Result<Vec<PathBuf>> {
        let mut parts = Vec::new();
        if !self.root.is_dir() {
            return Ok(parts);
        }
        for folder in std::fs::read_dir(&self.root)? {
            let folder = folder?.path();
            if !folder.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(folder)? {
                let path = file?.path();
                if path.extension().is_some_and(|ending| ending == PART) {
                    parts.push(path);
                }
            }
        }
        Ok(parts)
    }
}

impl Blobs for FolderBlobs {
    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), BlobError> {
        let path = self.path(key)?;
        let folder = path.parent().unwrap_or(&self.root);
        let part = path.with_extension(PART);
        self.make_durable_folder(folder)
            .and_then(|()| write_durably(&part, bytes))
            .and_then(|()| std::fs::rename(&part, &path))
            .and_then(|()| sync_folder(folder))
            .map_err(|source| {
                // A full disk gets its room back.
                drop(std::fs::remove_file(&part));
                failed(key, source)
            })
    }

    fn get(&self, key: &str) -> Result<Vec<u8>, BlobError> {
        std::fs::read(self.path(key)?).map_err(|source| failed(key, source))
    }

    fn write(&self, key: &str) -> Result<Box<dyn BlobWriter>, BlobError> {
        let path = self.path(key)?;
        let part = path.with_extension(PART);
        let folder = path.parent().unwrap_or(&self.root);
        let file = self
            .make_durable_folder(folder)
            .and_then(|()| File::create(&part))
            .map_err(|source| failed(key, source))?;
        Ok(Box::new(FolderWriter {
            key: key.to_owned(),
            path,
            part: Some(part),
            file,
        }))
    }

    fn open(&self, key: &str) -> Result<Box<dyn BlobReader>, BlobError> {
        match File::open(self.path(key)?) {
            Ok(file) => Ok(Box::new(file)),
            Err(source) => Err(failed(key, source)),
        }
    }

    fn delete(&self, keys: &[String]) -> Vec<(String, BlobError)> {
        let mut failed = Vec::new();
        let mut removed: BTreeMap<PathBuf, Vec<&String>> = BTreeMap::new();
        for key in keys {
            match self.path(key).and_then(|path| remove(key, &path)) {
                Ok(Some(folder)) => removed.entry(folder).or_default().push(key),
                Ok(None) => {}
                Err(error) => failed.push((key.clone(), error)),
            }
        }
        for (folder, keys) in removed {
            if let Err(source) = sync_folder(&folder) {
                let kind = source.kind();
                failed.extend(
                    keys.into_iter()
                        .map(|key| (key.clone(), self::failed(key, kind.into()))),
                );
            }
        }
        failed
    }

    fn tidy(&self) -> Result<usize, BlobError> {
        let unreadable = |source| failed("*", source);
        let before = SystemTime::now() - LONGEST_PUT;
        let mut gone = 0;
        for part in self.parts().map_err(unreadable)? {
            // Whoever was writing it has just finished, or another process tidies as well.
            let Ok(written) = part.metadata().and_then(|part| part.modified()) else {
                continue;
            };
            if written < before {
                std::fs::remove_file(&part).map_err(unreadable)?;
                gone += 1;
            }
        }
        Ok(gone)
    }
}

struct FolderWriter {
    key: String,
    path: PathBuf,
    /// Until the file has its own name.
    part: Option<PathBuf>,
    file: File,
}

impl BlobWriter for FolderWriter {
    fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.file
            .write_all(bytes)
            .map_err(|source| failed(&self.key, source))
    }

    fn finish(mut self: Box<Self>) -> Result<(), BlobError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let part = self.part.as_deref().unwrap_or(&self.path);
        self.file
            .sync_all()
            .and_then(|()| std::fs::rename(part, &self.path))
            .and_then(|()| sync_folder(folder))
            .map_err(|source| failed(&self.key, source))?;
        self.part = None;
        Ok(())
    }
}

impl Drop for FolderWriter {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            drop(std::fs::remove_file(part));
        }
    }
}

fn failed(key: &str, source: std::io::Error) -> BlobError {
    BlobError::Io {
        key: key.to_owned(),
        source,
    }
}

/// The folder a file was in; `None`: there is no such folder, and no such file.
fn remove(key: &str, path: &Path) -> Result<Option<PathBuf>, BlobError> {
    let folder = path.parent().filter(|folder| folder.is_dir());
    match std::fs::remove_file(path) {
        // Whoever removed it may not have seen to it that this is durable.
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(failed(key, source)),
        _ => Ok(folder.map(Path::to_owned)),
    }
}

fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the names in a folder durable.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
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
        let keys = ["env_1/docf_1".to_owned(), "env_2/docf_1".to_owned()];
        assert!(blobs.delete(&keys).is_empty());
        assert!(blobs.delete(&keys).is_empty());
        assert!(blobs.get("env_1/docf_1").is_err());
    }

    #[test]
    fn one_written_piece_by_piece_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::new(folder.path());
        let mut writer = blobs.write("env_1/mprt_1").unwrap();
        writer.write(b"by").unwrap();
        assert!(blobs.open("env_1/mprt_1").is_err());
        writer.write(b"tes").unwrap();
        writer.finish().unwrap();
        let mut read = String::new();
        let mut reader = blobs.open("env_1/mprt_1").unwrap();
        reader.seek(std::io::SeekFrom::Start(2)).unwrap();
        reader.read_to_string(&mut read).unwrap();
        assert_eq!(read, "tes");

        let mut cut = blobs.write("env_1/mprt_2").unwrap();
        cut.write(b"by").unwrap();
        drop(cut);
        assert_eq!(
            std::fs::read_dir(folder.path().join("env_1"))
                .unwrap()
                .count(),
            1
        );
        assert!(matches!(blobs.write("../x"), Err(BlobError::BadKey(_))));
    }

    #[test]
    fn one_that_cannot_be_deleted_is_named_and_holds_up_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::new(folder.path());
        blobs.put("env_1/docf_2", b"bytes").unwrap();
        std::fs::create_dir_all(folder.path().join("env_1/docf_1/x")).unwrap();
        let keys = ["../x", "env_1/docf_1", "env_1/docf_2"].map(str::to_owned);
        let failed = blobs.delete(&keys);
        let failed: Vec<_> = failed.into_iter().map(|(key, _)| key).collect();
        assert_eq!(failed, keys[..2]);
        assert!(blobs.get("env_1/docf_2").is_err());
    }

    #[test]
    fn what_a_cut_put_left_behind_goes_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::new(folder.path());
        assert_eq!(blobs.tidy().unwrap(), 0, "nothing was ever put");
        blobs.put("env_1/docf_1", b"bytes").unwrap();
        let (old, new) = (
            folder.path().join("env_1/docf_2.part"),
            folder.path().join("env_1/docf_3.part"),
        );
        std::fs::write(&old, b"by").unwrap();
        std::fs::write(&new, b"by").unwrap();
        let cut = SystemTime::now() - LONGEST_PUT - Duration::from_secs(1);
        let file = File::options().write(true).open(&old).unwrap();
        file.set_modified(cut).unwrap();
        let whole = File::options()
            .write(true)
            .open(folder.path().join("env_1/docf_1"));
        whole.unwrap().set_modified(cut).unwrap();

        assert_eq!(blobs.tidy().unwrap(), 1);
        assert!(!old.exists() && new.exists());
        assert_eq!(blobs.get("env_1/docf_1").unwrap(), b"bytes");
    }

    #[test]
    fn a_put_that_fails_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::new(folder.path());
        // The name is taken by a folder, so the last step cannot be done.
        std::fs::create_dir_all(folder.path().join("env_1/docf_1/x")).unwrap();
        assert!(blobs.put("env_1/docf_1", b"bytes").is_err());
        assert!(!folder.path().join("env_1/docf_1.part").exists());
    }
}
