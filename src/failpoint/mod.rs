//! Named places where a test ends, stops or fails the program, so that what a crash, a hang or a full disk leaves
//! behind is seen at every place and not only where chance finds it. A release build has nothing of it.
//!
//! `VORLAGE_FAILPOINT` says what happens where: `name=kill@2` ends the program at the second time the place is
//! reached. Instead of `kill` it may say `stop` (until it is told to go on), `error`, `enospc` or, for what a test
//! shows to be needed, `leave_out`. `@2+` means every time from the second on, `name~text` only where the work is
//! about something with this text in one of its names; `;` stands between several. With `VORLAGE_FAILPOINT_WHILE` all this
//! holds only while that file is there.

use std::io;

#[cfg(debug_assertions)]
mod armed;

/// Every place, in the order of an item's journey. A test checks that each stands in the code exactly once.
pub const POINTS: &[&str] = &[
    // What a door brings is kept.
    "intake.before_blob",
    "blob.before_write",
    "blob.written",
    "blob.synced",
    "blob.renamed",
    "blob.done",
    "intake.after_blob",
    "intake.before_commit",
    "store.before_batch",
    "store.applied",
    "store.flushed",
    "store.durable",
    "intake.after_commit",
    "intake.before_acknowledge",
    "share.before_move",
    "imap.marked",
    "imap.copied",
    "imap.marked_deleted",
    "imap.expunged",
    "intake.after_acknowledge",
    // A worker moves it on, stage by stage.
    "claim.before",
    "claim.after",
    "stage.before_work",
    "stage.before_commit",
    "stage.after_commit",
    // A person decides.
    "desk.before_commit",
    "desk.after_commit",
    // It leaves the house.
    "despatch.before_mark",
    "despatch.after_mark",
    "folder.written",
    "folder.synced",
    "folder.renamed",
    "table.before_replace",
    "table.replaced",
    "smtp.data_ending",
    "smtp.answered",
    "drafts.appended",
    "webhook.answered",
    "despatch.sent",
    "despatch.between",
];

/// What can be left out, to show that a test finds its absence.
pub const NEEDED: &[&str] = &["store.barrier", "blob.sync"];

/// A place where the program may end or stop.
pub fn hit(name: &'static str) {
    about(name, ["", ""]);
}

/// The same, where the work is about something that has names.
#[cfg_attr(
    not(debug_assertions),
    expect(unused_variables, reason = "nothing happens in a release build")
)]
pub fn about(name: &'static str, what: [&str; 2]) {
    // What can fail says so itself, with `io`.
    #[cfg(debug_assertions)]
    armed::reach(name, what).ok();
}

/// A place that may also fail.
///
/// # Errors
/// Those that a test asks for.
#[cfg_attr(
    not(debug_assertions),
    expect(unused_variables, reason = "nothing happens in a release build")
)]
pub fn io(name: &'static str) -> io::Result<()> {
    #[cfg(debug_assertions)]
    armed::reach(name, ["", ""])?;
    Ok(())
}

/// Whether a test wants to see what happens without this.
#[cfg_attr(
    not(debug_assertions),
    expect(unused_variables, reason = "nothing happens in a release build")
)]
pub fn is_left_out(name: &'static str) -> bool {
    #[cfg(debug_assertions)]
    return armed::is_left_out(name);
    #[cfg(not(debug_assertions))]
    false
}
