//! A slow disk: a few lines of C, compiled here and loaded in front of the C library of the process to be slowed.

use std::path::Path;
use std::process::Command;

use crate::Problem;
use crate::process::find_program;

const SOURCE: &str = include_str!("../shim/slow_sync.c");

/// How much longer each fsync takes.
pub const SLOWER_MICROS: u64 = 2_000;

/// Variables that slow the fsyncs of a process started with them; none where there is no C compiler.
pub fn build(folder: &Path) -> Result<Option<Vec<(String, String)>>, Problem> {
    let Some(compiler) = find_program("cc") else {
        return Ok(None);
    };
    let source = folder.join("slow_sync.c");
    let library = folder.join("slow_sync.so");
    std::fs::write(&source, SOURCE)?;
    let built = Command::new(compiler)
        .args(["-O2", "-Wall", "-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&source)
        .arg("-ldl")
        .output()?;
    if !built.status.success() {
        let said = String::from_utf8_lossy(&built.stderr);
        return Err(format!("the slow disk does not compile: {said}").into());
    }
    let library = library.canonicalize()?.to_string_lossy().into_owned();
    Ok(Some(vec![
        ("LD_PRELOAD".to_owned(), library),
        ("SLOW_SYNC_MICROS".to_owned(), SLOWER_MICROS.to_string()),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn every_sync_takes_longer() {
        let folder = tempfile::tempdir().unwrap();
        let Some(variables) = build(folder.path()).unwrap() else {
            return;
        };
        let begun = Instant::now();
        let synced = Command::new("dd")
            .args(["if=/dev/zero", "bs=1", "count=1", "conv=fsync"])
            .arg(format!("of={}", folder.path().join("file").display()))
            .envs(variables)
            .env("SLOW_SYNC_MICROS", "300000")
            .output()
            .unwrap();
        assert!(synced.status.success());
        assert!(begun.elapsed() >= Duration::from_millis(300));
    }
}
