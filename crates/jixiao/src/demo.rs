//! `demo`: everything at once, on two real funds.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use jixiao_eventlog::Location;
use jixiao_events::FundId;
use jixiao_proto::jixiao::scoring::v1::Indicator;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::cli;
use crate::client::Client;
use crate::evaluate::{Extent, Fetched, fetch, holder, known_funds, show};
use crate::failure::Failure;
use crate::findings;
use crate::import::{Import, read_claims};
use crate::language::Language;
use crate::output::{Output, WIDTH};
use crate::serve::{Running, bind, start, stop_signal};
use crate::settings::parse_address;
use crate::text::{command as text, error as fault};
use crate::verify::{self, Wrong};

/// Where clients look for a server that they are not told of, and so where the demo listens.
const USUAL: &str = "127.0.0.1:7500";

/// Who the example's events come from.
const ACTOR: &str = "demo";

/// Findings that are shown of each fund.
const FINDINGS: i32 = 10;

/// Claims that are shown of each fund, and relations between them.
const CLAIMS: usize = 5;

/// The example's claims, and where they are for whoever stands in a checkout.
const CLAIMS_FILE: &str = "claims.csv";
const IN_CHECKOUT: &str = "examples/wuxi-2019/claims.csv";

/// The example, a name and a text each.
const EXAMPLE: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/example.rs"));

/// A command to try, and what for.
struct Next {
    what: String,
    arguments: String,
}

/// Starts a server, imports the example, prints its evaluations, what is found in them and how its report's figures compare,
/// serves on.
pub async fn run(arguments: &cli::Demo, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let listener = listen(arguments, language).await?;
    let unpacked = |error: io::Error| Failure::Local(fault::example_not_unpacked(language, error));
    // Lives as long as this function: the folder goes when the demo ends.
    let temporary = match arguments.data_dir {
        Some(_) => None,
        None => Some(TempDir::with_prefix("jixiao-demo-").map_err(unpacked)?),
    };
    let unpacked_to = temporary.as_ref().map(|temporary| temporary.path().to_owned());
    let folder: PathBuf = arguments.data_dir.clone().or(unpacked_to).unwrap_or_default();
    let mut server = start(&Location::Folder(folder.clone()), listener, language).await?;
    output.notice(&match &arguments.data_dir {
        Some(folder) => text::started_in(language, server.address, folder.display()),
        None => text::started(language, server.address),
    });
    let result = tokio::select! {
        () = stop_signal() => Ok(()),
        result = perform(&mut server, arguments.once, output) => result,
    };
    server.stop().await;
    result
}

async fn perform(server: &mut Running, once: bool, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let url = format!("http://{}", server.address);
    load_example(&url, output).await?;
    let client = Client::open(&cli::Server { server: url.clone(), ..cli::Server::default() }, language)?;
    let mut shown = Vec::new();
    for fund in known_funds(&client).await? {
        let fetched = match fetch(&client, &fund, true, Extent::Nodes, &cli::Moment::default()).await {
            // A folder of one's own may hold funds that nobody evaluates.
            Err(Failure::Refused(_) | Failure::RefusedWith(..)) => continue,
            fetched => fetched?,
        };
        if !shown.is_empty() && !output.is_json() {
            output.line(&format!("\n{}\n", "#".repeat(WIDTH)))?;
        }
        show(&fetched, &holder(&client, &fetched).await?, false, output)?;
        shown.push((fund, fetched));
    }
    let limit = output.columns().min(WIDTH);
    let mut found = None;
    let mut verified = None;
    for (fund, _) in &shown {
        let heaviest = findings::heaviest(&client, fund, FINDINGS).await?;
        if !output.is_json() {
            output.line(&format!("\n{}\n", "#".repeat(WIDTH)))?;
        }
        findings::show(&heaviest, false, limit, output)?;
        found = heaviest.first_code().map(|code| (fund.clone(), code.to_owned())).or(found);
        if let Some(wrong) = wrong(&client, fund).await? {
            if !output.is_json() {
                output.line("")?;
            }
            verify::show_wrong(&wrong, CLAIMS, limit, output)?;
            verified = Some(fund.clone());
        }
    }
    what_next(&url, &next(&shown, found, verified, language), once, output)?;
    if !once {
        return Err(Failure::Local(fault::server_fault(language, server.fault().await)));
    }
    Ok(())
}

/// What is wrong with the example's claims about a fund.
async fn wrong(client: &Client, fund: &str) -> Result<Option<Wrong>, Failure> {
    let Ok(fund) = fund.parse::<FundId>() else { return Ok(None) };
    let claims = read_claims(CLAIMS_FILE, example(CLAIMS_FILE), fund.as_str()).map_err(Failure::Claims)?;
    verify::wrong(client, &fund, claims).await
}

/// A file of the example; empty where it has none of that name.
fn example(file: &str) -> &'static [u8] {
    EXAMPLE.iter().find(|(name, _)| *name == file).map(|(_, text)| text.as_bytes()).unwrap_or_default()
}

/// The port asked for; where none is, the usual one or, if that is taken, any.
async fn listen(arguments: &cli::Demo, language: Language) -> Result<TcpListener, Failure> {
    let given = arguments.listen.as_deref().unwrap_or(USUAL);
    let bad = |reason| Failure::Usage(fault::bad_setting(language, "--listen", given, reason));
    let address = parse_address(given).ok_or_else(|| bad(fault::bad_listen(language)))?;
    if !address.ip().is_loopback() {
        return Err(Failure::Usage(fault::demo_not_loopback(language, address)));
    }
    match bind("listen", address, language).await {
        Err(_) if arguments.listen.is_none() => {
            bind("listen", SocketAddr::new(address.ip(), 0), language).await
        }
        bound => bound,
    }
}

/// Imports the example as a client of the server.
async fn load_example(url: &str, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let unpacked = |error: io::Error| Failure::Local(fault::example_not_unpacked(language, error));
    let folder = TempDir::with_prefix("jixiao-example-").map_err(unpacked)?;
    for (name, content) in EXAMPLE {
        fs::write(folder.path().join(name), content).map_err(unpacked)?;
    }
    output.notice(&text::importing(language, "wuxi-2019"));
    let import = Import {
        folder: folder.path().to_owned(),
        dry_run: false,
        server: url.to_owned(),
        actor: ACTOR.to_owned(),
        tls: None,
    };
    import.run(!output.is_json()).await?;
    Ok(())
}

/// What may be tried on the funds that were shown.
fn next(
    shown: &[(String, Fetched)],
    found: Option<(String, String)>,
    verified: Option<String>,
    language: Language,
) -> Vec<Next> {
    let mut next = Vec::new();
    let mut add = |what: String, arguments: String| next.push(Next { what, arguments });
    if let Some((fund, fetched)) = shown.last() {
        let measured = |indicator: &&Indicator| !indicator.measure.is_empty();
        let indicator = fetched.indicators.iter().find(measured).or(fetched.indicators.first());
        if let Some(indicator) = indicator {
            add(text::next_explain(language), format!("explain {fund} {}", short_path(indicator, fetched)));
        }
        add(text::next_all(language), format!("evaluate {fund} --all"));
        add(text::next_canonical(language), format!("evaluate {fund} --canonical"));
    }
    if let Some((fund, code)) = found {
        add(text::next_findings(language), format!("findings {fund} --all"));
        add(text::next_check(language), format!("findings --explain {code}"));
    }
    if let Some(fund) = verified {
        // Whoever has the file where they stand may change a figure in it; what was imported from it is there for all.
        let is_there = fs::read(IN_CHECKOUT).is_ok_and(|bytes| bytes == example(CLAIMS_FILE));
        let claims = if is_there { format!(" --claims {IN_CHECKOUT}") } else { String::new() };
        add(text::next_verify(language), format!("verify {fund}{claims}"));
    }
    add(text::next_events(language), "events ledger".to_owned());
    add(text::next_audit(language), "audit".to_owned());
    next
}

/// The last part of an indicator's path where it says enough, which keeps the line short; else the whole path.
fn short_path<'a>(indicator: &'a Indicator, fetched: &Fetched) -> &'a str {
    let path = indicator.indicator.as_str();
    let Some((_, last)) = path.rsplit_once('.') else { return path };
    let suffix = format!(".{last}");
    let is_so = |other: &&Indicator| other.indicator.ends_with(&suffix) || other.indicator == last;
    if fetched.indicators.iter().filter(is_so).count() == 1 { last } else { path }
}

fn what_next(url: &str, next: &[Next], once: bool, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let program = program(env::current_exe().ok(), env::current_dir().ok(), env::var_os("PATH"));
    // After --once another demo will listen where it usually does.
    let is_usual = once || url == format!("http://{USUAL}");
    let told = env::var_os("JIXIAO_SERVER").is_some_and(|server| !server.is_empty() && server != *url);
    let server = if is_usual && !told { String::new() } else { format!(" --server {url}") };
    let commands: Vec<String> =
        next.iter().map(|next| format!("{program} {}{server}", next.arguments)).collect();
    if output.is_json() {
        return Ok(output.json(&serde_json::json!({ "server": url, "try_next": commands }))?);
    }
    output.line("")?;
    output.line(&if once { text::try_next_once(language) } else { text::try_next(language) })?;
    for (next, command) in next.iter().zip(&commands) {
        output.line(&format!("\n  # {}\n  {command}", next.what))?;
    }
    if !once {
        output.line(&format!("\n{}", text::serving(language)))?;
    }
    Ok(())
}

/// How this program is called from the current folder: by its name where the search path leads to it, else by its path.
fn program(
    executable: Option<PathBuf>,
    current: Option<PathBuf>,
    path: Option<std::ffi::OsString>,
) -> String {
    let Some(executable) = executable else { return "jixiao".to_owned() };
    let in_path = |folder: &Path| executable.parent() == Some(folder);
    if path.is_some_and(|path| env::split_paths(&path).any(|folder| in_path(&folder)))
        && let Some(name) = executable.file_name()
    {
        return name.to_string_lossy().into_owned();
    }
    let below = current.and_then(|current| executable.strip_prefix(current).map(Path::to_owned).ok());
    let shown = match below {
        // A bare name would be looked for along the search path.
        Some(below) if below.components().count() == 1 => Path::new(".").join(below),
        Some(below) => below,
        None => executable,
    };
    let shown = shown.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:".contains(c);
    if shown.chars().all(plain) { shown.into_owned() } else { format!("'{}'", shown.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_to_try_work_where_they_are_read() {
        let rows = [
            ("/home/a/jixiao/target/release/jixiao", "/home/a/jixiao", "/usr/bin", "target/release/jixiao"),
            ("/usr/bin/jixiao", "/home/a", "/bin:/usr/bin", "jixiao"),
            ("/opt/jixiao", "/opt", "/usr/bin", "./jixiao"),
            ("/opt/jixiao/jixiao", "/home/a", "/usr/bin", "/opt/jixiao/jixiao"),
            ("/home/a b/jixiao", "/", "/usr/bin", "'home/a b/jixiao'"),
        ];
        for (executable, current, path, expected) in rows {
            let called = program(Some(executable.into()), Some(current.into()), Some(path.into()));
            assert_eq!(called, expected);
        }
    }

    #[test]
    fn the_example_is_in_the_program() {
        assert!(EXAMPLE.iter().any(|(name, text)| *name == "funds.csv" && text.contains("smart-city-2019")));
        assert!(EXAMPLE.iter().any(|(name, _)| name.starts_with("scheme-")));
        for fund in ["smart-city-2019", "e-government-2019"] {
            let claims = read_claims(CLAIMS_FILE, example(CLAIMS_FILE), fund).unwrap();
            assert!(!claims.claims.is_empty(), "{fund}");
        }
    }
}
