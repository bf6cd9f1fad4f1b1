//! Facts × templates: what is right under which.

use super::axis::page;
use super::cluster::sorted;
use super::{Content, FigureError, LINE, MARGIN, SMALL, TEXT, refuse};
use crate::canvas::{Anchor, BLUE, Canvas, Colour, GREY, ORANGE, Path, Text, WHITE, text_width};
use crate::numbers::count;
use crate::results::Matrix;

/// Relations side by side.
const COLUMNS: usize = 3;
/// More relations than these are no figure.
const MOST: usize = 12;
/// More facts than these have no names.
const NAMED: usize = 60;
/// More templates than these have no room for their names.
const TEMPLATES: usize = 40;
const TOP: f64 = 52.0;
const RIGHT: Colour = BLUE;
const WRONG: Colour = ORANGE;

/// How a matrix is drawn.
#[derive(Clone, Copy)]
struct Cells {
    width: f64,
    height: f64,
    gap: f64,
    /// Space for the names of facts.
    names: f64,
    /// The relation stands above.
    headed: bool,
}

pub fn draw(content: Content<'_>) -> Result<Canvas, FigureError> {
    let [run] = content.report.runs.as_slice() else {
        return refuse("the matrix shows one run: give one file, or the shards of one run");
    };
    let matrices: Vec<Matrix<'_>> = (run.summary.matrices().into_iter())
        .filter(|matrix| matrix.templates.len() > 1)
        .collect();
    if matrices.is_empty() {
        return refuse(
            "no relation was asked through several templates, each alone: give a file of --method per-prompt",
        );
    }
    if matrices.len() > MOST {
        let relations = matrices.len();
        return refuse(&format!(
            "{relations} relations are too many for one figure: choose at most {MOST} with --relation"
        ));
    }
    if let Some(matrix) = matrices.iter().find(|of| of.templates.len() > TEMPLATES) {
        return refuse(&format!(
            "{} has {} templates, more than the {TEMPLATES} that can be told apart",
            matrix.relation,
            matrix.templates.len()
        ));
    }
    let what = match matrices.as_slice() {
        [one] => {
            let facts = count(one.facts.len(), "fact");
            format!(
                "{}: {facts} × {}",
                one.relation,
                count(one.templates.len(), "template")
            )
        }
        _ => content.what(),
    };
    let title = content.title_or(&what);
    match matrices.as_slice() {
        [one] => Ok(single(one, &title, content)),
        several => Ok(grid(several, &title, content)),
    }
}

/// One relation, its facts named where there is room, its templates in full below.
fn single(matrix: &Matrix<'_>, title: &str, content: Content<'_>) -> Canvas {
    let facts = matrix.facts.len();
    let named = facts <= NAMED;
    let subject = |at: usize| matrix.facts[at].about();
    let widest = (0..facts)
        .map(|at| text_width(subject(at), SMALL))
        .fold(0.0, f64::max);
    let names = if named { widest + 10.0 } else { 26.0 };
    let height = if named {
        14.0
    } else {
        (620.0 / facts as f64).clamp(0.5, 10.0)
    };
    let cells = Cells {
        width: 30.0,
        height,
        gap: if height >= 4.0 { 1.0 } else { 0.0 },
        names,
        headed: false,
    };
    let (_, columns) = sorted(&matrix.verdicts, content.order);
    let texts = |column: &usize| {
        let template = matrix.templates[*column];
        let answer = matrix.facts.first().and_then(|fact| fact.to(template));
        let text = answer.map_or("", |answer| &*answer.wording);
        (template.to_string(), text.to_owned())
    };
    let texts: Vec<(String, String)> = columns.iter().map(texts).collect();
    let known = texts.iter().any(|(_, text)| !text.is_empty());
    let matrix_width = names + cells.width * columns.len() as f64;
    let text_widths = texts.iter().map(|(_, text)| 44.0 + text_width(text, SMALL));
    let list = if known {
        text_widths.fold(0.0, f64::max)
    } else {
        0.0
    };
    let inner = matrix_width
        .max(list)
        .max(legend_width())
        .max(text_width(title, super::TITLE));
    let bottom = TOP + 18.0 + cells.height * facts as f64;
    let list_top = bottom + 66.0;
    let lines = if known { texts.len() as f64 + 0.5 } else { 0.0 };
    let mut canvas = page(
        2.0 * MARGIN + inner,
        list_top + LINE * lines + MARGIN,
        title,
    );
    panel(
        &mut canvas,
        matrix,
        (MARGIN, TOP),
        cells,
        content,
        named.then_some(&subject),
    );
    legend(&mut canvas, MARGIN, bottom + 46.0);
    if known {
        for (line, (id, text)) in texts.iter().enumerate() {
            let y = list_top + LINE * (line as f64 + 0.8);
            canvas.add(Text::new(MARGIN, y, SMALL, id));
            canvas.add(Text::new(MARGIN + 44.0, y, SMALL, text).coloured(GREY));
        }
    }
    canvas
}

/// Several relations, each in a panel of its own.
fn grid(matrices: &[Matrix<'_>], title: &str, content: Content<'_>) -> Canvas {
    let most_facts = matrices.iter().map(|of| of.facts.len()).max().unwrap_or(1);
    let most_templates = matrices
        .iter()
        .map(|of| of.templates.len())
        .max()
        .unwrap_or(1);
    let height = (240.0 / most_facts as f64).clamp(0.25, 12.0);
    let cells = Cells {
        width: if most_templates > 12 { 22.0 } else { 26.0 },
        height,
        gap: if height >= 4.0 { 1.0 } else { 0.0 },
        names: 26.0,
        headed: true,
    };
    let columns = matrices.len().min(COLUMNS);
    let panel_width = cells.names + cells.width * most_templates as f64 + 22.0;
    let rows: Vec<&[Matrix<'_>]> = matrices.chunks(columns).collect();
    let row_height = |row: &[Matrix<'_>]| {
        let facts = row.iter().map(|of| of.facts.len()).max().unwrap_or(0);
        18.0 + cells.height * facts as f64 + 62.0
    };
    let inner = (panel_width * columns as f64)
        .max(legend_width())
        .max(text_width(title, super::TITLE));
    let bottom = TOP + rows.iter().map(|row| row_height(row)).sum::<f64>();
    let mut canvas = page(2.0 * MARGIN + inner, bottom + 20.0 + MARGIN, title);
    let mut y = TOP;
    for row in rows {
        for (at, matrix) in row.iter().enumerate() {
            let x = MARGIN + panel_width * at as f64;
            panel(&mut canvas, matrix, (x, y), cells, content, None);
        }
        y += row_height(row);
    }
    legend(&mut canvas, MARGIN, bottom + 8.0);
    canvas
}

/// One matrix below its heading, with templates and their accuracies under it.
fn panel<'a>(
    canvas: &mut Canvas,
    matrix: &'a Matrix<'_>,
    (left, top): (f64, f64),
    cells: Cells,
    content: Content<'_>,
    name: Option<&dyn Fn(usize) -> &'a str>,
) {
    let (rows, columns) = sorted(&matrix.verdicts, content.order);
    let facts = rows.len();
    let (x, y) = (left + cells.names, top + 18.0);
    if cells.headed {
        let heading = format!("{}, n = {facts}", matrix.relation);
        canvas.add(Text::new(x, top + 10.0, TEXT, &heading));
    }
    for (line, &fact) in rows.iter().enumerate() {
        let above = y + cells.height * line as f64;
        if let Some(name) = name {
            let text = Text::new(x - 6.0, above + cells.height / 2.0 + 4.0, SMALL, name(fact));
            canvas.add(text.anchored(Anchor::End));
        }
        for (place, &template) in columns.iter().enumerate() {
            let colour = match matrix.verdicts.right(fact, template) {
                true => RIGHT,
                false => WRONG,
            };
            let beside = x + cells.width * place as f64;
            let (width, height) = (cells.width - 1.0, cells.height - cells.gap);
            canvas.add(Path {
                crisp: cells.gap > 0.0,
                ..Path::rectangle(beside, above, width, height, colour)
            });
        }
    }
    let bottom = y + cells.height * facts as f64;
    if name.is_none() {
        let text = Text::new(left + 14.0, (y + bottom) / 2.0, SMALL, "facts");
        canvas.add(text.anchored(Anchor::Middle).upwards().coloured(GREY));
    }
    let counts = matrix.verdicts.counts();
    for (place, &template) in columns.iter().enumerate() {
        let middle = x + cells.width * (place as f64 + 0.5) - 0.5;
        let accuracy = counts[template] as f64 / facts as f64;
        let id = matrix.templates[template].to_string();
        for (line, text) in [(13.0, id), (27.0, format!("{:.0}", accuracy * 100.0))] {
            let text = Text::new(
                middle,
                bottom + line,
                if cells.width < 24.0 { 9 } else { SMALL },
                &text,
            );
            canvas.add(text.anchored(Anchor::Middle));
        }
    }
    let percents = Text::new(x - 6.0, bottom + 27.0, SMALL, "%");
    canvas.add(percents.anchored(Anchor::End).coloured(GREY));
}

/// In the order of the legend.
const MEANINGS: [(Colour, &str); 2] = [(RIGHT, "right"), (WRONG, "wrong")];
const BELOW: &str = "columns: templates, with their accuracy in %";

fn legend_width() -> f64 {
    let entries = MEANINGS.map(|(_, text)| 20.0 + text_width(text, SMALL) + 16.0);
    entries.iter().sum::<f64>() + text_width(BELOW, SMALL)
}

fn legend(canvas: &mut Canvas, left: f64, y: f64) {
    let mut x = left;
    for (colour, text) in MEANINGS {
        canvas.add(Path {
            stroke: Some((WHITE, 0.5)),
            ..Path::rectangle(x, y, 12.0, 12.0, colour)
        });
        canvas.add(Text::new(x + 18.0, y + 10.0, SMALL, text));
        x += 20.0 + text_width(text, SMALL) + 16.0;
    }
    canvas.add(Text::new(x, y + 10.0, SMALL, BELOW).coloured(GREY));
}
