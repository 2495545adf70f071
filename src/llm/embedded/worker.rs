//! The child process: reads questions from its input, answers on its output.

use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::sync::mpsc;

use llama_cpp_2::LogOptions;
use rustix::process::Signal;
use sha2::{Digest, Sha256};

use super::Settings;
use super::engine::Engine;
use super::protocol::{Answer, Ask, Failure, Given, Hello, Question, read_line};
use super::vectors::Vectors;
use crate::llm::{Card, Error, processor};

/// What `vorlage worker llm` does until its input ends.
///
/// # Errors
/// When its first line is not the settings, or nobody reads what it says.
pub fn worker() -> Result<(), Error> {
    lie_low();
    speak_up();
    let mut input = BufReader::new(std::io::stdin());
    let line = read_line(&mut input).map_err(gone)?;
    let settings: Settings = serde_json::from_str(line.as_deref().unwrap_or_default())
        .map_err(|error| Error::Misshapen(error.to_string()))?;
    let mut loaded = match load(&settings) {
        Ok(loaded) => loaded,
        Err(failure) => return say(&Hello::Err(failure)),
    };
    say(&Hello::Ok(loaded.card().clone()))?;

    let (questions, next) = mpsc::channel();
    std::thread::spawn(move || {
        while let Ok(Some(line)) = read_line(&mut input) {
            if questions.send(line).is_err() {
                break;
            }
        }
        // The daemon is gone: nobody waits for the answer that may still be in the making.
        std::process::exit(0);
    });
    for line in next {
        let Question { number, ask } = serde_json::from_str(&line)
            .map_err(|_| Error::Misshapen("this is no question".into()))?;
        let result = answer(&mut loaded, ask);
        let ends = matches!(result, Err(Failure::Broken(_)));
        say(&Answer { number, result })?;
        if ends {
            return Err(Error::Unreachable {
                place: "llama.cpp".into(),
                why: "its context broke".into(),
            });
        }
    }
    Ok(())
}

/// llama.cpp's warnings go to the log of the daemon, its chatter (a line per tensor) goes nowhere.
fn speak_up() {
    let log =
        tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr);
    // The program may have set up its log already.
    log.without_time().with_ansi(false).try_init().ok();
    llama_cpp_2::send_logs_to_tracing(LogOptions::default());
}

/// Ends with the daemon, is the first to go when memory runs out, and says nothing of the texts.
fn lie_low() {
    // Should one of these fail, the end of the input still ends the process.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).ok();
    std::fs::write("/proc/self/oom_score_adj", "500").ok();
    // A panic's message may hold a part of a text; its place says enough.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        writeln!(std::io::stderr(), "panicked at {place}").ok();
    }));
}

/// What the child runs.
enum Loaded {
    Answers(Box<Engine>),
    Vectors(Box<Vectors>),
}

impl Loaded {
    fn card(&mut self) -> &mut Card {
        match self {
            Self::Answers(engine) => &mut engine.card,
            Self::Vectors(vectors) => &mut vectors.card,
        }
    }
}

/// Loads the model while another thread computes the hash of its weights.
fn load(settings: &Settings) -> Result<Loaded, Failure> {
    let weights = settings.weights.clone();
    let hash = std::thread::spawn(move || sha256(&weights));
    let name = settings.weights.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let file = settings.weights.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let runtime = "llama.cpp (llama-cpp-2 0.1.160)".to_owned();
    let card = Card { name, file, runtime, processor: processor::built_for(), ..Card::default() };
    let mut loaded = match settings.vectors {
        true => Loaded::Vectors(Box::new(Vectors::load(settings, card)?)),
        false => Loaded::Answers(Box::new(Engine::load(settings, card)?)),
    };
    let hash = hash.join().map_err(|_| Failure::Weights("the hash cannot be computed".into()))?;
    loaded.card().weights = hash.map_err(|error| Failure::Weights(error.to_string()))?;
    if let (Loaded::Answers(engine), Some(folder)) = (&mut loaded, &settings.kept) {
        engine.keep_in(folder);
    }
    Ok(loaded)
}

fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 20];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            n => hash.update(part.get(..n).unwrap_or_default()),
        }
    }
}

fn answer(loaded: &mut Loaded, ask: Ask) -> Result<Given, Failure> {
    let (engine, ask) = match (loaded, ask) {
        (Loaded::Vectors(vectors), Ask::Embed { texts }) => {
            return vectors.embed(&texts).map(Given::Vectors);
        }
        (Loaded::Answers(engine), ask) => (engine, ask),
        (Loaded::Vectors(_), _) => {
            return Err(Failure::Misshapen("this model gives vectors and no answers".into()));
        }
    };
    match ask {
        Ask::Embed { .. } => {
            Err(Failure::Misshapen("this model answers and gives no vectors".into()))
        }
        Ask::Choose { prompt, options } => engine.choose(&prompt, &options).map(Given::Chosen),
        Ask::Fill { prompt, form, material } => {
            engine.fill(&prompt, &form, &material).map(Given::Filled)
        }
        Ask::Write { prompt, most } => engine.write_freely(&prompt, most).map(Given::Written),
        Ask::Bench { prompt_tokens, answer_tokens } => {
            engine.bench(prompt_tokens, answer_tokens).map(Given::Speed)
        }
    }
}

fn say(line: &impl serde::Serialize) -> Result<(), Error> {
    let mut line = serde_json::to_vec(line).map_err(|error| Error::Misshapen(error.to_string()))?;
    line.push(b'\n');
    let mut output = std::io::stdout().lock();
    output.write_all(&line).and_then(|()| output.flush()).map_err(gone)
}

fn gone(error: std::io::Error) -> Error {
    Error::Unreachable { place: "the daemon".into(), why: error.to_string() }
}
