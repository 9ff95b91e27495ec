//! Parameters: what is given, what is asked for.

use super::document::Place;
use robot_contract::{Failure, nearest};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Parameters that may be given.
const LIMIT: usize = 1000;

/// A value that somebody gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// A text, a number or a boolean.
    pub value: Value,
    /// Where it was given.
    pub place: String,
}

/// What texts of a manifest are filled with.
#[derive(Debug, Default)]
pub struct Parameters {
    given: BTreeMap<String, Given>,
    /// What is known of the run; absent where the run does not have it.
    facts: BTreeMap<&'static str, Option<Value>>,
    used: BTreeSet<String>,
}

impl Parameters {
    /// Parameters of the user over facts of the run.
    ///
    /// # Errors
    /// More than 1,000; one that has the name of a fact; one that is no scalar.
    pub fn new(
        given: BTreeMap<String, Given>,
        facts: BTreeMap<&'static str, Option<Value>>,
    ) -> Result<Self, Failure> {
        if given.len() > LIMIT {
            return Err(Failure::config(format!(
                "there are {} parameters, and {LIMIT} may be given",
                given.len()
            ))
            .hint("write what is always the same into the manifest"));
        }
        for (name, Given { value, place }) in &given {
            if !is_name(name) {
                return Err(Failure::config(format!(
                    "{place}: `{name}` is not the name of a parameter: expected letters, digits, `-` and `_`"
                )));
            }
            if facts.contains_key(name.as_str()) {
                return Err(Failure::config(format!(
                    "{place}: the parameter `{name}` is given by the run and cannot be set"
                )));
            }
            if !matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)) {
                return Err(Failure::config(format!(
                    "{place}: expected a text, a number, true or false for the parameter `{name}`"
                )));
            }
        }
        Ok(Self { given, facts, used: BTreeSet::new() })
    }

    /// Fills a text in; `None` where it has no parameter.
    pub(super) fn fill(
        &mut self,
        text: &str,
        at: Place,
        file: &str,
    ) -> Result<Option<Value>, Failure> {
        if !text.contains("${") {
            return Ok(None);
        }
        let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        if let Some(name) = whole.filter(|name| is_name(name)) {
            return self.value(name, at, file).map(Some);
        }
        let (mut filled, mut rest) = (String::new(), text);
        while let Some(start) = rest.find("${") {
            let (before, from) = rest.split_at(start);
            if let Some(before) = before.strip_suffix('$') {
                filled.push_str(before);
                filled.push_str("${");
                rest = &from[2..];
                continue;
            }
            filled.push_str(before);
            let end = from.find('}').filter(|end| is_name(&from[2..*end]));
            let Some(end) = end else {
                return Err(Failure::config(format!(
                    "{}: `${{` does not begin a parameter",
                    place(at, file)
                ))
                .hint("write `$${` for a text with `${`"));
            };
            match self.value(&from[2..end], at, file)? {
                Value::String(value) => filled.push_str(&value),
                value => filled.push_str(&value.to_string()),
            }
            rest = &from[end + 1..];
        }
        filled.push_str(rest);
        Ok(Some(Value::String(filled)))
    }

    fn value(&mut self, name: &str, at: Place, file: &str) -> Result<Value, Failure> {
        if let Some(given) = self.given.get(name) {
            self.used.insert(name.to_owned());
            return Ok(given.value.clone());
        }
        let place = place(at, file);
        match self.facts.get(name) {
            Some(Some(value)) => Ok(value.clone()),
            Some(None) => Err(Failure::config(format!(
                "{place}: the parameter `{name}` is missing: this run does not have it"
            ))
            .hint(format!("set `{name}`"))),
            None => {
                let known = self.given.keys().map(String::as_str).chain(self.facts.keys().copied());
                let near = nearest(name, known);
                let failure = Failure::config(format!("{place}: unknown parameter `{name}`"));
                Err(match near {
                    Some(near) => failure.hint(format!("did you mean `{near}`?")),
                    None => failure.hint(format!(
                        "give it in `parameters`, or write `$${{{name}}}` for a text that stays"
                    )),
                })
            }
        }
    }

    /// Refuses parameters that no manifest uses: a name that was mistyped has no other trace.
    ///
    /// # Errors
    /// The first of them, with the place where it was given.
    pub fn check_used(&self) -> Result<(), Failure> {
        match self.given.iter().find(|(name, _)| !self.used.contains(*name)) {
            None => Ok(()),
            Some((name, given)) => Err(Failure::config(format!(
                "{}: no manifest uses the parameter `{name}`",
                given.place
            ))
            .hint(format!("remove it, or write `${{{name}}}` where its value belongs"))),
        }
    }
}

/// Where a parameter stands: that of its text, as a text may be folded over lines.
pub(super) fn place((line, column): Place, file: &str) -> String {
    format!("{file}:{line}:{column}")
}

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !name.is_empty() && name.len() <= 100 && name.chars().all(is_part)
}
