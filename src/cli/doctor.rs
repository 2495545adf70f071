//! `vorlage doctor`: what is missing on this machine.

use std::path::Path;

use super::table::table;
use super::{Outcome, found, office, probe};
use crate::config::{Limits, Office};
use crate::connectors::{Place, clamd};
use crate::engine::files;
use crate::errors;
use crate::llm::levels::{self, Choice};
use crate::llm::processor;
use crate::parse::{self, Parser};

/// Say what is missing on this machine
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  vorlage doctor --office /etc/vorlage")]
pub(super) struct Args {
    #[command(flatten)]
    place: office::Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    /// `Err` says what to do.
    state: Result<String, String>,
}

pub(super) async fn run(args: Args) -> Outcome {
    let place = args.place.place()?;
    let languages = wanted_languages(&args.place.office);
    let mut looked = vec![
        Finding { what: "office", state: files(&args.place.office) },
        Finding { what: "tesseract", state: tesseract(&languages) },
        Finding { what: "state folder", state: writable(&place.state) },
        Finding { what: "readers' walls", state: walls().await },
        Finding { what: "processor", state: processor(&choose(&place).await) },
    ];
    if let (Some(office), _, _) = office::read(&args.place.office)? {
        if let Some(state) = clamd::version(&office.settings.scan).await {
            looked.push(Finding { what: "clamd", state });
        }
        looked.push(Finding { what: "embeddings", state: embeddings(&office, &place).await });
        let rules = office::open_models(office, &place)?;
        for (_, state) in probe::models(&rules).await {
            looked.push(Finding { what: "model", state });
        }
    }
    let bad = looked.iter().any(|it| it.state.is_err());
    if args.json {
        let all: Vec<_> = looked
            .iter()
            .map(|it| {
                let told = match &it.state {
                    Ok(told) | Err(told) => told,
                };
                serde_json::json!({ "what": it.what, "ok": it.state.is_ok(), "told": told })
            })
            .collect();
        say!("{:#}", serde_json::Value::from(all));
        return Ok(found(bad));
    }
    let mut rows = vec![["", "what", "state"].map(str::to_owned).to_vec()];
    rows.extend(looked.iter().map(|it| match &it.state {
        Ok(told) => vec!["ok".to_owned(), it.what.to_owned(), told.clone()],
        Err(told) => vec!["MISSING".to_owned(), it.what.to_owned(), told.clone()],
    }));
    show!("{}", table(&rows));
    Ok(found(bad))
}

/// Whether decided items teach with vectors. That the office has none is no mistake.
async fn embeddings(office: &Office, place: &Place) -> Result<String, String> {
    match office::embedder(office, place)? {
        Some(model) => {
            let card = model.ready().await.map_err(|error| error.to_string())?;
            Ok(format!("decided items teach with vectors ({})", card.name))
        }
        None => {
            Ok("decided items teach by their words; `vorlage model fetch e5-small` brings vectors"
                .to_owned())
        }
    }
}

fn files(office: &Path) -> Result<String, String> {
    let files =
        files::read(office).map_err(|error| format!("{error}: name the folder with `--office`"))?;
    let (_, mistakes) = office::check(&files);
    match mistakes.len() {
        0 => Ok("no mistakes".to_owned()),
        count => Err(format!(
            "{count} mistakes, the first {}; run `vorlage check`",
            errors_of(&mistakes)
        )),
    }
}

fn errors_of(mistakes: &[errors::Diagnostic]) -> String {
    mistakes.first().map(|it| format!("in {}: {}", it.file, it.message)).unwrap_or_default()
}

/// What the office wants to recognise; the usual languages when there is no office to ask.
fn wanted_languages(office: &Path) -> String {
    let loaded = office::read(office).ok().and_then(|read| read.0);
    let limits = loaded.map(|it| it.settings.limits).unwrap_or_default();
    limits.ocr_languages
}

fn tesseract(wanted: &str) -> Result<String, String> {
    let missing = "install `tesseract-ocr`, `tesseract-ocr-deu`, `tesseract-ocr-eng` and `tesseract-ocr-osd`; scans cannot be read without";
    let languages = parse::languages().ok_or_else(|| missing.to_owned())?;
    let lacks = office::missing_languages(wanted);
    if !lacks.is_empty() {
        let names: Vec<String> = lacks.iter().map(|it| format!("`{}`", it.0)).collect();
        let packages: Vec<String> = lacks.iter().map(|it| format!("`{}`", it.1)).collect();
        let (names, packages) = (names.join(", "), packages.join(", "));
        return Err(format!("W0101: no {names} (`ocr_languages`): install {packages}"));
    }
    if !languages.iter().any(|it| it == "osd") {
        let turned = "pages that lie on their side cannot be told without";
        return Err(format!("install `tesseract-ocr-osd`; {turned}"));
    }
    Ok(format!("languages: {}", languages.join(", ")))
}

/// What a reader on this machine is kept from, by starting one.
async fn walls() -> Result<String, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let parser = Parser { program, limits: Limits::default() };
    let walls = parser.walls().await.map_err(|problem| problem.detail)?;
    let lacks = [
        (walls.files, "Landlock (Linux 5.19 or newer): readers are not kept from files"),
        (walls.calls, "seccomp: readers are not kept from the network and from programs"),
    ];
    let lacks: Vec<&str> = lacks.iter().filter(|it| !it.0).map(|it| it.1).collect();
    if !lacks.is_empty() {
        return Err(format!("this kernel lacks {}", lacks.join("; and ")));
    }
    let network = if walls.network { "twice" } else { "by seccomp; by Landlock from Linux 6.7 on" };
    Ok(format!("no files, programs, processes; no network ({network}); limits from [limits]"))
}

/// Which program the models run as.
async fn choose(place: &Place) -> Choice {
    levels::choose(&place.program, levels::wanted().as_deref()).await
}

/// What the model's arithmetic was built for, against what this machine has.
fn processor(choice: &Choice) -> Result<String, String> {
    let instructions = processor::instructions();
    let uses = |name: &str| choice.uses.split_whitespace().any(|it| it == name);
    let which = |of: &dyn Fn(&processor::Instructions) -> bool| {
        let names = instructions.iter().filter(|it| of(it)).map(|it| it.name);
        names.collect::<Vec<_>>().join(" ")
    };
    let lacks = which(&|it| uses(it.name) && !it.here);
    if !lacks.is_empty() {
        return Err(format!(
            "this program was built for {lacks}, which this processor lacks: models end at once; build it here"
        ));
    }
    let arch = std::env::consts::ARCH;
    let used = match choice.level {
        Some(_) => {
            format!("models run as `{}` and use {arch}: {}", choice.program.display(), choice.uses)
        }
        None => format!("models use {arch}: {}", choice.uses),
    };
    if let Some(wrong) = choice.passed_over.iter().find(|it| it.is_wrong) {
        return Err(format!("`{}` is not used: {}; {used}", wrong.program.display(), wrong.why));
    }
    let unused = which(&|it| it.here && !uses(it.name));
    if unused.is_empty() {
        return Ok(format!("{used}, all that helps on this processor"));
    }
    let better = levels::levels().into_iter().rfind(|it| it.here).map(|it| it.name);
    let better = better.filter(|it| choice.level != Some(it));
    let better =
        better.map(|it| format!("a program for {it} beside this one, or ")).unwrap_or_default();
    Ok(format!(
        "{used}; this processor also has {unused}: with {better}one built here with `RUSTFLAGS=-C target-cpu=native`, \
         models read faster"
    ))
}

fn writable(folder: &Path) -> Result<String, String> {
    let probe = folder.join("doctor.part");
    let tried = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe));
    tried
        .map(|()| folder.display().to_string())
        .map_err(|error| format!("cannot write `{}`: {error}", folder.display()))
}
