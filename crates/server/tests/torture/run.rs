//! How long a proof runs and with which dice.
//!
//! `cargo xtask torture` sets the variables; without them a proof is a slice that fits a test run, with a new seed.
//! The seed repeats a run's choices; how requests interleave remains the machine's.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Which store a proof stands on; its tests end in the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

impl On {
    const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// One proof's share of a run.
pub struct Run {
    pub rounds: usize,
    pub random: StdRng,
}

impl Run {
    /// `slice` rounds in a test run, `long` ones under `cargo xtask torture`, unless somebody asks for a number.
    pub fn new(proof: &str, on: On, slice: usize, long: usize) -> Self {
        let usual = if std::env::var_os("SELFSAME_TORTURE").is_some() {
            long
        } else {
            slice
        };
        let rounds = number("SELFSAME_TORTURE_ROUNDS")
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(usual);
        let seed = number("SELFSAME_TORTURE_SEED").unwrap_or_else(fresh_seed);
        let store = on.name();
        eprintln!(
            "{rounds} rounds; again with: cargo xtask torture --seed {seed} --rounds {rounds} --store {store} --only {proof}"
        );
        Self {
            rounds,
            random: StdRng::seed_from_u64(seed),
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} must be a number, not {text:?}")))
}

fn fresh_seed() -> u64 {
    u64::from(rand::make_rng::<StdRng>().random::<u32>())
}
