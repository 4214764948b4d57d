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
use crate::talk::{FAINT, GOOD};

/// The size of one plot, in characters.
const WIDTH: u16 = 46;
const HEIGHT: u16 = 11;
/// Space between two plots.
const SPACE: u16 = 2;
/// From so many points on, a picture says more than the table.
const FEWEST_POINTS: usize = 3;

/// What is measured, the winner, and the model, as the buffer keeps them apart.
const MEASURED: Color = Color::Reset;
const WINNER: Color = Color::Green;
const MODEL: Color = Color::DarkGray;

/// The plots side by side; `None` if there is too little to see.
pub fn draw(plots: &[Plot]) -> Option<String> {
    if plots.is_empty() || plots.iter().any(|plot| plot.measured.len() < FEWEST_POINTS) {
        return None;
    }
    let count = u16::try_from(plots.len()).ok()?;
    let area = Rect::new(0, 0, count * (WIDTH + SPACE) - SPACE, HEIGHT);
    let mut buffer = Buffer::empty(area);
    let columns = Layout::horizontal(plots.iter().map(|_| Constraint::Length(WIDTH))).spacing(SPACE).split(area);
    for (plot, column) in plots.iter().zip(columns.iter()) {
        draw_one(plot, *column, &mut buffer);
    }
    Some(text(&buffer))
}

fn draw_one(plot: &Plot, area: Rect, buffer: &mut Buffer) {
    let all = || plot.measured.iter().chain(&plot.model);
    let highest = |value: fn(&(f64, f64)) -> f64| all().map(value).fold(0.0, f64::max);
    let (right, top) = (highest(|point| point.0), highest(|point| point.1) * 1.05);
    let winner: Vec<(f64, f64)> = plot.winner.into_iter().collect();
    let mut datasets = Vec::new();
    if !plot.model.is_empty() {
        let line = Dataset::default().graph_type(GraphType::Line).marker(Marker::Braille);
        datasets.push(line.style(Style::new().fg(MODEL)).data(&plot.model));
    }
    let dots = |colour, data| Dataset::default().marker(Marker::Dot).style(Style::new().fg(colour)).data(data);
    datasets.extend([dots(MEASURED, &plot.measured), dots(WINNER, &winner)]);
    let title = if plot.model.is_empty() { plot.title.to_owned() } else { format!("{} (line: model)", plot.title) };
    let axis = |end: f64| {
        let labels = [0.0, end / 2.0, end].map(|value| Line::from(label(value, end)));
        Axis::default().bounds([0.0, end]).labels(labels)
    };
    let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    Line::from(title).centered().render(head, buffer);
    Chart::new(datasets).legend_position(None).x_axis(axis(right)).y_axis(axis(top)).render(body, buffer);
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
        anstream::adapter::strip_str(&draw(plots).unwrap()).to_string()
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
        assert_eq!(draw(&[two]), None);
    }
}
