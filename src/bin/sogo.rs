//! The one binary of SOGOMS.

fn main() -> std::process::ExitCode {
    sogo::cmd::run()
}
