//! Inquiry sessions on the wire (Q1–Q21).

use selfsame_domain::Refusals;
use selfsame_domain::id::{DeviceId, Id, InquiryId};
use selfsame_domain::session::Session;
use serde_json::{Value, json};

use crate::Reader;
use crate::document::{optional_time, resource, time, to_one};

pub const TYPE: &str = "inquiry-session";
pub const INCLUDABLE: &[&str] = &["inquiry", "device", "network"];

/// Geo and network attributes are null: no source is plugged in.
pub fn document(session: &Session) -> Value {
    let device = &session.device;
    let attributes = json!({
        "status": session.status.as_str(),
        "created-at": time(session.created_at),
        "started-at": optional_time(session.started_at),
        "expired-at": optional_time(session.expired_at),
        "ip-address": device.ip_address,
        "user-agent": device.user_agent,
        "os-name": device.os_name,
        "os-full-version": device.os_full_version,
        "device-type": device.device_type,
        "device-name": device.device_name,
        "browser-name": device.browser_name,
        "browser-full-version": device.browser_full_version,
        "mobile-sdk-name": null,
        "mobile-sdk-full-version": null,
        "device-handoff-method": device.handoff_method,
        "is-proxy": null,
        "is-tor": null,
        "is-datacenter": null,
        "is-vpn": null,
        "threat-level": null,
        "country-code": null,
        "country-name": null,
        "region-code": null,
        "region-name": null,
        "latitude": null,
        "longitude": null,
        "gps-latitude": null,
        "gps-longitude": null,
        "gps-precision": null,
        "ip-connection-type": null,
        "ip-isp": null,
        "network-organization": null,
    });
    resource(
        TYPE,
        session.id.as_str(),
        attributes,
        json!({
            "inquiry": to_one("inquiry", Some(session.inquiry_id.as_str())),
            "device": to_one("device", session.device_id.as_ref().map(DeviceId::as_str)),
            "network": to_one("network", None),
        }),
    )
}

pub fn parse_create(body: &Value) -> Result<InquiryId, Refusals> {
    let root = Reader::root(body);
    let data = root.object("data", true);
    data.check_type(TYPE);
    let attributes = data.object("attributes", true);
    let inquiry_id = attributes.required_id::<InquiryId>("inquiry-id");
    root.finish()?;
    inquiry_id.ok_or_else(|| {
        selfsame_domain::Refusal::malformed("data.attributes.inquiry_id is missing").into()
    })
}

/// `expire-all`.
pub fn parse_expire_all(body: &Value) -> Result<Vec<InquiryId>, Refusals> {
    let root = Reader::root(body);
    let meta = root.object("meta", true);
    let ids = meta.id_list::<InquiryId>("inquiry-ids").flatten();
    if meta.is_present() && !meta.has("inquiry-ids") {
        meta.missing("inquiry-ids");
    }
    if meta.value("inquiry-ids").is_some_and(Value::is_null) {
        meta.malformed("inquiry-ids", "must be an array");
    }
    root.finish()?;
    Ok(ids.unwrap_or_default())
}
