//! `selfsame backup` and `selfsame restore`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use super::Installation;
use super::progress::Progress;
use crate::backup::manifest::Manifest;
use crate::backup::{self, Phase};

#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The configuration of `selfsame serve`
    #[arg(long, value_name = "FILE", required_unless_present_any = ["data", "verify"], conflicts_with = "data")]
    config: Option<PathBuf>,
    /// The data folder of `selfsame dev`
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the backup goes: a folder that is empty or not there yet
    #[arg(long, value_name = "DIR", required_unless_present = "verify")]
    to: Option<PathBuf>,
    /// Put the master key in the backup as well. Whoever has such a backup can open every secret in it
    #[arg(long)]
    with_master_key: bool,
    /// Check a backup instead of making one
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "data", "to", "with_master_key"])]
    verify: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// The backup
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The master key, where the backup does not hold it
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
    #[command(flatten)]
    installation: Installation,
}

pub fn backup(arguments: BackupArguments) -> Result<(), String> {
    let begun = Instant::now();
    let progress = Progress::new();
    let report = |phase, done, total| progress.tell(name(phase), done, total);
    if let Some(folder) = arguments.verify {
        let verified = backup::verify(&folder, &report);
        progress.clear();
        let manifest = verified?;
        say("sound", &manifest, &folder, begun);
        return Ok(());
    }
    let installation = Installation {
        config: arguments.config,
        data: arguments.data,
    };
    let to = arguments.to.ok_or("give --to DIR")?;
    let made = backup::make(
        &installation.embedded_folder()?,
        &to,
        arguments.with_master_key,
        &report,
    );
    progress.clear();
    let manifest = made?;
    say("backed up", &manifest, &to, begun);
    if !manifest.master_key.included {
        println!("the master key is not in it: keep a copy of that file in another place");
    }
    Ok(())
}

pub fn restore(arguments: RestoreArguments) -> Result<(), String> {
    let begun = Instant::now();
    let progress = Progress::new();
    let report = |phase, done, total| progress.tell(name(phase), done, total);
    let folder = arguments.installation.embedded_folder()?;
    let restored = backup::restore(
        &arguments.from,
        &folder,
        arguments.master_key.as_deref(),
        &report,
    );
    progress.clear();
    let manifest = restored?;
    say("restored", &manifest, &folder.data, begun);
    println!(
        "whoever was redacted after {} must be redacted again",
        manifest.made_at
    );
    Ok(())
}

pub(super) fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Pictures => "copying pictures",
        Phase::Database => "copying the database",
        Phase::Hashes => "checking hashes",
        Phase::Copy => "copying",
        Phase::Check => "checking the database",
    }
}

fn say(done: &str, manifest: &Manifest, folder: &Path, begun: Instant) {
    let rows: i64 = manifest.rows.values().sum();
    println!(
        "{done}: {} with {rows} rows and {} pictures, {:.1} MB, of {}, in {:.1} s",
        folder.display(),
        manifest.pictures(),
        megabytes(manifest.bytes()),
        manifest.made_at,
        begun.elapsed().as_secs_f64()
    );
    for damaged in &manifest.damaged_pictures {
        eprintln!("selfsame: {damaged}; the backup has the rest");
    }
}

#[allow(clippy::cast_precision_loss, reason = "shown with one decimal place")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
