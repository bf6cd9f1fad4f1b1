//! Which segments are named along an axis: as many as have room, every n-th and the one under the crosshair.

use std::ops::Range;

use crate::layout::picture::label_step;

/// A segment and its name along one axis.
pub struct Name<'a> {
    pub segment: usize,
    pub text: &'a str,
    /// Cells of the axis that the segment takes.
    pub cells: Range<usize>,
    /// Cells of the axis that the name takes.
    pub size: usize,
}

/// What stands where a segment begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label<'a> {
    /// Cells from the edge of the screen's part.
    pub at: usize,
    pub segment: usize,
    /// Its name, or nothing where there is no room for one: a tick will do.
    pub text: Option<&'a str>,
}

/// Places names at least `gap` cells apart. `chosen` is the segment under the crosshair, `view` the cells on screen.
///
/// Which of them are named does not change when the axis scrolls.
pub fn placed<'a>(
    names: &[Name<'a>],
    gap: usize,
    chosen: Option<usize>,
    view: Range<usize>,
) -> Vec<Label<'a>> {
    let start = |i: usize| names[i].cells.start;
    let n = label_step(names.len(), |i, next| {
        start(i) + names[i].size + gap <= start(next)
    });
    let on_screen = |name: &&Name| name.cells.start < view.end && name.cells.end > view.start;
    let chosen = names.iter().find(|name| Some(name.segment) == chosen);
    let regular = names.iter().step_by(n);
    let mut places = Vec::new();
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut free = |cells: Range<usize>| {
        let free = taken
            .iter()
            .all(|other| cells.end <= other.start || other.end <= cells.start);
        taken.extend(free.then_some(cells));
        free
    };
    if let Some(name) = chosen.filter(on_screen) {
        let at = name.cells.start.min(view.end.saturating_sub(name.size));
        let at = at.max(view.start);
        free(at..at + name.size + gap);
        places.push((at, name, true));
    }
    for name in regular.filter(on_screen) {
        let at = name.cells.start.max(view.start);
        // Where only the end of a segment is on screen, its name must not run into the next one.
        let room = if at == name.cells.start {
            view.end
        } else {
            view.end.min(name.cells.end)
        };
        if at + name.size <= room && free(at..at + name.size + gap) {
            places.push((at, name, true));
        }
    }
    for name in names.iter().filter(on_screen) {
        let at = name.cells.start;
        if at >= view.start && free(at..at + 1) {
            places.push((at, name, false));
        }
    }
    let place = |(at, name, named): (usize, &Name<'a>, bool)| Label {
        at: at - view.start,
        segment: name.segment,
        text: named.then_some(name.text),
    };
    places.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten segments of two cells each, on a ruler that shows `view`.
    fn ruler(chosen: Option<usize>, view: Range<usize>) -> String {
        let texts: Vec<String> = (1..=10).map(|i| format!("a{i}")).collect();
        let names: Vec<Name> = (0..10)
            .map(|segment| Name {
                segment,
                text: &texts[segment],
                cells: 2 * segment..2 * segment + 2,
                size: texts[segment].len(),
            })
            .collect();
        let mut line = vec![b' '; view.len()];
        for Label { at, text, .. } in placed(&names, 1, chosen, view) {
            let text = text.unwrap_or("'").as_bytes();
            line[at..at + text.len()].copy_from_slice(text);
        }
        String::from_utf8(line).expect("ASCII")
    }

    #[test]
    fn as_many_as_have_room_and_the_one_under_the_crosshair() {
        assert_eq!(ruler(None, 0..20), "a1  a3  a5  a7  a9  ");
        assert_eq!(ruler(Some(2), 0..20), "a1  a3  a5  a7  a9  ");
        assert_eq!(ruler(Some(3), 0..20), "a1  ' a4  ' a7  a9  ");
        assert_eq!(ruler(Some(9), 0..20), "a1  a3  a5  a7  'a10");
    }

    #[test]
    fn a_part_of_the_axis_names_the_same_segments() {
        assert_eq!(ruler(None, 4..14), "a3  a5  a7");
        // Too little of a3 is left, and a7 has one cell only.
        assert_eq!(ruler(None, 5..13), " ' a5  '");
        assert_eq!(ruler(Some(2), 5..13), "a3 a5  '");
        assert_eq!(ruler(Some(6), 5..13), " ' a5 a7");
        assert_eq!(ruler(Some(0), 5..13), " ' a5  '");
    }
}
