//! Some thousands of inputs for each target: bytes of any kind, and the seeds with pieces cut out, doubled, exchanged and
//! put in between.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use selfsame_fuzz::{TARGETS, Target};

const CASES: u32 = 4000;

/// What breaks readers most often.
const PIECES: &[&[u8]] = &[
    b"[",
    b"]",
    b"[]",
    b"{",
    b"}",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"%",
    b"%00",
    b"%zz",
    b"&",
    b"=",
    b"+",
    b",",
    b"\r\n",
    b"\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"null",
    b"-0.0",
    b"1e999",
    b"99999999999999999999",
    b"_",
    b"-",
    b"page[after]=",
    b"filter[",
    b"reference_id",
    b"referenceId",
    b"\xc3\x9f",
    b"\xf0\x9f\x91\xa9",
];

fn mutated(target: &'static Target) -> impl Strategy<Value = Vec<u8>> {
    let seed = prop::sample::select(target.seeds).prop_map(<[u8]>::to_vec);
    let change = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0_u8..4,
        prop::sample::select(PIECES),
    );
    (seed, prop::collection::vec(change, 0..8)).prop_map(|(mut bytes, changes)| {
        for (from, to, what, piece) in changes {
            let (from, to) = (from.index(bytes.len() + 1), to.index(bytes.len() + 1));
            let (from, to) = (from.min(to), from.max(to));
            match what {
                0 => drop(bytes.drain(from..to)),
                1 => {
                    let copied = bytes[from..to].to_vec();
                    drop(bytes.splice(to..to, copied));
                }
                2 => drop(bytes.splice(from..to, piece.iter().copied())),
                _ => drop(bytes.splice(from..from, piece.iter().copied())),
            }
        }
        bytes
    })
}

fn hold(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.expect("a target of this name");
    target.seeds.iter().for_each(|seed| (target.run)(seed));
    let inputs = prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => ".{0,80}".prop_map(String::into_bytes),
        4 => mutated(target),
    ];
    let mut runner = TestRunner::new(Config::with_cases(CASES));
    let outcome = runner.run(&inputs, |bytes| {
        (target.run)(&bytes);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn any_query() {
    hold("query");
}

#[test]
fn any_body() {
    hold("body");
}

#[test]
fn any_cursor() {
    hold("cursor");
}

#[test]
fn any_id() {
    hold("id");
}

#[test]
fn any_csv() {
    hold("csv");
}

#[test]
fn every_target_has_its_test_and_its_program() {
    let own = include_str!("bounded.rs");
    let manifest = include_str!("../../../fuzz/Cargo.toml");
    for target in TARGETS {
        assert!(
            own.contains(&format!("hold(\"{}\")", target.name)),
            "{}",
            target.name
        );
        assert!(
            manifest.contains(&format!("name = \"{}\"", target.name)),
            "{}",
            target.name
        );
    }
}
