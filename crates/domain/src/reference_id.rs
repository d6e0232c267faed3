//! The customer's own name for a person: validity, folding, equality. The only place that knows (R1–R8).

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// R5: at most this many characters (Unicode scalar values), nothing trimmed.
pub const MAX_CHARACTERS: usize = 255;

/// A reference ID in the spelling its sender used. Two are the same when they fold alike (R8).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReferenceId(String);

/// Why a string is not a reference ID. An empty one is none of these: each door decides what it means (R7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceIdError {
    Empty,
    TooLong,
    ControlCharacter,
}

impl fmt::Display for ReferenceIdError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "must not be empty",
            Self::TooLong => "must be at most 255 characters long",
            Self::ControlCharacter => "must not contain control characters",
        })
    }
}

impl ReferenceId {
    /// R5, R6: 1…255 characters, no control characters, blanks are significant.
    pub fn parse(text: &str) -> Result<Self, ReferenceIdError> {
        if text.is_empty() {
            return Err(ReferenceIdError::Empty);
        }
        if text.chars().count() > MAX_CHARACTERS {
            return Err(ReferenceIdError::TooLong);
        }
        if text.chars().any(|c| c <= '\u{1f}' || c == '\u{7f}') {
            return Err(ReferenceIdError::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// Takes a value that was checked when it was stored.
    pub fn from_trusted(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is compared and indexed.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

/// The one folding: NFC, then Unicode lower case (R8; `docs/decisions/0003-folding.md`).
///
/// Lower-casing can leave a decomposed pair (`İ` → `i` + dot above), so the result is composed once more;
/// that makes folding idempotent.
pub fn fold(text: &str) -> String {
    text.nfc()
        .collect::<String>()
        .to_lowercase()
        .nfc()
        .collect()
}

impl PartialEq for ReferenceId {
    fn eq(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }
}

impl Eq for ReferenceId {}

impl fmt::Display for ReferenceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn r5_length_counts_characters_not_bytes() {
        assert!(ReferenceId::parse(&"é".repeat(255)).is_ok());
        assert_eq!(
            ReferenceId::parse(&"é".repeat(256)),
            Err(ReferenceIdError::TooLong)
        );
    }

    #[test]
    fn r6_control_characters_are_refused_and_everything_printable_is_kept() {
        for bad in ["a\u{0}", "a\nb", "\u{7f}", "\t"] {
            assert_eq!(
                ReferenceId::parse(bad),
                Err(ReferenceIdError::ControlCharacter)
            );
        }
        for good in [
            " lead",
            "trail ",
            "a:b-c_d.e@f/g",
            "\u{200f}rtl",
            "zero\u{200b}width",
            "用户",
        ] {
            assert_eq!(ReferenceId::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn r8_spellings_that_differ_in_case_or_composition_are_one() {
        let same = [
            ("User-1", "user-1"),
            ("É", "e\u{301}"),
            ("STRASSE", "strasse"),
            ("ΣΑΣ", "σας"),
            ("\u{212b}", "å"),
        ];
        for (left, right) in same {
            assert_eq!(
                ReferenceId::parse(left).unwrap(),
                ReferenceId::parse(right).unwrap()
            );
        }
    }

    #[test]
    fn r8_what_only_looks_alike_stays_apart() {
        let different = [
            ("straße", "strasse"),
            ("ﬁ", "fi"),
            (" a", "a"),
            ("a\u{200b}", "a"),
            ("ı", "i"),
        ];
        for (left, right) in different {
            assert_ne!(
                ReferenceId::parse(left).unwrap(),
                ReferenceId::parse(right).unwrap()
            );
        }
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
