//! The filled form and the texts made from it, ready for a person.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::config::{Class, Deliver, Office, Step};
use crate::domain::{
    Automatic, ClassRef, ConnectorName, FieldName, Finding, Form, Parsed, QueueName, Severity,
};
use crate::locale;
use crate::validate::deadlines;
use crate::validate::expressions::{Scope, written};
use crate::validate::{Context, Validated};

mod letter;

/// What a person is shown and approves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The class it was made for.
    pub class: ClassRef,
    /// The class's title.
    pub title: String,
    /// The values.
    pub form: Form,
    /// What the reviewer must look at.
    pub findings: Vec<Finding>,
    /// What must have happened by when.
    pub deadlines: Vec<Due>,
    /// Fields a person must confirm before the approval.
    pub unconfirmed: Vec<FieldName>,
    /// The language of the reply (ISO 639-1).
    pub language: String,
    /// The reply by mail.
    pub reply: Option<Reply>,
    /// The reply as a letter.
    pub letter: Option<DraftFile>,
    /// The approvals it needs.
    pub steps: Vec<DraftStep>,
    /// Where it goes.
    pub deliveries: Vec<ConnectorName>,
}

/// A deadline with its derivation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// As people read it.
    pub name: String,
    /// The last day.
    pub date: Date,
    /// How it was counted, in one sentence.
    pub trace: String,
}

/// The reply by mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The recipient's address, from the mail's own header and never from its text.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl Reply {
    /// The recipient's address alone, without a name before it.
    pub fn address(&self) -> &str {
        let within = self.to.rsplit_once('<').map(|(_, address)| address);
        within.unwrap_or(&self.to).trim_matches(['>', ' '])
    }
}

/// A file made for the draft. It is small: an office's letter with its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftFile {
    /// Its name.
    pub name: String,
    /// `type/subtype`.
    pub media_type: String,
    /// Its bytes.
    #[serde(with = "crate::domain::base64_bytes")]
    pub bytes: Vec<u8>,
}

/// One approval the draft needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftStep {
    /// In this queue.
    pub queue: QueueName,
    /// By somebody else than who approved in these.
    pub distinct_from: Vec<QueueName>,
}

/// `type/subtype` of a DOCX file.
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// Makes the draft. A text that cannot be made is a finding that stops the approval.
pub fn draft(
    office: &Office,
    name: &ClassRef,
    parsed: &Parsed,
    validated: Validated,
    context: &Context<'_>,
) -> Option<Draft> {
    let (_, class) = office.class(name)?;
    let Validated { form, mut findings } = validated;
    let language = language(office, name, class, parsed);
    let scope =
        Scope::new(class, &form, parsed, &Context { language: &language, ..context.clone() });
    let marking = office.settings.policy.marking.get(&language).map_or("", String::as_str);
    let scope = scope.marked(marking);
    let texts = Texts { office, name, language: &language, scope: &scope };
    let reply = keep(texts.reply(class, parsed), &mut findings);
    findings.extend(reply.as_ref().and_then(|_| unanswerable(parsed, context.language)));
    let letter = keep(texts.letter(class), &mut findings);
    let deadlines = due(office, class, &form, context);
    findings.extend(deadlines.iter().filter_map(|due| hurry(due, context)));
    let mut steps: Vec<DraftStep> =
        class.approvals.iter().filter(|step| needed(&scope, step)).map(step).collect();
    if steps.is_empty() {
        // Every condition said no; nothing leaves without a person all the same.
        steps.extend(class.approvals.first().map(step));
    }
    Some(Draft {
        class: name.clone(),
        title: class.title.clone(),
        unconfirmed: unconfirmed(class, &form),
        deliveries: class
            .deliveries
            .iter()
            .filter(|it| made(&scope, it))
            .map(|it| it.to.clone())
            .collect(),
        form,
        findings,
        deadlines,
        language,
        reply,
        letter,
        steps,
    })
}

/// The sender's language if the class has texts in it, else the office's.
fn language(office: &Office, name: &ClassRef, class: &Class, parsed: &Parsed) -> String {
    let spoken = parsed.language().map(str::to_owned);
    let template = class.reply.as_ref().map(|reply| reply.template.as_str());
    let offered = |language: &String| {
        template.is_some_and(|it| office.templates.contains_key(&text_path(name, it, language)))
    };
    spoken.filter(offered).unwrap_or_else(|| office.settings.language.clone())
}

struct Texts<'a> {
    office: &'a Office,
    name: &'a ClassRef,
    language: &'a str,
    scope: &'a Scope,
}

impl Texts<'_> {
    /// The reply, if there is somebody to reply to. Nobody is behind a report of a mail server.
    fn reply(&self, class: &Class, parsed: &Parsed) -> Result<Option<Reply>, String> {
        let Some(reply) = &class.reply else { return Ok(None) };
        let answerable = parsed
            .envelope
            .as_ref()
            .is_some_and(|it| it.automatic != Some(Automatic::Bounce) && it.from.is_some());
        if !answerable {
            return Ok(None);
        }
        let path = text_path(self.name, &reply.template, self.language);
        let template =
            self.office.templates.get(&path).ok_or_else(|| format!("`{path}` is missing"))?;
        let template =
            std::str::from_utf8(template).map_err(|error| format!("`{path}`: {error}"))?;
        let subject = reply.subject.get(self.language).or_else(|| reply.subject.values().next());
        Ok(Some(Reply {
            to: self.scope.render(&reply.to)?.trim().to_owned(),
            subject: self.scope.render(subject.map_or("", String::as_str))?,
            text: self.scope.render(template)?.trim().to_owned() + "\n",
        }))
    }

    fn letter(&self, class: &Class) -> Result<Option<DraftFile>, String> {
        let Some(letter) = &class.letter else { return Ok(None) };
        let of = |language: &str| {
            let path =
                format!("workflows/{}/{}.{language}.docx", self.name.workflow, letter.template);
            self.office.templates.get(&path)
        };
        let template = of(self.language).or_else(|| of(&self.office.settings.language));
        let template =
            template.ok_or_else(|| format!("the letter `{}` is missing", letter.template))?;
        let bytes = letter::fill(template, self.scope)?;
        Ok(Some(DraftFile {
            name: format!("{}.docx", letter.template),
            media_type: DOCX.into(),
            bytes,
        }))
    }
}

fn text_path(name: &ClassRef, template: &str, language: &str) -> String {
    format!("workflows/{}/{template}.{language}.txt", name.workflow)
}

fn keep<T>(made: Result<Option<T>, String>, findings: &mut Vec<Finding>) -> Option<T> {
    made.unwrap_or_else(|message| {
        findings.push(Finding {
            code: "F0302".into(),
            field: None,
            message,
            severity: Severity::Blocking,
            evidence: Vec::new(),
        });
        None
    })
}

fn needed(scope: &Scope, step: &Step) -> bool {
    // A condition that cannot be evaluated rather asks one person too many.
    step.when.as_ref().is_none_or(|when| scope.holds(when).unwrap_or(true))
}

fn made(scope: &Scope, deliver: &Deliver) -> bool {
    deliver.when.as_ref().is_none_or(|when| scope.holds(when).unwrap_or(false))
}

fn step(step: &Step) -> DraftStep {
    DraftStep { queue: step.queue.clone(), distinct_from: step.distinct_from.clone() }
}

fn unconfirmed(class: &Class, form: &Form) -> Vec<FieldName> {
    let open =
        |name: &FieldName| form.get(name).is_some_and(|it| it.value.is_some() && !it.confirmed);
    let must = class.fields.iter().filter(|(name, field)| field.must_confirm && open(name));
    must.map(|(name, _)| name.clone()).collect()
}

fn due(office: &Office, class: &Class, form: &Form, context: &Context<'_>) -> Vec<Due> {
    let count = |deadline: &crate::config::Deadline| {
        let from = match &deadline.from {
            Some(field) => form.get(field)?.value.as_ref()?.parse().ok()?,
            None => context.arrived,
        };
        let counted = deadlines::due(deadline.rule, deadline.count, from, &office.settings.region);
        Some(Due { name: deadline.name.clone(), date: counted.date, trace: counted.trace })
    };
    class.deadlines.iter().filter_map(count).collect()
}

/// A machine's mail is never answered by an output that sends (RFC 3834, section 2): a person should know before.
fn unanswerable(parsed: &Parsed, language: &str) -> Option<Finding> {
    let header = parsed.envelope.as_ref()?.unanswerable()?;
    let message = locale::text(language, "finding-unanswerable", &[("header", header)]);
    Some(Finding {
        code: "F0602".into(),
        field: None,
        message,
        severity: Severity::Warning,
        evidence: Vec::new(),
    })
}

fn hurry(due: &Due, context: &Context<'_>) -> Option<Finding> {
    let left = due.date.since((jiff::Unit::Day, context.today)).map(|span| span.get_days()).ok()?;
    let (code, key) = match left {
        ..0 => ("F0701", "finding-deadline-over"),
        0..=2 => ("F0702", "finding-deadline-soon"),
        _ => return None,
    };
    let date = written(due.date, context.language);
    let message = locale::text(context.language, key, &[("name", &due.name), ("date", &date)]);
    Some(Finding {
        code: code.into(),
        field: None,
        message,
        severity: Severity::Warning,
        evidence: Vec::new(),
    })
}
