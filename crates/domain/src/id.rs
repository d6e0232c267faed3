//! Typed, prefixed, time-sortable ids (`act_…`, `inq_…`).
//!
//! Shape: prefix, underscore, 28 Base58 characters: six that tell the time in steps of 64 ms since 2024,
//! then 22 random ones (128.8 bits, so an id cannot be guessed: B436). The alphabet is in ASCII order, so a
//! bytewise sort is a sort by age; `docs/decisions/0002-ids.md` says why. To add a type, add a line to `ids!`.

use std::fmt;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};

use crate::Timestamp;

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const EPOCH_MS: i64 = 1_704_067_200_000;
const TICK_MS: i64 = 64;
const TIME_LENGTH: usize = 6;
const RANDOM_LENGTH: usize = 22;
/// Ids that callers send may be of any age and maker; anything longer is not one of ours.
const LONGEST_ACCEPTED: usize = 40;

/// A cryptographically strong source of randomness, passed in as a value so that tests can seed it.
#[derive(Debug)]
pub struct Entropy(StdRng);

impl Entropy {
    pub fn new(rng: StdRng) -> Self {
        Self(rng)
    }

    /// A source that always yields the same sequence; for tests and seeded worlds only.
    pub fn seeded(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A new, independent source.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(StdRng::from_rng(&mut self.0))
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        self.0.random()
    }

    /// `length` characters of `alphabet`, uniformly.
    pub fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length)
            .map(|_| char::from(alphabet[self.0.random_range(0..alphabet.len())]))
            .collect()
    }

    pub fn base58(&mut self, length: usize) -> String {
        self.text(ALPHABET, length)
    }
}

/// A number in so many Base58 digits, which sort as numbers do; the highest ones are dropped where it has more.
pub fn base58_digits<const N: usize>(mut number: u64) -> [u8; N] {
    let mut digits = [ALPHABET[0]; N];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[usize::try_from(number % 58).unwrap_or(0)];
        number /= 58;
    }
    digits
}

/// The number that [`base58_digits`] were made of; `None`: they are none, or of one above `i64::MAX`.
pub fn base58_number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |number, byte| {
        let digit = ALPHABET.iter().position(|known| known == byte)?;
        number
            .checked_mul(58)?
            .checked_add(i64::try_from(digit).ok()?)
    })
}

fn time_part(now: Timestamp) -> String {
    let ticks = (now.millis() - EPOCH_MS).max(0) / TICK_MS;
    let digits: [u8; TIME_LENGTH] = base58_digits(ticks.unsigned_abs());
    digits.map(char::from).iter().collect()
}

/// The first and the last millisecond in which an id of ours with this text can have been made; `None`: it is not one.
/// What is sorted by age is found by its id so, without an index of ids.
pub fn minted_between(text: &str) -> Option<(Timestamp, Timestamp)> {
    let (_, tail) = text.split_once('_')?;
    let time = tail.as_bytes().get(..TIME_LENGTH)?;
    let ticks = base58_number(time)?;
    let first = EPOCH_MS + ticks * TICK_MS;
    let last = first + TICK_MS - 1;
    Some((Timestamp::from_millis(first), Timestamp::from_millis(last)))
}

/// Why a string is not an id of the wanted type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdError {
    /// Another prefix, or none: a 400 on the wire.
    WrongPrefix { expected: &'static str },
    /// The right prefix and a tail that no id has: nothing can be found under it, a 404 on the wire.
    Malformed,
}

/// What all ids have in common.
pub trait Id: Sized + Clone + fmt::Display {
    const PREFIX: &'static str;

    /// Takes a string that is known to be an id of this type (it comes from the store or from [`Id::parse`]).
    fn from_trusted(text: String) -> Self;

    fn as_str(&self) -> &str;

    fn mint(entropy: &mut Entropy, now: Timestamp) -> Self {
        Self::from_trusted(format!(
            "{}_{}{}",
            Self::PREFIX,
            time_part(now),
            entropy.base58(RANDOM_LENGTH)
        ))
    }

    fn parse(text: &str) -> Result<Self, IdError> {
        let tail = text
            .strip_prefix(Self::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or(IdError::WrongPrefix {
                expected: Self::PREFIX,
            })?;
        let well_formed = (1..=LONGEST_ACCEPTED).contains(&tail.len())
            && tail.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if well_formed {
            Ok(Self::from_trusted(text.to_owned()))
        } else {
            Err(IdError::Malformed)
        }
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl Id for $name {
            const PREFIX: &'static str = $prefix;
            fn from_trusted(text: String) -> Self { Self(text) }
            fn as_str(&self) -> &str { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    OrganisationId = "org";
    EnvironmentId = "env";
    ApiKeyId = "api";
    /// Also the id of the API log of that request.
    RequestId = "req";
    AccountId = "act";
    AccountTypeId = "acttp";
    AccountStatusId = "actst";
    AccountActionId = "accac";
    /// One run of an action.
    WorkflowRunId = "wfr";
    InquiryId = "inq";
    SessionId = "iqse";
    DeviceId = "dev";
    TemplateId = "itmpl";
    TemplateVersionId = "itmplv";
    VerificationTemplateId = "vtmpl";
    VerificationId = "ver";
    DocumentId = "doc";
    SelfieId = "self";
    FileId = "docf";
    EventId = "evt";
    TagId = "tag";
    ImporterId = "mprt";
    UserId = "user";
    UserSessionId = "uses";
    UserAuditLogId = "ual";
    WebhookId = "wbh";
    /// What was to be sent to a webhook.
    DeliveryId = "wbhe";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_published_shape() {
        let id = InquiryId::mint(
            &mut Entropy::seeded(1),
            Timestamp::from_millis(1_795_000_000_000),
        );
        assert_eq!(id.as_str().len(), 32);
        assert_eq!(InquiryId::parse(id.as_str()), Ok(id));
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let mut entropy = Entropy::seeded(2);
        let mut last = String::new();
        for step in 0..200 {
            let now = Timestamp::from_millis(1_795_000_000_000 + step * TICK_MS);
            let id = AccountId::mint(&mut entropy, now).to_string();
            assert!(id > last, "{id} does not sort after {last}");
            last = id;
        }
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        let mut entropy = Entropy::seeded(3);
        for step in 0..100 {
            let now = Timestamp::from_millis(1_795_000_000_000 + step * 7);
            let id = RequestId::mint(&mut entropy, now);
            let (first, last) = minted_between(id.as_str()).unwrap();
            assert!(first <= now && now <= last, "{id}");
        }
        for bad in ["req", "req_", "req_12345", "req_0OIl00abc", "req_äöü"] {
            assert_eq!(minted_between(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_foreign_prefix_is_told_apart_from_a_bad_tail() {
        assert_eq!(
            AccountId::parse("inq_abc"),
            Err(IdError::WrongPrefix { expected: "act" })
        );
        assert_eq!(AccountId::parse("act_"), Err(IdError::Malformed));
        assert_eq!(AccountId::parse("act_a b"), Err(IdError::Malformed));
        assert_eq!(
            AccountId::parse(&format!("act_{}", "a".repeat(41))),
            Err(IdError::Malformed)
        );
        assert!(AccountId::parse("actabc").is_err());
    }
}
