//! Devices on the wire (D1–D6).

use selfsame_domain::id::{DeviceId, Id};
use serde_json::{Value, json};

pub const TYPE: &str = "device";

/// D3: nothing here takes fingerprints, so there are none to show.
pub fn document(device: &DeviceId) -> Value {
    json!({
        "type": TYPE,
        "id": device.as_str(),
        "attributes": {"device-vendor-id": null, "device-fingerprint": null, "browser-fingerprint": null},
    })
}
