//! Files that are durable when a call returns, that only their owner can read, and whose hash is known.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

/// Read and written at a time.
const CHUNK: usize = 1 << 20;
/// Between two portions of a large file.
const TRICKLE: Duration = Duration::from_millis(20);

/// Size and SHA-256, in hexadecimal, of what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub bytes: u64,
    pub sha256: String,
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    selfsame_service::hex(&Sha256::digest(bytes))
}

/// The content of a file; an error is the system's own, for the caller to say which file it was.
pub fn read_content(path: &Path) -> std::io::Result<Content> {
    pass_on(&mut File::open(path)?, &mut std::io::sink())
}

fn pass_on(from: &mut File, to: &mut dyn std::io::Write) -> std::io::Result<Content> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    let mut bytes = 0;
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            let sha256 = selfsame_service::hex(&hasher.finalize());
            return Ok(Content { bytes, sha256 });
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        bytes += read as u64;
    }
}

fn create_new(path: &Path) -> Result<File, String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

/// Copies an open file into a new one.
pub fn copy_new(from: &mut File, to: &Path) -> Result<Content, String> {
    let mut copy = create_new(to)?;
    pass_on(from, &mut copy)
        .and_then(|content| copy.sync_all().map(|()| content))
        .map_err(|error| cannot_write(to, &error))
}

pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let mut file = create_new(path)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|error| cannot_write(path, &error))
}

/// Runs `write`, and meanwhile brings what it has written to a file to the disk bit by bit: a server's commit on the same
/// disk would else wait for all of it at once.
pub fn trickle<T>(path: &Path, write: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                // A file that is not there yet, or an error that the last sync will meet again.
                drop(File::open(path).and_then(|file| file.sync_data()));
                std::thread::sleep(TRICKLE);
            }
        });
        let written = write();
        done.store(true, Ordering::Relaxed);
        written
    })
}

/// Makes a file that another library wrote durable, and its owner's only.
pub fn settle(path: &Path) -> Result<(), String> {
    let settled = || {
        let file = File::open(path)?;
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        file.sync_all()
    };
    settled().map_err(|error| cannot_write(path, &error))
}

/// Makes the names in a folder durable.
pub fn sync_folder(path: &Path) -> Result<(), String> {
    // A path without a parent's name is one in the working folder.
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| cannot_write(path, &error))
}

/// Makes a folder, and those above it, that only its owner can enter.
pub fn make_folder(path: &Path) -> Result<(), String> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|error| format!("cannot make the folder {}: {error}", path.display()))
}
