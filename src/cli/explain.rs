//! `vorlage explain CODE`: the page of a code.

use super::Outcome;
use crate::errors::codes;

/// Explain a code such as E0202
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage explain E0202\n  vorlage explain BR-CO-15\n  vorlage explain --list"
)]
pub(super) struct Args {
    /// The code, as it stands in a message
    #[arg(required_unless_present = "list")]
    code: Option<String>,
    /// List every code with its title
    #[arg(long)]
    list: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let wanted = args.code.as_deref().filter(|_| !args.list);
    if let Some(rule) = wanted.and_then(en16931::validation::rules::explain)
        && !args.json
    {
        let terms: Vec<String> = rule.terms.iter().map(ToString::to_string).collect();
        let (id, terms) = (rule.id.as_str(), terms.join(", "));
        say!("{id} ({}; {terms})\n\n{}\n\n{}", rule.severity, rule.text, en16931::ATTRIBUTION);
        return Ok(super::found(false));
    }
    let shown: Vec<&codes::Code> = match wanted {
        None => codes::all().collect(),
        Some(code) => {
            let found = codes::find(code);
            let known = found.ok_or_else(|| {
                anyhow::anyhow!("there is no code `{code}`; `vorlage explain --list` shows all")
            })?;
            vec![known]
        }
    };
    if args.json {
        let json: Vec<_> = shown
            .iter()
            .map(|it| serde_json::json!({ "code": it.code, "title": it.title, "page": it.page }))
            .collect();
        say!("{:#}", serde_json::Value::from(json));
    } else if wanted.is_some() {
        shown.iter().for_each(|it| say!("{}: {}\n\n{}", it.code, it.title, it.page.trim()));
    } else {
        shown.iter().for_each(|it| say!("{}  {}", it.code, it.title));
    }
    Ok(super::found(false))
}
