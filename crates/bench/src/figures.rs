//! What one cell measured, and what several rounds of it say together.

use std::time::Duration;

use hdrhistogram::Histogram;

/// One workload at one number of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub workload: Workload,
    pub connections: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Workload {
    RawSingle,
    RawGroup,
    Create,
    Floor,
    Get,
    List,
    Find,
}

impl Workload {
    pub const fn key(self) -> &'static str {
        match self {
            Self::RawSingle => "sqlite_one_per_commit",
            Self::RawGroup => "sqlite_32_per_commit",
            Self::Create => "create",
            Self::Floor => "http_floor",
            Self::Get => "get",
            Self::List => "list_by_reference",
            Self::Find => "find_by_reference",
        }
    }

    /// What its rate is compared with, in the same round and next to it in time.
    pub const fn baselines(self) -> &'static [Self] {
        match self {
            Self::Create => &[Self::RawSingle, Self::RawGroup],
            Self::Get | Self::List | Self::Find => &[Self::Floor],
            Self::RawSingle | Self::RawGroup | Self::Floor => &[],
        }
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
#[derive(Debug, Clone)]
pub struct Sample {
    pub answers: u64,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    pub errors: u64,
    /// The server process' own time on the processor, per answer.
    pub cpu_micros: Option<f64>,
    /// What the server process wrote to storage, per answer.
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
    /// The median of each round's own ratio.
    pub ratios: Vec<(Workload, f64)>,
}

pub type Round = Vec<(Cell, Sample)>;

fn sample(round: &Round, cell: Cell) -> Option<&Sample> {
    round
        .iter()
        .find(|(measured, _)| *measured == cell)
        .map(|(_, sample)| sample)
}

/// Every cell, in the order of the first round.
pub fn summarise(rounds: &[Round]) -> Vec<Summary> {
    let cells = rounds.first().into_iter().flatten().map(|(cell, _)| *cell);
    cells.map(|cell| summary(rounds, cell)).collect()
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
    let highest = rates.iter().copied().fold(f64::MIN, f64::max);
    let lowest = rates.iter().copied().fold(f64::MAX, f64::min);
    let per_second = median(rates);
    let ratios = cell
        .workload
        .baselines()
        .iter()
        .filter_map(|baseline| {
            let against = Cell {
                workload: *baseline,
                ..cell
            };
            let of_rounds: Vec<f64> = rounds
                .iter()
                .filter_map(|round| {
                    let below = sample(round, against)?.per_second;
                    Some(sample(round, cell)?.per_second / below)
                })
                .collect();
            (!of_rounds.is_empty()).then(|| (*baseline, median(of_rounds)))
        })
        .collect();
    Summary {
        cell,
        per_second,
        p50_ms: median(of(|sample| sample.p50_ms)),
        p99_ms: median(of(|sample| sample.p99_ms)),
        max_ms: of(|sample| sample.max_ms).into_iter().fold(0.0, f64::max),
        spread: (highest - lowest) / per_second.max(f64::MIN_POSITIVE),
        errors: samples.iter().map(|sample| sample.errors).sum(),
        cpu_micros: maybe(|sample| sample.cpu_micros),
        written_kib: maybe(|sample| sample.written_kib),
        ratios,
    }
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

    fn measured(workload: Workload, per_second: f64) -> (Cell, Sample) {
        let cell = Cell {
            workload,
            connections: 8,
        };
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

    #[test]
    fn ratios_are_taken_inside_a_round_and_then_the_median() {
        let rounds: Vec<Round> = [(100.0, 50.0), (10.0, 8.0), (1000.0, 400.0)]
            .into_iter()
            .map(|(floor, get)| {
                vec![
                    measured(Workload::Floor, floor),
                    measured(Workload::Get, get),
                ]
            })
            .collect();
        let summaries = summarise(&rounds);
        let get = &summaries[1];
        // The ratio of the medians would be 50 / 100 as well; that of the means would not.
        assert_eq!(get.ratios, vec![(Workload::Floor, 0.5)]);
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
}
