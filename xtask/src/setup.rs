//! Installs what the browser tests need and a fresh machine lacks.

use selfsame_cluster::Programs;

use crate::steps::{Outcome, answers, root, run};
use std::{env, fs, path::Path, process::Command};

/// The oldest Node.js that the browser driver runs on.
const OLDEST_NODE: u32 = 18;

/// Debian packages first, then the npm packages of `e2e/`; what is present is left alone.
pub fn install() -> Outcome {
    debian_packages()?;
    node_version()?;
    npm_packages()
}

/// The browser to drive: the environment's choice, else Debian's.
pub fn chromium() -> String {
    env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned())
}

/// PostgreSQL's server programs.
pub fn postgres() -> Outcome {
    if Programs::find().is_ok() {
        return Ok(());
    }
    install_packages(&["postgresql"])?;
    Programs::find().map(drop)
}

fn debian_packages() -> Outcome {
    let mut missing = Vec::new();
    if !Path::new(&chromium()).exists() {
        missing.push("chromium");
    }
    if !answers("node", &["--version"]) {
        missing.push("nodejs");
    }
    if !answers("npm", &["--version"]) {
        missing.push("npm");
    }
    if missing.is_empty() {
        return Ok(());
    }
    install_packages(&missing)?;
    if Path::new(&chromium()).exists() {
        Ok(())
    } else {
        Err(format!(
            "no browser at {}: set CHROMIUM to its path",
            chromium()
        ))
    }
}

fn install_packages(missing: &[&str]) -> Outcome {
    let wanted = missing.join(" ");
    let advice = format!("install these by hand and run again: {wanted}");
    if !answers("apt-get", &["--version"]) {
        return Err(format!("this machine has no apt-get; {advice}"));
    }
    let root_user = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if !root_user && !answers("sudo", &["--version"]) {
        return Err(format!("neither root nor sudo here; {advice}"));
    }
    let apt = |arguments: &[&str]| {
        let mut command = if root_user {
            Command::new("apt-get")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
            sudo
        };
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        run(command).map_err(|message| format!("{message}; {advice}"))
    };
    apt(&["update"])?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend_from_slice(missing);
    apt(&arguments)
}

fn node_version() -> Outcome {
    let output = Command::new("node")
        .arg("--version")
        .output()
        .map_err(|error| format!("cannot run node: {error}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match major(&version) {
        Some(found) if found >= OLDEST_NODE => Ok(()),
        _ => Err(format!(
            "Node.js {OLDEST_NODE} or later is needed, this is {version:?}"
        )),
    }
}

fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// `npm ci`, unless the installed packages are those of the lock file already.
fn npm_packages() -> Outcome {
    let folder = root().join("e2e");
    let lock = fs::read_to_string(folder.join("package-lock.json"))
        .map_err(|error| format!("e2e/package-lock.json: {error}"))?;
    let stamp = folder.join("node_modules/.installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let mut command = Command::new("npm");
    command
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(&folder);
    run(command)?;
    fs::write(&stamp, lock).map_err(|error| format!("{}: {error}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn reads_the_major_version() {
        assert_eq!(major("v18.20.4"), Some(18));
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major(""), None);
        assert_eq!(major("20"), None);
    }
}
