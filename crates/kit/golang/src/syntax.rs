//! Go source, as far as coverage needs it: tokens, positions of statements, build constraints.
//!
//! Spec: <https://go.dev/ref/spec>. A statement is what `cmd/cover` counts: an element of a statement list, and
//! the `if` after an `else`. Text that is not Go gives a partial result, never an error.

mod constraint;
mod lexer;
mod statements;

pub use constraint::{Platform, is_built};
pub use lexer::Comment;
pub use statements::{Body, Position, Statement, Syntax};

#[cfg(test)]
mod tests;
