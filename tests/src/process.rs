//! The processes that the local AWS runs the steps in, as Linux shows them.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, Signal, kill_process};

/// Kills the process that holds this end of a connection, as Lambda ends an environment: at once, wherever it is.
pub fn kill_owner(address: SocketAddr) {
    let socket = inode(address).expect("the connection is open");
    let owner = owner(&socket).expect("a process has the connection");
    kill_process(owner, Signal::KILL).expect("the process is killed");
}

/// The number under which the system keeps a socket.
fn inode(address: SocketAddr) -> Option<String> {
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let port = format!(":{:04X}", address.port());
    let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.get(1).is_some_and(|local| local.ends_with(&port)))
        .find_map(|row| row.get(9).filter(|inode| **inode != "0").map(ToString::to_string))
}

fn owner(inode: &str) -> Option<Pid> {
    let socket = PathBuf::from(format!("socket:[{inode}]"));
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let number = process.file_name().to_str()?.parse().ok()?;
        has_open(&process.path(), &socket).then(|| Pid::from_raw(number)).flatten()
    })
}

fn has_open(process: &Path, file: &Path) -> bool {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else { return false };
    descriptors.flatten().any(|descriptor| fs::read_link(descriptor.path()).is_ok_and(|target| target == file))
}
