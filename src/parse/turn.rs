//! Pages that lie on their side or on their head: told by the words, and turned with them.

use crate::domain::Area;

/// A step of reading: where a word and the next one of its line have their middles, in pixels.
pub(super) type Step = ((f32, f32), (f32, f32));

/// How many degrees clockwise the page must be turned until its lines run from left to right.
pub(super) fn needed(steps: &[Step]) -> u16 {
    let mut votes = [0_usize; 4];
    for ((x0, y0), (x1, y1)) in steps {
        let (dx, dy) = (x1 - x0, y1 - y0);
        let way = match dx.abs() >= dy.abs() {
            true if dx >= 0.0 => 0,
            true => 2,
            // Lines that climb are upright after a quarter clockwise.
            false if dy < 0.0 => 1,
            false => 3,
        };
        votes[way] += 1;
    }
    let most = votes.iter().enumerate().max_by_key(|(_, count)| **count);
    // A few words beside each other may be a stamp.
    let (way, count) = most.map_or((0, 0), |(way, count)| (way, *count));
    if count * 2 > steps.len() && count >= 3 { u16::try_from(way).unwrap_or(0) * 90 } else { 0 }
}

/// Where a place of the page lies after turning it clockwise.
pub(super) fn turned(area: Area, degrees: u16) -> Area {
    let Area { x, y, width, height } = area;
    match degrees {
        90 => Area { x: 1.0 - y - height, y: x, width: height, height: width },
        180 => Area { x: 1.0 - x - width, y: 1.0 - y - height, width, height },
        270 => Area { x: y, y: 1.0 - x - width, width: height, height: width },
        _ => area,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_climb_need_a_quarter_clockwise() {
        let climbing = |at: f32| ((at, 900.0), (at, 500.0));
        assert_eq!(needed(&[climbing(10.0), climbing(20.0), climbing(30.0)]), 90);
        assert_eq!(needed(&[((900.0, 5.0), (400.0, 5.0)); 3]), 180);
        assert_eq!(needed(&[((5.0, 100.0), (5.0, 400.0)); 3]), 270);
        assert_eq!(needed(&[((0.0, 5.0), (400.0, 5.0)); 9]), 0);
        assert_eq!(needed(&[((900.0, 5.0), (400.0, 5.0))]), 0, "one pair is no page");
    }

    #[test]
    fn a_place_keeps_its_corner_when_the_page_is_turned() {
        // The lower left corner comes to the upper left.
        let corner = Area { x: 0.0, y: 0.75, width: 0.5, height: 0.25 };
        assert_eq!(turned(corner, 90), Area { x: 0.0, y: 0.0, width: 0.25, height: 0.5 });
        let back = turned(turned(corner, 90), 270);
        assert_eq!(back, corner);
        assert_eq!(turned(turned(corner, 180), 180), corner);
    }
}
