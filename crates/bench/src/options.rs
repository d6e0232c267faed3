//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::capacity::Capacity;
use crate::goal::Goal;

/// Measures Selfsame on this machine against what PostgreSQL, SQLite, HTTP and a peer in Node do.
///
/// Everything that is started ends with it. How to read the table: docs/performance.md.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub measure: Measure,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fill a store with a year of people and inquiries
    Generate(Generate),
    /// Reckon what so many people need: disk, log, machines; starts nothing
    Capacity(Capacity),
    /// Put load on a server that runs already, on a loopback address
    Load(Load),
    /// Measure what the body of a delivery costs in processor time; starts nothing
    Bodies,
    /// The SQLite baseline alone; prints its figures as JSON
    #[command(hide = true)]
    Raw(RawCell),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OneStore {
    Postgres,
    Sqlite,
}

#[derive(Debug, Clone, Args)]
pub struct Measure {
    /// Which goals; all unless given
    #[arg(long, value_delimiter = ',', value_enum, ignore_case = true)]
    goals: Vec<Goal>,
    /// A few minutes instead of many: one round, short cells, small databases
    #[arg(long)]
    pub quick: bool,
    /// Medians are taken over so many rounds [default: 5; quick: 1]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: Option<u16>,
    /// How long each cell is measured [default: 2; quick: 1]
    #[arg(long, value_parser = seconds)]
    seconds: Option<f64>,
    /// How long each cell runs before that [default: 0.5]
    #[arg(long, value_parser = seconds)]
    warm_up: Option<f64>,
    /// A cell ends early after so many answers
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub most: u64,
    /// People with reference IDs at the start
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(10..=1_000_000))]
    pub people: u64,
    /// Accounts of the large database (P7, P8, P10, P11), and events of the backlog (D4): 100k, 1M, … [default: 100k; quick: 30k]
    #[arg(long, value_parser = count)]
    large: Option<u64>,
    /// D1 to D4 on this store only
    #[arg(long, value_enum)]
    pub store: Option<OneStore>,
    /// Rows of the file that is imported (P13): up to 1M [default: 100k; quick: 20k]
    #[arg(long, value_parser = rows)]
    import_rows: Option<u64>,
    /// Inquiries of each account of the generated databases, on average
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub inquiries_each: u64,
    /// The generated databases hold the events of so many days: a whole year of them is two thirds of the disk
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=360))]
    pub event_days: u32,
    /// How long P9 goes on [default: 5; quick: 0.25]
    #[arg(long, value_parser = minutes)]
    minutes: Option<f64>,
    /// P9 ends early after so many creates: each takes some 10 KB of disk
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub most_creates: u64,
    /// Leave out the peers in Node
    #[arg(long)]
    pub without_peers: bool,
    /// The server binary; without it the release build is made and used
    #[arg(long)]
    pub server: Option<PathBuf>,
    /// Where data is made and removed again: a folder on the disk that is to be measured
    #[arg(long, default_value = ".")]
    pub folder: PathBuf,
    /// Where everything is written as JSON
    #[arg(long, default_value = "target/bench.json")]
    pub json: PathBuf,
}

const ALL: [Goal; 17] = [
    Goal::P1,
    Goal::P2,
    Goal::P3,
    Goal::P4,
    Goal::P5,
    Goal::P6,
    Goal::P7,
    Goal::P8,
    Goal::P9,
    Goal::P10,
    Goal::P11,
    Goal::P12,
    Goal::P13,
    Goal::D1,
    Goal::D2,
    Goal::D3,
    Goal::D4,
];

impl Measure {
    pub fn goals(&self) -> Vec<Goal> {
        if self.goals.is_empty() {
            ALL.to_vec()
        } else {
            self.goals.clone()
        }
    }

    pub fn rounds(&self) -> u16 {
        self.rounds.unwrap_or(if self.quick { 1 } else { 5 })
    }

    pub fn seconds(&self) -> f64 {
        self.seconds.unwrap_or(if self.quick { 1.0 } else { 2.0 })
    }

    pub fn warm_up(&self) -> f64 {
        self.warm_up.unwrap_or(0.5)
    }

    pub fn large(&self) -> u64 {
        let usual = if self.quick { 30_000 } else { 100_000 };
        self.large.unwrap_or(usual)
    }

    pub fn import_rows(&self) -> u64 {
        let usual = if self.quick { 20_000 } else { 100_000 };
        self.import_rows.unwrap_or(usual)
    }

    pub fn minutes(&self) -> f64 {
        self.minutes.unwrap_or(if self.quick { 0.25 } else { 5.0 })
    }
}

#[derive(Debug, Clone, Args)]
pub struct Generate {
    /// 10k, 1M, 10M or any other number
    #[arg(long, value_parser = count)]
    pub accounts: u64,
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub inquiries_each: u64,
    /// The same seed and end give the same rows
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The end of the year that is made up, in milliseconds since 1970; now unless given
    #[arg(long)]
    pub until: Option<i64>,
    /// Only the events of the last so many days: a whole year of them is two thirds of the disk
    #[arg(long)]
    pub event_days: Option<u32>,
    /// A data folder of `selfsame dev`, made where it is missing; no server may run on it
    #[arg(long)]
    pub data: PathBuf,
    /// Keep the rows in PostgreSQL: the URL that the server is given
    #[arg(long)]
    pub database: Option<String>,
    /// The server binary, which makes the schema; without it the release build is made and used
    #[arg(long)]
    pub server: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct Load {
    /// Where it listens: http://127.0.0.1:3000
    #[arg(long)]
    pub url: String,
    /// An API key; test people are made with it
    #[arg(long)]
    pub key: String,
    /// An inquiry template (`itmpl_…`)
    #[arg(long)]
    pub template: String,
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 128],
          value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub connections: Vec<u16>,
    #[arg(long, default_value_t = 3.0, value_parser = seconds)]
    pub seconds: f64,
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(10..=1_000_000))]
    pub people: u64,
}

#[derive(Debug, Clone, Args)]
pub struct RawCell {
    #[arg(long)]
    pub folder: PathBuf,
    #[arg(long)]
    pub per_commit: u64,
    #[arg(long)]
    pub people: u64,
    #[arg(long, value_parser = seconds)]
    pub seconds: f64,
    #[arg(long, value_parser = seconds)]
    pub warm_up: f64,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("give seconds from 0 to 3600".to_owned()),
    }
}

fn minutes(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(minutes) if minutes > 0.0 && minutes <= 120.0 => Ok(minutes),
        _ => Err("give minutes up to 120".to_owned()),
    }
}

/// `10k`, `1M` or plain digits.
pub fn count(text: &str) -> Result<u64, String> {
    let lower = text.to_ascii_lowercase();
    let (digits, times) = match lower.as_bytes().last() {
        Some(b'k') => (&lower[..lower.len() - 1], 1_000),
        Some(b'm') => (&lower[..lower.len() - 1], 1_000_000),
        _ => (lower.as_str(), 1),
    };
    match digits.parse::<u64>() {
        Ok(number) if (100..=10_000_000_000).contains(&(number.saturating_mul(times))) => {
            Ok(number * times)
        }
        _ => Err("give a number from 100 to 10000M, such as 10k".to_owned()),
    }
}

/// As many as a server takes in one file unless it is told otherwise (M4).
fn rows(text: &str) -> Result<u64, String> {
    match count(text)? {
        rows if rows <= 1_000_000 => Ok(rows),
        _ => Err("give at most 1M: a server takes no more rows in one file".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Options::command().debug_assert();
    }

    #[test]
    fn goals_are_all_or_those_that_are_named() {
        let goals = |arguments: &[&str]| {
            let all = ["selfsame-bench"].iter().chain(arguments);
            Options::parse_from(all).measure.goals()
        };
        assert_eq!(goals(&[]).len(), 17);
        let named = ["--goals", "P1,p10,d4"];
        assert_eq!(goals(&named), [Goal::P1, Goal::P10, Goal::D4]);
        let unknown = ["selfsame-bench", "--goals", "P14"];
        assert!(Options::try_parse_from(unknown).is_err());
    }

    #[test]
    fn quick_is_shorter_unless_told_otherwise() {
        let measure = |arguments: &[&str]| {
            let all = ["selfsame-bench"].iter().chain(arguments);
            Options::parse_from(all).measure
        };
        assert_eq!(measure(&["--quick"]).rounds(), 1);
        assert_eq!(measure(&["--quick", "--rounds", "3"]).rounds(), 3);
        assert_eq!(measure(&[]).rounds(), 5);
        assert!(measure(&["--quick"]).minutes() < measure(&[]).minutes());
    }

    #[test]
    fn an_import_has_as_many_rows_as_a_server_takes() {
        assert_eq!(rows("1M"), Ok(1_000_000));
        assert!(rows("1000001").is_err());
        assert!(rows("99").is_err());
    }

    #[test]
    fn counts_are_written_short() {
        assert_eq!(count("10k"), Ok(10_000));
        assert_eq!(count("1M"), Ok(1_000_000));
        assert_eq!(count("12345"), Ok(12_345));
        for bad in ["", "k", "99", "1G", "-5", "100000M"] {
            assert!(count(bad).is_err(), "{bad}");
        }
    }
}
