//! What one stage of a run found out.

use crate::figures::{self, Cell, Round, Sample, median, ratios, spread, values};
use crate::goal::{Bound, Goal, Line, Unit};
use crate::table::whole;

/// Cells that were measured together, over all rounds.
pub struct Group {
    pub title: String,
    pub rounds: Vec<Round>,
}

#[derive(Default)]
pub struct Part {
    pub lines: Vec<Line>,
    pub groups: Vec<Group>,
    /// Goals that could not be measured here, and why.
    pub skipped: Vec<(Goal, String)>,
    pub notes: Vec<String>,
    pub errors: Vec<String>,
}

/// What a line is about.
pub struct What<'a> {
    pub goal: Goal,
    pub text: &'a str,
    pub bound: Option<Bound>,
}

impl Part {
    /// A ratio of rates, each taken inside a round.
    pub fn ratio(&mut self, what: &What<'_>, rounds: &[Round], above: Cell, below: Cell) {
        let behind = format!(
            "{} ÷ {} a second",
            whole(median(values(rounds, above, figures::rate))),
            whole(median(values(rounds, below, figures::rate))),
        );
        let of_rounds = ratios(rounds, above, below, figures::rate);
        self.line(what, Unit::Ratio, &of_rounds, behind);
    }

    /// A ratio of waits, each taken inside a round.
    pub fn wait_ratio(
        &mut self,
        what: &What<'_>,
        rounds: &[Round],
        above: Cell,
        below: Cell,
        of: fn(&Sample) -> f64,
    ) {
        let behind = format!(
            "{:.2} ÷ {:.2} ms",
            median(values(rounds, above, of)),
            median(values(rounds, below, of)),
        );
        self.line(what, Unit::Ratio, &ratios(rounds, above, below, of), behind);
    }

    /// No value, no line: what was not measured is not judged.
    pub fn line(&mut self, what: &What<'_>, unit: Unit, of_rounds: &[f64], behind: String) {
        if of_rounds.is_empty() {
            return;
        }
        self.lines.push(Line {
            goal: what.goal,
            what: what.text.to_owned(),
            unit,
            value: median(of_rounds.to_vec()),
            spread: spread(of_rounds),
            bound: what.bound,
            behind,
        });
    }

    pub fn group(&mut self, title: &str, rounds: Vec<Round>) {
        self.groups.push(Group {
            title: title.to_owned(),
            rounds,
        });
    }

    pub fn skip(&mut self, goal: Goal, why: impl Into<String>) {
        self.skipped.push((goal, why.into()));
    }

    pub fn append(&mut self, mut other: Self) {
        self.lines.append(&mut other.lines);
        self.groups.append(&mut other.groups);
        self.skipped.append(&mut other.skipped);
        self.notes.append(&mut other.notes);
        self.errors.append(&mut other.errors);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_the_median_of_the_rounds_own() {
        let (create, raw) = (Cell::new("create", 32), Cell::new("raw", 32));
        let of = |per_second: f64| Sample {
            per_second,
            p99_ms: per_second / 10.0,
            ..Sample::default()
        };
        let rounds: Vec<Round> = [(50.0, 100.0), (80.0, 100.0), (600.0, 1000.0)]
            .map(|(above, below)| vec![(create, of(above)), (raw, of(below))])
            .to_vec();
        let mut part = Part::default();
        let what = What {
            goal: Goal::P4,
            text: "create",
            bound: Some(Bound::at_least(0.6, 0.85)),
        };
        part.ratio(&what, &rounds, create, raw);
        part.ratio(&what, &rounds, create, Cell::new("nobody", 1));
        assert_eq!(part.lines.len(), 1, "nothing to divide by, no line");
        assert!((part.lines[0].value - 0.6).abs() < 1e-9);
        assert_eq!(part.lines[0].behind, "80 ÷ 100 a second");
        part.wait_ratio(&what, &rounds, create, raw, |sample| sample.p99_ms);
        assert_eq!(part.lines[1].behind, "8.00 ÷ 10.00 ms");
    }
}
