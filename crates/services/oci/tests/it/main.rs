//! Registries: a fake one that can be told to fail, and a real one.

mod faults;
mod login;
mod pushing;
mod reading;
mod world;
