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

pub fn check(arguments: CheckArguments) -> Result<(), String> {
    let progress = Progress::new();
    let report = |phase, done, total| progress.tell(name(phase), done, total);
    let folder = arguments.installation.folder()?;
    let looked = crate::backup::check(&folder, &report);
    progress.clear();
    let found = looked?;
    for fault in &found.faults {
        println!("fault: {fault}");
    }
    for file in &found.unknown {
        println!("unknown: {file} belongs to no row and can be deleted");
    }
    if !found.faults.is_empty() {
        return Err(format!(
            "{} has {} faults, named above; keep the files as they are and see docs/operations.md",
            folder.data.display(),
            found.faults.len()
        ));
    }
    println!(
        "sound: {} with {} rows and {} pictures",
        folder.data.display(),
        found.rows,
        found.pictures
    );
    Ok(())
}
