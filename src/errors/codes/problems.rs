//! Pages of `P….`: something is wrong with what arrived. The item goes on with what could be read.

use super::Code;

pub(super) const PAGES: &[Code] = &[
    Code {
        code: "P0101",
        title: "the document is encrypted",
        page: r"The file is protected by a password, or the mail is encrypted, and we do not have the key.

What to do: ask the sender for an open copy, or open it with the key of your office and file it by hand. The original
is kept as it came.
",
    },
    Code {
        code: "P0102",
        title: "the document is damaged",
        page: r"The file breaks off or contradicts itself, so that it could not be read, or only in part.

What to do: open the original. If it does not open either, ask the sender to send it again.
",
    },
    Code {
        code: "P0103",
        title: "the document is too large",
        page: r"It is larger than `arrival_mb` under `[limits]` in `office.toml`. Of a mail only the header was taken; a file was kept
and not read.

What to do: look at the original at its door. If such files are usual in your office, raise the limit.
",
    },
    Code {
        code: "P0104",
        title: "reading took too long",
        page: r"Reading used more processor time than `parse_seconds` or `ocr_seconds` under `[limits]`. This happens with very large
or very intricate files, and with files made to stop readers. Where a page is named, only that page was left out: a page
may use a third of the time.

What to do: look at the original. If it is harmless and usual, raise the limit and replay the item.
",
    },
    Code {
        code: "P0105",
        title: "the reader was stopped",
        page: r"The reader used more memory than it may, or crashed. It works in a process of its own, so nothing else was harmed.
Where a page is named, only that page was left out.

What to do: look at the original. Please report a file that crashes the reader and may be shown.
",
    },
    Code {
        code: "P0106",
        title: "too many parts or pages",
        page: r"The mail has more nested parts, or the document more pages, than are read. What was read is shown.

What to do: look at the rest in the original. Pages for character recognition are limited by `ocr_pages`.
",
    },
    Code {
        code: "P0107",
        title: "the archive is packed suspiciously",
        page: r"An archive in the file would unpack to far more than its size, or holds archives in archives in archives. This is how
readers are attacked, and it was not unpacked.

What to do: ask the sender for single files. Do not unpack it on your own machine.
",
    },
    Code {
        code: "P0108",
        title: "the document tried to break out",
        page: r"While it was read, the reader tried something that no reader ever does: to open a connection, to start a program, or to
reach into another process. The kernel ended it at once, and nothing else was harmed. A file made to take over programs
looks like this; so does, rarely, a fault of ours on a new kind of machine.

What to do: do not open the original on your own machine; show it to those who care for security in your house.
",
    },
    Code {
        code: "P0109",
        title: "too much was read from it",
        page: r"What the reader wrote is more than 64 MB: a file made to flood readers, or one that holds a whole library.

What to do: look at the original, and ask the sender for the part that matters.
",
    },
    Code {
        code: "P0201",
        title: "the sender is unclear",
        page: r"The header of the mail has no sender that can be read, or several. Nobody can be answered by mail.

What to do: look for the sender in the text, and answer by letter.
",
    },
    Code {
        code: "P0202",
        title: "the message was sent by a machine",
        page: r"The header says that a machine wrote it: an out-of-office note, a report of a failed delivery, or a mailing list
(RFC 3834, RFC 3464). It is never answered by mail, so that no two machines answer each other for ever.

What to do: usually nothing. A failed delivery belongs to the item whose answer it reports.
",
    },
    Code {
        code: "P0203",
        title: "text that nobody sees was left out",
        page: r"The file holds text that its page does not show: white on white, covered, cut off, outside the page,
smaller than 2 points, or marked as not to be drawn. Some programs leave file numbers or notes in this way; it is also
a way to tell a machine what a person does not read. The text is left out of everything that is read from the document;
its beginning is shown with the problem.

What to do: usually nothing. When the text is not a file number or a note of a program, ask the sender.
",
    },
    Code {
        code: "P0204",
        title: "the text in the file is not the text on the page",
        page: r"The text layer of a page has no words, or other words than its picture shows. It was left out, and the picture was
recognised instead.

What to do: compare the values with the picture of the page. Nothing else: many older programs write such files.
",
    },
    Code {
        code: "P0205",
        title: "the picture is hard to read",
        page: r"Character recognition was unsure of many words of a page: a poor scan, a photo, handwriting.

What to do: compare every value with the picture of the page, or ask the sender for a better copy.
",
    },
    Code {
        code: "P0206",
        title: "pictures of this kind cannot be read here",
        page: r"The file is a picture in a format or with a compression that this program does not read, such as HEIC from a
telephone.

What to do: open it in a program for pictures, or ask the sender for a PDF or JPEG.
",
    },
    Code {
        code: "P0207",
        title: "the form shows its pages only in Adobe Reader",
        page: r"The PDF is a dynamic XFA form: its pages are made by scripts when Adobe Reader opens it, and the file itself has only
a page that says “Please wait”. Scripts are never run here. The filled fields were read from the form's own data and
stand below the text; the names are those that the form's author gave them.

What to do: compare with the form in Adobe Reader when something is missing, or ask the sender for a printed copy (PDF).
",
    },
    Code {
        code: "P0210",
        title: "the codes of a page were not read",
        page: r"Barcodes and QR codes were looked for, and the search took too long or failed; the message names the page. The
text of the document was read all the same.

What to do: look at the page. If a code stands on it that matters, such as one for a payment, read it with another
device or type in what the form asks for.
",
    },
    Code {
        code: "P0211",
        title: "a payment code is not as its standard asks",
        page: r"A QR code says that it holds a credit transfer (GiroCode, EPC069-12), and breaks a rule of that standard: wrong
check digits, a missing name, a sum that is written in another way. Nothing was taken from it.

What to do: take the values from the printed text, and do not pay by scanning the code.
",
    },
    Code {
        code: "P0212",
        title: "a separator sheet was left out",
        page: r"The page carries a code that your administration lays between letters (`[scan] separators` in `office.toml`). The
file was divided there: what stands before and behind it are documents of their own, with the page numbers of the file.

What to do: nothing, if the sheet was yours. The whole file can be downloaded at each of its documents.
",
    },
    Code {
        code: "P0301",
        title: "no reader for this format",
        page: r"What the bytes are was decided by looking at them, and this program does not read such files.

What to do: open the original in its own program, and type in what the form asks for.
",
    },
    Code {
        code: "P0302",
        title: "no text was found",
        page: r"The document could be opened and holds no text: an empty page, a photo, or writing that was not recognised.

What to do: look at the original.
",
    },
    Code {
        code: "P0303",
        title: "character recognition did not work",
        page: r"The page is a picture, and tesseract is missing, lacks a language, or failed. `vorlage doctor` tells which.

What to do: install what `vorlage doctor` names, then replay the item. Until then read the picture.
",
    },
    Code {
        code: "P0304",
        title: "a part cannot be read",
        page: r"A page, a table or some characters could not be read, or the text is in an unknown character set. The rest was read.

What to do: look at that part in the original before you approve.
",
    },
    Code {
        code: "P0401",
        title: "the attachment is a program",
        page: r"The attachment can run on a computer: a program, a script, a shortcut, or a disk image with such things in it.
It was not opened and not read.

What to do: do not open it. Nobody has to send programs to an office: ask the sender for a letter, a picture or a PDF.
",
    },
    Code {
        code: "P0402",
        title: "the document holds macros",
        page: r"The Office file has programs in it (macros). Its text was read; the macros were not run, and are never run here.

What to do: do not open the original with macros allowed. Ask for a file without macros when you need the original.
",
    },
    Code {
        code: "P0403",
        title: "the name hides what the file is",
        page: r"The file's name ends in one kind of file and looks like another: two endings (`rechnung.pdf.exe`), many blanks before
the ending, or signs that turn the writing round. This is done to deceive.

What to do: do not open it.
",
    },
    Code {
        code: "P0404",
        title: "the document holds active content",
        page: r"An HTML file with a script, or a PDF that runs JavaScript or starts programs. Its text was read; nothing in it was run.

What to do: read the text shown here. Do not open the original in a browser or on a machine that is not protected.
",
    },
    Code {
        code: "P0405",
        title: "malware was found",
        page: r"The malware scanner of the house (clamd, `[scan]` in `office.toml`) found something and named it. The item was not
opened, and its files cannot be downloaded here. The original is kept as it came.

What to do: tell those who care for security in your house. If the scanner is wrong, correct it and replay the item.
",
    },
    Code {
        code: "P0406",
        title: "the item was not scanned for malware",
        page: r"`office.toml` asks for a scan (`[scan]`), and the scanner was not reachable, took too long, or refused the size. The
item went on without.

What to do: open attachments only when you know the sender and expect them. `vorlage doctor` tells whether the scanner
answers; then replay the item.
",
    },
    Code {
        code: "P0407",
        title: "the signature was not checked",
        page: r"The mail is signed (S/MIME or PGP). What was signed is shown; whether the signature is right was not checked.

What to do: do not take the signature as a proof of who wrote it. If the form of law depends on it, check it in the mail
program.
",
    },
    Code {
        code: "P0408",
        title: "a part is not in the mail",
        page: r"The mail names content that lies elsewhere (`message/external-body`), or is one piece of a mail that was cut up
(`message/partial`). Nothing was fetched and nothing put together.

What to do: ask the sender to send it whole.
",
    },
    Code {
        code: "P0501",
        title: "the invoice has very many lines",
        page: r"Of a very long e-invoice only the first lines are shown; the number of all is in the message. The sums and all
other values are those of the whole invoice, and its rules were checked on all lines.

What to do: open the original in a program for e-invoices when you have to see every line.
",
    },
];
