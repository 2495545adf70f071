//! Words of rich text that need no more than a list.

use encoding_rs::Encoding;

use super::ole;

/// The encodings of fonts ([MS-LCID], charsets of `LOGFONT`).
pub(super) fn charset(number: i32) -> Option<&'static Encoding> {
    let page = match number {
        0 => 1252,
        77 => 10000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    };
    Some(ole::codepage(page))
}

/// Words that are letters.
pub(super) const SYMBOLS: &[(&str, &str)] = &[
    ("bullet", "•"),
    ("emdash", "—"),
    ("emspace", "\u{2003}"),
    ("endash", "–"),
    ("enspace", "\u{2002}"),
    ("ldblquote", "“"),
    ("lquote", "‘"),
    ("qmspace", "\u{2005}"),
    ("rdblquote", "”"),
    ("rquote", "’"),
];

/// Groups of which nothing is seen on the page.
pub(super) const SKIPPED: &[&str] = &[
    "annotation",
    "atnauthor",
    "atnid",
    "bkmkend",
    "bkmkstart",
    "blipuid",
    "colortbl",
    "comment",
    "datafield",
    "fldinst",
    "ftnsep",
    "ftnsepc",
    "generator",
    "info",
    "listoverridetable",
    "listtable",
    "nonesttables",
    "nonshppict",
    "objclass",
    "objdata",
    "objname",
    "operator",
    "pict",
    "private",
    "revtbl",
    "rsidtbl",
    "shprslt",
    "sn",
    "sp",
    "stylesheet",
    "sv",
    "tc",
    "template",
    "themedata",
    "title",
    "upr",
    "xe",
];
