//! The table a person reads, and the same as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::figures::summarise;
use crate::goal::{Line, Unit};
use crate::part::{Group, Part};
use crate::table::{percent, short, table, whole};

/// What the run was, and all that came out of it.
pub struct Report {
    pub version: String,
    pub processors: usize,
    pub memory_mib: u64,
    pub rounds: u16,
    pub seconds: f64,
    pub warm_up: f64,
    pub took_seconds: f64,
    pub load_before: Option<f64>,
    pub load_after: Option<f64>,
    pub postgres: Option<String>,
    pub part: Part,
}

impl Report {
    pub fn text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "Selfsame {} on {} processors and {} MiB of memory; {} × {} s a cell after {} s of warm-up; {:.0} min in all",
            self.version,
            self.processors,
            whole(crate::figures::to_f64(self.memory_mib)),
            self.rounds,
            self.seconds,
            self.warm_up,
            self.took_seconds / 60.0,
        );
        if let (Some(before), Some(after)) = (self.load_before, self.load_after) {
            let _ = writeln!(
                out,
                "load of the machine: {before:.1} when it began, {after:.1} when it ended{}",
                if before > 0.5 {
                    "; it was NOT quiet, so read ratios, not rates"
                } else {
                    ""
                }
            );
        }
        if let Some(postgres) = &self.postgres {
            let _ = writeln!(out, "{postgres}");
        }
        let _ = writeln!(
            out,
            "Everything through the whole product: authentication, validation, events, idempotency, API log. Medians\n\
             of the rounds; a ratio is taken inside a round, between cells that ran one after the other.\n"
        );
        self.goals(&mut out);
        for (goal, why) in &self.part.skipped {
            let _ = writeln!(out, "not measured: {goal}, {why}");
        }
        for note in &self.part.notes {
            let _ = writeln!(out, "note: {note}");
        }
        let _ = writeln!(out);
        for group in &self.part.groups {
            cells(&mut out, group);
        }
        for error in &self.part.errors {
            let _ = writeln!(out, "ERROR {error}");
        }
        out
    }

    fn goals(&self, out: &mut String) {
        let rows: Vec<Vec<String>> = self.part.lines.iter().map(goal_row).collect();
        if !rows.is_empty() {
            let head = [
                "goal",
                "figure",
                "measured",
                "must",
                "aim",
                "met",
                "spread",
                "behind it",
            ];
            table(out, &head, &rows, &[0, 1, 5, 7]);
        }
    }

    pub fn json(&self) -> Value {
        let goals: Vec<Value> = self
            .part
            .lines
            .iter()
            .map(|line| {
                json!({
                    "goal": line.goal.to_string(),
                    "what": line.what,
                    "value": line.value,
                    "unit": line.unit.text().trim(),
                    "spread": line.spread,
                    "must": line.bound.map(crate::goal::Bound::must),
                    "aim": line.bound.map(crate::goal::Bound::aim),
                    "sign": line.bound.map(crate::goal::Bound::sign),
                    "verdict": line.verdict().map(|verdict| format!("{verdict:?}").to_lowercase()),
                    "behind": line.behind,
                })
            })
            .collect();
        let groups: Vec<Value> = self
            .part
            .groups
            .iter()
            .map(|group| json!({"title": group.title, "rounds": rounds_json(group)}))
            .collect();
        let skipped: Vec<Value> = self
            .part
            .skipped
            .iter()
            .map(|(goal, why)| json!({"goal": goal.to_string(), "why": why}))
            .collect();
        json!({
            "version": self.version,
            "processors": self.processors,
            "memory_mib": self.memory_mib,
            "rounds": self.rounds,
            "seconds": self.seconds,
            "warm_up_seconds": self.warm_up,
            "took_seconds": self.took_seconds,
            "load_average": [self.load_before, self.load_after],
            "postgres": self.postgres,
            "goals": goals,
            "skipped": skipped,
            "notes": self.part.notes,
            "groups": groups,
            "errors": self.part.errors,
        })
    }
}

fn goal_row(line: &Line) -> Vec<String> {
    let with_unit = |value: f64| match line.unit {
        Unit::Count if value.fract() == 0.0 => whole(value),
        unit => format!("{}{}", short(value), unit.text()),
    };
    let bound = |pick: fn(crate::goal::Bound) -> f64| {
        line.bound.map_or_else(String::new, |bound| {
            let value = pick(bound);
            // As it is written in the table of goals.
            format!("{} {value}{}", bound.sign(), line.unit.text())
        })
    };
    vec![
        line.goal.to_string(),
        line.what.clone(),
        with_unit(line.value),
        bound(crate::goal::Bound::must),
        bound(crate::goal::Bound::aim),
        line.verdict()
            .map_or_else(|| "–".to_owned(), |verdict| verdict.text().to_owned()),
        percent(line.spread),
        line.behind.clone(),
    ]
}

fn rounds_json(group: &Group) -> Vec<Value> {
    let rounds = group.rounds.iter().map(|round| {
        let cells = round.iter().map(|(cell, sample)| {
            let mut value = sample.json();
            value["cell"] = json!(cell.name);
            value["connections"] = json!(cell.connections);
            value
        });
        Value::Array(cells.collect())
    });
    rounds.collect()
}

pub fn cells(out: &mut String, group: &Group) {
    let summaries = summarise(&group.rounds);
    if summaries.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", group.title);
    let or_dash = |value: Option<f64>, digits: usize| {
        value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
    };
    let rows: Vec<Vec<String>> = summaries
        .iter()
        .map(|summary| {
            vec![
                format!("  {}", summary.cell.name.replace('_', " ")),
                summary.cell.connections.to_string(),
                whole(summary.per_second),
                short(summary.p50_ms),
                short(summary.p99_ms),
                short(summary.max_ms),
                percent(summary.spread),
                or_dash(summary.cpu_micros, 0),
                or_dash(summary.written_kib, 1),
                summary.errors.to_string(),
            ]
        })
        .collect();
    let head = [
        "",
        "connections",
        "a second",
        "p50 ms",
        "p99 ms",
        "max ms",
        "spread",
        "CPU µs",
        "KiB written",
        "errors",
    ];
    table(out, &head, &rows, &[0]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{Cell, Sample};
    use crate::goal::{Bound, Goal};
    use crate::part::What;

    fn report() -> Report {
        let mut part = Part::default();
        let what = What {
            goal: Goal::P9,
            text: "the longest stall",
            bound: Some(Bound::at_most(100.0, 40.0)),
        };
        part.line(&what, Unit::Millis, &[50.0, 60.0, 70.0], "behind".into());
        part.skip(Goal::P12, "why not");
        let sample = Sample {
            per_second: 1234.0,
            ..Sample::default()
        };
        part.group("A group", vec![vec![(Cell::new("some_cell", 32), sample)]]);
        Report {
            version: "0".into(),
            processors: 2,
            memory_mib: 4000,
            rounds: 3,
            seconds: 2.0,
            warm_up: 0.5,
            took_seconds: 60.0,
            load_before: Some(3.0),
            load_after: Some(1.0),
            postgres: None,
            part,
        }
    }

    #[test]
    fn the_table_says_what_was_measured_and_whether_it_is_enough() {
        let text = report().text();
        let line = text.lines().find(|line| line.starts_with("P9")).unwrap();
        for part in ["60.0 ms", "≤ 100 ms", "≤ 40 ms", "yes", "33 %", "behind"] {
            assert!(line.contains(part), "{part} in {line}");
        }
        assert!(text.contains("NOT quiet"));
        assert!(text.contains("not measured: P12, why not"));
        assert!(text.contains("some cell"));
    }

    #[test]
    fn the_file_holds_every_round() {
        let json = report().json();
        assert_eq!(json["goals"][0]["verdict"], "must");
        assert_eq!(json["goals"][0]["must"], 100.0);
        assert_eq!(json["groups"][0]["rounds"][0][0]["cell"], "some_cell");
        assert_eq!(json["skipped"][0]["goal"], "P12");
    }
}
