//! Readers of what comes from outside by its bytes alone, for fuzzing.

use crate::image::unpack;
use crate::template::{self, Object, Parameters};
use robot_contract::Failure;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// A manifest in which no parameter is known.
///
/// # Errors
/// What is wrong with it.
pub fn manifest(text: &str) -> Result<Vec<Object>, Failure> {
    let mut parameters = Parameters::new(BTreeMap::new(), BTreeMap::new())?;
    template::render(text, "manifest", &mut parameters)
}

/// A layer, unpacked into an empty folder.
///
/// # Errors
/// It is not sound.
pub fn layer(mut bytes: &[u8], root: &Path) -> io::Result<()> {
    unpack::one(&mut bytes, root, &mut 0, &mut 0)
}
