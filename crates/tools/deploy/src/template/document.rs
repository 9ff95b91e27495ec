//! YAML with the place of every text.

use robot_contract::Failure;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::Spanned;
use std::fmt;

/// Bytes of a manifest.
const LIMIT: usize = 4 << 20;
/// Documents in a manifest.
const DOCUMENTS: usize = 200;

/// A value, and where it stands.
#[derive(Debug)]
pub struct Located {
    node: Node,
    line: u64,
    column: u64,
}

#[derive(Debug)]
enum Node {
    Scalar(Value),
    Sequence(Vec<Located>),
    Map(Vec<(String, Located)>),
}

/// A place in a file: line and column, from 1.
pub(super) type Place = (u64, u64);

/// What fills a text in: `None` leaves it as it is.
pub(super) type Fill<'a> = &'a mut dyn FnMut(&str, Place) -> Result<Option<Value>, Failure>;

/// The documents of a file; empty ones are left out.
///
/// # Errors
/// It is no YAML, or too large; with the place.
pub fn documents(text: &str, name: &str) -> Result<Vec<Located>, Failure> {
    if text.len() > LIMIT {
        return Err(Failure::config(format!("{name}: the manifest is larger than 4 MiB")));
    }
    let parsed: Vec<Spanned<Located>> = serde_saphyr::from_multiple(text).map_err(|error| {
        let plain = error.without_snippet();
        let place = plain
            .location()
            .map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
        Failure::config(format!("{name}{place}: not valid YAML")).caused_by(plain)
    })?;
    if parsed.len() > DOCUMENTS {
        return Err(Failure::config(format!("{name}: more than {DOCUMENTS} documents")));
    }
    let documents = parsed.into_iter().map(Located::at);
    Ok(documents.filter(|document| !matches!(document.node, Node::Scalar(Value::Null))).collect())
}

impl Located {
    fn at(spanned: Spanned<Self>) -> Self {
        Self {
            line: spanned.referenced.line(),
            column: spanned.referenced.column(),
            ..spanned.value
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.node {
            Node::Map(entries) => {
                entries.iter().find_map(|(known, value)| (known == key).then_some(value))
            }
            _ => None,
        }
    }

    /// Its text.
    pub fn text(&self) -> Option<&str> {
        match &self.node {
            Node::Scalar(value) => value.as_str(),
            _ => None,
        }
    }

    /// `job.yaml:3:7`.
    pub fn place(&self, name: &str) -> String {
        format!("{name}:{}:{}", self.line, self.column)
    }

    /// The plain value, every text filled in.
    pub(super) fn fill(&self, fill: Fill<'_>) -> Result<Value, Failure> {
        Ok(match &self.node {
            Node::Scalar(Value::String(text)) => {
                fill(text, (self.line, self.column))?.unwrap_or_else(|| text.clone().into())
            }
            Node::Scalar(value) => value.clone(),
            Node::Sequence(items) => {
                let items = items.iter().map(|item| item.fill(&mut *fill));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Node::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    map.insert(key.clone(), value.fill(&mut *fill)?);
                }
                Value::Object(map)
            }
        })
    }
}

impl<'de> Deserialize<'de> for Located {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = deserializer.deserialize_any(NodeVisitor)?;
        Ok(Self { node, line: 0, column: 0 })
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Number(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Number(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(Number::from_f64(value).map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(Value::String(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element::<Spanned<Located>>()? {
            items.push(Located::at(item));
        }
        Ok(Node::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Spanned<Located>>()? {
            entries.push((key, Located::at(value)));
        }
        Ok(Node::Map(entries))
    }
}
