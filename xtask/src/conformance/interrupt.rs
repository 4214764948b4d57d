//! Ctrl-C ends the program that is under way, but not this one, which has something to remove.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};

static CAME: AtomicBool = AtomicBool::new(false);

/// From now on, Ctrl-C and a request to end are only noted.
pub fn outlive() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let listen = |kind| signal(kind).context("failed to listen to signals");
    let (mut interrupts, mut requests) = {
        let _inside = runtime.enter();
        (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?)
    };
    thread::spawn(move || {
        runtime.block_on(async {
            loop {
                tokio::select! {
                    _ = interrupts.recv() => {}
                    _ = requests.recv() => {}
                }
                CAME.store(true, Ordering::Relaxed);
                eprintln!("\ninterrupted: what was deployed is removed first");
            }
        });
    });
    Ok(())
}

/// True if Ctrl-C or a request to end came.
pub fn came() -> bool {
    CAME.load(Ordering::Relaxed)
}
