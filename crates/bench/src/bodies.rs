//! What the body of a delivery costs: by way of a tree, and straight from the text that is stored.

use std::hint::black_box;
use std::time::{Duration, Instant};

use selfsame_domain::Timestamp;
use selfsame_domain::event::Event;
use selfsame_domain::id::{Entropy, EnvironmentId, EventId, Id as _};
use selfsame_service::dress;
use selfsame_store::packed::unpack;
use selfsame_wire::{self as wire, ApiVersion, Blocklist, Fieldsets, Inflection};
use serde_json::{Map, json};

use crate::Problem;
use crate::figures::to_f64;
use crate::rows::Rows;

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(100);

/// A line for each payload and spelling: its size, microseconds by either way, and how many times as fast one is.
pub fn measure() -> Result<String, Problem> {
    let rows = Rows::decided(&mut Entropy::seeded(1))?;
    let mut lines = Vec::new();
    for (name, packed) in [
        ("account", &rows.packed_account_payload),
        ("inquiry", &rows.packed_inquiry_payload),
    ] {
        for inflection in [Inflection::Kebab, Inflection::Camel] {
            let event = |packed: &[u8]| stored(&rows.environment, packed);
            let (by_tree, straight) = (
                tree(event(packed)?, inflection)?,
                wire::event::written(&event(packed)?, inflection).ok_or("no body")?,
            );
            if by_tree != straight {
                return Err(format!("{name}: two ways, two bodies").into());
            }
            let mut ratios = Vec::new();
            for _ in 0..ROUNDS {
                let slow = time(|| tree(event(packed)?, inflection))?;
                let fast = time(|| {
                    let body = wire::event::written(&event(packed)?, inflection);
                    Ok(body.ok_or("no body")?)
                })?;
                ratios.push((slow / fast, slow, fast));
            }
            ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
            let (ratio, slow, fast) = ratios[ROUNDS / 2];
            lines.push(format!(
                "{name}, {inflection}: {} bytes, tree {slow:.1} µs, straight {fast:.1} µs, {ratio:.1} times as fast",
                straight.len(),
            ));
        }
    }
    Ok(lines.join("\n"))
}

/// As a lane reads it.
fn stored(environment: &EnvironmentId, packed: &[u8]) -> Result<Event<String>, Problem> {
    let text = unpack(packed.to_vec()).ok_or("a payload cannot be unpacked")?;
    Ok(Event {
        id: EventId::from_trusted("evt_3BSbRh1b3GKHSgYSvu88fajSrHL2".to_owned()),
        environment_id: environment.clone(),
        name: "inquiry.created".to_owned(),
        object_type: "inquiry".to_owned(),
        object_id: "inq_3BSbRh1b3GKHSgYSvu88fajSrHL2".to_owned(),
        account_id: None,
        created_at: Timestamp::from_millis(1_770_113_700_123),
        ordinal: 0,
        payload: String::from_utf8(text)?,
        context: Map::new(),
    })
}

fn tree(event: Event<String>, inflection: Inflection) -> Result<Vec<u8>, Problem> {
    let mut document = json!({"data": null});
    document["data"] = wire::event::document(&event.read()?);
    document["data"]["attributes"]["payload"]["included"] = json!([]);
    dress(
        &mut document,
        ApiVersion::DEFAULT,
        inflection,
        &Fieldsets::default(),
        &Blocklist::default(),
        None,
    );
    Ok(serde_json::to_vec(&document)?)
}

/// Microseconds of one.
fn time(make: impl Fn() -> Result<Vec<u8>, Problem>) -> Result<f64, Problem> {
    let begun = Instant::now();
    let mut made = 0_u64;
    while begun.elapsed() < ROUND {
        for _ in 0..32 {
            black_box(make()?);
            made += 1;
        }
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / to_f64(made))
}
