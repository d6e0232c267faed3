//! What so many people need, by arithmetic from measured figures: disk, log, machines, shards.
//!
//! Nothing is started. Every figure it reckons with can be given; the defaults are those that `docs/scale.md` explains.

use clap::Args;

use crate::options::count;
use crate::table::{short, table, whole};

const KB: f64 = 1e3;
const GB: f64 = 1e9;
const TB: f64 = 1e12;
const SECONDS_A_YEAR: f64 = 365.0 * 86_400.0;
const SECONDS_A_DAY: f64 = 86_400.0;

#[derive(Debug, Clone, Args)]
pub struct Capacity {
    /// People with an account: 10M, 1000M
    #[arg(long, default_value = "10M", value_parser = count)]
    accounts: u64,
    /// Inquiries of each person in a year
    #[arg(long, default_value_t = 2.0)]
    inquiries_a_year: f64,
    /// How many years nothing is deleted
    #[arg(long, default_value_t = 5.0)]
    years: f64,
    /// The busiest second against the average one
    #[arg(long, default_value_t = 20.0)]
    peak: f64,
    /// Requests that read, for each create
    #[arg(long, default_value_t = 20.0)]
    reads: f64,
    /// Share of inquiries that end with pictures
    #[arg(long, default_value_t = 0.7)]
    finished: f64,
    /// Pictures of such an inquiry, in kilobytes
    #[arg(long, default_value_t = 900.0)]
    picture_kb: f64,
    /// An account with its indexes, in bytes
    #[arg(long, default_value_t = 900.0)]
    account_bytes: f64,
    /// An inquiry with its session, verifications and indexes, in bytes
    #[arg(long, default_value_t = 4_000.0)]
    inquiry_bytes: f64,
    /// The events of an inquiry with their indexes, in bytes
    #[arg(long, default_value_t = 12_000.0)]
    event_bytes: f64,
    /// Log of the database for an inquiry from its create to its end, in bytes
    #[arg(long, default_value_t = 35_000.0)]
    log_bytes: f64,
    /// Creates a second that one database machine carries, load of everything else included
    #[arg(long, default_value_t = 3_000.0)]
    creates: f64,
    /// Reads a second that one server process carries on one processor
    #[arg(long, default_value_t = 4_000.0)]
    gets: f64,
    /// What one database machine should hold, in terabytes: more takes too long to copy, restore and vacuum
    #[arg(long, default_value_t = 4.0)]
    most_tb: f64,
    /// How fast a copy of the database is made, in megabytes a second
    #[arg(long, default_value_t = 250.0)]
    copy_mb: f64,
}

/// What comes out, in bytes, a second, and pieces.
#[derive(Debug, PartialEq)]
struct Need {
    creates_average: f64,
    creates_peak: f64,
    reads_peak: f64,
    accounts: f64,
    inquiries: f64,
    events: f64,
    pictures: f64,
    picture_files: f64,
    log_a_day: f64,
    shards_by_rate: f64,
    shards_by_size: f64,
    processors: f64,
    copy_hours: f64,
}

impl Capacity {
    fn need(&self) -> Need {
        #[expect(
            clippy::cast_precision_loss,
            reason = "numbers of people are far below 2^52"
        )]
        let people = self.accounts as f64;
        let inquiries_a_year = people * self.inquiries_a_year;
        let creates_average = inquiries_a_year / SECONDS_A_YEAR;
        let creates_peak = creates_average * self.peak;
        let inquiries_in_all = inquiries_a_year * self.years;
        let accounts = people * self.account_bytes;
        let inquiries = inquiries_in_all * self.inquiry_bytes;
        let events = inquiries_in_all * self.event_bytes;
        let shards_by_rate = (creates_peak / self.creates).ceil().max(1.0);
        let shards_by_size = ((accounts + inquiries + events) / (self.most_tb * TB))
            .ceil()
            .max(1.0);
        let shards = shards_by_rate.max(shards_by_size);
        Need {
            creates_average,
            creates_peak,
            reads_peak: creates_peak * self.reads,
            accounts,
            inquiries,
            events,
            pictures: inquiries_in_all * self.finished * self.picture_kb * KB,
            picture_files: inquiries_in_all * self.finished * 3.0,
            log_a_day: creates_average * SECONDS_A_DAY * self.log_bytes,
            shards_by_rate,
            shards_by_size,
            processors: (creates_peak * self.reads / self.gets).ceil().max(2.0),
            copy_hours: (accounts + inquiries + events) / shards / (self.copy_mb * 1e6) / 3600.0,
        }
    }

    pub fn text(&self) -> String {
        let need = self.need();
        let database = need.accounts + need.inquiries + need.events;
        let row = |what: &str, value: String| vec![what.to_owned(), value];
        let rows = [
            row("creates a second, average", short(need.creates_average)),
            row("creates a second, peak", whole(need.creates_peak)),
            row("reads a second, peak", whole(need.reads_peak)),
            row("accounts, GB", short(need.accounts / GB)),
            row(
                "inquiries and what hangs on them, GB",
                short(need.inquiries / GB),
            ),
            row("events, GB", short(need.events / GB)),
            row("database in all, TB", short(database / TB)),
            row("log of the database a day, GB", short(need.log_a_day / GB)),
            row("pictures, TB", short(need.pictures / TB)),
            row(
                "pictures, millions of files",
                whole(need.picture_files / 1e6),
            ),
            row("database machines for the peak", whole(need.shards_by_rate)),
            row("database machines for the size", whole(need.shards_by_size)),
            row("processors for servers", whole(need.processors)),
            row(
                "hours to copy one machine's database",
                short(need.copy_hours),
            ),
        ];
        let mut out = String::new();
        let head = format!(
            "{} people, {} inquiries each a year, after {} years",
            self.accounts, self.inquiries_a_year, self.years
        );
        table(&mut out, &[&head, ""], &rows, &[0]);
        out
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        capacity: Capacity,
    }

    fn need(arguments: &[&str]) -> Need {
        Line::parse_from(["capacity"].iter().chain(arguments))
            .capacity
            .need()
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= b.abs() * 1e-9
    }

    #[test]
    fn ten_times_the_people_need_ten_times_the_disk_and_no_machine_is_halved() {
        let (small, large) = (need(&["--accounts", "10M"]), need(&["--accounts", "100M"]));
        assert!(close(large.events, small.events * 10.0));
        assert!(close(large.pictures, small.pictures * 10.0));
        assert!(close(large.log_a_day, small.log_a_day * 10.0));
        assert!(large.shards_by_size >= small.shards_by_size);
        assert!(close(need(&["--accounts", "100"]).shards_by_size, 1.0));
    }

    #[test]
    fn the_parts_are_reckoned_from_what_is_given() {
        let need = need(&[
            "--accounts",
            "1M",
            "--inquiries-a-year",
            "1",
            "--years",
            "2",
            "--account-bytes",
            "1000",
            "--inquiry-bytes",
            "2000",
            "--event-bytes",
            "3000",
            "--peak",
            "10",
            "--most-tb",
            "0.004",
            "--finished",
            "0.5",
            "--picture-kb",
            "100",
            "--copy-mb",
            "1",
            "--creates",
            "0.1",
        ]);
        assert!(close(need.accounts, 1e9));
        assert!(close(need.inquiries, 4e9));
        assert!(close(need.events, 6e9));
        assert!(close(need.pictures, 1e11));
        assert!(close(need.creates_peak, 1e6 / SECONDS_A_YEAR * 10.0));
        assert!(close(need.shards_by_size, 3.0));
        assert!(close(need.shards_by_rate, 4.0));
        assert!(close(need.copy_hours, 11e9 / 4.0 / 1e6 / 3600.0));
    }
}
