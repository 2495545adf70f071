//! TIFF files with many pages: the chain of their directories (TIFF 6.0, section 2), one page alone.

use crate::domain::Problem;

/// Directories that are followed: a chain may lead back to its beginning.
const MOST_PAGES: usize = 10_000;
/// Bytes of one entry of a directory.
const ENTRY: usize = 12;
/// `XResolution` and `YResolution` (section 8).
const ACROSS: u16 = 282;
const DOWN: u16 = 283;

/// How many pages there are. 0 for what is no TIFF; a `BigTIFF` counts as one page.
pub(super) fn pages(bytes: &[u8]) -> usize {
    directories(bytes).len()
}

/// The file with page `number` (from 1) as its first.
pub(in crate::parse) fn only_page(mut bytes: Vec<u8>, number: u32) -> Result<Vec<u8>, Problem> {
    if number <= 1 {
        return Ok(bytes);
    }
    let index = usize::try_from(number).unwrap_or(usize::MAX) - 1;
    let missing = || Problem::new("P0102", format!("there is no page {number}"));
    let place = *directories(&bytes).get(index).ok_or_else(missing)?;
    let little = bytes.starts_with(b"II");
    let first = if little { place.to_le_bytes() } else { place.to_be_bytes() };
    bytes.get_mut(4..8).ok_or_else(missing)?.copy_from_slice(&first);
    Ok(bytes)
}

/// Dots to an inch (or centimetre) across and down, where the first page says so.
pub(in crate::parse) fn density(bytes: &[u8]) -> Option<(f32, f32)> {
    let little = match bytes.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let start = usize::try_from(number(bytes, 4, little)?).ok()?;
    let count = usize::from(short(bytes, start, little)?);
    let entry = |tag: u16| {
        let mut places = (0..count).map(|index| start + 2 + index * ENTRY);
        let at = places.find(|at| short(bytes, *at, little) == Some(tag))?;
        // A fraction: two numbers, elsewhere in the file.
        let at = usize::try_from(number(bytes, at + 8, little)?).ok()?;
        let (above, below) = (number(bytes, at, little)?, number(bytes, at + 4, little)?);
        (above > 0 && below > 0).then_some(above as f32 / below as f32)
    };
    Some((entry(ACROSS)?, entry(DOWN)?))
}

/// Where the directory of each page begins.
fn directories(bytes: &[u8]) -> Vec<u32> {
    let little = match bytes.get(..4) {
        Some(b"II*\0") => true,
        Some(b"MM\0*") => false,
        Some(b"II+\0" | b"MM\0+") => return vec![8],
        _ => return Vec::new(),
    };
    let mut found: Vec<u32> = Vec::new();
    let mut next = number(bytes, 4, little);
    while let Some(place) = next.filter(|it| *it != 0 && !found.contains(it)) {
        let start = usize::try_from(place).unwrap_or(usize::MAX);
        let Some(count) = short(bytes, start, little) else { break };
        found.push(place);
        if found.len() >= MOST_PAGES {
            break;
        }
        next = number(bytes, start + 2 + usize::from(count) * ENTRY, little);
    }
    found
}

fn number(bytes: &[u8], at: usize, little: bool) -> Option<u32> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
}

fn short(bytes: &[u8], at: usize, little: bool) -> Option<u16> {
    let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(if little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two empty directories, the second of which leads to `next`.
    fn chain(next: u32) -> Vec<u8> {
        let mut file = b"II*\0".to_vec();
        for value in [8_u32, 0x000e_0000, 0, 0] {
            file.extend(value.to_le_bytes());
        }
        // At 8: no entries, then the place of the second directory (14); at 14: the same.
        file.truncate(8);
        file.extend(0_u16.to_le_bytes());
        file.extend(14_u32.to_le_bytes());
        file.extend(0_u16.to_le_bytes());
        file.extend(next.to_le_bytes());
        file
    }

    #[test]
    fn the_pages_are_counted_even_when_the_chain_is_a_ring() {
        assert_eq!(pages(&chain(0)), 2);
        assert_eq!(pages(&chain(8)), 2);
        assert_eq!(pages(&chain(4_000_000_000)), 2);
        assert_eq!(pages(b"II*\0"), 0);
        assert_eq!(pages(b""), 0);
    }

    #[test]
    fn one_page_alone_is_the_first() {
        let alone = only_page(chain(0), 2).unwrap();
        assert_eq!(directories(&alone), [14]);
        assert_eq!(only_page(chain(0), 3).unwrap_err().code, "P0102");
    }
}
