//! Go's own formats, as the go command reads and writes them: parsers without product logic.
//!
//! Every module parses one format from text or bytes. Nothing here accesses files, processes or the
//! environment.

pub mod covdata;
pub mod coverprofile;
pub mod directive;
mod error;
pub mod module;
pub mod package_list;
pub mod suite;
pub mod sum;
pub mod syntax;
pub mod test2json;
pub mod toolchain;
pub mod vendor;
pub mod version;
pub mod workspace;

pub use error::LineError;
