//! `selfsame check`.

use clap::Args;

use super::Installation;
use super::backup::name;
use super::progress::Progress;

#[derive(Debug, Args)]
pub struct CheckArguments {
    #[command(flatten)]
    installation: Installation,
}

pub async fn check(arguments: CheckArguments) -> Result<(), String> {
    let progress = Progress::new();
    let report = |phase, done, total| progress.tell(name(phase), done, total);
    let folder = arguments.installation.folder()?;
    let looked = crate::backup::check(&folder, &report).await;
    progress.clear();
    let found = looked?;
    let place = match &folder.database {
        None => folder.data.display().to_string(),
        Some(_) => format!("{} with its PostgreSQL database", folder.data.display()),
    };
    for fault in &found.faults {
        println!("fault: {fault}");
    }
    for file in &found.unknown {
        println!("unknown: {file} belongs to no row and can be deleted");
    }
    if !found.faults.is_empty() {
        return Err(format!(
            "{place} has {} faults, named above; keep the files as they are and see docs/operations.md",
            found.faults.len()
        ));
    }
    println!(
        "sound: {place} with {} rows and {} pictures",
        found.rows, found.pictures
    );
    Ok(())
}
