//! A view as a table with a row per number: what CSV and Feather files are written from.

use super::{Sighted, View};
use crate::inspect::contrast::Attributed;
use crate::inspect::heat::Heat;
use crate::layout::Layout;
use crate::layout::picture::{Block, End, Grid, blocks};

/// Blocks along a side of attention on the mask.
const CELLS: usize = 150;

/// Columns of one length. Steps, layers, heads, rows and keys count from 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Columns(pub Vec<(&'static str, Column)>);

#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    Text(Vec<String>),
    Count(Vec<u32>),
    Number(Vec<f64>),
}

impl Column {
    pub fn len(&self) -> usize {
        match self {
            Column::Text(values) => values.len(),
            Column::Count(values) => values.len(),
            Column::Number(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Columns {
    fn text(&mut self, name: &'static str, values: impl IntoIterator<Item = String>) {
        let values = values.into_iter().collect();
        self.0.push((name, Column::Text(values)));
    }

    fn count(&mut self, name: &'static str, values: impl IntoIterator<Item = usize>) {
        let values = values.into_iter().map(|value| value as u32).collect();
        self.0.push((name, Column::Count(values)));
    }

    fn number(&mut self, name: &'static str, values: impl IntoIterator<Item = f64>) {
        let values = values.into_iter().collect();
        self.0.push((name, Column::Number(values)));
    }
}

/// `None` for what is not known yet.
pub fn columns(view: View, sighted: &Sighted<'_>) -> Option<Columns> {
    match view {
        View::Attention => Some(attention(sighted)),
        View::Tokens | View::Heads => Some(masses(sighted)),
        View::Layers => lens(sighted),
        View::Questions => questions(sighted),
        View::Between => between(sighted),
        View::Contrast => contrast(sighted),
    }
}

/// Blocks of rows that read blocks of keys: first token and one past the last, and the mean weight.
fn attention(sighted: &Sighted<'_>) -> Columns {
    let layout = &sighted.attention.mask(sighted.heads);
    let grid = Grid::fit(layout, layout.len(), CELLS, CELLS);
    let (rows, keys) = (grid.rows.len(), grid.keys.len());
    let heat = Heat::new(sighted.attention, sighted.heads, &grid, 0..rows, 0..keys);
    let pairs = (0..rows).flat_map(|row| (0..keys).map(move |key| (row, key)));
    let read = |&(row, key): &(usize, usize)| grid.cell(layout, row, key).reason.reads();
    let cells: Vec<(usize, usize)> = pairs.filter(read).collect();
    let row = |&(row, _): &(usize, usize)| grid.rows.block(row);
    let key = |&(_, key): &(usize, usize)| grid.keys.block(key);
    let weight = |&(row, key): &(usize, usize)| f64::from(heat.at(row, key).unwrap_or_default());
    let mut columns = Columns::default();
    columns.count("row", cells.iter().map(|cell| row(cell).start));
    columns.count("row_end", cells.iter().map(|cell| row(cell).end));
    columns.count("key", cells.iter().map(|cell| key(cell).start));
    columns.count("key_end", cells.iter().map(|cell| key(cell).end));
    columns.number("weight", cells.iter().map(weight));
    columns
}

/// Blocks of rows that read blocks of keys, and why.
pub fn mask_columns(layout: &Layout) -> Columns {
    let blocks = blocks(layout);
    let end = |block: &Block| match block.end {
        End::Before(key) => key,
        End::Diagonal => block.rows.end,
    };
    let diagonal = |block: &Block| usize::from(block.end == End::Diagonal);
    let reason = |block: &Block| block.glyph.describe().to_owned();
    let mut columns = Columns::default();
    columns.count("row", blocks.iter().map(|block| block.rows.start));
    columns.count("row_end", blocks.iter().map(|block| block.rows.end));
    columns.count("key", blocks.iter().map(|block| block.start));
    columns.count("key_end", blocks.iter().map(end));
    columns.count("ends_at_row", blocks.iter().map(diagonal));
    if let Some(window) = layout.window() {
        // Of the keys, only those of the last so many tokens before the row.
        columns.count("window", blocks.iter().map(|_| window));
    }
    columns.text("reason", blocks.iter().map(reason));
    columns
}

/// A row per step, layer, head and part.
fn masses(sighted: &Sighted<'_>) -> Columns {
    let parts = sighted.parts();
    let mut rows = Vec::new();
    for (step, layers) in sighted.mass.iter().enumerate() {
        for (layer, heads) in layers.iter().enumerate() {
            for (head, mass) in heads.iter().enumerate() {
                let shares = parts.iter().zip(&mass.parts);
                rows.extend(shares.map(|(part, share)| ((step, layer, head), part, mass, share)));
            }
        }
    }
    let mut columns = Columns::default();
    columns.count("step", rows.iter().map(|row| row.0.0));
    columns.text(
        "token",
        rows.iter().map(|row| sighted.tokens[row.0.0].clone()),
    );
    columns.count("layer", rows.iter().map(|row| row.0.1));
    columns.count("head", rows.iter().map(|row| row.0.2));
    columns.text("part", rows.iter().map(|row| row.1.clone()));
    columns.number("mass", rows.iter().map(|row| f64::from(*row.3)));
    columns.number("entropy", rows.iter().map(|row| f64::from(row.2.entropy)));
    columns
}

/// A row per step, layer and token that is followed.
fn lens(sighted: &Sighted<'_>) -> Option<Columns> {
    let studied = sighted.studied?;
    let mut rows = Vec::new();
    for (step, layers) in studied.lens.iter().enumerate() {
        let answer = sighted.tokens.get(step).map(String::as_str);
        // Followed once where both are the same.
        let followed = std::iter::once(answer)
            .chain(sighted.gold.filter(|&gold| Some(gold) != answer).map(Some));
        for (layer, sight) in layers.iter().enumerate() {
            for (seen, token) in sight.tokens.iter().zip(followed.clone()) {
                let best = &studied.best[step][layer];
                rows.push((
                    step,
                    layer,
                    token.unwrap_or_default(),
                    seen,
                    best,
                    sight.entropy,
                ));
            }
        }
    }
    let mut columns = Columns::default();
    columns.count("step", rows.iter().map(|row| row.0));
    columns.count("layer", rows.iter().map(|row| row.1));
    columns.text("token", rows.iter().map(|row| row.2.to_owned()));
    columns.number("ln_p", rows.iter().map(|row| row.3.log_probability));
    columns.count("rank", rows.iter().map(|row| row.3.rank));
    columns.text("best", rows.iter().map(|row| row.4.clone()));
    columns.number("entropy", rows.iter().map(|row| row.5));
    Some(columns)
}

fn questions(sighted: &Sighted<'_>) -> Option<Columns> {
    let studied = sighted.studied?;
    let segments = &sighted.labels.segments;
    let left_out = |question: usize| studied.values.left_out(question).iter().sum::<f64>();
    let shapley = &studied.shapley;
    let errors = shapley.errors.clone();
    let mut columns = Columns::default();
    columns.text("part", segments.iter().map(|(name, _)| name.clone()));
    columns.text("question", segments.iter().map(|(_, text)| text.clone()));
    columns.number("left_out", (0..segments.len()).map(left_out));
    columns.number("shapley", shapley.values.iter().copied());
    let exact = vec![0.0; segments.len()];
    columns.number("shapley_error", errors.unwrap_or(exact));
    let alone = studied.alone;
    columns.text(
        "alone",
        alone.iter().map(|answer| answer.generation.clone()),
    );
    columns.number(
        "p_alone",
        alone.iter().map(|answer| f64::from(answer.probability)),
    );
    Some(columns)
}

/// A row per layer and pair of questions.
fn between(sighted: &Sighted<'_>) -> Option<Columns> {
    let between = sighted.studied?.between;
    let segments = &sighted.labels.segments;
    let count = segments.len();
    let pairs = (0..count).flat_map(|i| (0..count).map(move |j| (i, j)));
    let rows: Vec<(usize, (usize, usize))> = (0..between.len())
        .flat_map(|layer| pairs.clone().map(move |pair| (layer, pair)))
        .collect();
    let name = |question: usize| segments[question].0.clone();
    let mut columns = Columns::default();
    columns.count("layer", rows.iter().map(|row| row.0));
    columns.text("rows_of", rows.iter().map(|row| name(row.1.0)));
    columns.text("keys_of", rows.iter().map(|row| name(row.1.1)));
    let mass = |&(layer, (i, j)): &(usize, (usize, usize))| f64::from(between[layer][i][j]);
    columns.number("mass", rows.iter().map(mass));
    Some(columns)
}

/// A row with all questions, with none, per question left out, then per layer; differences of ln p, of the token where the
/// answers part and of the whole answers. Layers tell of the former alone.
fn contrast(sighted: &Sighted<'_>) -> Option<Columns> {
    let of = sighted.contrast?.contrast;
    let (first, whole) = (&of.first, &of.whole);
    let mut rows = vec![
        ("all".to_owned(), [first.all, f64::NAN, whole.all, f64::NAN]),
        (
            "none".to_owned(),
            [first.none, f64::NAN, whole.none, f64::NAN],
        ),
    ];
    for (at, (name, _)) in sighted.labels.segments.iter().enumerate() {
        let shapley = |of: &Attributed| of.shapley.values[at];
        let numbers = [
            first.left_out[at],
            shapley(first),
            whole.left_out[at],
            shapley(whole),
        ];
        rows.push((name.clone(), numbers));
    }
    let layers = of.by_layer().enumerate();
    rows.extend(layers.map(|(layer, difference)| {
        let name = format!("layer {layer}");
        (name, [difference, f64::NAN, f64::NAN, f64::NAN])
    }));
    let mut columns = Columns::default();
    columns.text("of", rows.iter().map(|row| row.0.clone()));
    for (at, name) in ["first", "first_shapley", "whole", "whole_shapley"]
        .into_iter()
        .enumerate()
    {
        columns.number(name, rows.iter().map(|row| row.1[at]));
    }
    Some(columns)
}
