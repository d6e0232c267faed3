//! What one cell measured, and what several rounds of it say together.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// One thing that is measured, at one number of connections. The name is the key of the JSON file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub name: &'static str,
    pub connections: usize,
}

impl Cell {
    pub const fn new(name: &'static str, connections: usize) -> Self {
        Self { name, connections }
    }
}

/// Microseconds, three significant digits, up to a minute.
const LONGEST_MICROS: u64 = 60_000_000;

pub fn new_histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_MICROS, 3)
        .unwrap_or_else(|_| unreachable!("these are legal bounds"))
}

pub fn record(histogram: &mut Histogram<u64>, took: Duration) {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
    histogram.saturating_record(micros);
}

/// One cell of one round.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    pub answers: u64,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    pub errors: u64,
    /// The process' own time on the processor, per answer.
    pub cpu_micros: Option<f64>,
    /// What the process wrote to storage, per answer.
    pub written_kib: Option<f64>,
}

impl Sample {
    /// `per_entry`: how many creates or requests each entry of the histogram stands for.
    pub fn new(histogram: &Histogram<u64>, per_entry: u64, elapsed: Duration, errors: u64) -> Self {
        let answers = histogram.len() * per_entry;
        let millis = |quantile| to_f64(histogram.value_at_quantile(quantile)) / 1000.0;
        Self {
            answers,
            per_second: to_f64(answers) / elapsed.as_secs_f64().max(f64::MIN_POSITIVE),
            p50_ms: millis(0.5),
            p99_ms: millis(0.99),
            max_ms: to_f64(histogram.max()) / 1000.0,
            errors,
            cpu_micros: None,
            written_kib: None,
        }
    }

    pub fn json(&self) -> Value {
        json!({
            "answers": self.answers,
            "per_second": self.per_second,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "max_ms": self.max_ms,
            "errors": self.errors,
            "cpu_micros": self.cpu_micros,
            "written_kib": self.written_kib,
        })
    }

    /// What [`Sample::json`] wrote, in another process.
    pub fn from_json(value: &Value) -> Option<Self> {
        let number = |name: &str| value.get(name)?.as_f64();
        let count = |name: &str| value.get(name)?.as_u64();
        Some(Self {
            answers: count("answers")?,
            per_second: number("per_second")?,
            p50_ms: number("p50_ms")?,
            p99_ms: number("p99_ms")?,
            max_ms: number("max_ms")?,
            errors: count("errors")?,
            cpu_micros: number("cpu_micros"),
            written_kib: number("written_kib"),
        })
    }
}

/// A cell over all rounds.
#[derive(Debug, Clone)]
pub struct Summary {
    pub cell: Cell,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// The longest of all rounds.
    pub max_ms: f64,
    /// (highest − lowest) ÷ median of the rate: how much the rounds disagree.
    pub spread: f64,
    pub errors: u64,
    pub cpu_micros: Option<f64>,
    pub written_kib: Option<f64>,
}

/// Cells that were measured one after the other.
pub type Round = Vec<(Cell, Sample)>;

fn sample(round: &Round, cell: Cell) -> Option<&Sample> {
    round
        .iter()
        .find(|(measured, _)| *measured == cell)
        .map(|(_, sample)| sample)
}

/// Every cell, in the order in which they first appear.
pub fn summarise(rounds: &[Round]) -> Vec<Summary> {
    let mut cells: Vec<Cell> = Vec::new();
    for (cell, _) in rounds.iter().flatten() {
        if !cells.contains(cell) {
            cells.push(*cell);
        }
    }
    cells
        .into_iter()
        .map(|cell| summary(rounds, cell))
        .collect()
}

fn summary(rounds: &[Round], cell: Cell) -> Summary {
    let samples: Vec<&Sample> = rounds
        .iter()
        .filter_map(|round| sample(round, cell))
        .collect();
    let of = |what: fn(&Sample) -> f64| -> Vec<f64> {
        samples.iter().map(|sample| what(sample)).collect()
    };
    let maybe = |what: fn(&Sample) -> Option<f64>| -> Option<f64> {
        let known: Vec<f64> = samples.iter().filter_map(|sample| what(sample)).collect();
        (!known.is_empty()).then(|| median(known))
    };
    let rates = of(|sample| sample.per_second);
    let per_second = median(rates.clone());
    Summary {
        cell,
        per_second,
        p50_ms: median(of(|sample| sample.p50_ms)),
        p99_ms: median(of(|sample| sample.p99_ms)),
        max_ms: of(|sample| sample.max_ms).into_iter().fold(0.0, f64::max),
        spread: spread(&rates),
        errors: samples.iter().map(|sample| sample.errors).sum(),
        cpu_micros: maybe(|sample| sample.cpu_micros),
        written_kib: maybe(|sample| sample.written_kib),
    }
}

/// A figure of one cell divided by that of another of the same round; one value a round.
pub fn ratios(rounds: &[Round], above: Cell, below: Cell, of: fn(&Sample) -> f64) -> Vec<f64> {
    rounds
        .iter()
        .filter_map(|round| {
            let divisor = of(sample(round, below)?);
            (divisor > 0.0).then_some(of(sample(round, above)?) / divisor)
        })
        .collect()
}

/// One figure of a cell, a value a round.
pub fn values(rounds: &[Round], cell: Cell, of: fn(&Sample) -> f64) -> Vec<f64> {
    rounds
        .iter()
        .filter_map(|round| sample(round, cell))
        .map(of)
        .collect()
}

pub fn rate(sample: &Sample) -> f64 {
    sample.per_second
}

/// (highest − lowest) ÷ median.
pub fn spread(values: &[f64]) -> f64 {
    let highest = values.iter().copied().fold(f64::MIN, f64::max);
    let lowest = values.iter().copied().fold(f64::MAX, f64::min);
    if values.is_empty() {
        return 0.0;
    }
    (highest - lowest) / median(values.to_vec()).max(f64::MIN_POSITIVE)
}

/// Of an even number, the mean of the middle two; of none, 0.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        length if length % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// How much the second of each pair grows while the first grows by one: the straight line that lies nearest.
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let count = to_f64(points.len() as u64).max(1.0);
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (middle, level) = (mean(|point| point.0), mean(|point| point.1));
    let above: f64 = points.iter().map(|(x, y)| (x - middle) * (y - level)).sum();
    let below: f64 = points.iter().map(|(x, _)| (x - middle).powi(2)).sum();
    if below > 0.0 { above / below } else { 0.0 }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts of one run stay far below 2^52"
)]
pub fn to_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Cell = Cell::new("floor", 8);
    const GET: Cell = Cell::new("get", 8);

    #[test]
    fn quantiles_are_milliseconds_of_what_was_recorded() {
        let mut histogram = new_histogram();
        for micros in 1..=1000 {
            record(&mut histogram, Duration::from_micros(micros * 10));
        }
        let sample = Sample::new(&histogram, 32, Duration::from_secs(2), 0);
        assert_eq!(sample.answers, 32_000);
        assert!((sample.per_second - 16_000.0).abs() < 1e-6);
        for (measured, expected) in [
            (sample.p50_ms, 5.0),
            (sample.p99_ms, 9.9),
            (sample.max_ms, 10.0),
        ] {
            assert!((measured / expected - 1.0).abs() < 0.002, "{measured}");
        }
    }

    fn measured(cell: Cell, per_second: f64) -> (Cell, Sample) {
        let sample = Sample {
            answers: 1,
            per_second,
            p50_ms: 1.0,
            p99_ms: 2.0,
            max_ms: per_second,
            errors: 1,
            cpu_micros: None,
            written_kib: Some(per_second),
        };
        (cell, sample)
    }

    fn rounds() -> Vec<Round> {
        [(100.0, 50.0), (10.0, 8.0), (1000.0, 400.0)]
            .into_iter()
            .map(|(floor, get)| vec![measured(FLOOR, floor), measured(GET, get)])
            .collect()
    }

    #[test]
    fn ratios_are_taken_inside_a_round() {
        // The ratio of the medians would be 50 / 100 as well; that of the means would not.
        assert_eq!(ratios(&rounds(), GET, FLOOR, rate), vec![0.5, 0.8, 0.4]);
        assert!(ratios(&rounds(), GET, Cell::new("other", 8), rate).is_empty());
    }

    #[test]
    fn a_summary_takes_medians_and_the_longest_of_all() {
        let summaries = summarise(&rounds());
        let get = &summaries[1];
        assert_eq!(get.cell, GET);
        assert!((get.per_second - 50.0).abs() < 1e-9);
        assert!((get.max_ms - 400.0).abs() < 1e-9);
        assert_eq!(get.errors, 3);
        assert_eq!(get.written_kib, Some(50.0));
        assert!((get.spread - 392.0 / 50.0).abs() < 1e-9);
    }

    #[test]
    fn a_median_takes_the_middle() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!(median(Vec::new()).abs() < 1e-9);
    }

    #[test]
    fn a_slope_is_that_of_the_nearest_line() {
        let line = |up: f64, noise: [f64; 4]| -> Vec<(f64, f64)> {
            let at = [0.0, 1.0, 2.0, 3.0];
            let points = at.into_iter().zip(noise);
            points.map(|(x, off)| (x, 7.0 + up * x + off)).collect()
        };
        assert!((slope(&line(3.0, [0.0; 4])) - 3.0).abs() < 1e-9);
        assert!((slope(&line(-2.0, [1.0, -1.0, -1.0, 1.0])) + 2.0).abs() < 1e-9);
        assert!(slope(&[(1.0, 5.0)]).abs() < 1e-9, "one point is no line");
        assert!(slope(&[]).abs() < 1e-9);
    }

    #[test]
    fn a_sample_survives_the_way_from_another_process() {
        let (_, sample) = measured(GET, 12.5);
        let back = Sample::from_json(&sample.json()).unwrap();
        assert_eq!(format!("{sample:?}"), format!("{back:?}"));
        assert!(Sample::from_json(&json!({"answers": 1})).is_none());
    }
}
