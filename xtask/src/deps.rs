//! What may be built into the product, judged from `cargo metadata`.

use crate::steps::{Outcome, cargo};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::PathBuf,
    process::Stdio,
};

/// Licences that let an Apache-2.0 program be passed on without further duties.
const LICENCES: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that must not come in by any way, each with the reason.
const BANNED: [(&str, &str); 2] = [
    (
        "openssl-sys",
        "links the system's OpenSSL; the binary must run anywhere",
    ),
    (
        "aws-lc-sys",
        "builds C and assembler with cmake; the Rust crates do",
    ),
];

/// Crates of which the server binary may hold two versions, each with the reason.
const DUPLICATES: [(&str, &str); 14] = [
    ("block-buffer", "RustCrypto 0.10 and 0.11 side by side"),
    ("const-oid", "RustCrypto 0.10 and 0.11 side by side"),
    ("cpufeatures", "RustCrypto 0.10 and 0.11 side by side"),
    ("crypto-common", "RustCrypto 0.10 and 0.11 side by side"),
    ("digest", "RustCrypto 0.10 and 0.11 side by side"),
    ("hmac", "RustCrypto 0.10 and 0.11 side by side"),
    ("sha2", "RustCrypto 0.10 and 0.11 side by side"),
    ("getrandom", "jsonwebtoken and metrics-util lag behind rand"),
    ("rand", "jsonwebtoken and metrics-util lag behind rand"),
    (
        "rand_chacha",
        "jsonwebtoken and metrics-util lag behind rand",
    ),
    ("rand_core", "jsonwebtoken and metrics-util lag behind rand"),
    ("hashbrown", "metrics-util lags behind indexmap"),
    ("fallible-iterator", "tokio-postgres lags behind rusqlite"),
    ("miniz_oxide", "png lags behind flate2"),
];

/// The package whose dependencies end up in the binary.
const PRODUCT: &str = "selfsame-server";

pub fn check() -> Outcome {
    let metadata = metadata()?;
    let problems: Vec<String> = [
        licence_problems(&metadata),
        ban_problems(&metadata),
        sqlite_problems(&metadata),
        duplicate_problems(&metadata)?,
    ]
    .concat();
    if problems.is_empty() {
        println!(
            "{} packages: licences, bans and duplicates are in order",
            packages(&metadata).count()
        );
        Ok(())
    } else {
        Err(format!(
            "{} problem(s)\n  {}",
            problems.len(),
            problems.join("\n  ")
        ))
    }
}

/// Where Cargo puts what it builds.
pub fn target_directory() -> Result<PathBuf, String> {
    metadata()?["target_directory"]
        .as_str()
        .map(PathBuf::from)
        .ok_or_else(|| "cargo metadata names no target_directory".to_owned())
}

fn metadata() -> Result<Value, String> {
    let output = cargo(&["metadata", "--format-version", "1", "--locked"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata ended with {}", output.status));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn described(package: &Value) -> String {
    format!("{} {}", text(package, "name"), text(package, "version"))
}

fn licence_problems(metadata: &Value) -> Vec<String> {
    packages(metadata)
        .filter(|package| !licence_allowed(text(package, "license")))
        .map(|package| {
            format!(
                "{}: licence {:?} is not on the list",
                described(package),
                package["license"]
            )
        })
        .collect()
}

fn ban_problems(metadata: &Value) -> Vec<String> {
    let reasons = BTreeMap::from(BANNED);
    packages(metadata)
        .filter_map(|package| {
            let reason = reasons.get(text(package, "name"))?;
            Some(format!("{} is banned: {reason}", described(package)))
        })
        .collect()
}

/// Two copies of SQLite in one process would corrupt a database that both open.
fn sqlite_problems(metadata: &Value) -> Vec<String> {
    let linking: Vec<String> = packages(metadata)
        .filter(|package| text(package, "links") == "sqlite3")
        .map(described)
        .collect();
    if linking.len() == 1 {
        Vec::new()
    } else {
        vec![format!(
            "exactly one crate may link sqlite3, these do: {linking:?}"
        )]
    }
}

/// Crates that the binary holds in two versions without being on the list above.
fn duplicate_problems(metadata: &Value) -> Result<Vec<String>, String> {
    let allowed = BTreeMap::from(DUPLICATES);
    let shipped = shipped(metadata)?;
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages(metadata).filter(|package| shipped.contains(text(package, "id"))) {
        versions
            .entry(text(package, "name"))
            .or_default()
            .insert(text(package, "version"));
    }
    versions.retain(|_, found| found.len() > 1);
    for name in allowed.keys().filter(|name| !versions.contains_key(**name)) {
        println!("note: {name} has one version now; drop it from DUPLICATES");
    }
    Ok(versions
        .iter()
        .filter(|(name, _)| !allowed.contains_key(**name))
        .map(|(name, found)| format!("{name} is in the binary in several versions: {found:?}"))
        .collect())
}

/// IDs of the packages linked into the product on this platform's family: what the normal dependencies reach,
/// without procedural macros and what only another operating system needs.
fn shipped(metadata: &Value) -> Result<BTreeSet<&str>, String> {
    let macros: BTreeSet<&str> = packages(metadata)
        .filter(|package| is_macro(package))
        .map(|p| text(p, "id"))
        .collect();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|node| (text(node, "id"), node))
        .collect();
    let product = packages(metadata)
        .find(|package| text(package, "name") == PRODUCT)
        .map(|package| text(package, "id"))
        .ok_or_else(|| format!("no package {PRODUCT} in the workspace"))?;
    let mut reached = BTreeSet::from([product]);
    let mut queue = VecDeque::from([product]);
    while let Some(id) = queue.pop_front() {
        let dependencies = nodes
            .get(id)
            .and_then(|node| node["deps"].as_array())
            .into_iter()
            .flatten();
        for dependency in dependencies.filter(|dependency| is_linked(dependency)) {
            let package = text(dependency, "pkg");
            if !macros.contains(package) && reached.insert(package) {
                queue.push_back(package);
            }
        }
    }
    Ok(reached)
}

fn is_macro(package: &Value) -> bool {
    package["targets"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|target| {
            target["kind"]
                .as_array()
                .is_some_and(|kinds| kinds.iter().any(|kind| kind == "proc-macro"))
        })
}

/// Whether a dependency edge is a normal one that holds on Unix.
fn is_linked(dependency: &Value) -> bool {
    dependency["dep_kinds"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|kind| {
            let target = text(kind, "target");
            let elsewhere = ["windows", "wasm", "uefi", "hermit", "wasi"]
                .iter()
                .any(|name| target.contains(name));
            kind["kind"].is_null() && (!elsewhere || target.contains("not("))
        })
}

/// Whether a licence expression can be met by licences on the list alone.
fn licence_allowed(expression: &str) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Expression {
        words: &words,
        position: 0,
    };
    parser.either() == Some(true) && parser.position == words.len()
}

/// The part of SPDX's grammar that crates use; `None` is an expression that does not parse.
struct Expression<'a> {
    words: &'a [&'a str],
    position: usize,
}

impl Expression<'_> {
    fn either(&mut self) -> Option<bool> {
        let mut allowed = self.both()?;
        while self.skip("OR") {
            allowed |= self.both()?;
        }
        Some(allowed)
    }

    fn both(&mut self) -> Option<bool> {
        let mut allowed = self.one()?;
        while self.skip("AND") {
            allowed &= self.one()?;
        }
        Some(allowed)
    }

    fn one(&mut self) -> Option<bool> {
        if self.skip("(") {
            let allowed = self.either()?;
            return self.skip(")").then_some(allowed);
        }
        let name = *self.words.get(self.position)?;
        self.position += 1;
        if self.skip("WITH") {
            // An exception only adds permissions to the licence it stands with.
            self.words.get(self.position)?;
            self.position += 1;
        }
        Some(LICENCES.contains(&name))
    }

    fn skip(&mut self, word: &str) -> bool {
        let found = self.words.get(self.position) == Some(&word);
        self.position += usize::from(found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn licence_expressions() {
        for allowed in [
            "MIT",
            "MIT/Apache-2.0",
            "Apache-2.0 OR GPL-2.0-only",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
            "LGPL-2.1-or-later OR (MIT AND BSD-3-Clause)",
        ] {
            assert!(licence_allowed(allowed), "{allowed}");
        }
        for refused in [
            "",
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "(MIT",
            "MIT)",
            "MIT OR",
            "MIT Apache-2.0",
        ] {
            assert!(!licence_allowed(refused), "{refused}");
        }
    }

    /// A product that links two versions of `a`, one of them by way of `b`, and two of `m`, which is only a macro.
    fn example() -> Value {
        let package = |id: &str, name: &str, version: &str, kind: &str| json!({"id": id, "name": name, "version": version, "license": "MIT", "targets": [{"kind": [kind]}]});
        let edge = |id: &str| json!({"pkg": id, "dep_kinds": [{"kind": null, "target": null}]});
        json!({
            "packages": [
                package("p", PRODUCT, "0.1.0", "bin"),
                package("a1", "a", "1.0.0", "lib"),
                package("a2", "a", "2.0.0", "lib"),
                package("b", "b", "1.0.0", "lib"),
                package("m1", "m", "1.0.0", "proc-macro"),
                package("m2", "m", "2.0.0", "proc-macro"),
            ],
            "resolve": {"nodes": [
                {"id": "p", "deps": [edge("a1"), edge("b"), edge("m1"), edge("m2")]},
                {"id": "b", "deps": [edge("a2")]},
            ]},
        })
    }

    #[test]
    fn two_versions_in_the_binary_are_a_problem() {
        let found = duplicate_problems(&example()).unwrap();
        assert_eq!(
            found,
            [r#"a is in the binary in several versions: {"1.0.0", "2.0.0"}"#]
        );
    }

    #[test]
    fn build_test_and_foreign_dependencies_are_not_in_the_binary() {
        for kind in [
            json!({"kind": "dev", "target": null}),
            json!({"kind": "build", "target": null}),
            json!({"kind": null, "target": "cfg(windows)"}),
        ] {
            let mut metadata = example();
            metadata["resolve"]["nodes"][1]["deps"][0]["dep_kinds"] = json!([kind]);
            assert_eq!(duplicate_problems(&metadata).unwrap(), Vec::<String>::new());
        }
    }

    #[test]
    fn bans_and_sqlite() {
        let mut metadata = example();
        metadata["packages"][1]["name"] = json!("openssl-sys");
        assert_eq!(ban_problems(&metadata).len(), 1);
        assert_eq!(sqlite_problems(&metadata).len(), 1, "nothing links sqlite3");
        metadata["packages"][2]["links"] = json!("sqlite3");
        assert!(sqlite_problems(&metadata).is_empty());
        metadata["packages"][3]["links"] = json!("sqlite3");
        assert_eq!(
            sqlite_problems(&metadata).len(),
            1,
            "two crates link sqlite3"
        );
    }
}
