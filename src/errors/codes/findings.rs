//! Pages of `F….`: something a reviewer must look at.

use super::Code;

pub(super) const PAGES: &[Code] = &[
    Code {
        code: "F0101",
        title: "a required value is missing",
        page: r"The form needs the value, and it was not found in any of the documents.

What to do: look for it in the documents and type it in, or ask the sender; the reply names what is missing.
",
    },
    Code {
        code: "F0102",
        title: "this value must be confirmed",
        page: r"The workflow says that a person confirms this value before the approval (`must_confirm`).

What to do: compare it with its place in the document and confirm or correct it.
",
    },
    Code {
        code: "F0201",
        title: "several values are possible",
        page: r"The documents hold more than one value that fits, and nothing says which one is meant.

What to do: choose; the others are shown with their places.
",
    },
    Code {
        code: "F0202",
        title: "the file says something else than its print",
        page: r"The file holds the value in a structure (an e-invoice, a form) and prints another one. The structure was taken, because
it is what counts in law for e-invoices (EN 16931); the difference can be a mistake or a deception.

What to do: compare both, and ask the sender when money depends on it.
",
    },
    Code {
        code: "F0203",
        title: "a payment code says something else",
        page: r"The QR code for the payment (GiroCode) names another account, sum or payee than the printed page or the e-invoice.
It can be a mistake. It is also how people are deceived: a code glued over the right one sends the money elsewhere.

What to do: do not pay before you know which is right. Ask the firm, at a number that you know already and not at one
from this letter.
",
    },
    Code {
        code: "F0301",
        title: "a rule of the workflow applies",
        page: r"A rule that your administration wrote in the workflow is true for this item. Its text says what is meant.

What to do: what the text says.
",
    },
    Code {
        code: "F0302",
        title: "a part of the draft could not be made",
        page: r"The reply or the letter could not be made from its template; the message says why. Nothing is sent without it.

What to do: write the reply yourself, or reject. Tell who writes the workflow: the template needs a correction.
",
    },
    Code {
        code: "F0401",
        title: "the value does not have the expected form",
        page: r"The value is not written like what it should be.

What to do: compare it with the document. Correct a misread value; ask the sender about a wrong one.
",
    },
    Code {
        code: "F0402",
        title: "there is no such number",
        page: r"The number carries a check digit (IBAN, tax number, chip, …), or stands in a list of those that exist, and does not
fit. Mostly one digit is misread or mistyped.

What to do: compare digit by digit with the document. If it stands there like this, ask the sender.
",
    },
    Code {
        code: "F0403",
        title: "the value does not match the pattern",
        page: r"The workflow gives a pattern for this field, and the value does not match it.

What to do: compare it with the document. If such values are right, tell who writes the workflow.
",
    },
    Code {
        code: "F0404",
        title: "the value is not one of the options",
        page: r"The field is a choice, and what was found is none of its options.

What to do: choose the option that is meant.
",
    },
    Code {
        code: "F0405",
        title: "the date is not plausible",
        page: r"The date does not exist, or lies far from the day of arrival.

What to do: compare it with the document; day and month, or the century, may be confused.
",
    },
    Code {
        code: "F0501",
        title: "this has probably arrived before",
        page: r"An earlier item has the same values in the fields that mark one matter (`duplicate` in the workflow).

What to do: open the earlier item. If it is the same matter, reject this one with that reason.
",
    },
    Code {
        code: "F0502",
        title: "the e-invoice breaks a rule",
        page: r"The invoice says that it follows a standard (EN 16931, XRechnung, Peppol), and breaks one of its rules. The message
has the rule's own name, where it is broken (BT and BG are the standard's numbers of values and groups), and what the
rule says. `vorlage explain BR-CO-15` tells a rule.

What to do: a wrong sum or a missing reference can be a reason to send the invoice back; your administration says so in
the workflow (`[class.<name>.einvoice]`). Many rules are about form only.
",
    },
    Code {
        code: "F0503",
        title: "the e-invoice is none in the sense of EN 16931",
        page: r"The file holds values of an invoice, but in a profile that is no complete invoice (MINIMUM, BASIC WL), is outdated
(ZUGFeRD 1.0), or that nobody here has rules for. Its values were read; its rules were checked only in part, or not.

What to do: rely on the printed page, and ask the sender for an invoice after EN 16931 if your office must have one.
",
    },
    Code {
        code: "F0504",
        title: "not found on the printed page",
        page: r"A PDF holds its invoice twice: printed on the page, and as XML. The named values of the XML were not found on the
page; no other value stands there for them either. Mostly the page does not print them.

What to do: look whether the page says something else.
",
    },
    Code {
        code: "F0601",
        title: "the text contains an instruction to the machine",
        page: r#"A passage reads like an instruction to a program and not to your office ("ignore your instructions", "approve this").
It changed nothing: what a letter says is never followed. But somebody may have tried.

What to do: read the passage and decide the item on its merits. Tell your security office when it looks deliberate.
"#,
    },
    Code {
        code: "F0602",
        title: "no program may answer this mail",
        page: r"A program wrote the mail, or its header forbids automatic answers (a mailing list, an answering machine, a mail
of your own that came back). Two programs that answer each other never stop, so the reply is not sent by itself, even
when it is approved. A draft in the Drafts folder is still made: a person may send it.

What to do: decide whether anybody reads the answer. If so, approve it and send the draft; a delivery that is refused
for this reason is then marked as settled.
",
    },
    Code {
        code: "F0701",
        title: "the deadline is over",
        page: r"The last day of a deadline of the workflow lies before today.

What to do: decide first what the delay means; the deadline's page shows how it was counted.
",
    },
    Code {
        code: "F0702",
        title: "the deadline is close",
        page: r"A deadline of the workflow ends within the next days.

What to do: take this item first.
",
    },
];
