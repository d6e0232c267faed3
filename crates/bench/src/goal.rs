//! The goals, what each asks for, and whether a measured figure meets it.

use std::fmt;

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[value(rename_all = "verbatim")]
pub enum Goal {
    P1,
    P2,
    P3,
    P4,
    P5,
    P6,
    P7,
    P8,
    P9,
    P10,
    P11,
    P12,
    P13,
    D1,
    D2,
    D3,
    D4,
}

impl fmt::Display for Goal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self:?}")
    }
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    AtLeast { must: f64, aim: f64 },
    AtMost { must: f64, aim: f64 },
    Exactly(f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The aim as well.
    Aim,
    Must,
    Missed,
}

impl Verdict {
    pub const fn text(self) -> &'static str {
        match self {
            Self::Aim => "yes, and the aim",
            Self::Must => "yes",
            Self::Missed => "NO",
        }
    }
}

impl Bound {
    pub const fn at_least(must: f64, aim: f64) -> Self {
        Self::AtLeast { must, aim }
    }

    pub const fn at_most(must: f64, aim: f64) -> Self {
        Self::AtMost { must, aim }
    }

    pub fn judge(self, value: f64) -> Verdict {
        let (must, aim) = match self {
            Self::AtLeast { must, aim } => (value >= must, value >= aim),
            Self::AtMost { must, aim } => (value <= must, value <= aim),
            Self::Exactly(wanted) => {
                let met = (value - wanted).abs() < 1e-9;
                (met, met)
            }
        };
        match (must, aim) {
            (true, true) => Verdict::Aim,
            (true, false) => Verdict::Must,
            (false, _) => Verdict::Missed,
        }
    }

    pub const fn must(self) -> f64 {
        match self {
            Self::AtLeast { must, .. } | Self::AtMost { must, .. } | Self::Exactly(must) => must,
        }
    }

    pub const fn aim(self) -> f64 {
        match self {
            Self::AtLeast { aim, .. } | Self::AtMost { aim, .. } | Self::Exactly(aim) => aim,
        }
    }

    pub const fn sign(self) -> &'static str {
        match self {
            Self::AtLeast { .. } => "≥",
            Self::AtMost { .. } => "≤",
            Self::Exactly(_) => "=",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Ratio,
    Millis,
    Mib,
    Kib,
    Count,
}

impl Unit {
    pub const fn text(self) -> &'static str {
        match self {
            Self::Ratio | Self::Count => "",
            Self::Millis => " ms",
            Self::Mib => " MiB",
            Self::Kib => " KiB",
        }
    }
}

/// One measured figure of a goal.
#[derive(Debug, Clone)]
pub struct Line {
    pub goal: Goal,
    pub what: String,
    pub unit: Unit,
    /// The median of the rounds.
    pub value: f64,
    /// (highest − lowest) ÷ median over the rounds.
    pub spread: f64,
    /// None: said for completeness, not judged.
    pub bound: Option<Bound>,
    /// What stands behind it: the rates that were divided, the sizes, the counts.
    pub behind: String,
}

impl Line {
    pub fn verdict(&self) -> Option<Verdict> {
        self.bound.map(|bound| bound.judge(self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_judged_from_the_right_side() {
        let rate = Bound::at_least(0.7, 1.0);
        assert_eq!(rate.judge(0.69), Verdict::Missed);
        assert_eq!(rate.judge(0.7), Verdict::Must);
        assert_eq!(rate.judge(1.0), Verdict::Aim);
        let wait = Bound::at_most(15.0, 8.0);
        assert_eq!(wait.judge(15.1), Verdict::Missed);
        assert_eq!(wait.judge(9.0), Verdict::Must);
        assert_eq!(wait.judge(8.0), Verdict::Aim);
        assert_eq!(Bound::Exactly(1.0).judge(1.0), Verdict::Aim);
        assert_eq!(Bound::Exactly(1.0).judge(2.0), Verdict::Missed);
    }
}
