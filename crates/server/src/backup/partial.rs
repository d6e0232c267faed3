//! A folder under a temporary name, which gets its own name when it is whole. A process that is killed leaves
//! nothing that looks whole, and the next one clears it away.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::files;

/// Held for as long as somebody works in the folder; the system lets go of it with the process.
const LOCK: &str = ".unfinished";
/// What the lock is called for the moment in which the folder gets its name: whole, and still ours to clear away.
const DONE: &str = ".finished";

/// A folder that was never given its name is no backup, however much of it is there.
pub fn refuse_unfinished(folder: &Path) -> Result<(), String> {
    let is_partial = folder
        .extension()
        .is_some_and(|extension| extension == "partial");
    if is_partial || folder.join(LOCK).exists() {
        return Err(format!(
            "{} is what is left of a backup that did not finish; use another, or make a new one",
            folder.display()
        ));
    }
    Ok(())
}

#[derive(Debug)]
pub struct Partial {
    target: PathBuf,
    folder: PathBuf,
    lock: Option<File>,
}

impl Partial {
    /// Begins `TARGET.partial`. The target must not be there yet, or be empty.
    pub fn begin(target: &Path) -> Result<Self, String> {
        refuse_content(target)?;
        let name = target.file_name().ok_or_else(|| {
            format!(
                "{} cannot be written to: give a folder by its name",
                target.display()
            )
        })?;
        let mut partial = name.to_owned();
        partial.push(".partial");
        let folder = target.with_file_name(partial);
        if folder.exists() {
            clear(&folder)?;
        }
        files::make_folder(&folder)?;
        let path = folder.join(LOCK);
        let lock = File::create(&path)
            .and_then(|lock| lock.try_lock().map(|()| lock).map_err(Into::into))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        Ok(Self {
            target: target.to_owned(),
            folder,
            lock: Some(lock),
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives the folder its name. Everything in it must be durable, down to the names.
    pub fn finish(mut self) -> Result<(), String> {
        let failed = |error: std::io::Error| {
            format!(
                "cannot rename {} to {}: {error}",
                self.folder.display(),
                self.target.display()
            )
        };
        std::fs::rename(self.folder.join(LOCK), self.folder.join(DONE)).map_err(failed)?;
        files::sync_folder(&self.folder)?;
        std::fs::rename(&self.folder, &self.target).map_err(failed)?;
        self.lock = None;
        drop(std::fs::remove_file(self.target.join(DONE)));
        files::sync_folder(self.target.parent().unwrap_or(Path::new(".")))
    }
}

impl Drop for Partial {
    /// What failed takes its half-done work along.
    fn drop(&mut self) {
        if self.lock.take().is_some() {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}

fn refuse_content(target: &Path) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("cannot read {}: {error}", target.display());
    match std::fs::read_dir(target) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(cannot(error)),
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(entry) => Err(format!(
                "{} is not empty (it holds {}); nothing is written over: give a folder that is empty or not there yet",
                target.display(),
                entry.map_err(cannot)?.file_name().display()
            )),
        },
    }
}

/// Removes what a killed process left behind, and nothing else.
fn clear(folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot remove {}: {error}", folder.display());
    if std::fs::remove_dir(folder).is_ok() {
        return Ok(());
    }
    let lock = File::open(folder.join(LOCK))
        .or_else(|_| File::open(folder.join(DONE)))
        .map_err(|_| {
            format!(
                "{} is in the way, and Selfsame did not leave it there; move it away",
                folder.display()
            )
        })?;
    match lock.try_lock() {
        Ok(()) => std::fs::remove_dir_all(folder).map_err(failed),
        Err(TryLockError::WouldBlock) => Err(format!(
            "another process is writing to {}; wait until it is done",
            folder.display()
        )),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_whole_but_not_yet_named_is_cleared_away_and_a_strangers_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("backup");
        let partial = folder.path().join("backup.partial");
        for marker in [LOCK, DONE] {
            std::fs::create_dir(&partial).unwrap();
            std::fs::write(partial.join(marker), "").unwrap();
            std::fs::write(partial.join("manifest.json"), "{}").unwrap();
            Partial::begin(&target).unwrap().finish().unwrap();
            assert!(!partial.exists());
            assert_eq!(std::fs::read_dir(&target).unwrap().count(), 0, "{marker}");
            std::fs::remove_dir(&target).unwrap();
        }
        std::fs::create_dir(&partial).unwrap();
        std::fs::write(partial.join("letter.txt"), "mine").unwrap();
        let refused = Partial::begin(&target).unwrap_err();
        assert!(refused.contains("in the way"), "{refused}");
        assert!(partial.join("letter.txt").exists());
    }
}
