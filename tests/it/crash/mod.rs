//! Crashes of every kind, and an account from outside of what came of them: every token that was handed in is exactly
//! one item, and has exactly one effect at every output.
//!
//! `points` ends the daemon at every place there is, `random` ends everything at any moment, `power` takes from the
//! disk what was not made durable, `full` lets the disk run full, `poison` brings items that end whoever touches them.
//! `house` is the office in which that happens, `oracle` the account.

mod full;
mod house;
mod mails;
mod oracle;
mod points;
mod poison;
mod power;
mod random;
mod sinks;

/// Whether this is the long version (`make crash`).
fn is_long() -> bool {
    std::env::var("VORLAGE_CRASH").is_ok_and(|it| it == "long")
}

/// One line of figures at the end of a test.
#[expect(clippy::print_stdout, reason = "the figures are what the test is for")]
fn tell(what: &str, figures: &oracle::Figures) {
    println!("{what}: {figures}");
}
