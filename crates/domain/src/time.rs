//! Instants, in milliseconds since 1970 UTC. The clock itself lives outside: time is always a parameter.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// The last whole second the calendar knows, late in the year 9999.
const LATEST_MS: i64 = 253_402_207_200_000;

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Stops at the end of the calendar.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        let millis = self.0.saturating_add(seconds.saturating_mul(1000));
        Self(if millis > LATEST_MS {
            LATEST_MS
        } else {
            millis
        })
    }

    /// ISO 8601 in whole seconds, as resource timestamps are written: `2026-02-03T10:15:00.000Z`.
    pub fn to_seconds_text(self) -> String {
        self.text(0)
    }

    /// ISO 8601 with real milliseconds, as event timestamps are written.
    pub fn to_millis_text(self) -> String {
        self.text(self.0.rem_euclid(1000))
    }

    fn text(self, millis: i64) -> String {
        let civil = self.civil();
        let mut text = String::with_capacity("2026-02-03T10:15:00.000Z".len());
        for (number, width, end) in [
            (i64::from(civil.year()), 4, '-'),
            (i64::from(civil.month()), 2, '-'),
            (i64::from(civil.day()), 2, 'T'),
            (i64::from(civil.hour()), 2, ':'),
            (i64::from(civil.minute()), 2, ':'),
            (i64::from(civil.second()), 2, '.'),
            (millis, 3, 'Z'),
        ] {
            for place in (0..width).rev() {
                let digit = u8::try_from(number / 10_i64.pow(place) % 10).unwrap_or(0);
                text.push(char::from(b'0' + digit));
            }
            text.push(end);
        }
        text
    }

    /// The calendar date in UTC.
    pub fn date(self) -> jiff::civil::Date {
        self.civil().date()
    }

    fn civil(self) -> jiff::civil::DateTime {
        let instant =
            jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        TimeZone::UTC.to_datetime(instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sum_leaves_what_can_be_written() {
        let latest = Timestamp::from_millis(0).plus_seconds(i64::MAX);
        assert_eq!(latest.to_millis_text(), "9999-12-30T22:00:00.000Z");
        assert_eq!(latest.plus_seconds(1), latest);
    }

    #[test]
    fn times_read_as_the_calendar_library_writes_them() {
        for millis in [0, 999, 951_782_400_000, 1_770_113_727_598, LATEST_MS] {
            let instant = Timestamp::from_millis(millis);
            let civil = instant.civil().strftime("%Y-%m-%dT%H:%M:%S").to_string();
            assert_eq!(instant.to_seconds_text(), format!("{civil}.000Z"));
            assert_eq!(
                instant.to_millis_text(),
                format!("{civil}.{:03}Z", millis % 1000)
            );
        }
    }

    #[test]
    fn resource_times_are_whole_seconds_and_event_times_are_not() {
        let instant = Timestamp::from_millis(1_770_113_727_598);
        assert_eq!(instant.to_seconds_text(), "2026-02-03T10:15:27.000Z");
        assert_eq!(instant.to_millis_text(), "2026-02-03T10:15:27.598Z");
    }
}
