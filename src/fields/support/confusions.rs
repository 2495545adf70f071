//! Characters that a scanner takes for each other: O and 0, I, l and 1, S and 5, B and 8.

/// The texts that differ from `raw` in exactly one such character.
pub(super) fn one_step_away(raw: &str) -> impl Iterator<Item = String> + '_ {
    raw.char_indices().filter_map(move |(at, found)| {
        let (before, after) = raw.split_at_checked(at)?;
        let rest = after.strip_prefix(found)?;
        Some(format!("{before}{}{rest}", twin(found)?))
    })
}

fn twin(found: char) -> Option<char> {
    Some(match found {
        'O' | 'o' => '0',
        'I' | 'l' => '1',
        'S' | 's' => '5',
        'B' => '8',
        '0' => 'O',
        '1' => 'I',
        '5' => 'S',
        '8' => 'B',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_doubtful_character_is_changed_once() {
        let all: Vec<String> = one_step_away("äO5x").collect();
        assert_eq!(all, ["ä05x", "äOSx"]);
    }
}
