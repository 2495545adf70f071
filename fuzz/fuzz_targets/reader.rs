//! One program for all readers, because each would be linked with all of Vorlage: the environment
//! variable `VORLAGE_FUZZ` names the reader. They are listed in `src/parse/fuzzing.rs`.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use vorlage::parse::fuzzing::{self, Target};

static TARGET: OnceLock<&'static Target> = OnceLock::new();

fuzz_target!(init: {
    let name = std::env::var("VORLAGE_FUZZ").unwrap_or_default();
    let known = fuzzing::TARGETS.iter().find(|target| target.name == name);
    let Some(target) = known else {
        let names: Vec<&str> = fuzzing::TARGETS.iter().map(|target| target.name).collect();
        eprintln!("set VORLAGE_FUZZ to one of {}", names.join(", "));
        std::process::exit(2);
    };
    fuzzing::end_at_our_own_faults();
    TARGET.get_or_init(|| target);
}, |bytes: &[u8]| {
    if let Some(target) = TARGET.get() {
        target.read(bytes);
    }
});
