//! Where tokens lie along the side of a drawing.

use std::ops::Range;

use crate::layout::Layout;

/// The least thickness of what a mask is looked at for, in SVG units.
const LEAST: f64 = 4.0;

/// Both axes of a drawing: to scale, but for what would be too thin to see and matters most, the *shared* tokens and
/// the last rows, which read everything or emit the first answer token.
pub struct Scale {
    /// First token of each band and where it begins, in SVG units; the end of the last one.
    knots: Vec<(usize, f64)>,
    /// Tokens of the bands that are drawn thicker, and by how much.
    pub widened: Vec<(Range<usize>, f64)>,
}

impl Scale {
    pub fn new(layout: &Layout, side: f64) -> Self {
        let len = layout.len();
        let fusing = (0..len).rev().take_while(|&row| layout.fuses(row)).count();
        let last = len - fusing.max(1).min(len);
        let front = layout.shared_tokens().min(last);
        let exact = |tokens: usize| side * tokens as f64 / len.max(1) as f64;
        let thin = |band: &Range<usize>| !band.is_empty() && exact(band.len()) < LEAST;
        let thin: Vec<Range<usize>> = [0..front, last..len].into_iter().filter(thin).collect();

        let taken: usize = thin.iter().map(Range::len).sum();
        let unit = (side - LEAST * thin.len() as f64) / (len - taken).max(1) as f64;
        let mut knots = vec![(0, 0.0)];
        let mut at = 0.0;
        for band in [0..front, front..last, last..len] {
            at += match thin.contains(&band) {
                true => LEAST,
                false => unit * band.len() as f64,
            };
            knots.push((band.end, at));
        }
        let times = |band: &Range<usize>| LEAST / (unit * band.len() as f64);
        Scale {
            knots,
            widened: thin.into_iter().map(|b| (b.clone(), times(&b))).collect(),
        }
    }

    /// Where the border before a token lies, from the edge, in SVG units.
    pub fn at(&self, token: usize) -> f64 {
        let next = self.knots.partition_point(|&(first, _)| first < token);
        let next = next.clamp(1, self.knots.len() - 1);
        let ((first, from), (end, to)) = (self.knots[next - 1], self.knots[next]);
        let part = (token - first) as f64 / (end - first).max(1) as f64;
        ((from + (to - from) * part) * 100.0).round() / 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{Preset, Source};
    use crate::prompt::{Context, Encode};

    struct Words;

    impl Encode for Words {
        fn encode(&self, text: &str) -> Vec<u32> {
            vec![1; text.split_whitespace().count()]
        }

        fn bos(&self) -> Option<u32> {
            Some(0)
        }
    }

    fn layout(words: usize, preset: Preset) -> Layout {
        let questions = vec!["word ".repeat(words); 4];
        let context = Context::new("i", &[]);
        let source = Source::new(&context, &questions, 2);
        Layout::build(&Words, source, preset.options()).expect("a preset")
    }

    #[test]
    fn short_prompts_are_drawn_to_scale() {
        let layout = layout(2, Preset::Fused);
        let scale = Scale::new(&layout, 100.0);
        assert!(scale.widened.is_empty());
        for token in 0..=layout.len() {
            let exact = 100.0 * token as f64 / layout.len() as f64;
            assert!((scale.at(token) - exact).abs() < 0.01, "{token}");
        }
    }

    #[test]
    fn what_matters_is_never_too_thin_to_see_and_the_rest_stays_to_scale() {
        for preset in [Preset::Fused, Preset::Seed, Preset::SeedAsRun, Preset::Pcw] {
            let layout = layout(1_000, preset);
            let scale = Scale::new(&layout, 600.0);
            let len = layout.len();
            assert_eq!(scale.at(0), 0.0);
            assert_eq!(scale.at(len), 600.0);
            assert_eq!(600.0 - scale.at(len - 1), LEAST, "{preset}: the last row");
            let shared = layout.shared_tokens();
            assert_eq!(scale.at(shared), LEAST * shared as f64, "{preset}: BOS");
            let bands: Vec<&Range<usize>> = scale.widened.iter().map(|(band, _)| band).collect();
            let (front, end) = (0..shared, len - 1..len);
            let wanted = if shared > 0 {
                vec![&front, &end]
            } else {
                vec![&end]
            };
            assert_eq!(bands, wanted, "{preset}");
            let size = |tokens: Range<usize>| scale.at(tokens.end) - scale.at(tokens.start);
            assert!(
                (size(100..1_100) - size(2_900..3_900)).abs() < 0.02,
                "{preset}"
            );
            let times = scale.widened[0].1 * size(100..1_100) / 1_000.0;
            assert!((times - LEAST).abs() < 0.01, "{preset}");
        }
    }
}
