//! `cargo xtask torture`: the long versions of the proofs in `crates/server/tests/torture`.

use crate::steps::{Outcome, cargo, run};

const USAGE: &str = "\
cargo xtask torture [--rounds N] [--seed S] [--store sqlite|postgres] [--only NAME]

  --rounds N   how often each proof tries (default: its own long run, hours in all)
  --seed S     the dice of a printed run
  --store …    only proofs on this store
  --only NAME  only proofs whose name contains this: killed::, race::, …";

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    rounds: Option<u64>,
    seed: Option<u64>,
    /// The store whose proofs are left out.
    skipped: Option<&'static str>,
    only: Option<String>,
}

pub fn torture(arguments: &[&str]) -> Outcome {
    let wanted = parse(arguments)?;
    let mut command = cargo(&["test", "--locked", "--package", "selfsame-server"]);
    command.args(["--test", "torture", "--"]);
    command.args(&wanted.only);
    if let Some(store) = wanted.skipped {
        command.args(["--skip", &format!("_on_{store}")]);
    }
    // One after the other: each loads the machine by itself, and says how it goes.
    command.args(["--test-threads", "1", "--nocapture"]);
    command.env("SELFSAME_TORTURE", "long");
    for (variable, number) in [
        ("SELFSAME_TORTURE_ROUNDS", wanted.rounds),
        ("SELFSAME_TORTURE_SEED", wanted.seed),
    ] {
        if let Some(number) = number {
            command.env(variable, number.to_string());
        }
    }
    run(command)
}

fn parse(arguments: &[&str]) -> Result<Wanted, String> {
    let mut wanted = Wanted::default();
    let mut arguments = arguments.iter();
    while let Some(name) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{name} needs a value\n\n{USAGE}"))?;
        let number = || {
            let number = value.parse();
            number.map_err(|_| format!("{name} takes a number, not {value}\n\n{USAGE}"))
        };
        match *name {
            "--rounds" => wanted.rounds = Some(number()?),
            "--seed" => wanted.seed = Some(number()?),
            "--only" => wanted.only = Some((*value).to_owned()),
            "--store" => {
                wanted.skipped = Some(match *value {
                    "sqlite" => "postgres",
                    "postgres" => "sqlite",
                    _ => return Err(format!("there is no store {value}\n\n{USAGE}")),
                });
            }
            _ => return Err(format!("there is no option {name}\n\n{USAGE}")),
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_mistakes_named() {
        let wanted = parse(&["--rounds", "3", "--only", "killed::", "--store", "sqlite"]).unwrap();
        let expected = Wanted {
            rounds: Some(3),
            seed: None,
            skipped: Some("postgres"),
            only: Some("killed::".to_owned()),
        };
        assert_eq!(wanted, expected);
        assert_eq!(parse(&[]), Ok(Wanted::default()));
        for (wrong, named) in [
            (&["--rounds", "many"][..], "many"),
            (&["--seed"], "--seed"),
            (&["--store", "oracle"], "oracle"),
            (&["--loud", "1"], "--loud"),
        ] {
            assert!(parse(wrong).unwrap_err().contains(named), "{wrong:?}");
        }
    }
}
