//! API versions: the dates a caller may ask for, and what each one changes.
//!
//! Documents are built in the newest shape and turned into older ones by [`down_convert`]
//! (conventions §7 → docs/rules/server-api.md).

mod older;

use std::fmt;
use std::str::FromStr;

use selfsame_domain::Refusal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A published version of the API, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApiVersion {
    /// The baseline.
    V2020_05_18,
    /// Government-id numbers merged into one attribute.
    V2021_02_21,
    /// Watchlist report attributes removed.
    V2021_05_14,
    /// Inquiry `reviewer` became a relationship. Also called 2021-07-15 in the changelog.
    V2021_07_05,
    /// Session `browser-fingerprint` moved to the device.
    V2021_08_18,
    /// No known change.
    V2022_09_01,
    /// File URLs carry their own token.
    V2023_01_05,
    /// Nothing included by default, personal data only inside `fields`, `fields` keys left alone.
    V2025_10_27,
    /// Reports only.
    V2025_12_08,
    /// Contents unknown; the same as 2025-12-08 until they are.
    V2026_09_29,
}

impl ApiVersion {
    /// All versions, oldest first.
    pub const ALL: [Self; 10] = [
        Self::V2020_05_18,
        Self::V2021_02_21,
        Self::V2021_05_14,
        Self::V2021_07_05,
        Self::V2021_08_18,
        Self::V2022_09_01,
        Self::V2023_01_05,
        Self::V2025_10_27,
        Self::V2025_12_08,
        Self::V2026_09_29,
    ];
    /// The newest version.
    pub const LATEST: Self = Self::V2026_09_29;
    /// The newest version whose whole schema is public; what a caller gets who asks for none.
    pub const DEFAULT: Self = Self::V2025_12_08;

    /// The date.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2020_05_18 => "2020-05-18",
            Self::V2021_02_21 => "2021-02-21",
            Self::V2021_05_14 => "2021-05-14",
            Self::V2021_07_05 => "2021-07-05",
            Self::V2021_08_18 => "2021-08-18",
            Self::V2022_09_01 => "2022-09-01",
            Self::V2023_01_05 => "2023-01-05",
            Self::V2025_10_27 => "2025-10-27",
            Self::V2025_12_08 => "2025-12-08",
            Self::V2026_09_29 => "2026-09-29",
        }
    }

    /// Reads a `Persona-Version` header. A header sent twice arrives as `a, a`; the last value counts.
    pub fn parse(header: &str) -> Result<Self, Refusal> {
        let date = header.rsplit(',').next().unwrap_or(header).trim();
        Self::named(date).ok_or_else(|| {
            let known = Self::known_ones();
            Refusal::malformed(format!("Persona-Version must be one of {known}"))
        })
    }

    /// The version of this date.
    pub fn named(date: &str) -> Option<Self> {
        if date == "2021-07-15" {
            return Some(Self::V2021_07_05);
        }
        Self::ALL
            .into_iter()
            .find(|version| version.as_str() == date)
    }

    /// All dates, for messages.
    pub fn known_ones() -> String {
        join(Self::ALL.into_iter())
    }

    /// Whether responses carry related resources without being asked.
    pub fn includes_by_default(self) -> bool {
        self < Self::V2025_10_27
    }

    /// Whether a conflict of reference IDs is answered with the account that has it (C80, R13).
    pub fn conflicts_show_the_account(self) -> bool {
        self < Self::V2025_10_27
    }

    /// Whether the URL of a file has a token of its own, and needs no key (C76, C115).
    pub fn files_carry_tokens(self) -> bool {
        self >= Self::V2023_01_05
    }

    /// Whether personal data is also found outside `fields`, and taken from there.
    pub fn flat_pii(self) -> bool {
        self < Self::V2025_10_27
    }

    /// Whether documents are as they are built, but for the spelling of keys outside `fields`.
    pub fn is_as_built(self) -> bool {
        !older::converts(self) && !self.inflects_inquiry_fields()
    }

    /// Whether the keys inside `fields` of inquiries, cases and transactions follow the inflection.
    pub fn inflects_inquiry_fields(self) -> bool {
        self < Self::V2025_10_27
    }
}

fn join(versions: impl Iterator<Item = ApiVersion>) -> String {
    let dates: Vec<&str> = versions.map(ApiVersion::as_str).collect();
    dates.join(", ")
}

impl Default for ApiVersion {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ApiVersion {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        Self::parse(text)
    }
}

impl Serialize for ApiVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ApiVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Turns a document in the newest shape into that of `version`.
pub fn down_convert(document: &mut Value, version: ApiVersion) {
    older::convert(document, version);
}

pub(crate) use older::FLAT_OF_INQUIRY;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_read_back_and_are_ordered_by_date() {
        for version in ApiVersion::ALL {
            assert_eq!(version.to_string().parse(), Ok(version));
            let stored = serde_json::to_string(&version).unwrap();
            assert_eq!(
                serde_json::from_str::<ApiVersion>(&stored).unwrap(),
                version
            );
        }
        assert!(ApiVersion::ALL.is_sorted());
        assert!(ApiVersion::ALL.is_sorted_by_key(|version| version.as_str()));
        assert_eq!(ApiVersion::ALL.last(), Some(&ApiVersion::LATEST));
        assert_eq!(ApiVersion::default(), ApiVersion::V2025_12_08);
    }

    #[test]
    fn a_header_sent_twice_counts_by_its_last_value() {
        let twice = ApiVersion::parse("2023-01-05, 2025-12-08");
        assert_eq!(twice, Ok(ApiVersion::V2025_12_08));
        assert_eq!(
            ApiVersion::parse(" 2021-07-15 "),
            Ok(ApiVersion::V2021_07_05)
        );
    }

    #[test]
    fn unknown_versions_are_refused_with_the_known_ones() {
        for wrong in ["", "latest", "2025-12-09", "2025-12-08,", "2025-12-8"] {
            let refusal = ApiVersion::parse(wrong).unwrap_err();
            assert_eq!(refusal.status(), 400, "{wrong}");
            assert!(refusal.details.unwrap().contains("2025-12-08, 2026-09-29"));
        }
        assert!(serde_json::from_str::<ApiVersion>("\"2000-01-01\"").is_err());
    }

    #[test]
    fn the_big_change_splits_old_from_new() {
        let old = ApiVersion::V2023_01_05;
        assert!(old.includes_by_default() && old.flat_pii() && old.inflects_inquiry_fields());
        let new = ApiVersion::V2025_10_27;
        assert!(!new.includes_by_default() && !new.flat_pii() && !new.inflects_inquiry_fields());
        assert!(new.is_as_built() && !old.is_as_built());
    }
}
