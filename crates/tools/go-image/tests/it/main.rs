//! `go-image` through its binary, with real Go, and a fake registry and a real one.

mod building;
mod real;
mod world;
