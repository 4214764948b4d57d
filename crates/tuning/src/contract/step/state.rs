//! The states of the state machine.

/// A state, by its name in `statemachine.asl.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Calls the Initializer.
    Initializer,
    /// The Initializer has failed: its error goes to the Cleaner, the input does not.
    NotBegun,
    /// Calls the Publisher.
    Publisher,
    /// Whether the Publisher is called again.
    AllPublished,
    /// Waits until versions are active.
    WaitForVersions,
    /// The Map over the memory sizes.
    Measure,
    /// Calls the Executor, inside of the Map.
    Executor,
    /// Calls the Analyzer.
    Analyzer,
    /// Whether another round is measured.
    WhatNext,
    /// Calls the Optimizer.
    Optimizer,
    /// Calls the Cleaner after a run that went well.
    Cleaner,
    /// Calls the Cleaner after a failure.
    CleanUpAfterFailure,
    /// Ends the execution with the error of the failure.
    Failed,
    /// Ends the execution because the Cleaner failed after a run that went well.
    CleanupFailedAfterSuccess,
    /// Ends the execution because the Cleaner failed after a failure.
    CleanupFailedAfterFailure,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Initializer,
        Self::NotBegun,
        Self::Publisher,
        Self::AllPublished,
        Self::WaitForVersions,
        Self::Measure,
        Self::Executor,
        Self::Analyzer,
        Self::WhatNext,
        Self::Optimizer,
        Self::Cleaner,
        Self::CleanUpAfterFailure,
        Self::Failed,
        Self::CleanupFailedAfterSuccess,
        Self::CleanupFailedAfterFailure,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Initializer => "Initializer",
            Self::NotBegun => "Not begun",
            Self::Publisher => "Publisher",
            Self::AllPublished => "All published?",
            Self::WaitForVersions => "Wait for versions",
            Self::Measure => "Measure",
            Self::Executor => "Executor",
            Self::Analyzer => "Analyzer",
            Self::WhatNext => "What next?",
            Self::Optimizer => "Optimizer",
            Self::Cleaner => "Cleaner",
            Self::CleanUpAfterFailure => "CleanUpAfterFailure",
            Self::Failed => "Failed",
            Self::CleanupFailedAfterSuccess => "CleanupFailedAfterSuccess",
            Self::CleanupFailedAfterFailure => "CleanupFailedAfterFailure",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it calls the Cleaner.
    #[must_use]
    pub fn cleans_up(self) -> bool {
        matches!(self, Self::Cleaner | Self::CleanUpAfterFailure)
    }
}
