//! YAML with the location of every key.

use crate::Failure;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// A parsed robot.yml (or one structured input): plain values, and the location of each key.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) values: Map<String, Value>,
    /// Dotted path -> (line, column), both from 1: the key of a mapping, the item of a list.
    pub(crate) places: BTreeMap<String, (u64, u64)>,
}

impl Document {
    /// Parses `text`; `name` is the file, for messages. An empty document is an empty mapping.
    pub(crate) fn parse(text: &str, name: &str) -> Result<Self, Failure> {
        let mut document = Self::default();
        match tree(text, name)? {
            None | Some(Node::Scalar(Value::Null)) => {}
            Some(node @ Node::Map(_)) => {
                if let Value::Object(values) = document.plain(node, "") {
                    document.values = values;
                }
            }
            Some(_) => {
                return Err(Failure::config(format!("{name}: expected a mapping of settings")));
            }
        }
        Ok(document)
    }

    /// Parses the value of the single setting `key`, for a structured input.
    pub(crate) fn parse_value(key: &str, text: &str, name: &str) -> Result<Self, Failure> {
        let mut document = Self::default();
        let value = tree(text, name)?.map_or(Value::Null, |node| document.plain(node, key));
        document.values.insert(key.to_owned(), value);
        Ok(document)
    }

    fn plain(&mut self, node: Node, path: &str) -> Value {
        match node {
            Node::Scalar(value) => value,
            Node::Sequence(items) => Value::Array(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| self.child(item, join(path, &index.to_string()), None))
                    .collect(),
            ),
            Node::Map(entries) => Value::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| {
                        let at = (key.referenced.line(), key.referenced.column());
                        let value = self.child(value, join(path, &key.value), Some(at));
                        (key.value, value)
                    })
                    .collect(),
            ),
        }
    }

    fn child(&mut self, node: Spanned<Node>, path: String, at: Option<(u64, u64)>) -> Value {
        let own = (node.referenced.line(), node.referenced.column());
        let value = self.plain(node.value, &path);
        self.places.insert(path, at.unwrap_or(own));
        value
    }
}

fn tree(text: &str, name: &str) -> Result<Option<Node>, Failure> {
    serde_saphyr::from_str(text).map_err(|error| {
        let plain = error.without_snippet();
        let place = plain
            .location()
            .map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
        Failure::config(format!("{name}{place}: not valid YAML")).caused_by(plain)
    })
}

pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[derive(Debug)]
enum Node {
    Scalar(Value),
    Sequence(Vec<Spanned<Node>>),
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
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
        Node::deserialize(deserializer)
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
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Node::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_item_knows_its_place() {
        let document =
            Document::parse("go-test:\n  layers:\n    unit: {race: true}\n  tags: [a, b]\n", "x")
                .unwrap();
        assert_eq!(document.places["go-test.layers.unit"], (3, 5));
        assert_eq!(document.places["go-test.layers.unit.race"], (3, 12));
        assert_eq!(document.places["go-test.tags.1"], (4, 13));
        assert_eq!(document.values["go-test"]["layers"]["unit"]["race"], Value::Bool(true));
    }

    #[test]
    fn broken_yaml_and_twice_the_same_key_are_refused_with_their_place() {
        for text in ["a: [1\nb: 2\n", "a: 1\na: 2\n", "- a\n", "a: \"\\q\"\n"] {
            let failure = Document::parse(text, "robot.yml").unwrap_err().to_string();
            assert!(failure.contains("robot.yml"), "{failure}");
        }
        let twice = Document::parse("a: 1\na: 2\n", "robot.yml").unwrap_err().to_string();
        assert!(twice.contains("robot.yml:2:1"), "{twice}");
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let below = level - 1;
            let aliases = vec![format!("*a{below}"); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(Document::parse(&text, "robot.yml").is_err());
    }

    #[test]
    fn an_empty_document_is_no_settings() {
        assert!(Document::parse("# nothing\n", "x").unwrap().values.is_empty());
    }
}
