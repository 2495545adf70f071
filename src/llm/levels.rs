//! One release for several kinds of processors: programs that differ only in the instructions they were built for lie
//! side by side, and the model's process is started from the one that is quickest here.
//!
//! llama.cpp chooses among instructions when it runs only as a shared library, and this program has none. So
//! `vorlage`, built for old processors too, looks for `vorlage-x86-64-v3` and the like beside itself and in
//! `../lib/vorlage/` (`scripts/build-levels` builds them). What it finds is asked for its version first: a program of
//! another version may ask and answer differently, and is not used. The program itself never runs other instructions
//! than those it was built for; only the process of a model does.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;
use std::time::Duration;

use super::processor;

/// A kind of processors, with all that a program built for it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// As the compiler calls it; with the extension that makes reading much quicker, where it is not part of it.
    pub name: &'static str,
    /// Whether this machine's processor is of this kind or better.
    pub here: bool,
}

#[cfg(target_arch = "x86_64")]
macro_rules! has {
    ($($feature:tt),*) => { true $(&& std::arch::is_x86_feature_detected!($feature))* };
}

/// All kinds for which programs are built, the oldest first (System V psABI for x86-64, table 3.1).
#[cfg(target_arch = "x86_64")]
pub fn levels() -> Vec<Level> {
    let v2 = has!("cmpxchg16b", "popcnt", "sse3", "sse4.1", "sse4.2", "ssse3");
    let v3 = v2 && has!("avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "lzcnt", "movbe");
    let v4 = v3 && has!("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl");
    vec![
        Level { name: "x86-64-v2", here: v2 },
        Level { name: "x86-64-v3", here: v3 },
        Level { name: "x86-64-v4", here: v4 },
        Level { name: "x86-64-v4-vnni", here: v4 && has!("avx512vbmi", "avx512vnni") },
    ]
}

/// Other processors have no such kinds: the program itself is the only one.
#[cfg(not(target_arch = "x86_64"))]
pub fn levels() -> Vec<Level> {
    Vec::new()
}

/// Which version this is and, where the build was told (`VORLAGE_COMMIT`), of which commit.
pub static VERSION: LazyLock<String> = LazyLock::new(|| {
    let commit = option_env!("VORLAGE_COMMIT").filter(|it| !it.is_empty());
    let commit = commit.map(|it| format!(" ({it})")).unwrap_or_default();
    format!("{}{commit}", env!("CARGO_PKG_VERSION"))
});

/// The version, and in a second line what the arithmetic of its models was built for: what `--version` says and
/// other programs of the same release read.
pub static BUILD: LazyLock<String> = LazyLock::new(|| {
    let models = match cfg!(feature = "embedded") {
        true => processor::built_for(),
        false => "none".to_owned(),
    };
    format!("{}\n{MODELS}{models}", *VERSION)
});

/// How the second line begins.
const MODELS: &str = "models: ";

/// The environment variable that says of which level the model's process has to be, or [`ITSELF`].
pub const WANTED: &str = "VORLAGE_LEVEL";

/// Stands for the program itself, whatever lies beside it.
pub const ITSELF: &str = "none";

/// The longest time to say a version.
const PATIENCE: Duration = Duration::from_secs(10);

/// A program beside this one that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// The program.
    pub program: PathBuf,
    /// Why, in words.
    pub why: String,
    /// Whether it should not be so: an installation of several versions, or a level that is wanted and not there.
    pub is_wrong: bool,
}

/// From which program the model's process is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The program.
    pub program: PathBuf,
    /// The level it was built for; `None`: the program itself.
    pub level: Option<&'static str>,
    /// The instructions its models use.
    pub uses: String,
    /// What else lies there.
    pub passed_over: Vec<PassedOver>,
}

/// What the program is and what the machine has: all that the choice depends on besides the files.
#[derive(Clone, Debug)]
struct Machine {
    version: String,
    built: BTreeSet<String>,
    here: BTreeSet<String>,
    levels: Vec<Level>,
}

/// Looks at what lies beside a program, now and on this machine, and chooses. `wanted` is the name of the only level
/// that is looked for, or [`ITSELF`].
pub async fn choose(program: &Path, wanted: Option<&str>) -> Choice {
    let machine = Machine {
        version: VERSION.clone(),
        built: set(&processor::names(|it| it.built)),
        here: set(&processor::names(|it| it.here)),
        levels: levels(),
    };
    choose_on(program, wanted, &machine).await
}

/// The level that the environment wants.
pub fn wanted() -> Option<String> {
    std::env::var(WANTED).ok().filter(|it| !it.is_empty())
}

/// The one with the most instructions that help here; this program itself when no other has more.
async fn choose_on(program: &Path, wanted: Option<&str>, machine: &Machine) -> Choice {
    let (uses, mut passed_over) = (names(&machine.built), Vec::new());
    let mut best = (program.to_owned(), None, uses);
    // A program that was built for more than this processor has ends at its first arithmetic.
    let runs = machine.built.is_subset(&machine.here);
    let mut most = runs.then_some(machine.built.len());
    for level in machine.levels.iter().filter(|it| wanted.is_none_or(|name| name == it.name)) {
        for beside in beside(program, level.name) {
            match look(&beside, level, machine).await {
                Ok(uses) if wanted.is_some() || most.is_none_or(|it| uses.len() > it) => {
                    most = Some(uses.len());
                    best = (beside, Some(level.name), names(&uses));
                    break;
                }
                Ok(_) => {
                    let why = "it uses nothing that is not used anyway".to_owned();
                    passed_over.push(PassedOver { program: beside, why, is_wrong: false });
                }
                Err(Refused { why, is_wrong }) => {
                    passed_over.push(PassedOver { program: beside, why, is_wrong });
                }
            }
        }
    }
    let (program, level, uses) = best;
    if let (Some(name), None, []) = (wanted, level, passed_over.as_slice())
        && name != ITSELF
    {
        let why = format!("there is no such program, though `{WANTED}` wants it");
        let program = program.with_file_name(file_name(&program, name));
        passed_over.push(PassedOver { program, why, is_wrong: true });
    }
    Choice { program, level, uses, passed_over }
}

/// The names of instructions in a line of them.
fn set(names: &str) -> BTreeSet<String> {
    names.split_whitespace().filter(|it| *it != processor::NONE).map(str::to_owned).collect()
}

fn names(set: &BTreeSet<String>) -> String {
    match set.is_empty() {
        true => processor::NONE.to_owned(),
        false => set.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
    }
}

fn file_name(program: &Path, level: &str) -> String {
    let name = program.file_name().and_then(OsStr::to_str).unwrap_or("vorlage");
    format!("{name}-{level}")
}

/// Where a program of a level lies: in the same folder, or where Debian puts what people do not call themselves.
fn beside(program: &Path, level: &str) -> Vec<PathBuf> {
    let Some(folder) = program.parent() else { return Vec::new() };
    let lib = folder.parent().map(|it| it.join("lib").join("vorlage"));
    let places = [Some(folder.to_owned()), lib].into_iter().flatten();
    places.map(|it| it.join(file_name(program, level))).filter(|it| it.is_file()).collect()
}

/// Why a program cannot be used.
struct Refused {
    why: String,
    is_wrong: bool,
}

/// The instructions that the models of a program use, if it can be used here.
async fn look(
    program: &Path,
    level: &Level,
    machine: &Machine,
) -> Result<BTreeSet<String>, Refused> {
    // Not even its version is asked for: this processor may lack any instruction of it.
    if !level.here {
        let why = format!("this processor is not {}", level.name);
        return Err(Refused { why, is_wrong: false });
    }
    let wrong = |why: String| Refused { why, is_wrong: true };
    let told = ask(program).await.map_err(wrong)?;
    let mut lines = told.lines();
    let version = lines.next().unwrap_or_default().trim();
    if version.strip_prefix("vorlage ") != Some(&machine.version) {
        let ours = &machine.version;
        return Err(wrong(format!(
            "it is `{version}`, this is `vorlage {ours}`: install them together"
        )));
    }
    let models = lines.find_map(|line| line.strip_prefix(MODELS)?.split_once(": "));
    let (_, uses) = models.ok_or_else(|| wrong("it runs no models".to_owned()))?;
    let uses = set(uses);
    let lacks: BTreeSet<String> = uses.difference(&machine.here).cloned().collect();
    if !lacks.is_empty() {
        let lacks = names(&lacks);
        return Err(wrong(format!(
            "it is not what its name says: it uses {lacks}, which is not here"
        )));
    }
    Ok(uses)
}

/// What a program says of itself. It has no environment, as the model's process has none.
async fn ask(program: &Path) -> Result<String, String> {
    let mut command = tokio::process::Command::new(program);
    command.arg("--version").env_clear().stdin(Stdio::null()).kill_on_drop(true);
    command.envs(std::env::var_os("LD_LIBRARY_PATH").map(|path| ("LD_LIBRARY_PATH", path)));
    match tokio::time::timeout(PATIENCE, command.output()).await {
        Err(_) => Err("it does not say its version in time".to_owned()),
        Ok(Err(error)) => Err(format!("it cannot be started: {error}")),
        Ok(Ok(told)) if told.status.success() => {
            Ok(String::from_utf8_lossy(&told.stdout).into_owned())
        }
        Ok(Ok(told)) => Err(format!("it does not say its version: {}", told.status)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const OLD: &str = "sse4.2";
    const V3: &str = "sse4.2 avx f16c fma avx2 bmi2";
    const V4: &str = "sse4.2 avx f16c fma avx2 bmi2 avx512f avx512bw";

    /// A machine of the level, with a program built for `built`.
    fn machine(built: &str, here: &str, best: &str) -> Machine {
        let mut is_here = true;
        let level = |name| {
            let level = Level { name, here: is_here };
            is_here &= name != best;
            level
        };
        let levels = ["x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64-v4-vnni"].map(level).to_vec();
        Machine { version: "1.2.3 (abc)".to_owned(), built: set(built), here: set(here), levels }
    }

    /// A program that says its version, and leaves a trace when it is started.
    fn put(folder: &Path, name: &str, version: &str, uses: &str) {
        let path = folder.join(name);
        let text = format!(
            "#!/bin/sh\n: > \"$0.started\"\nprintf 'vorlage {version}\\nmodels: x86_64: {uses}\\n'\n"
        );
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    async fn level(folder: &Path, wanted: Option<&str>, machine: &Machine) -> Option<&'static str> {
        choose_on(&folder.join("vorlage"), wanted, machine).await.level
    }

    fn release() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "vorlage", "1.2.3 (abc)", OLD);
        put(folder.path(), "vorlage-x86-64-v3", "1.2.3 (abc)", V3);
        put(folder.path(), "vorlage-x86-64-v4", "1.2.3 (abc)", V4);
        folder
    }

    #[tokio::test]
    async fn the_best_program_this_processor_can_run_is_chosen_and_no_better_one_is_started() {
        let release = release();
        let folder = release.path();
        assert_eq!(level(folder, None, &machine(OLD, OLD, "x86-64-v2")).await, None);
        let here = machine(OLD, V3, "x86-64-v3");
        let choice = choose_on(&folder.join("vorlage"), None, &here).await;
        assert_eq!(choice.program, folder.join("vorlage-x86-64-v3"));
        assert_eq!(set(&choice.uses), set(V3));
        assert!(!folder.join("vorlage-x86-64-v4.started").exists(), "it may have ended badly");
        let [over] = choice.passed_over.as_slice() else { panic!("{:?}", choice.passed_over) };
        assert!(over.why.contains("not x86-64-v4") && !over.is_wrong, "{over:?}");
        let newest = machine(OLD, V4, "x86-64-v4-vnni");
        assert_eq!(level(folder, None, &newest).await, Some("x86-64-v4"));
        // Built here, with all that there is: nothing beside it is better.
        assert_eq!(level(folder, None, &machine(V3, V3, "x86-64-v3")).await, None);
        // Built elsewhere for more than there is: any that runs is better than one that does not.
        assert_eq!(level(folder, None, &machine(V4, V3, "x86-64-v3")).await, Some("x86-64-v3"));
    }

    #[tokio::test]
    async fn a_program_of_another_version_or_with_a_wrong_name_is_not_used_and_told() {
        let release = release();
        let folder = release.path();
        let here = machine(OLD, V3, "x86-64-v3");
        for (version, uses, why) in [
            ("1.2.3 (abd)", V3, "install them together"),
            ("1.2.3", V3, "install them together"),
            ("1.2.3 (abc)", V4, "uses avx512bw avx512f, which is not here"),
            ("1.2.3 (abc)\\nnothing\\n", V3, ""),
        ] {
            put(folder, "vorlage-x86-64-v3", version, uses);
            let choice = choose_on(&folder.join("vorlage"), None, &here).await;
            if why.is_empty() {
                assert_eq!(choice.level, Some("x86-64-v3"), "more lines do no harm");
                continue;
            }
            assert_eq!((choice.level, choice.program), (None, folder.join("vorlage")));
            let over = choice.passed_over.first().unwrap();
            assert!(over.is_wrong && over.why.contains(why), "{over:?}");
        }
        std::fs::write(folder.join("vorlage-x86-64-v3"), "no program").unwrap();
        let choice = choose_on(&folder.join("vorlage"), None, &here).await;
        assert!(choice.level.is_none() && choice.passed_over[0].is_wrong, "{choice:?}");
    }

    #[tokio::test]
    async fn the_environment_may_want_one_level_or_none() {
        let release = release();
        let folder = release.path();
        let here = machine(V3, V4, "x86-64-v4");
        assert_eq!(level(folder, None, &here).await, Some("x86-64-v4"));
        assert_eq!(level(folder, Some("x86-64-v3"), &here).await, Some("x86-64-v3"));
        assert_eq!(level(folder, Some(ITSELF), &here).await, None);
        let choice = choose_on(&folder.join("vorlage"), Some("x86-64-v9"), &here).await;
        assert!(choice.level.is_none() && choice.passed_over[0].is_wrong, "{choice:?}");
    }

    #[tokio::test]
    async fn they_may_lie_in_the_folder_for_programs_nobody_calls() {
        let usr = tempfile::tempdir().unwrap();
        let (bin, lib) = (usr.path().join("bin"), usr.path().join("lib/vorlage"));
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::create_dir_all(&lib).unwrap();
        put(&lib, "vorlage-x86-64-v3", "1.2.3 (abc)", V3);
        let choice = choose_on(&bin.join("vorlage"), None, &machine(OLD, V3, "x86-64-v3")).await;
        assert_eq!(choice.program, lib.join("vorlage-x86-64-v3"));
    }

    #[tokio::test]
    async fn on_other_processors_there_is_only_the_program_itself() {
        let release = release();
        let machine = Machine { levels: Vec::new(), ..machine("", "", "") };
        let choice = choose_on(&release.path().join("vorlage"), None, &machine).await;
        assert!(choice.level.is_none() && choice.passed_over.is_empty(), "{choice:?}");
    }

    #[test]
    fn the_levels_are_named_as_they_are_built() {
        let script = include_str!("../../scripts/build-levels");
        for level in levels() {
            assert!(script.contains(&format!("  {})", level.name)), "{}", level.name);
        }
    }
}
