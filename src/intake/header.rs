//! Single lines of a mail's header, found without reading the mail: what strangers send is read only in a
//! child process.

/// So much of a mail is looked at: headers end before.
const HEADER: usize = 256 * 1024;
/// Longer ones are no names any more (RFC 5322, section 2.1.1).
const LONGEST: usize = 998;

/// The first line of this name (in lower case) in the header, unfolded.
pub(super) fn header(mail: &[u8], name: &str) -> Option<String> {
    let mut lines = mail.get(..HEADER).unwrap_or(mail).split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next().map(<[u8]>::trim_ascii_end) {
        if line.is_empty() {
            return None;
        }
        let Some(value) = after_name(line, name) else { continue };
        let mut text = value.to_vec();
        // A line that begins with a space goes on with the one before it (section 2.2.3).
        while let Some(more) = lines.next_if(|it| it.starts_with(b" ") || it.starts_with(b"\t")) {
            text.extend(more.trim_ascii_end());
        }
        return Some(String::from_utf8_lossy(&text).trim().to_owned());
    }
    None
}

/// The name of a mail: what stands in angle brackets after `Message-ID:` (RFC 5322, section 3.6.4).
pub(super) fn message_id(mail: &[u8]) -> Option<String> {
    let text = header(mail, "message-id")?;
    let inside = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    let id = inside.map_or(text.trim(), |(id, _)| id.trim());
    (!id.is_empty() && id.len() <= LONGEST).then(|| id.to_owned())
}

fn after_name<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let (found, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    found.eq_ignore_ascii_case(name.as_bytes()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::{header, message_id};

    #[test]
    fn the_name_of_a_mail_is_found_in_its_header_only() {
        let check = |mail: &str, expected: Option<&str>| {
            assert_eq!(message_id(mail.as_bytes()).as_deref(), expected, "{mail}");
        };
        check("Subject: x\r\nMessage-ID: <a@b>\r\n\r\n", Some("a@b"));
        check("message-id:\r\n <a@b>\r\nTo: x\r\n\r\n", Some("a@b"));
        check("Message-Id: a@b\n\n", Some("a@b"));
        check("Message-ID: <>\r\n\r\n", None);
        check("Subject: x\r\n\r\nMessage-ID: <a@b>\r\n", None);
        check("", None);
    }

    #[test]
    fn a_folded_line_is_one() {
        let mail = b"X-A: 1\r\nX-Long: a\r\n b\r\n\tc\r\nX-B: 2\r\n\r\n";
        assert_eq!(header(mail, "x-long").as_deref(), Some("a b\tc"));
        assert_eq!(header(mail, "x-b").as_deref(), Some("2"));
    }
}
