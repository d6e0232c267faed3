//! A second server that follows the first by streaming replication, and takes over.

use crate::{Cluster, check, folder};

impl Cluster {
    /// A standby of this server. `name` is what `synchronous_standby_names` calls it.
    pub fn standby(&self, name: &str, settings: &[&str]) -> Result<Self, String> {
        let folder = folder(self.programs())?;
        let primary = format!(
            "host=127.0.0.1 port={} user=postgres application_name={name}",
            self.port()
        );
        let copied = self
            .programs()
            .command("pg_basebackup")
            .args(["--write-recovery-conf", "--wal-method=stream"])
            .args(["--checkpoint=fast", "--no-sync", "--dbname", &primary])
            .arg("--pgdata")
            .arg(folder.join("data"))
            .output();
        check("pg_basebackup", copied)?;
        Self::on(self.programs().clone(), folder, settings)
    }

    /// From now on a commit is answered only when the standby of this name has it on its disk as well.
    pub fn wait_for_standby(&self, name: &str) -> Result<(), String> {
        self.psql(&format!(
            "ALTER SYSTEM SET synchronous_standby_names = '{name}'"
        ))?;
        self.psql("SELECT pg_reload_conf()").map(drop)
    }

    /// Makes a standby the server that takes writes, and waits until it does.
    pub fn promote(&self) -> Result<(), String> {
        self.psql("SELECT pg_promote(true, 60)").map(drop)
    }

    /// Runs one statement as the owner and returns what it prints, unaligned and without headings.
    pub fn psql(&self, sql: &str) -> Result<String, String> {
        let mut command = self.programs().command("psql");
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        command.args(["--set=ON_ERROR_STOP=1", "--command", sql]);
        check("psql", command.arg(self.url("postgres")).output())
    }
}
