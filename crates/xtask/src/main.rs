//! Checks of the Jixiao workspace itself: `cargo xtask tidy`, `cargo xtask licences`.
//!
//! Each check is a function over text that returns faults, with its tests beside it; [`workspace`] alone reads the disk
//! and runs programs.
//!
//! | module | what it holds the workspace to |
//! | --- | --- |
//! | [`arrows`] | who may depend on whom, and which crates have one home |
//! | [`manifests`] | versions pinned once, at the root |
//! | [`licences`] | the licences of all dependencies |
//! | [`domain`] | no I/O, clock, float, randomness or panic where the rules are |
//! | [`sources`] | files of a readable length, with names that say something, finished |
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for developers talks on the terminal"
)]

mod arrows;
mod code;
mod domain;
mod fault;
mod licences;
mod manifests;
mod sources;
mod workspace;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use fault::Fault;
use workspace::Workspace;

const USAGE: &str = "usage: cargo xtask tidy | licences

  tidy      everything below, and: dependency arrows, pinned versions, what domain modules may not contain,
            length and names of source files, unfinished work
  licences  the licences of all dependencies against crates/xtask/licences.txt";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let check = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => tidy,
        ["licences"] => licences,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match Workspace::open().and_then(|workspace| check(&workspace)) {
        Ok(faults) if faults.is_empty() => {
            println!("{}: no fault", args[0]);
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            for fault in &faults {
                eprintln!("{fault}");
            }
            eprintln!("{}: {} to mend", args[0], faults.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}: {error}", args[0]);
            ExitCode::FAILURE
        }
    }
}

fn tidy(workspace: &Workspace) -> Result<Vec<Fault>, Box<dyn Error>> {
    let mut faults = arrows::check(&workspace.dependencies()?);
    for (path, text) in workspace.manifests()? {
        faults.extend(manifests::check(&path, &text));
    }
    faults.extend(licences(workspace)?);
    let files = workspace.rust_files()?;
    let test_only = domain::test_only_paths(&files);
    for (path, text) in &files {
        faults.extend(sources::check(path, text));
        if domain::is_domain(path) && !domain::is_test(path, &test_only) {
            faults.extend(domain::check(path, text));
        }
    }
    faults.sort();
    Ok(faults)
}

fn licences(workspace: &Workspace) -> Result<Vec<Fault>, Box<dyn Error>> {
    let list = workspace.read(licences::LIST)?;
    let (allowed, mut faults) = licences::parse_list(&list);
    faults.extend(licences::check(&allowed, &workspace.packages()?));
    Ok(faults)
}
