//! What sequences read in common while they decode.
//!
//! Prompts share their contexts ([`super::prefix`]), so the lists of keys of hundreds of sequences hold the same runs of
//! slots. A device that attends to such a run for many rows at once reads its keys and values once.

use std::ops::Range;

use super::batch::BIASED;

/// Rows that make a run worth a pass of its own, and its keys.
const LEAST_ROWS: u32 = 4;
const LEAST_KEYS: usize = 16;
/// Keys of one run at most: what is longer is shared out among several.
const MOST_KEYS: usize = 256;

/// Lists of keys cut into runs that several of them have, and the rest of each.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Common {
    pub runs: Vec<Run>,
    /// Slots of the runs, possibly marked as in the lists.
    pub keys: Vec<u32>,
    /// Of each list the slots that are in no run.
    pub own: Vec<Vec<u32>>,
    /// The length of each list.
    pub known: Vec<usize>,
}

/// Neighbouring keys that some lists have alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// Of [`Common::keys`].
    pub keys: Range<usize>,
    /// Which lists, ascending; one that has the keys several times is named as often.
    pub rows: Vec<u32>,
}

/// What is known of a slot.
#[derive(Clone, Copy)]
struct Slot {
    /// How often it stands in lists.
    times: u32,
    /// The slot behind it wherever it stands, or [`NONE`].
    next: u32,
    /// The run that begins with it, or [`NONE`].
    run: u32,
}

const NONE: u32 = u32::MAX;

impl Common {
    /// Finds the runs. `None` where there are none.
    pub fn of(lists: &[&[u32]]) -> Option<Common> {
        let plain = |entry: &u32| (entry & !BIASED) as usize;
        let all = lists.iter().flat_map(|list| list.iter());
        let blank = Slot {
            times: 0,
            next: NONE,
            run: NONE,
        };
        let mut slots = vec![blank; all.map(plain).max()? + 1];
        for list in lists {
            for (at, entry) in list.iter().enumerate() {
                let next = list.get(at + 1).map_or(NONE, |next| plain(next) as u32);
                let slot = &mut slots[plain(entry)];
                if slot.times == 0 {
                    slot.next = next;
                } else if slot.next != next {
                    slot.next = NONE;
                }
                slot.times += 1;
            }
        }
        let mut common = Common::default();
        for (row, list) in (0u32..).zip(lists) {
            let mut own = Vec::new();
            let mut rest = *list;
            while let Some(entry) = rest.first() {
                let first = slots[plain(entry)];
                let len = match first.run {
                    NONE => run_at(rest, &slots),
                    run => common.runs[run as usize].keys.len(),
                };
                let (now, later) = rest.split_at(len);
                rest = later;
                if first.times < LEAST_ROWS || len < LEAST_KEYS {
                    own.extend(now);
                } else if first.run == NONE {
                    slots[plain(entry)].run = common.runs.len() as u32;
                    let start = common.keys.len();
                    common.keys.extend(now);
                    common.runs.push(Run {
                        keys: start..common.keys.len(),
                        rows: vec![row],
                    });
                } else {
                    common.runs[first.run as usize].rows.push(row);
                }
            }
            common.own.push(own);
            common.known.push(list.len());
        }
        (!common.runs.is_empty()).then_some(common)
    }

    /// How often a row reads a run.
    pub fn parts(&self) -> usize {
        self.runs.iter().map(|run| run.rows.len()).sum()
    }

    /// The same of some lists alone, by their ascending indices.
    pub fn of_these(&self, kept: &[usize]) -> Common {
        let mut place = vec![NONE; self.own.len()];
        for (new, &old) in (0u32..).zip(kept) {
            place[old] = new;
        }
        let runs = self.runs.iter().map(|run| Run {
            keys: run.keys.clone(),
            rows: (run.rows.iter())
                .map(|&row| place[row as usize])
                .filter(|row| *row != NONE)
                .collect(),
        });
        Common {
            runs: runs.filter(|run| !run.rows.is_empty()).collect(),
            keys: self.keys.clone(),
            own: kept.iter().map(|&row| self.own[row].clone()).collect(),
            known: kept.iter().map(|&row| self.known[row]).collect(),
        }
    }
}

/// How many keys from the first of a list on always stand together, at most [`MOST_KEYS`].
fn run_at(list: &[u32], slots: &[Slot]) -> usize {
    let slot = |entry: u32| slots[(entry & !BIASED) as usize];
    let times = slot(list[0]).times;
    // The next one stands behind this one wherever this one stands, and nowhere else.
    let goes_on = |pair: &[u32]| {
        let next = pair[1] & !BIASED;
        slot(pair[0]).next == next && slot(next).times == times
    };
    let pairs = list.windows(2).take(MOST_KEYS - 1);
    1 + pairs.take_while(|pair| goes_on(pair)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Lists of blocks, each block a chain of slots that may branch off another.
    fn lists() -> impl Strategy<Value = Vec<Vec<u32>>> {
        let block = (0u32..4, 1usize..300, 0u32..3);
        let list = prop::collection::vec(block, 1..4);
        prop::collection::vec(list, 1..12).prop_map(|lists| {
            let of_list = |(number, blocks): (usize, Vec<(u32, usize, u32)>)| {
                let mut list: Vec<u32> = Vec::new();
                for (block, len, branch) in blocks {
                    list.extend((0..len as u32).map(|at| block * 1000 + at));
                    list.extend((0..5).map(|at| block * 1000 + 300 * (branch + 1) + at));
                    // What nobody else has.
                    list.extend((0..3).map(|at| 5000 + 100 * number as u32 + 10 * block + at));
                }
                list.iter().map(|slot| slot | BIASED).collect()
            };
            lists.into_iter().enumerate().map(of_list).collect()
        })
    }

    /// What a row reads, in any order.
    fn read(common: &Common, row: u32) -> Vec<u32> {
        let runs = common.runs.iter().flat_map(|run| {
            let times = run.rows.iter().filter(|of| **of == row);
            times.flat_map(|_| common.keys[run.keys.clone()].iter().copied())
        });
        let mut read: Vec<u32> = runs
            .chain(common.own[row as usize].iter().copied())
            .collect();
        read.sort_unstable();
        read
    }

    proptest! {
        #[test]
        fn runs_and_rest_are_the_lists(lists in lists(), some in prop::collection::vec(any::<bool>(), 12)) {
            let views: Vec<&[u32]> = lists.iter().map(Vec::as_slice).collect();
            let Some(common) = Common::of(&views) else { return Ok(()) };
            let sorted = |list: &Vec<u32>| {
                let mut list = list.clone();
                list.sort_unstable();
                list
            };
            for (row, list) in (0u32..).zip(&lists) {
                prop_assert_eq!(read(&common, row), sorted(list));
            }
            let kept: Vec<usize> = (0..lists.len()).filter(|at| some[*at]).collect();
            let fewer = common.of_these(&kept);
            for (row, old) in (0u32..).zip(&kept) {
                prop_assert_eq!(read(&fewer, row), sorted(&lists[*old]));
            }
        }
    }

    #[test]
    fn a_context_of_all_is_one_run() {
        let lists: Vec<Vec<u32>> = (0..6u32)
            .map(|row| (0..50).chain(100 * row + 100..100 * row + 120).collect())
            .collect();
        let views: Vec<&[u32]> = lists.iter().map(Vec::as_slice).collect();
        let common = Common::of(&views).expect("50 keys of 6 lists");
        assert_eq!(common.runs.len(), 1);
        assert_eq!(common.runs[0].rows, [0, 1, 2, 3, 4, 5]);
        assert_eq!(common.keys, (0..50).collect::<Vec<u32>>());
        assert_eq!(common.own[2], (300..320).collect::<Vec<u32>>());
        assert_eq!(common.known, [70; 6]);
        // Too few rows.
        assert_eq!(Common::of(&views[..3]), None);
    }
}
