//! Mails as programs write them, made up for these tests: what is new in them.

use super::*;

/// The sections as `kind: first words`, one a line.
fn shown(text: &str, subject: &str) -> String {
    let name = |kind| match kind {
        SectionKind::New => "new",
        SectionKind::Quoted => "quoted",
        SectionKind::ForwardedHeader => "header",
        SectionKind::Signature => "signature",
        SectionKind::Disclaimer => "notice",
    };
    let sections = sections(text, &[], subject);
    let whole: String = sections.iter().map(|it| it.span.of(text)).collect();
    assert!(sections.is_empty() || whole == text, "the sections are not the whole text");
    let line = |it: &Section| {
        let words = it.span.of(text).split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        format!("{}: {words}", name(it.kind))
    };
    sections.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn check(text: &str, expected: &str) {
    assert_eq!(shown(text, ""), expected.replace(" | ", "\n"), "{text}");
}

#[test]
fn a_letter_without_marks_is_all_new() {
    check("Guten Tag,\n\nvon: mir, an: Sie. Am Montag war ich da.\n\nJana\n", "");
    check("Am 3. Mai schrieb ich Ihnen.\nBitte antworten Sie.\n", "");
    check("Ich beantrage:\n- einen Ausweis\n- einen Pass\n", "");
}

#[test]
fn thunderbird_and_apple_quote_with_marks() {
    check(
        "Anbei die Nummer.\n\nAm 03.05.26 um 10:12 schrieb Bürgerbüro:\n> Bitte nennen Sie die Nummer.\n>\n> Ihr Amt\n",
        "new: Anbei die | quoted: Am 03.05.26",
    );
    check(
        "> Wann?\nAm Montag.\n> Wo?\nIm Rathaus.\n",
        "quoted: > Wann? | new: Am Montag. | quoted: > Wo? | new: Im Rathaus.",
    );
    check(
        "On 3 May 2026, at 10:12, Office <office@example.org>\nwrote:\n\n> Please send it.\n\nHere it is.\n",
        "quoted: On 3 | new: Here it",
    );
}

#[test]
fn gmail_quotes_without_marks_in_its_html() {
    check(
        "Danke, das passt.\n\nAm Mo., 4. Mai 2026 um 09:00 Uhr schrieb Amt <amt@example.org>:\n\nIhr Termin ist am Freitag.\nMit freundlichen Grüßen\nAmt\n",
        "new: Danke, das | quoted: Am Mo.,",
    );
}

#[test]
fn outlook_writes_the_header_of_the_other_mail() {
    check(
        "Ich stimme zu.\n\nVon: Amt <amt@example.org>\nGesendet: Montag, 4. Mai 2026 09:00\nAn: Jana\nBetreff: Termin\n\nPasst Freitag?\n",
        "new: Ich stimme | header: Von: Amt | quoted: Passt Freitag?",
    );
    check(
        "I agree.\n\n-----Original Message-----\nFrom: Office\nSent: Monday\nTo: Jana\nSubject: Date\n\nFriday?\n",
        "new: I agree. | header: -----Original Message----- | quoted: Friday?",
    );
}

#[test]
fn what_is_forwarded_without_own_words_is_the_letter() {
    let mail = "z. K.\n\n---------- Forwarded message ---------\nVon: Jana\nDate: Mo., 4. Mai 2026\nSubject: Hund\nTo: Amt\n\nIch melde meinen Hund an.\n\nAm 1. Mai 2026 um 8:00 schrieb Amt:\n> Bitte melden.\n";
    check(mail, "new: z. K. | header: ---------- Forwarded | new: Ich melde | quoted: Am 1.");
    let outlook =
        "Von: Jana\nGesendet: Montag\nAn: Amt\nBetreff: Hund\n\nIch melde meinen Hund an.\n";
    assert_eq!(shown(outlook, "WG: Hund"), "header: Von: Jana\nnew: Ich melde");
    assert_eq!(shown(outlook, "AW: Hund"), "header: Von: Jana\nquoted: Ich melde");
    let long = format!("{}\n{outlook}", "Das ist meine eigene lange Meinung dazu. ".repeat(12));
    assert!(shown(&long, "WG: Hund").ends_with("quoted: Ich melde"));
}

#[test]
fn signatures_and_notices_are_told() {
    check(
        "Bitte um Rückruf.\n\nMit freundlichen Grüßen\nJana Müller\nMusterweg 1\n",
        "new: Bitte um | signature: Jana Müller",
    );
    check(
        "Hier.\n-- \nJana\nTel. 0123\n\nDiese E-Mail ist vertraulich. Wenn Sie sie irrtümlich erhalten haben, löschen Sie diese.\n",
        "new: Hier. | signature: -- Jana | notice: Diese E-Mail",
    );
    check("Ja.\n\nVon meinem iPhone gesendet\n", "new: Ja. | signature: Von meinem");
}

#[test]
fn what_html_marks_as_quoted_is_quoted() {
    let text = "Gut.\nAlter Text\nNoch älter\nUnd ich noch\n";
    let found = sections(text, &[Span { start: 5, end: 26 }], "");
    let kinds: Vec<SectionKind> = found.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [SectionKind::New, SectionKind::Quoted, SectionKind::New]);
}
