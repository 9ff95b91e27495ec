//! Container registries for tests: a fake one that can be told to fail, and a real one.

mod fake;
mod real;

pub use fake::{FakeRegistry, RegistryFault};
pub use real::RealRegistry;
