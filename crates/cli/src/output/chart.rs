//! A small chart for the terminal: values over memory, drawn by the widgets of ratatui into a buffer.

use std::fmt::Write as _;

use anstyle::Style as Colour;
use ratatui_core::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::{Color, Style},
    symbols::Marker,
    text::Line,
    widgets::Widget,
};
use ratatui_widgets::chart::{Axis, Chart, Dataset, GraphType};

use super::Plot;
use crate::console::{FAINT, GOOD};

/// The size of one plot, in characters: where the terminal is narrower, down to the narrowest in which two stand side
/// by side.
const WIDTH: u16 = 46;
const NARROWEST: u16 = 28;
const HEIGHT: u16 = 11;
/// Lines below a plot: its axis, and the labels.
const LINES_OF_AXIS: u16 = 2;
/// Rows of points in a character, of a line.
const POINTS_OF_LINE: f64 = 4.0;
/// Space between two plots.
const SPACE: u16 = 2;
/// From so many points on, a picture says more than the table.
const FEWEST_POINTS: usize = 3;

/// The colours of the measured points, the winner, and the model, by which the buffer keeps them apart.
const MEASURED: Color = Color::Reset;
const WINNER: Color = Color::Green;
const MODEL: Color = Color::DarkGray;

/// The plots side by side, or where `columns` are too few for that, one below the other; `None` if there is too little
/// to see.
pub fn draw(plots: &[Plot], columns: u16) -> Option<String> {
    if plots.is_empty() || plots.iter().any(|plot| plot.measured.len() < FEWEST_POINTS) {
        return None;
    }
    let count = u16::try_from(plots.len()).ok()?;
    let each = columns.saturating_sub(SPACE * (count - 1)) / count;
    if each < NARROWEST {
        let width = columns.clamp(NARROWEST, WIDTH);
        let drawn = plots.iter().map(|plot| side_by_side(std::slice::from_ref(plot), width));
        return Some(drawn.collect::<Vec<_>>().join("\n\n"));
    }
    Some(side_by_side(plots, each.min(WIDTH)))
}

fn side_by_side(plots: &[Plot], width: u16) -> String {
    let count = u16::try_from(plots.len()).unwrap_or(1);
    let area = Rect::new(0, 0, count * (width + SPACE) - SPACE, HEIGHT);
    let mut buffer = Buffer::empty(area);
    let columns = Layout::horizontal(plots.iter().map(|_| Constraint::Length(width))).spacing(SPACE).split(area);
    for (plot, column) in plots.iter().zip(columns.iter()) {
        draw_one(plot, *column, &mut buffer);
    }
    text(&buffer)
}

fn draw_one(plot: &Plot, area: Rect, buffer: &mut Buffer) {
    let all = || plot.measured.iter().chain(&plot.model);
    let highest = |value: fn(&(f64, f64)) -> f64| all().map(value).fold(0.0, f64::max);
    let (right, top) = (highest(|point| point.0), highest(|point| point.1) * 1.05);
    let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let on_line = |point: &(f64, f64)| on_line(*point, top, body.height - LINES_OF_AXIS);
    let measured: Vec<(f64, f64)> = plot.measured.iter().map(on_line).collect();
    let winner: Vec<(f64, f64)> = plot.winner.iter().map(on_line).collect();
    let mut datasets = Vec::new();
    if !plot.model.is_empty() {
        let line = Dataset::default().graph_type(GraphType::Line).marker(Marker::Braille);
        datasets.push(line.style(Style::new().fg(MODEL)).data(&plot.model));
    }
    let dots = |colour, data| Dataset::default().marker(Marker::Dot).style(Style::new().fg(colour)).data(data);
    datasets.extend([dots(MEASURED, &measured), dots(WINNER, &winner)]);
    let title = if plot.model.is_empty() { plot.title.to_owned() } else { format!("{} (line: model)", plot.title) };
    let axis = |end: f64| {
        let labels = [0.0, end / 2.0, end].map(|value| Line::from(label(value, end)));
        Axis::default().bounds([0.0, end]).labels(labels)
    };
    Line::from(title).centered().render(head, buffer);
    Chart::new(datasets).legend_position(None).x_axis(axis(right)).y_axis(axis(top)).render(body, buffer);
}

/// A point in the middle of the row of characters in which a line through it is drawn: a line has several rows of
/// points in each, and a dot one.
fn on_line((x, y): (f64, f64), top: f64, rows: u16) -> (f64, f64) {
    let rows = f64::from(rows);
    let row = ((top - y) / top * (POINTS_OF_LINE * rows - 1.0)).round() / POINTS_OF_LINE;
    (x, top * (1.0 - row.floor() / (rows - 1.0)))
}

/// A number with as many decimals as tell the labels of an axis apart.
fn label(value: f64, end: f64) -> String {
    let decimals = if end >= 20.0 {
        0
    } else if end >= 2.0 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}")
}

/// The buffer as lines with colours.
fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let lines = buffer.content.chunks(width).map(|cells| {
        let mut line = String::new();
        for cell in cells {
            match colour(cell.fg) {
                Some(colour) => write!(line, "{colour}{}{colour:#}", cell.symbol()),
                None => write!(line, "{}", cell.symbol()),
            }
            .ok();
        }
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn colour(of: Color) -> Option<Colour> {
    match of {
        WINNER => Some(GOOD),
        MODEL => Some(FAINT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plot(model: &[(f64, f64)]) -> Plot {
        Plot {
            title: "duration (ms)",
            measured: vec![(128.0, 833.0), (512.0, 210.0), (1024.0, 107.0), (3008.0, 63.0)],
            winner: Some((1024.0, 107.0)),
            model: model.to_vec(),
        }
    }

    fn drawn(plots: &[Plot]) -> String {
        anstream::adapter::strip_str(&draw(plots, u16::MAX).unwrap()).to_string()
    }

    #[test]
    fn what_is_measured_are_dots() {
        insta::assert_snapshot!(drawn(&[plot(&[])]));
    }

    #[test]
    fn two_plots_stand_side_by_side_and_a_model_is_called_so() {
        let model: Vec<(f64, f64)> = (1..=40).map(|n| f64::from(n) * 75.0).map(|x| (x, 60.0 + 98_000.0 / x)).collect();
        let second = Plot { title: "USD per million", ..plot(&[]) };
        insta::assert_snapshot!(drawn(&[plot(&model), second]));
    }

    #[test]
    fn two_points_are_no_picture() {
        let two = Plot { measured: vec![(128.0, 1.0), (512.0, 1.0)], ..plot(&[]) };
        assert_eq!(draw(&[two], u16::MAX), None);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let plots = [plot(&[]), Plot { title: "USD per million", ..plot(&[]) }];
        for columns in [28, 40, 60, 80, 100, 200] {
            let chart = draw(&plots, columns).unwrap();
            let chart = anstream::adapter::strip_str(&chart).to_string();
            let widest = chart.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= usize::from(columns), "{widest} in {columns}:\n{chart}");
        }
    }

    proptest! {
        #[test]
        fn a_dot_lies_in_the_row_of_the_line_through_it(y in 0.0f64..100.0, rows in 4u16..20) {
            let row_of = |y: f64, points: f64| {
                ((100.0 - y) / 100.0 * (points * f64::from(rows) - 1.0)).round() / points
            };
            let dot = on_line((1.0, y), 100.0, rows);
            prop_assert!((row_of(dot.1, 1.0) - row_of(y, POINTS_OF_LINE).floor()).abs() < 1e-9);
        }
    }
}
