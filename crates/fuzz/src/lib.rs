//! What must hold for any bytes that come from outside. Each target takes bytes, panics where something does not hold, and
//! needs nothing but them: `fuzz/` hands them to libFuzzer, `tests/bounded.rs` some thousands of inputs to each.

mod body;
mod csv;
mod id;
mod query;

pub use body::body;
pub use csv::csv;
pub use id::{cursor, id};
pub use query::query;

/// One target: its name, what it does, and inputs to begin with.
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    pub seeds: &'static [&'static [u8]],
}

pub const TARGETS: &[Target] = &[
    Target {
        name: "query",
        run: query,
        seeds: &[
            b"page[size]=5&page[after]=inq_1&filter[status][]=a,b&fields[inquiry]=note&include=account",
            b"filter%5Breference-id%5D=%C3%A9+x&filter[created-at-start]=2026-02-03T10:15:00%2B01:00",
            b"inquiry-template-id=itmpl_1&reference-id=u&fields[name-first]=Ada&environment=sandbox",
        ],
    },
    Target {
        name: "body",
        run: body,
        seeds: &[
            br#"{"data":{"attributes":{"reference-id":"u","fields":{"name":{"first":"Ada"}},"tags":["a"]}},"meta":{"upsertBy":"reference_id"}}"#,
            br#"{"query":{"and":[{"attribute":"created_at","operator":"gte","value":"2026-01-01"},{"not":{"or":[]}}]},"sort":{"attribute":"type","direction":"asc"},"page":{"size":15}}"#,
            br#"{"meta":{"simulate-stubs":{"government_id":{"status":"failed","checks":[{"name":"x","status":"passed"}]}},"simulate-actions":[{"type":"start_inquiry"}]}}"#,
            br#"{"data":{"account-action-id":"accac_1","parameters":{}},"meta":{"tag-name":["a"],"inquiry-ids":["inq_1"],"source-account-ids":[]}}"#,
        ],
    },
    Target {
        name: "cursor",
        run: cursor,
        seeds: &[b"page[after]=act_3fG7kQ2mZr9XwYb1LtVn5HcPdeJ8&page[size]=100"],
    },
    Target {
        name: "id",
        run: id,
        seeds: &[b"act_3fG7kQ2mZr9XwYb1LtVn5HcPdeJ8", b"inq_", b"req_1"],
    },
    Target {
        name: "csv",
        run: csv,
        seeds: &[
            b"reference_id,name_first,birthdate,tags\nu-1,Ada,1815-12-10,a;b\n",
            b"name_last,reference_id\r\n\"Lovelace, \"\"A\"\"\",u-2\r\n",
        ],
    },
];
