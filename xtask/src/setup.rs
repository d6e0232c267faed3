//! Installs what the tests need and a fresh machine lacks.

use selfsame_cluster::Programs;

use crate::steps::{Outcome, answers, root, run};
use std::{env, fs, path::Path, process::Command};

/// The oldest Node.js that the browser driver runs on.
const OLDEST_NODE: u32 = 18;

/// Debian packages first, then the npm packages of `e2e/`; what is present is left alone.
pub fn install() -> Outcome {
    let mut missing = node_packages();
    if !Path::new(&chromium()).exists() {
        missing.push("chromium");
    }
    install_missing(&missing)?;
    if !Path::new(&chromium()).exists() {
        return Err(format!(
            "no browser at {}: set CHROMIUM to its path",
            chromium()
        ));
    }
    node_version()?;
    npm_packages("e2e")
}

/// What runs in `clients/`: its npm packages, and its Python packages in a virtual environment in `folder`.
pub fn clients(folder: &Path) -> Outcome {
    let mut missing = node_packages();
    if !answers("python3", &["-c", "import ensurepip, venv"]) {
        missing.push("python3-venv");
    }
    install_missing(&missing)?;
    node_version()?;
    npm_packages("clients")?;
    python_packages(&root().join("clients/requirements.txt"), folder)
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

fn node_packages() -> Vec<&'static str> {
    ["nodejs", "npm"]
        .into_iter()
        .zip(["node", "npm"])
        .filter(|(_, program)| !answers(program, &["--version"]))
        .map(|(package, _)| package)
        .collect()
}

fn install_missing(missing: &[&str]) -> Outcome {
    if missing.is_empty() {
        return Ok(());
    }
    install_packages(missing)
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
fn npm_packages(project: &str) -> Outcome {
    let folder = root().join(project);
    let lock = read(&folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let mut command = Command::new("npm");
    command
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(&folder);
    run(command)?;
    write(&stamp, &lock)
}

/// A virtual environment, made anew unless its packages are those of the list already. The list names all of them, and
/// each has a wheel: nothing is looked for, and nothing is compiled.
fn python_packages(list: &Path, folder: &Path) -> Outcome {
    let wanted = read(list)?;
    let stamp = folder.join("installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut command = Command::new("python3");
    command.args(["-m", "venv", "--clear"]).arg(folder);
    run(command)?;
    let mut command = Command::new(folder.join("bin/pip"));
    command
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(["--no-deps", "--no-compile", "--only-binary", ":all:"])
        .arg("--requirement")
        .arg(list);
    run(command)?;
    write(&stamp, &wanted)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
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
