//! Go's own formats, as the go command writes them: readers without product logic.

pub mod coverprofile;
pub mod environment;
pub mod module;
pub mod sum;
pub mod test2json;
pub mod version;
