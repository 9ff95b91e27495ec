//! Go source, as far as coverage has to understand it: tokens, where statements begin, build
//! constraints.
//!
//! Spec: <https://go.dev/ref/spec>. What counts as a statement is what `cmd/cover` counts: an element
//! of a statement list, and the `if` behind an `else`. Text that is not Go gives what can be made of
//! it, never an error.

mod constraint;
mod lexer;
mod statements;

pub use constraint::{Platform, is_built};
pub use lexer::Comment;
pub use statements::{Body, Position, Statement, Syntax};

#[cfg(test)]
mod tests;
