//! `Persona-Signature` of webhooks (W40–W44): made for a delivery, and read as a receiver reads it.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// The header's name.
pub const HEADER: &str = "persona-signature";

const HEX_LENGTH: usize = 64;

/// The header's value: a set for each secret, in the order they are given, newest first.
pub fn sign(secrets: &[&str], t: i64, body: &[u8]) -> String {
    let t = t.to_string();
    let sets: Vec<String> = secrets
        .iter()
        .map(|secret| format!("t={t},v1={}", signature(secret, &t, body)))
        .collect();
    sets.join(" ")
}

/// What a good header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Unix seconds of the attempt.
    pub t: i64,
    /// Which of the secrets signed, counted from 0.
    pub secret: usize,
}

/// Why a header is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    NoHeader,
    /// The set, counted from 1, and what is wrong in it.
    Malformed {
        set: usize,
        what: &'static str,
    },
    /// No set was made within the tolerance; of the nearest, seconds that have passed since, fewer than none if its time is
    /// yet to come.
    Stale {
        age: i64,
    },
    NoMatch,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeader => formatter.write_str("there is no Persona-Signature header"),
            Self::Malformed { set, what } => write!(formatter, "set {set}: {what}"),
            Self::Stale { age } if *age < 0 => {
                write!(formatter, "t is {} s ahead of now", age.unsigned_abs())
            }
            Self::Stale { age } => write!(formatter, "t is {age} s ago"),
            Self::NoMatch => formatter.write_str("no set was made with one of the secrets"),
        }
    }
}

impl std::error::Error for Problem {}

/// Whether one of the secrets signed this very body at a time that is at most `tolerance` seconds from `now`.
pub fn verify(
    header: Option<&str>,
    secrets: &[&str],
    body: &[u8],
    now: i64,
    tolerance: i64,
) -> Result<Verified, Problem> {
    let sets = parse(header)?;
    let fresh = fresh(&sets, now, tolerance)?;
    matching(&fresh, secrets, body).ok_or(Problem::NoMatch)
}

/// One step of [`verify`], for a developer's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub name: &'static str,
    pub ok: bool,
    pub detail: String,
}

/// What [`verify`] does, step by step, up to the first that fails. It shows signatures that the secrets make: only for
/// who may read the secrets.
pub fn steps(
    header: Option<&str>,
    secrets: &[&str],
    body: &[u8],
    now: i64,
    tolerance: i64,
) -> Vec<Step> {
    let step = |name, ok, detail| Step { name, ok, detail };
    let Some(text) = header else {
        return vec![step("header", false, Problem::NoHeader.to_string())];
    };
    let mut steps = vec![step("header", true, format!("{} characters", text.len()))];
    let sets = match parse(header) {
        Ok(sets) => sets,
        Err(problem) => {
            steps.push(step("format", false, problem.to_string()));
            return steps;
        }
    };
    let count = format!("{} set(s) of t and v1", sets.len());
    steps.push(step("format", true, count));
    let fresh = match fresh(&sets, now, tolerance) {
        Ok(fresh) => fresh,
        Err(problem) => {
            let detail = format!("{problem}, and the tolerance is {tolerance} s");
            steps.push(step("time", false, detail));
            return steps;
        }
    };
    let ages: Vec<String> = fresh
        .iter()
        .map(|set| format!("t={} is {} s from now", set.t_text, now.abs_diff(set.t)))
        .collect();
    steps.push(step("time", true, ages.join("; ")));
    for set in &fresh {
        let length = set.t_text.len() + 1 + body.len();
        let detail = format!(
            "{length} bytes: {:?}, {:?} and the body's {}",
            set.t_text,
            ".",
            body.len()
        );
        steps.push(step("message", true, detail));
    }
    let matched = matching(&fresh, secrets, body).is_some();
    let pairs = fresh
        .iter()
        .flat_map(|set| secrets.iter().enumerate().map(move |pair| (set, pair)));
    let compared: Vec<String> = pairs
        .map(|(set, (index, secret))| {
            let expected = signature(secret, set.t_text, body);
            let number = index + 1;
            format!("secret {number}: expected {expected}, received {}", set.hex)
        })
        .collect();
    steps.push(step("signature", matched, compared.join("; ")));
    steps
}

struct Set<'a> {
    t: i64,
    /// As it came, as it was signed.
    t_text: &'a str,
    hex: &'a str,
}

fn parse(header: Option<&str>) -> Result<Vec<Set<'_>>, Problem> {
    let header = header.ok_or(Problem::NoHeader)?;
    header
        .split(' ')
        .enumerate()
        .map(|(index, text)| {
            parse_set(text).map_err(|what| Problem::Malformed {
                set: index + 1,
                what,
            })
        })
        .collect()
}

/// Parts with other names are for other readers.
fn parse_set(text: &str) -> Result<Set<'_>, &'static str> {
    let (mut t_text, mut hex) = (None, None);
    for part in text.split(',') {
        let (name, value) = part
            .split_once('=')
            .ok_or("a part is not written name=value")?;
        let twice = match name {
            "t" => t_text.replace(value).is_some(),
            "v1" => hex.replace(value).is_some(),
            _ => false,
        };
        if twice {
            return Err("t or v1 is there twice");
        }
    }
    let t_text = t_text.ok_or("there is no t")?;
    let hex = hex.ok_or("there is no v1")?;
    let digits = t_text.bytes().all(|byte| byte.is_ascii_digit());
    let t = t_text.parse().ok().filter(|_| digits);
    let t = t.ok_or("t is not a number of seconds")?;
    let lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if hex.len() != HEX_LENGTH || !hex.bytes().all(lower_hex) {
        return Err("v1 is not 64 hexadecimal digits in small letters");
    }
    Ok(Set { t, t_text, hex })
}

fn fresh<'a>(sets: &'a [Set<'a>], now: i64, tolerance: i64) -> Result<Vec<&'a Set<'a>>, Problem> {
    let near = |set: &&Set<'_>| i128::from(now.abs_diff(set.t)) <= i128::from(tolerance);
    let found: Vec<_> = sets.iter().filter(near).collect();
    if found.is_empty() {
        let ages = sets.iter().map(|set| now.saturating_sub(set.t));
        let age = ages.min_by_key(|age| age.unsigned_abs()).unwrap_or(0);
        return Err(Problem::Stale { age });
    }
    Ok(found)
}

/// Every set is compared with every secret, whichever matches.
fn matching(sets: &[&Set<'_>], secrets: &[&str], body: &[u8]) -> Option<Verified> {
    let mut found = None;
    for set in sets {
        for (index, secret) in secrets.iter().enumerate() {
            let expected = signature(secret, set.t_text, body);
            let same: Choice = expected.as_bytes().ct_eq(set.hex.as_bytes());
            if bool::from(same) && found.is_none() {
                found = Some(Verified {
                    t: set.t,
                    secret: index,
                });
            }
        }
    }
    found
}

/// Lower-case HMAC-SHA256 of `<t>.<body>` under the whole secret.
fn signature(secret: &str, t: &str, body: &[u8]) -> String {
    // HMAC takes keys of any length. If it did not, this would match no set: it is not 64 digits.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(t.as_bytes());
    mac.update(b".");
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_700_000_000;
    const TOLERANCE: i64 = 300;
    const VECTOR: &str =
        "t=1700000000,v1=d132a70d733d73ec3162b6327e2c7fc6cdd448a4190ef20379145b7f1d2690a5";

    fn verify_now(header: &str, secrets: &[&str], body: &[u8]) -> Result<Verified, Problem> {
        verify(Some(header), secrets, body, NOW, TOLERANCE)
    }

    #[test]
    fn w40_the_test_vector() {
        assert_eq!(sign(&["wbhsec_test"], NOW, b"{}"), VECTOR);
        let verified = Verified { t: NOW, secret: 0 };
        assert_eq!(verify_now(VECTOR, &["wbhsec_test"], b"{}"), Ok(verified));
    }

    #[test]
    fn w41_two_secrets_make_two_sets_of_one_time_the_newest_first() {
        let header = sign(&["new", "old"], NOW, b"{}");
        let (first, second) = header.split_once(' ').unwrap();
        assert_eq!(first, sign(&["new"], NOW, b"{}"));
        assert_eq!(second, sign(&["old"], NOW, b"{}"));
        for secret in ["new", "old"] {
            assert!(verify_now(&header, &[secret], b"{}").is_ok(), "{secret}");
        }
        let held = verify_now(second, &["new", "old"], b"{}");
        assert_eq!(held.map(|found| found.secret), Ok(1));
    }

    #[test]
    fn w43_whatever_is_wrong_is_said() {
        let malformed = |set, what| Problem::Malformed { set, what };
        let hex = "0".repeat(64);
        for (header, problem) in [
            (None, Problem::NoHeader),
            (
                Some(String::new()),
                malformed(1, "a part is not written name=value"),
            ),
            (
                Some(format!("{VECTOR} ")),
                malformed(2, "a part is not written name=value"),
            ),
            (Some(format!("v1={hex}")), malformed(1, "there is no t")),
            (Some("t=1700000000".into()), malformed(1, "there is no v1")),
            (
                Some(format!("t=1,t=2,v1={hex}")),
                malformed(1, "t or v1 is there twice"),
            ),
            (
                Some(format!("t=+1,v1={hex}")),
                malformed(1, "t is not a number of seconds"),
            ),
            (
                Some(format!("t=,v1={hex}")),
                malformed(1, "t is not a number of seconds"),
            ),
            (
                Some(format!("t=99999999999999999999,v1={hex}")),
                malformed(1, "t is not a number of seconds"),
            ),
            (
                Some(
                    VECTOR
                        .to_uppercase()
                        .replace("T=", "t=")
                        .replace("V1", "v1"),
                ),
                malformed(1, "v1 is not 64 hexadecimal digits in small letters"),
            ),
            (
                Some(VECTOR[..VECTOR.len() - 1].to_owned()),
                malformed(1, "v1 is not 64 hexadecimal digits in small letters"),
            ),
            (
                Some(sign(&["wbhsec_test"], NOW - 301, b"{}")),
                Problem::Stale { age: 301 },
            ),
            (
                Some(sign(&["wbhsec_test"], NOW + 301, b"{}")),
                Problem::Stale { age: -301 },
            ),
            (Some(sign(&["another"], NOW, b"{}")), Problem::NoMatch),
        ] {
            let found = verify(header.as_deref(), &["wbhsec_test"], b"{}", NOW, TOLERANCE);
            assert_eq!(found, Err(problem), "{header:?}");
        }
    }

    #[test]
    fn the_edges_of_the_tolerance_are_within_it() {
        for t in [NOW - TOLERANCE, NOW + TOLERANCE] {
            let header = sign(&["secret"], t, b"{}");
            assert!(verify_now(&header, &["secret"], b"{}").is_ok(), "{t}");
        }
    }

    #[test]
    fn parts_with_other_names_are_passed_over() {
        let header = format!("{VECTOR},v2=whatever");
        assert!(verify_now(&header, &["wbhsec_test"], b"{}").is_ok());
    }

    #[test]
    fn the_steps_show_what_was_signed_and_what_was_expected() {
        let steps_of = |header, secret| steps(header, &[secret], b"{}", NOW, TOLERANCE);
        let names = |steps: &[Step]| -> Vec<_> { steps.iter().map(|s| (s.name, s.ok)).collect() };
        let good = steps_of(Some(VECTOR), "wbhsec_test");
        let all = ["header", "format", "time", "message", "signature"];
        assert_eq!(names(&good), all.map(|name| (name, true)));
        assert_eq!(
            good[3].detail,
            "13 bytes: \"1700000000\", \".\" and the body's 2"
        );

        let wrong = steps_of(Some(VECTOR), "another");
        let last = wrong.last().unwrap();
        assert_eq!((last.name, last.ok), ("signature", false));
        let expected = signature("another", "1700000000", b"{}");
        let received = VECTOR.split_once("v1=").unwrap().1;
        assert_eq!(
            last.detail,
            format!("secret 1: expected {expected}, received {received}")
        );

        assert_eq!(names(&steps_of(None, "x")), [("header", false)]);
        let malformed = steps_of(Some("x"), "x");
        assert_eq!(names(&malformed), [("header", true), ("format", false)]);
        let old = sign(&["x"], NOW - 1000, b"{}");
        let stale = steps_of(Some(&old), "x");
        assert_eq!(
            stale.last().unwrap().detail,
            "t is 1000 s ago, and the tolerance is 300 s"
        );
    }

    proptest! {
        #[test]
        fn what_is_signed_is_believed_and_one_flipped_bit_is_not(
            secret in ".{0,100}",
            other in ".{0,100}",
            body in prop::collection::vec(any::<u8>(), 1..500),
            at in any::<prop::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let header = sign(&[&secret], NOW, &body);
            let verified = Verified { t: NOW, secret: 0 };
            prop_assert_eq!(verify_now(&header, &[&secret], &body), Ok(verified));

            let mut altered = body.clone();
            altered[at.index(body.len())] ^= 1 << bit;
            prop_assert_eq!(verify_now(&header, &[&secret], &altered), Err(Problem::NoMatch));

            // A key that is filled up with zeros is the same key to HMAC.
            prop_assume!(secret.trim_end_matches('\0') != other.trim_end_matches('\0'));
            prop_assert_eq!(verify_now(&header, &[&other], &body), Err(Problem::NoMatch));
        }

        #[test]
        fn verifying_agrees_with_its_steps_on_any_header(header in "[tv1=, a-f0-9]{0,90}|.{0,90}") {
            let verified = verify_now(&header, &["secret"], b"{}");
            let shown = steps(Some(&header), &["secret"], b"{}", NOW, TOLERANCE);
            prop_assert_eq!(verified.is_ok(), shown.iter().all(|step| step.ok));
        }

        #[test]
        fn a_flipped_bit_in_the_header_is_never_believed(
            body in prop::collection::vec(any::<u8>(), 0..100),
            at in any::<prop::sample::Index>(),
            bit in 0..7_u8,
        ) {
            let header = sign(&["secret"], NOW, &body);
            let mut altered = header.clone().into_bytes();
            let index = at.index(altered.len());
            altered[index] ^= 1 << bit;
            let altered = String::from_utf8(altered).unwrap();
            prop_assert!(verify_now(&altered, &["secret"], &body).is_err(), "{}", altered);
        }
    }
}
