//! Names of folders as IMAP writes them: modified UTF-7 (RFC 3501, section 5.1.3).

use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

const BASE64: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// `Entwürfe` becomes `Entw&APw-rfe`.
pub(in crate::connectors) fn encode(name: &str) -> String {
    let mut encoded = String::new();
    let mut foreign: Vec<u16> = Vec::new();
    for letter in name.chars() {
        if matches!(letter, ' '..='~') {
            close(&mut encoded, &mut foreign);
            encoded.push(letter);
            if letter == '&' {
                encoded.push('-');
            }
        } else {
            foreign.extend_from_slice(letter.encode_utf16(&mut [0; 2]));
        }
    }
    close(&mut encoded, &mut foreign);
    encoded
}

fn close(encoded: &mut String, foreign: &mut Vec<u16>) {
    if foreign.is_empty() {
        return;
    }
    let bytes: Vec<u8> = foreign.drain(..).flat_map(u16::to_be_bytes).collect();
    encoded.push('&');
    encoded.push_str(&BASE64.encode(bytes));
    encoded.push('-');
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn the_examples_of_the_standard_and_of_our_offices_are_encoded() {
        assert_eq!(encode("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(encode("Entwürfe"), "Entw&APw-rfe");
        assert_eq!(encode("Bau & Straße"), "Bau &- Stra&AN8-e");
        assert_eq!(encode("📬"), "&2D3c7A-");
        assert_eq!(encode("INBOX"), "INBOX");
    }
}
