//! The one binary.

fn main() -> std::process::ExitCode {
    vorlage::cli::main()
}
