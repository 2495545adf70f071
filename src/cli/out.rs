//! Standard output, whose reader may go away before all is said.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};

/// What a shell says of a program that wrote to a pipe nobody reads (128 and the number of SIGPIPE).
const NOBODY_READS: i32 = 141;

/// Prints to standard output, as `print!` does, but ends the program quietly when nobody reads it.
macro_rules! show {
    ($($told:tt)*) => { $crate::cli::out::show(format_args!($($told)*)) };
}

/// Prints a line to standard output, as `println!` does, but ends the program quietly when nobody reads it.
macro_rules! say {
    () => { $crate::cli::out::show(format_args!("\n")) };
    ($($told:tt)*) => { $crate::cli::out::show(format_args!("{}\n", format_args!($($told)*))) };
}

/// Prints to standard output. Whoever closed the pipe has seen enough: the program ends.
pub(super) fn show(told: Arguments<'_>) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_fmt(told).and_then(|()| out.flush()) {
        if error.kind() != ErrorKind::BrokenPipe {
            eprintln!("error: cannot write to standard output: {error}");
            std::process::exit(1);
        }
        std::process::exit(NOBODY_READS);
    }
}
