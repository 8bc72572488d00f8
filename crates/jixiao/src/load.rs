//! `import`: loads a folder of files, as a client; what it did is told here, how it does it is in `import`.

use crate::cli;
use crate::failure::Failure;
use crate::import::{Import, NOBODY};
use crate::output::{Column, Output, Table};
use crate::text::command as text;
use crate::transport::TlsFiles;

/// Imports a folder and says what came of each file.
pub async fn run(arguments: &cli::ImportFolder, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let tls = TlsFiles::of(&arguments.server.tls, language)?;
    let import = Import {
        folder: arguments.folder.clone(),
        dry_run: arguments.dry_run,
        server: arguments.server.server.clone(),
        actor: arguments.server.actor.clone().unwrap_or_else(|| NOBODY.to_owned()),
        tls,
    };
    let report = import.run(!output.is_json()).await?;
    if output.is_json() {
        return Ok(output.json(&report)?);
    }
    let columns = [Column::Word, Column::Figure, Column::Figure, Column::Figure, Column::Figure];
    let mut table = Table::new(&columns).head([
        text::file(language),
        text::rows(language),
        if report.dry_run { text::would_be_new(language) } else { text::new(language) },
        text::already_there(language),
        text::without_fund(language),
    ]);
    for file in &report.files {
        let counts =
            [file.rows, file.new, file.already_there, file.without_fund].map(|count| count.to_string());
        table.row(std::iter::once(file.file.clone()).chain(counts));
    }
    for line in table.lines() {
        output.line(&line)?;
    }
    output.line(&if report.dry_run { text::dry_run_done(language) } else { text::import_done(language) })?;
    Ok(())
}
