//! The table a person reads, and the same as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::figures::{Summary, Workload, median};
use crate::server::Memory;

/// What the run was, and all that came out of it.
pub struct Report {
    pub processors: usize,
    pub rounds: usize,
    pub seconds: f64,
    pub warm_up: f64,
    pub people: usize,
    pub load_before: Option<f64>,
    pub load_after: Option<f64>,
    pub answer_bytes: usize,
    pub cells: Vec<Summary>,
    /// Per round; empty for a server that was there before.
    pub memory: Vec<Memory>,
    pub errors: Vec<String>,
}

const SECTIONS: &[(Workload, &str)] = &[
    (
        Workload::Create,
        "Create an inquiry by reference ID, half of them new",
    ),
    (Workload::Get, "Get an inquiry"),
    (Workload::List, "List a person's five inquiries"),
    (Workload::Find, "Find an account by reference ID"),
    (Workload::Floor, "Floor: axum answering fixed bytes"),
];

impl Report {
    pub fn text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "{} processors; {} rounds of {} s a cell after {} s of warm-up; {} people; answers of {} bytes",
            self.processors,
            self.rounds,
            self.seconds,
            self.warm_up,
            self.people,
            self.answer_bytes,
        );
        if let (Some(before), Some(after)) = (self.load_before, self.load_after) {
            let _ = writeln!(
                out,
                "load average of the machine: {before:.1} before, {after:.1} after"
            );
        }
        let _ = writeln!(
            out,
            "Medians of the rounds. A ratio is taken inside a round, against the baseline measured beside it.\n"
        );
        self.raw_section(&mut out);
        for (workload, title) in SECTIONS {
            self.section(&mut out, *workload, title);
        }
        self.memory_section(&mut out);
        for error in &self.errors {
            let _ = writeln!(out, "ERROR {error}");
        }
        out
    }

    fn of(&self, workload: Workload) -> impl Iterator<Item = &Summary> {
        self.cells
            .iter()
            .filter(move |summary| summary.cell.workload == workload)
    }

    /// Measured once for every number of connections, and the same each time.
    fn raw_section(&self, out: &mut String) {
        let mut rows = Vec::new();
        for (workload, name) in [
            (Workload::RawSingle, "1 create per commit"),
            (Workload::RawGroup, "32 creates per commit"),
        ] {
            let all: Vec<&Summary> = self.of(workload).collect();
            if all.is_empty() {
                continue;
            }
            let of = |what: fn(&Summary) -> f64| median(all.iter().map(|one| what(one)).collect());
            rows.push(vec![
                name.to_owned(),
                whole(of(|one| one.per_second)),
                millis(of(|one| one.p50_ms)),
                millis(of(|one| one.p99_ms)),
                millis(all.iter().map(|one| one.max_ms).fold(0.0, f64::max)),
                percent(of(|one| one.spread)),
                format!("{:.1}", of(|one| one.written_kib.unwrap_or_default())),
            ]);
        }
        if rows.is_empty() {
            return;
        }
        let head = [
            "SQLite in process, WAL, synchronous=FULL",
            "creates/s",
            "p50 ms",
            "p99 ms",
            "max ms",
            "spread",
            "KiB written",
        ];
        table(out, &head, &rows);
    }

    fn section(&self, out: &mut String, workload: Workload, title: &str) {
        let cells: Vec<&Summary> = self.of(workload).collect();
        let Some(first) = cells.first() else {
            return;
        };
        let mut head = vec![title, "answers/s", "p50 ms", "p99 ms", "max ms", "spread"];
        let with_cpu = first.cpu_micros.is_some();
        let with_written = workload == Workload::Create && first.written_kib.is_some();
        if with_cpu {
            head.push("CPU µs");
        }
        if with_written {
            head.push("KiB written");
        }
        head.extend(
            workload
                .baselines()
                .iter()
                .map(|baseline| match baseline {
                    Workload::RawSingle => "÷ 1 per commit",
                    Workload::RawGroup => "÷ 32 per commit",
                    _ => "÷ floor",
                })
                .take(first.ratios.len()),
        );
        let rows: Vec<Vec<String>> = cells
            .iter()
            .map(|summary| {
                let connections = summary.cell.connections;
                let plural = if connections == 1 { "" } else { "s" };
                let mut row = vec![
                    format!("{connections} connection{plural}"),
                    whole(summary.per_second),
                    millis(summary.p50_ms),
                    millis(summary.p99_ms),
                    millis(summary.max_ms),
                    percent(summary.spread),
                ];
                if with_cpu {
                    row.push(whole(summary.cpu_micros.unwrap_or_default()));
                }
                if with_written {
                    row.push(format!("{:.1}", summary.written_kib.unwrap_or_default()));
                }
                row.extend(
                    summary
                        .ratios
                        .iter()
                        .map(|(_, ratio)| format!("{ratio:.2}")),
                );
                row
            })
            .collect();
        table(out, &head, &rows);
    }

    fn memory_section(&self, out: &mut String) {
        let mib = |what: fn(&Memory) -> Option<u64>| -> Option<String> {
            let known: Vec<f64> = self
                .memory
                .iter()
                .filter_map(what)
                .map(|kib| crate::figures::to_f64(kib) / 1024.0)
                .collect();
            (!known.is_empty()).then(|| format!("{:.1}", median(known)))
        };
        let mut rows = Vec::new();
        for (name, value) in [
            ("resident, idle after the start", mib(|one| one.idle_kib)),
            ("resident, peak of the whole round", mib(|one| one.peak_kib)),
        ] {
            if let Some(value) = value {
                rows.push(vec![name.to_owned(), format!("{value} MiB")]);
            }
        }
        if let Some(ready) = self.ready_ms() {
            let name = "ready on an empty folder after".to_owned();
            rows.push(vec![name, format!("{ready:.0} ms")]);
        }
        if !rows.is_empty() {
            table(out, &["The server's process", ""], &rows);
        }
    }

    fn ready_ms(&self) -> Option<f64> {
        let all: Vec<f64> = self
            .memory
            .iter()
            .map(|one| one.ready_after.as_secs_f64() * 1000.0)
            .collect();
        (!all.is_empty()).then(|| median(all))
    }

    pub fn json(&self) -> Value {
        let cells: Vec<Value> = self
            .cells
            .iter()
            .map(|summary| {
                let ratios: Map<String, Value> = summary
                    .ratios
                    .iter()
                    .map(|(baseline, ratio)| (baseline.key().to_owned(), json!(ratio)))
                    .collect();
                json!({
                    "workload": summary.cell.workload.key(),
                    "connections": summary.cell.connections,
                    "per_second": summary.per_second,
                    "p50_ms": summary.p50_ms,
                    "p99_ms": summary.p99_ms,
                    "max_ms": summary.max_ms,
                    "spread": summary.spread,
                    "errors": summary.errors,
                    "server_cpu_micros": summary.cpu_micros,
                    "server_written_kib": summary.written_kib,
                    "ratios": ratios,
                })
            })
            .collect();
        let memory: Vec<Value> = self
            .memory
            .iter()
            .map(|one| {
                json!({
                    "idle_kib": one.idle_kib,
                    "peak_kib": one.peak_kib,
                    "ready_ms": one.ready_after.as_secs_f64() * 1000.0,
                })
            })
            .collect();
        json!({
            "processors": self.processors,
            "rounds": self.rounds,
            "seconds": self.seconds,
            "warm_up_seconds": self.warm_up,
            "people": self.people,
            "answer_bytes": self.answer_bytes,
            "load_average": [self.load_before, self.load_after],
            "cells": cells,
            "server_rounds": memory,
            "errors": self.errors,
        })
    }
}

/// The first column to the left, the others to the right.
fn table(out: &mut String, head: &[&str], rows: &[Vec<String>]) {
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(column, title)| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
            longest.max(title.chars().count())
        })
        .collect();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        for (column, (cell, width)) in cells.zip(&widths).enumerate() {
            // Formatting pads by characters, as it should here.
            let _ = if column == 0 {
                write!(out, "{cell:<width$}", width = (*width).max(52))
            } else {
                write!(out, "  {cell:>width$}", width = (*width).max(9))
            };
        }
        let _ = writeln!(out);
    };
    line(&mut head.iter().copied());
    for row in rows {
        let indented = format!("  {}", row[0]);
        line(&mut std::iter::once(indented.as_str()).chain(row[1..].iter().map(String::as_str)));
    }
    let _ = writeln!(out);
}

/// `12,345`.
fn whole(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn millis(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.1}")
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (value, text) in [
            (0.0, "0"),
            (999.4, "999"),
            (1000.0, "1,000"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(whole(value), text);
        }
    }

    #[test]
    fn columns_stand_below_their_titles() {
        let mut out = String::new();
        table(
            &mut out,
            &["Name", "CPU µs"],
            &[vec!["a".to_owned(), "12".to_owned()]],
        );
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines[0].chars().count(), lines[1].chars().count());
        assert!(lines[1].starts_with("  a ") && lines[1].ends_with(" 12"));
    }
}
