//! The ground a proof stands on: a throwaway folder, and the store in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::Server;
use crate::tables::Tables;

pub struct Ground {
    folder: TempDir,
}

impl Ground {
    pub fn sqlite() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// `selfsame dev` on this ground.
    pub fn command(&self, port: u16) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selfsame"));
        command
            .args(["dev", "--port", &port.to_string(), "--data"])
            .arg(self.data());
        command
    }

    /// As many servers as this store can have at once, up to three.
    pub async fn servers(&self) -> Vec<Server> {
        vec![Server::start(self).await]
    }

    /// The store's tables, read past the server.
    pub async fn tables(&self) -> Tables {
        Tables::sqlite(&self.data().join("selfsame.sqlite"))
    }

    pub fn dev_env(&self) -> String {
        fs::read_to_string(self.data().join("dev.env")).unwrap()
    }

    /// The lines of `dev.env`.
    pub fn settings(&self) -> BTreeMap<String, String> {
        let text = self.dev_env();
        let lines = text.lines().filter_map(|line| line.split_once('='));
        lines
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}
