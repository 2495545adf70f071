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
or very intricate files, and with files made to stop readers.

What to do: look at the original. If it is harmless and usual, raise the limit and replay the item.
",
    },
    Code {
        code: "P0105",
        title: "the reader was stopped",
        page: r"The reader used more memory than it may, or crashed. It works in a process of its own, so nothing else was harmed.

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
];
