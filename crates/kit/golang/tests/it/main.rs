//! Go's formats, as real Go and fuzzers wrote them.

mod corpora;
mod recorded;
