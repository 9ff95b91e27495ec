//! What the bundle does, as users and jobs run it.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

mod act;
mod browser;
mod cache;
mod checkout;
mod checkouts;
mod ci;
mod command_line;
mod example;
mod exit_codes;
mod hostile;
mod idle;
mod image_release;
mod launcher;
mod linters;
mod modules;
mod places;
mod prism;
mod private;
mod proxy;
mod release;
mod reuse;
mod steps;
mod texts;
mod workflows;
