//! The content that a command has to show, whatever the form: a table, a chart, notes, and the same as JSON.

/// The content that a command has to show.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// The subject.
    pub title: String,
    /// All of it as JSON.
    pub json: String,
    /// The table.
    pub grid: Grid,
    /// Pictures of the table.
    pub plots: Vec<Plot>,
    /// The notes to be said beside it, in order.
    pub notes: Vec<Note>,
    /// True if the notes say all that the table does: then people get them alone.
    pub notes_say_all: bool,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows; each has a cell for each column.
    pub rows: Vec<Row>,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// Its head, for people.
    pub head: &'static str,
    /// Its name, for programs.
    pub key: &'static str,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its cells.
    pub cells: Vec<Cell>,
    /// The weight of the row.
    pub weight: Weight,
}

/// The degree to which a row matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It is the answer.
    Winner,
    /// It is one of several.
    Normal,
    /// It does not count.
    Faint,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// There is nothing to say.
    Empty,
    /// Words.
    Text(String),
    /// A number, which people see with so many decimals, and programs in full.
    Number {
        /// The number.
        value: f64,
        /// The number of decimals that people see.
        decimals: usize,
    },
}

/// A picture of values over memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// The name of the values.
    pub title: &'static str,
    /// Measured: memory in MB, and the value.
    pub measured: Vec<(f64, f64)>,
    /// Which of them is the answer.
    pub winner: Option<(f64, f64)>,
    /// The values that a model expects in between. It is not measured.
    pub model: Vec<(f64, f64)>,
}

/// Something to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A sentence that the result rests on.
    Sentence(String),
    /// Something that went well.
    Good(String),
    /// Something that went wrong.
    Bad(String),
    /// Something that should be known.
    Warning(String),
    /// Something to do next.
    Hint(String),
    /// A link.
    Link {
        /// The thing that it shows.
        title: &'static str,
        /// Where it leads.
        url: String,
    },
}

impl Cell {
    /// A number, or nothing.
    pub fn number(value: Option<f64>, decimals: usize) -> Self {
        value.map_or(Self::Empty, |value| Self::Number { value, decimals })
    }

    /// A count, or nothing.
    pub fn count(value: Option<u32>) -> Self {
        Self::number(value.map(f64::from), 0)
    }

    /// Words.
    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(words.into())
    }

    /// The cell for people.
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => "–".to_owned(),
            Self::Text(words) => words.clone(),
            Self::Number { value, decimals } => format!("{value:.decimals$}"),
        }
    }

    /// The cell for programs.
    pub fn written(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(words) => words.clone(),
            Self::Number { value, .. } => value.to_string(),
        }
    }
}

impl Grid {
    /// A table with these columns and no rows.
    pub fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// True if a column holds numbers.
    pub fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.cells.get(column));
        !cells.any(|cell| matches!(cell, Cell::Text(_)))
    }

    /// The table without the columns of these keys that hold nothing.
    #[must_use]
    pub fn without_empty(self, keys: &[&str]) -> Self {
        let is_empty = |grid: &Self, column: usize| {
            grid.rows.iter().all(|row| row.cells.get(column).is_none_or(|cell| *cell == Cell::Empty))
        };
        let empty: Vec<&str> = (0..self.columns.len())
            .filter(|&column| is_empty(&self, column))
            .filter_map(|column| self.columns.get(column).map(|column| column.key))
            .collect();
        self.without(|column| keys.contains(&column.key) && empty.contains(&column.key))
    }

    /// The table without these columns.
    #[must_use]
    pub fn without(mut self, is_left_out: impl Fn(&Column) -> bool) -> Self {
        for column in (0..self.columns.len()).rev() {
            if self.columns.get(column).is_some_and(&is_left_out) {
                self.columns.remove(column);
                for row in &mut self.rows {
                    row.cells.remove(column);
                }
            }
        }
        self
    }
}
