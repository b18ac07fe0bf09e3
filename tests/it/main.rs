//! The integration tests: one binary, a harness, then a file per feature.
