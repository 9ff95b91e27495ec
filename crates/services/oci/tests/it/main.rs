//! Registries: a fake one that can be told to fail, and a real one.

mod contract;
mod corpora;
mod faults;
mod login;
mod pushing;
mod reading;
mod world;
