//! Which instructions of the processor the arithmetic of the model in the house was built for, which this machine
//! lacks, and which it has besides.
//!
//! llama.cpp is part of this program and is compiled for a fixed set of instructions: with
//! `RUSTFLAGS=-C target-cpu=native` those of the machine that builds, otherwise its own usual ones.

/// One set of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instructions {
    /// As Rust and `/proc/cpuinfo` call them, but for dots and underscores.
    pub name: &'static str,
    /// Whether the program was built to use them.
    pub built: bool,
    /// Whether this machine has them.
    pub here: bool,
}

/// What llama.cpp uses unless told otherwise (`GGML_AVX2=OFF` and the like in the environment of the build;
/// `ggml/CMakeLists.txt`, `INS_ENB`).
#[cfg(target_arch = "x86_64")]
fn usual(name: &str) -> bool {
    let off = |set: Option<&str>| set.is_some_and(|it| it.eq_ignore_ascii_case("off"));
    match name {
        "sse4.2" => !off(option_env!("GGML_SSE42")),
        "avx" => !off(option_env!("GGML_AVX")),
        "avx2" => !off(option_env!("GGML_AVX2")),
        "bmi2" => !off(option_env!("GGML_BMI2")),
        "fma" => !off(option_env!("GGML_FMA")),
        "f16c" => !off(option_env!("GGML_F16C")),
        _ => false,
    }
}

#[cfg(target_arch = "x86_64")]
macro_rules! instructions {
    ($($name:tt),*) => {
        vec![$(Instructions {
            name: $name,
            built: cfg!(target_feature = $name) || usual($name),
            here: std::arch::is_x86_feature_detected!($name),
        }),*]
    };
}

/// The instructions that matter for the speed of a model, the oldest first.
#[cfg(target_arch = "x86_64")]
pub fn instructions() -> Vec<Instructions> {
    instructions!(
        "sse4.2",
        "avx",
        "f16c",
        "fma",
        "avx2",
        "bmi2",
        "avx512f",
        "avx512bw",
        "avx512vbmi",
        "avx512vnni",
        "avxvnni",
        "avx512bf16"
    )
}

/// On other processors the build decides alone; nothing can be told.
#[cfg(not(target_arch = "x86_64"))]
pub fn instructions() -> Vec<Instructions> {
    Vec::new()
}

/// Stands for none of them.
pub const NONE: &str = "baseline";

/// The names of some of them, or [`NONE`].
pub fn names(of: impl Fn(&Instructions) -> bool) -> String {
    let names: Vec<&str> =
        instructions().into_iter().filter(|it| of(it)).map(|it| it.name).collect();
    if names.is_empty() { NONE.to_owned() } else { names.join(" ") }
}

/// The architecture and what the program was built to use of it, in one line.
pub fn built_for() -> String {
    format!("{}: {}", std::env::consts::ARCH, names(|it| it.built))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_test_runs_only_where_it_was_built_for() {
        // Otherwise it would have ended with SIGILL long before.
        let lacking: Vec<Instructions> =
            instructions().into_iter().filter(|it| it.built && !it.here).collect();
        assert!(lacking.is_empty(), "{lacking:?}");
        assert!(built_for().starts_with(std::env::consts::ARCH), "{}", built_for());
    }
}
