//! The binary. Everything is in the library.

fn main() -> std::process::ExitCode {
    selfsame_server::cli::main()
}
