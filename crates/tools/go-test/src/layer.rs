//! The settings of a layer of tests.

use robot_contract::Isolate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// One layer of tests.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Layer {
    /// Package patterns [default: ./...]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packages: Option<Vec<String>>,
    /// Build tags [default: the layer's name, none for unit]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Whether to enable the race detector [default: true for unit]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub race: Option<bool>,
    /// Time limit of each test binary, in Go's format: 90s, 10m [default: 10m]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// How often each test runs; results are reused only in `unit` and without `count`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Variables for tests and services
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// Variables of the job that tests and services get although their names look like secrets or, in `unit`, their values differ from run to run
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pass_env: Option<Vec<String>>,
    /// Whether tests and services are isolated from other processes and from the runner's files: auto,
    /// require or off [default: auto]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolate: Option<Isolate>,
    /// Programs to start before the tests and stop after them
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<Service>>,
}

/// A service that tests need.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Service {
    /// Name in logs and reports
    pub name: String,
    /// Shell command that runs the service in the foreground
    pub command: String,
    /// Variables for this service only
    pub env: Option<BTreeMap<String, String>>,
    /// http:// URL that responds with success once the service is ready
    pub ready: String,
    /// Time within which the service must be ready [default: 60s]
    pub timeout: Option<String>,
}

/// The value of a layer's name: its settings, nothing (`unit:`) for all defaults, or `false` to turn the layer off.
#[derive(Debug, Clone)]
pub enum Declared {
    /// A layer to run.
    On(Layer),
    /// The layer is turned off.
    Off,
}

impl Declared {
    /// The layer, unless it is turned off.
    pub const fn layer(&self) -> Option<&Layer> {
        match self {
            Self::On(layer) => Some(layer),
            Self::Off => None,
        }
    }
}

impl From<Layer> for Declared {
    fn from(layer: Layer) -> Self {
        Self::On(layer)
    }
}

impl Serialize for Declared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::On(layer) => layer.serialize(serializer),
            Self::Off => serializer.serialize_bool(false),
        }
    }
}

impl<'de> Deserialize<'de> for Declared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DeclaredVisitor)
    }
}

struct DeclaredVisitor;

impl<'de> Visitor<'de> for DeclaredVisitor {
    type Value = Declared;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("settings of a layer, nothing, or false")
    }

    fn visit_unit<E: Error>(self) -> Result<Declared, E> {
        Ok(Layer::default().into())
    }

    fn visit_bool<E: Error>(self, is_on: bool) -> Result<Declared, E> {
        Ok(if is_on { Layer::default().into() } else { Declared::Off })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Declared, A::Error> {
        Layer::deserialize(MapAccessDeserializer::new(map)).map(Declared::On)
    }
}

impl JsonSchema for Declared {
    fn schema_name() -> Cow<'static, str> {
        "Declared".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let layer = generator.subschema_for::<Layer>();
        json_schema!({ "anyOf": [layer, { "type": "boolean" }, { "type": "null" }] })
    }
}
