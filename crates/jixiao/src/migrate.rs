//! `migrate`: prepares the database of a service.

use jixiao_eventlog::{Location, OpenError, secured};

use crate::cli;
use crate::compose::{self, LOGS, Service};
use crate::failure::Failure;
use crate::output::Output;
use crate::serve::compose_failure;
use crate::settings::shown_url;
use crate::text::{command as text, error as fault};
use crate::transport::TlsFiles;

/// Makes or updates the schema and gives the role what it needs.
pub async fn run(arguments: &cli::Migrate, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let Some(service) = Service::of_name(&arguments.service) else {
        let known = LOGS.join(", ");
        return Err(Failure::Usage(fault::no_such_service(language, &arguments.service, known)));
    };
    let tls = TlsFiles::of(&arguments.tls, language)?;
    let files = tls.as_ref().map(|files| [files.ca.as_path(), files.cert.as_path(), files.key.as_path()]);
    let url = secured(&arguments.database_url, files).map_err(|error| {
        let reason = match error {
            OpenError::Plain => fault::database_in_plain(language),
            error => error.to_string(),
        };
        let shown = shown_url(&arguments.database_url);
        Failure::Usage(fault::bad_setting(language, "--database-url", shown, reason))
    })?;
    let password_file = arguments.database_password_file.as_deref();
    compose::migrate(service, &url, password_file, &arguments.role).await.map_err(|error| {
        let location = Location::Database { url: url.clone(), password_file: None };
        compose_failure(&error, &location, language)
    })?;
    if output.is_json() {
        return Ok(output.json(&serde_json::json!({ "service": service.name(), "role": arguments.role }))?);
    }
    Ok(output.line(&text::migrated(language, service.name(), &arguments.role))?)
}
