//! The audit trail: one event a line (`robot.event/v1`).

use crate::{ObjectRef, Revision, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The `schema` of an audit [`Event`].
pub const EVENT_SCHEMA: &str = "robot.event/v1";

/// One line of the audit trail: who changed what, from which revision to which, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// [`EVENT_SCHEMA`].
    pub schema: String,
    /// Unique.
    pub id: EventId,
    /// RFC 3339, UTC.
    pub time: String,
    /// Who asked for it.
    pub actor: String,
    /// What asked for it: a run, an alert, a schedule.
    pub triggered_by: String,
    /// Name of the environment.
    pub environment: String,
    /// What was changed.
    pub subject: ObjectRef,
    /// Before; absent on a first deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_revision: Option<Revision>,
    /// After.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_revision: Option<Revision>,
    /// How it ended.
    pub verdict: Verdict,
    /// Finer reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// SHA-256 (hex) of the previous line without its end; absent on the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev_hash: Option<String>,
}

impl Event {
    /// The line without its end, as canonical JSON (RFC 8785). The next event's `prev_hash` is its hash.
    ///
    /// # Errors
    /// No known ones: every field can be written as JSON.
    pub fn canonical(&self) -> serde_json::Result<String> {
        // Because names are ASCII and no value is a number, RFC 8785 (sections 3.2.2.2 and 3.2.3) requires only
        // sorted names and the compact form, which serde_json writes.
        let mut value = serde_json::to_value(self)?;
        value.sort_all_objects();
        Ok(value.to_string())
    }
}

/// The id of an event: `ev-YYYYMMDD-` and 8 hexadecimal digits.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = r"^ev-[0-9]{8}-[0-9a-f]{8}$"))]
pub struct EventId(String);

/// A text that is not a valid event id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoEventId(String);

impl EventId {
    /// The id of an event on a day in UTC, given as year, month and day; `random` distinguishes the events of
    /// one day.
    pub fn new(year: u16, month: u8, day: u8, random: u32) -> Self {
        Self(format!("ev-{year:04}{month:02}{day:02}-{random:08x}"))
    }
}

impl TryFrom<String> for EventId {
    type Error = NoEventId;

    fn try_from(text: String) -> Result<Self, NoEventId> {
        let parts = text.strip_prefix("ev-").and_then(|rest| rest.split_once('-'));
        let is_id = parts.is_some_and(|(day, random)| {
            let is_lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            (day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()))
                && (random.len() == 8 && random.bytes().all(is_lower_hex))
        });
        if is_id { Ok(Self(text)) } else { Err(NoEventId(text)) }
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> Self {
        id.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for NoEventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "`{}` is not a valid event id: expected `ev-YYYYMMDD-` and 8 hexadecimal digits",
            self.0
        )
    }
}

impl std::error::Error for NoEventId {}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        let revision = |digest: &str| Revision {
            digest: digest.to_owned(),
            commit: "1f".to_owned(),
            verified: true,
        };
        Event {
            schema: EVENT_SCHEMA.to_owned(),
            id: EventId::new(2026, 1, 31, 0xab),
            time: "2026-01-31T12:00:00Z".to_owned(),
            actor: "ann \"a\"\n\u{1}é".to_owned(),
            triggered_by: "run 42".to_owned(),
            environment: "production".to_owned(),
            subject: ObjectRef {
                kind: "Deployment".to_owned(),
                namespace: "robots".to_owned(),
                name: "echo".to_owned(),
                uid: Some("5f0c".to_owned()),
            },
            from_revision: None,
            to_revision: Some(revision("sha256:ab")),
            verdict: Verdict::Pass,
            cause: None,
            prev_hash: Some("00".repeat(32)),
        }
    }

    #[test]
    fn a_line_is_canonical_and_reads_back() {
        let line = event().canonical().unwrap();
        let expected = format!(
            concat!(
                r#"{{"actor":"ann \"a\"\n\u0001é","environment":"production","id":"ev-20260131-000000ab","#,
                r#""prev_hash":"{}","schema":"robot.event/v1","#,
                r#""subject":{{"kind":"Deployment","name":"echo","namespace":"robots","uid":"5f0c"}},"#,
                r#""time":"2026-01-31T12:00:00Z","#,
                r#""to_revision":{{"commit":"1f","digest":"sha256:ab","verified":true}},"#,
                r#""triggered_by":"run 42","verdict":"pass"}}"#,
            ),
            "00".repeat(32)
        );
        assert_eq!(line, expected);
        let read: Event = serde_json::from_str(&line).unwrap();
        assert_eq!((read.canonical().unwrap(), read), (line, event()));
    }

    #[test]
    fn only_ids_of_the_format_are_read() {
        let id: EventId = serde_json::from_str("\"ev-20260131-0123abcd\"").unwrap();
        assert_eq!(id, EventId::new(2026, 1, 31, 0x0123_abcd));
        for other in ["", "ev-2026131-0123abcd", "ev-20260131-0123ABCD", "ev-20260131-0123abcd0"] {
            let read = serde_json::from_value::<EventId>(other.into());
            assert!(read.unwrap_err().to_string().contains("is not a valid event id"), "{other}");
        }
    }
}
