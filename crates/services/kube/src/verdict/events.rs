//! Looking up events of one object.

use crate::objects::{Event, Metadata};

/// The events of one object.
#[derive(Clone, Copy)]
pub(super) struct EventsOf<'a> {
    events: &'a [Event],
    uid: &'a str,
}

impl<'a> EventsOf<'a> {
    pub(super) fn new(events: &'a [Event], object: &'a Metadata) -> Self {
        Self { events, uid: &object.uid }
    }

    /// The last one with one of the reasons.
    pub(super) fn last(self, reasons: &[&str]) -> Option<&'a Event> {
        self.all(reasons).last()
    }

    /// How often things of the reason happened whose message contains `text`.
    pub(super) fn times(self, reason: &str, text: &str) -> u32 {
        let reasons = [reason];
        let events = self.all(&reasons).filter(|event| event.message.contains(text));
        events.map(Event::times).fold(0, u32::saturating_add)
    }

    fn all(self, reasons: &[&str]) -> impl Iterator<Item = &'a Event> {
        let is_of = move |event: &&Event| {
            event.involved_object.uid == self.uid && reasons.contains(&event.reason.as_str())
        };
        self.events.iter().filter(is_of)
    }
}
