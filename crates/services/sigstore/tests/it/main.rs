//! Signatures of an instance that the tests make up, judged.

mod identities;
mod legacy;
mod limits;
mod past;
mod world;
