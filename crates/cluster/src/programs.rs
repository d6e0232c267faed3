//! Where PostgreSQL's programs are, and as whom they run: its server refuses to be root.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian keeps each major version in a folder of its own.
const DEBIAN: &str = "/usr/lib/postgresql";

#[derive(Debug, Clone)]
pub struct Programs {
    folder: PathBuf,
    /// User and group to become, if we are root.
    become_user: Option<(u32, u32)>,
}

impl Programs {
    pub fn find() -> Result<Self, String> {
        let folder = newest_in_debian().or_else(on_path).ok_or(
            "PostgreSQL's server programs are not here; on Debian: apt-get install postgresql",
        )?;
        let become_user = if is_root() {
            let user =
                lookup("postgres").ok_or("there is no user `postgres` to run the server as")?;
            Some(user)
        } else {
            None
        };
        Ok(Self {
            folder,
            become_user,
        })
    }

    pub fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// One of PostgreSQL's programs, run as the server's user.
    pub fn command(&self, program: &str) -> Command {
        self.as_user(Command::new(self.path(program)))
    }

    pub fn shell(&self) -> Command {
        self.as_user(Command::new("sh"))
    }

    fn as_user(&self, mut command: Command) -> Command {
        if let Some((user, group)) = self.become_user {
            command.uid(user).gid(group);
        }
        // Whatever folder we are in, the user may not be allowed into.
        command.current_dir("/").env("LC_ALL", "C.UTF-8");
        command
    }

    /// Makes the server's user the owner of a folder of ours.
    pub fn hand_over(&self, folder: &Path) -> Result<(), String> {
        let Some((user, group)) = self.become_user else {
            return Ok(());
        };
        chown(folder, Some(user), Some(group))
            .map_err(|error| format!("cannot hand {} over: {error}", folder.display()))
    }
}

fn newest_in_debian() -> Option<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).ok()?;
    let number = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| folder.join("bin/initdb").exists())
        .max_by_key(number)?;
    Some(newest.join("bin"))
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    ids.and_then(|ids| ids.split_whitespace().nth(1)) == Some("0")
}

/// User and group of an account of this machine.
fn lookup(name: &str) -> Option<(u32, u32)> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = accounts
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut parts = line.split(':').skip(2);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
