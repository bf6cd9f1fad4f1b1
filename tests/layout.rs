//! The mask against its definition, over random layouts.

use std::cell::RefCell;
use std::collections::HashMap;

use lamascope::layout::{
    Bias, Glue, Isolation, Layout, LayoutError, LayoutOption, Options, Positions, Prefix, Preset,
    Role, Source,
};
use lamascope::prompt::{Context, Encode};
use proptest::prelude::*;

/// One token per word, newline run or other character run.
#[derive(Default)]
struct Words {
    bos: Option<u32>,
    seen: RefCell<HashMap<String, u32>>,
}

impl Encode for Words {
    fn encode(&self, text: &str) -> Vec<u32> {
        let mut seen = self.seen.borrow_mut();
        text.split_inclusive([' ', '\n', ':'])
            .map(|word| {
                let next = seen.len() as u32 + 1;
                *seen.entry(word.to_owned()).or_insert(next)
            })
            .collect()
    }

    fn bos(&self) -> Option<u32> {
        self.bos
    }
}

/// Any named value of every option, and now and then a bias of no name.
fn any_options() -> impl Strategy<Value = Options> {
    let turns = prop::collection::vec(0isize..20, LayoutOption::ALL.len());
    (turns, prop::option::of(-3.0f32..3.0)).prop_map(|(turns, bias)| {
        let mut options = Options::default();
        for (row, by) in LayoutOption::ALL.iter().zip(turns) {
            row.turn(&mut options, by);
        }
        if let Some(bias) = bias {
            options.bias = Bias::Number(bias);
        }
        options
    })
}

/// Options, questions, how many are manual, shots, whether there is a BOS.
type Case = (Options, Vec<String>, usize, usize, bool);

fn any_case() -> impl Strategy<Value = Case> {
    let questions = prop::collection::vec("[a-z]{1,3}( [a-z]{1,3}){0,6}", 1..6);
    (
        any_options(),
        questions,
        0usize..6,
        0usize..3,
        any::<bool>(),
    )
        .prop_map(|(options, questions, manual, shots, bos)| {
            let manual = manual.min(questions.len());
            (options, questions, manual, shots, bos)
        })
}

fn build(case: &Case) -> Result<Layout, LayoutError> {
    grouped(case, &[])
}

/// With groups of these sizes in front.
fn grouped(
    (options, questions, manual, shots, bos): &Case,
    groups: &[usize],
) -> Result<Layout, LayoutError> {
    let shots: Vec<_> = (0..*shots)
        .map(|i| (format!("shot {i}"), format!("answer {i}")))
        .collect();
    let context = Context::new("Fill in.", &shots);
    let tokenizer = Words {
        bos: bos.then_some(0),
        ..Words::default()
    };
    let source = Source {
        groups,
        ..Source::new(&context, questions, *manual)
    };
    Layout::build(&tokenizer, source, options.clone())
}

/// The definition of the mask, word by word, from owners and roles alone.
fn may_read(layout: &Layout, manual: usize, groups: &[usize], row: usize, key: usize) -> bool {
    let owner = |at: usize| layout.owner.get(at).copied().flatten();
    // Every question that is in no group is a group of its own.
    let group_of = |owner: u32| {
        let mut end = 0;
        let ends = groups.iter().map(|size| {
            end += size;
            end
        });
        let group = ends.into_iter().position(|end| (owner as usize) < end);
        group.map_or(owner as usize + groups.len(), |group| group)
    };
    let group = |at: usize| owner(at).map(group_of);
    let role = |at: usize| layout.role.get(at).copied();
    let options = layout.options();
    let last_manual = (0..layout.len())
        .rev()
        .find(|at| owner(*at).is_some_and(|owner| (owner as usize) < manual));
    let fuses = matches!(role(row), None | Some(Role::Tail | Role::TailInSegment));
    key <= row
        && (options.isolation == Isolation::None
            || fuses
            || role(key) == Some(Role::Shared)
            || (role(row) == Some(Role::Context) && role(key) == Some(Role::Context))
            || (group(row).is_some() && group(row) == group(key))
            || (options.manual_cross_attention
                && last_manual.is_some_and(|last| row <= last && key <= last)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn intervals_are_the_definition(
        case in any_case(),
        groups in prop::collection::vec(1usize..4, 0..3),
    ) {
        let Ok(layout) = grouped(&case, &groups) else { return Ok(()) };
        // Rows past the prompt are generated tokens.
        for row in 0..layout.len() + 3 {
            let keys = layout.visible(row);
            for key in 0..layout.len() + 3 {
                let expected = may_read(&layout, case.2, &groups, row, key);
                prop_assert_eq!(keys.contains(key), expected, "row {} key {}", row, key);
                prop_assert_eq!(layout.reason(row, key).reads(), expected);
            }
            let ranges: Vec<_> = keys.iter().collect();
            prop_assert!(ranges.iter().all(|range| !range.is_empty()));
            prop_assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
            prop_assert_eq!(keys.len(), keys.keys().count());
            prop_assert_eq!(keys.last_before(row), keys.keys().filter(|key| *key < row).last());
        }
    }

    #[test]
    fn segments_stand_in_one_piece(case in any_case()) {
        let Ok(layout) = build(&case) else { return Ok(()) };
        prop_assert_eq!(layout.segments().len(), case.1.len());
        for (index, segment) in (0u32..).zip(layout.segments()) {
            for (at, owner) in layout.owner.iter().enumerate() {
                prop_assert_eq!(segment.contains(&at), *owner == Some(index));
            }
        }
    }

    #[test]
    fn refused_is_what_has_no_meaning(case in any_case()) {
        let options = &case.0;
        let refused = options.glue != Glue::Attached
            && (options.prefix, options.positions) != (Prefix::Repeated, Positions::Continuous);
        prop_assert_eq!(build(&case).is_err(), refused);
    }

    #[test]
    fn restarted_segments_count_from_the_shared_part(case in any_case()) {
        let mut case = case;
        case.0.positions = Positions::Restart;
        case.0.glue = Glue::Attached;
        let layout = build(&case).expect("a combination with a meaning");
        let in_front = |role: &&Role| matches!(role, Role::Shared | Role::Context);
        let front = layout.role.iter().filter(in_front).count();
        for segment in layout.segments() {
            for (i, at) in segment.clone().enumerate() {
                prop_assert_eq!(layout.positions[at] as usize, front + i);
            }
        }
        let largest = layout.positions.iter().max().copied();
        prop_assert_eq!(layout.next_position(), largest.map_or(0, |largest| largest + 1));
    }

    #[test]
    fn aligned_segments_end_together(case in any_case()) {
        let mut case = case;
        case.0.positions = Positions::AlignEnd;
        case.0.glue = Glue::Attached;
        let layout = build(&case).expect("a combination with a meaning");
        let ends = layout.segments().iter().map(|segment| layout.positions[segment.end - 1]);
        let ends: Vec<u32> = ends.collect();
        prop_assert!(ends.iter().all(|end| *end == ends[0]), "{:?}", ends);
        for segment in layout.segments() {
            let positions = &layout.positions[segment.clone()];
            prop_assert!(positions.windows(2).all(|pair| pair[0] + 1 == pair[1]));
        }
    }

    #[test]
    fn one_question_under_fused_reads_like_the_plain_prompt(
        question in "[a-z]{1,3}( [a-z]{1,3}){0,6}",
        bos in any::<bool>(),
    ) {
        let case: Case = (Preset::Fused.options(), vec![question], 0, 2, bos);
        let layout = build(&case).expect("a preset");
        for row in 0..layout.len() {
            prop_assert_eq!(layout.visible(row).len(), row + 1);
            prop_assert_eq!(layout.positions[row] as usize, row);
        }
    }
}

#[test]
fn a_prompt_that_does_not_fit_names_both_numbers() {
    let case: Case = (
        Preset::Fused.options(),
        vec!["where is it".into()],
        0,
        0,
        true,
    );
    let layout = build(&case).expect("a preset");
    let last = layout.len() - 1;
    assert_eq!(layout.check_fits(10, last + 11), Ok(()));
    let error = layout
        .check_fits(10, last + 10)
        .expect_err("one position too many");
    let text = error.to_string();
    assert!(text.contains(&last.to_string()), "{text}");
    assert!(text.contains(&(last + 10).to_string()), "{text}");
}

#[test]
fn presets_are_told_from_their_options() {
    for &preset in Preset::ALL {
        let mut options = preset.options();
        options.manual_cross_attention = true;
        assert_eq!(Preset::of(&options), Some(preset));
        options.bias = Bias::Number(0.25);
        assert_eq!(Preset::of(&options), None);
    }
}

#[test]
fn which_question_does_the_first_answer_token_read() {
    let questions: Vec<String> = ["one", "two", "three"].map(String::from).to_vec();
    let reads = |preset: Preset, bos: bool| {
        let case: Case = (preset.options(), questions.clone(), 1, 1, bos);
        let layout = build(&case).expect("a preset");
        let keys = layout.visible(layout.len() - 1);
        let read = |segment: &&std::ops::Range<usize>| keys.overlap(segment) > 0;
        layout.segments().iter().filter(read).count()
    };
    assert_eq!(reads(Preset::Fused, true), 3);
    assert_eq!(reads(Preset::Seed, true), 1);
    assert_eq!(reads(Preset::SeedAsRun, true), 3, "fused by accident");
    assert_eq!(reads(Preset::SeedAsRun, false), 1, "not without a BOS");
    assert_eq!(reads(Preset::Series, true), 3);
}

/// Questions of one group stand next to each other in the order named, the others follow.
#[test]
fn groups_arrange_questions() {
    let mut options = Options::default();
    let row = LayoutOption::of("groups").expect("an option");
    row.set(&mut options, "m2,a1/m9/m1").expect("groups");
    assert_eq!(row.get(&options), "m2,a1/m9/m1");
    let ids = ["m1", "m2", "m3", "a1"].map(|id| id.parse().expect("an id"));
    let arranged = options.groups.arrange(&ids);
    assert_eq!(arranged, (vec![1, 3, 0, 2], vec![2, 1]));
    let refused = row.set(&mut options, "m1/m2,m1").expect_err("m1 twice");
    assert!(refused.contains("m1 stands twice"), "{refused}");
}

/// Every question starts with the same weight, whatever its length: the weights e^bias times the tokens are equal.
#[test]
fn a_bias_of_length_makes_up_for_length() {
    let questions = ["one", "two words", "three words here"]
        .map(String::from)
        .to_vec();
    let mut case: Case = (Preset::Series.options(), questions, 0, 1, true);
    case.0.bias = Bias::Length;
    let layout = build(&case).expect("a preset");
    let segments = layout.segments().iter().zip(layout.biases());
    let masses: Vec<f32> = segments
        .map(|(s, bias)| bias.exp() * s.len() as f32)
        .collect();
    assert!(
        masses.iter().all(|mass| (mass - masses[0]).abs() < 1e-5),
        "{masses:?}"
    );
    assert_eq!(layout.one_bias(), None);
}

proptest! {
    /// Hidden questions are read by no row that fuses, itself excepted; nothing else changes, positions included.
    #[test]
    fn hidden_questions_are_hidden_from_rows_that_fuse(case in any_case(), hidden in any::<u8>()) {
        let Ok(layout) = build(&case) else { return Ok(()) };
        let questions = layout.segments().len();
        let hidden: Vec<usize> = (0..questions).filter(|at| hidden >> at & 1 == 1).collect();
        let without = layout.without(&hidden);
        prop_assert_eq!(&layout.tokens, &without.tokens);
        prop_assert_eq!(&layout.positions, &without.positions);
        for row in 0..layout.len() + 3 {
            let gone = |key: usize| {
                let owner = layout.owner.get(key).copied().flatten();
                let is_hidden = owner.is_some_and(|owner| hidden.contains(&(owner as usize)));
                is_hidden && key != row && layout.fuses(row)
            };
            let expected: Vec<usize> = layout.visible(row).keys().filter(|key| !gone(*key)).collect();
            let found: Vec<usize> = without.visible(row).keys().collect();
            prop_assert_eq!(&found, &expected, "row {}", row);
            for key in 0..=row {
                prop_assert_eq!(without.reason(row, key).reads(), found.contains(&key));
            }
        }
        prop_assert_eq!(layout.without(&[]), layout);
    }
}
