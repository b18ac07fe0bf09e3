//! The one binary of SOGOMS.

fn main() {}
