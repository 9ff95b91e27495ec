//! Container registries, by the OCI distribution specification, over the one HTTP client.
//!
//! A [`Repository`] is opened for a [`Reference`]. It finds credentials (environment, Docker's
//! `config.json` with its helpers, `GITHUB_TOKEN` for ghcr.io alone), gets tokens as the registry asks
//! for them, and gets a new one when it has expired. Everything that is read is bounded and checked
//! against its digest; [`ErrorKind`] tells apart what is not there, what is not allowed and what failed.
//! <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md>

mod attached;
mod challenge;
mod credentials;
mod digest;
mod error;
mod manifest;
pub mod media_type;
mod push;
mod read;
mod reference;
mod referrers;
mod repository;
mod token;

pub use attached::{AttachedLayer, AttachedLayers};
pub use challenge::Challenge;
pub use credentials::DockerConfig;
pub use digest::{Digest, InvalidDigest};
pub use error::{Error, ErrorKind};
pub use manifest::{Annotations, Content, Descriptor, Index, InvalidPlatform, Manifest, Platform};
pub use push::{Attached, Part, Pushed, Upload};
pub use read::Fetched;
pub use reference::{InvalidReference, Reference};
pub use referrers::{Referrer, Referrers, Source};
pub use repository::{Access, GITHUB_TOKEN, Options, PASSWORD, Repository};
pub use robot_net::{Bytes, block_on};
