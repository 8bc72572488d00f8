//! `portfolio`: many funds side by side, and rolled up.

use jixiao_events::{Money, Number};
use jixiao_proto::google::r#type::Money as PbMoney;
use jixiao_proto::jixiao::scoring::v1 as pb;
use serde_json::{Value, json};

use crate::cli;
use crate::cli::By;
use crate::client::{Client, PAGE_SIZE, quoted};
use crate::compare::moment_words;
use crate::evaluate::heads;
use crate::failure::Failure;
use crate::language::Language;
use crate::output::{Column, Output, Pair, Table};
use crate::text::portfolio as text;

/// Lists funds, or rolls them up.
pub async fn run(arguments: &cli::Portfolio, output: Output) -> Result<(), Failure> {
    let client = Client::open(&arguments.server, output.language)?;
    let wait_for = if arguments.wait { heads(&client).await? } else { Vec::new() };
    let summary = summary(&client, arguments, &wait_for).await?;
    let (as_of, known_at) = arguments.moment.fields();
    let is_of_now = as_of.is_empty() && known_at.is_empty();
    if !output.is_json() && !is_of_now {
        output.line(&moment_words(&as_of, &known_at, output.language))?;
    }
    let done = if let Some(by) = arguments.by {
        rolled_up(&summary, by, output)
    } else {
        let funds = funds(&client, arguments, &wait_for).await?;
        side_by_side(&funds, &summary, output)
    };
    client.tell_stale(output);
    done
}

/// The filter that the arguments come to.
fn filter(arguments: &cli::Portfolio) -> String {
    let agency = arguments.agency.as_ref().map(|agency| {
        let agency = agency.trim_start_matches("agencies/");
        format!("agency = {}", quoted(&format!("agencies/{agency}")))
    });
    let year = arguments.year.map(|year| format!("fiscal_year = {year}"));
    let own = arguments.filter.as_ref().map(|filter| format!("({filter})"));
    [agency, year, own].into_iter().flatten().collect::<Vec<_>>().join(" AND ")
}

async fn funds(
    client: &Client,
    arguments: &cli::Portfolio,
    wait_for: &[String],
) -> Result<Vec<pb::PortfolioFund>, Failure> {
    let (as_of, known_at) = arguments.moment.fields();
    let mut request = pb::ListPortfolioRequest {
        page_size: PAGE_SIZE,
        page_token: String::new(),
        wait_for: wait_for.to_vec(),
        filter: filter(arguments),
        order_by: arguments.order.clone().unwrap_or_default(),
        category: arguments.category.clone().unwrap_or_default(),
        as_of,
        known_at,
    };
    let mut funds = Vec::new();
    loop {
        let call = || {
            let (mut scoring, request) = (client.scoring(), request.clone());
            async move { scoring.list_portfolio(request).await }
        };
        let page = client.patiently(call).await?;
        funds.extend(page.funds);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return Ok(funds);
        }
    }
}

async fn summary(
    client: &Client,
    arguments: &cli::Portfolio,
    wait_for: &[String],
) -> Result<pb::SummarizePortfolioResponse, Failure> {
    let (as_of, known_at) = arguments.moment.fields();
    let request = pb::SummarizePortfolioRequest {
        wait_for: wait_for.to_vec(),
        filter: filter(arguments),
        category: arguments.category.clone().unwrap_or_default(),
        as_of,
        known_at,
    };
    let call = || {
        let (mut scoring, request) = (client.scoring(), request.clone());
        async move { scoring.summarize_portfolio(request).await }
    };
    client.patiently(call).await
}

/// Each fund in a row, the total below.
fn side_by_side(
    funds: &[pb::PortfolioFund],
    summary: &pb::SummarizePortfolioResponse,
    output: Output,
) -> Result<(), Failure> {
    let language = output.language;
    let total = summary.total.clone().unwrap_or_default();
    if output.is_json() {
        let funds: Vec<_> = funds.iter().map(fund_json).collect();
        let total = sum_json(&total);
        return Ok(output.json(&json!({ "funds": funds, "total": total, "position": summary.position }))?);
    }
    if funds.is_empty() {
        return Ok(output.line(&text::none(language))?);
    }
    let heads = [
        text::fund(language),
        text::agency(language),
        text::year(language),
        text::adjusted(language),
        text::paid(language),
        text::execution(language),
        text::targets(language),
        text::score(language),
        text::self_score(language),
        text::grade(language),
        text::findings(language),
        text::warnings(language),
    ];
    let mut table = Table::new(&COLUMNS).head(heads).within(output.columns());
    for fund in funds {
        let (adjusted, paid, execution, targets) = match &fund.category {
            // What was asked for is the category.
            Some(of) => (
                wan(of.arranged.as_ref()),
                wan(of.paid.as_ref()),
                percent(&of.execution_rate),
                format!("{}/{}", of.targets_met, of.targets),
            ),
            None => (
                wan(fund.adjusted.as_ref()),
                wan(fund.paid.as_ref()),
                percent(&fund.execution_rate),
                format!("{}/{}", fund.targets_met, fund.targets),
            ),
        };
        table.row([
            fund.name.trim_start_matches("funds/").to_owned(),
            fund.agency.trim_start_matches("agencies/").to_owned(),
            fund.fiscal_year.to_string(),
            adjusted,
            paid,
            execution,
            targets,
            short(&fund.score),
            short(&fund.self_score),
            grade(&fund.grade, fund.grade_names.as_ref(), language),
            format!("{}/{}/{}", fund.findings_error, fund.findings_warning, fund.findings_notice),
            format!("{}/{}", fund.warnings_red, fund.warnings_yellow),
        ]);
    }
    let mut below = vec![text::total(language), String::new(), String::new()];
    below.extend(sum_cells(&total));
    table.row(below);
    for line in table.lines() {
        output.line(&line)?;
    }
    Ok(())
}

const COLUMNS: [Column; 12] = [
    Column::Text,
    Column::Text,
    Column::Word,
    Column::Figure,
    Column::Figure,
    Column::Figure,
    Column::Figure,
    Column::Figure,
    Column::Figure,
    Column::Word,
    Column::Figure,
    Column::Figure,
];

/// The figures of a sum, from the budget on.
fn sum_cells(sum: &pb::PortfolioSum) -> Vec<String> {
    vec![
        wan(sum.adjusted.as_ref()),
        wan(sum.paid.as_ref()),
        percent(&sum.execution_rate),
        format!("{}/{}", sum.targets_met, sum.targets),
        short(&sum.score),
        short(&sum.self_score),
        String::new(),
        format!("{}/{}/{}", sum.findings_error, sum.findings_warning, sum.findings_notice),
        format!("{}/{}", sum.warnings_red, sum.warnings_yellow),
    ]
}

/// One row for each of what is rolled up by.
fn rolled_up(summary: &pb::SummarizePortfolioResponse, by: By, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let total = summary.total.clone().unwrap_or_default();
    let (head, sums) = match by {
        By::Agency => (text::agency(language), &summary.by_agency),
        By::Year => (text::year(language), &summary.by_fiscal_year),
        By::Grade => (text::grade(language), &summary.by_grade),
        By::Category => return categories(summary, output),
    };
    if output.is_json() {
        let rows: Vec<_> = sums.iter().map(sum_json).collect();
        return Ok(
            output.json(&json!({ "rows": rows, "total": sum_json(&total), "position": summary.position }))?
        );
    }
    let heads = [
        head,
        text::funds(language),
        text::adjusted(language),
        text::paid(language),
        text::execution(language),
        text::targets(language),
        text::score(language),
        text::self_score(language),
        String::new(),
        text::findings(language),
        text::warnings(language),
    ];
    let columns = [&[Column::Text, Column::Figure][..], &COLUMNS[3..]].concat();
    let mut table = Table::new(&columns).head(heads).within(output.columns());
    for sum in sums {
        let key = match by {
            By::Grade => grade(&sum.key, sum.names.as_ref(), language),
            _ if sum.key.is_empty() => text::unknown(language),
            _ => sum.key.trim_start_matches("agencies/").to_owned(),
        };
        table.row([vec![key, sum.funds.to_string()], sum_cells(sum)].concat());
    }
    table.row([vec![text::total(language), total.funds.to_string()], sum_cells(&total)].concat());
    for line in table.lines() {
        output.line(&line)?;
    }
    Ok(())
}

fn categories(summary: &pb::SummarizePortfolioResponse, output: Output) -> Result<(), Failure> {
    let language = output.language;
    if output.is_json() {
        let rows: Vec<_> = summary.by_category.iter().map(category_json).collect();
        return Ok(output.json(&json!({ "rows": rows, "position": summary.position }))?);
    }
    let heads = [
        text::category(language),
        text::funds(language),
        text::projects(language),
        text::arranged(language),
        text::paid(language),
        text::execution(language),
        text::targets(language),
    ];
    let columns = [
        Column::Text,
        Column::Figure,
        Column::Figure,
        Column::Figure,
        Column::Figure,
        Column::Figure,
        Column::Figure,
    ];
    let mut table = Table::new(&columns).head(heads).within(output.columns());
    for of in &summary.by_category {
        table.row([
            of.category.clone(),
            of.funds.to_string(),
            of.projects.to_string(),
            wan(of.arranged.as_ref()),
            wan(of.paid.as_ref()),
            percent(&of.execution_rate),
            format!("{}/{}", of.targets_met, of.targets),
        ]);
    }
    for line in table.lines() {
        output.line(&line)?;
    }
    Ok(())
}

fn grade(id: &str, names: Option<&jixiao_proto::jixiao::types::v1::Names>, language: Language) -> String {
    if id.is_empty() { text::no_grade(language) } else { language.name(names) }
}

/// Money in 万元, two decimals: a table of many funds is read at a glance.
fn wan(money: Option<&PbMoney>) -> String {
    let money = money.and_then(|money| Money::try_from_parts(money.units, money.nanos).ok());
    let wan = money.and_then(Money::wan);
    wan.map(|wan| wan.round_half_up(2).to_string()).unwrap_or_default()
}

fn percent(rate: &str) -> String {
    if rate.is_empty() { String::new() } else { format!("{}%", short(rate)) }
}

/// A decimal at two places.
fn short(number: &str) -> String {
    number.parse::<Number>().map(|number| number.round_half_up(2).to_string()).unwrap_or_default()
}

/// Money for programs: yuan, exact.
fn yuan(money: Option<&PbMoney>) -> Option<String> {
    let money = money.and_then(|money| Money::try_from_parts(money.units, money.nanos).ok());
    money.map(|money| money.to_string())
}

/// A text that may be empty, as JSON has it.
fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn fund_json(fund: &pb::PortfolioFund) -> Value {
    json!({
        "fund": fund.name.trim_start_matches("funds/"),
        "names": Pair::of(fund.names.as_ref()),
        "agency": given(fund.agency.trim_start_matches("agencies/")),
        "fiscal_year": fund.fiscal_year,
        "year_closed_on": given(&fund.year_closed_on),
        "on": given(&fund.on),
        "scheme": given(&fund.scheme),
        "scheme_version": fund.scheme_version,
        "original": yuan(fund.original.as_ref()),
        "adjusted": yuan(fund.adjusted.as_ref()),
        "received": yuan(fund.received.as_ref()),
        "paid": yuan(fund.paid.as_ref()),
        "execution_rate": given(&fund.execution_rate),
        "receipt_rate": given(&fund.receipt_rate),
        "projects": fund.projects,
        "targets": fund.targets,
        "targets_met": fund.targets_met,
        "target_rate": given(&fund.target_rate),
        "score": given(&fund.score),
        "full_score": given(&fund.full_score),
        "self_score": given(&fund.self_score),
        "not_scored": fund.not_scored,
        "grade": given(&fund.grade),
        "findings": {
            "error": fund.findings_error,
            "warning": fund.findings_warning,
            "notice": fund.findings_notice,
        },
        "warnings": { "red": fund.warnings_red, "yellow": fund.warnings_yellow },
        "category": fund.category.as_ref().map(category_json),
    })
}

fn sum_json(sum: &pb::PortfolioSum) -> Value {
    json!({
        "key": sum.key,
        "funds": sum.funds,
        "evaluated": sum.evaluated,
        "original": yuan(sum.original.as_ref()),
        "adjusted": yuan(sum.adjusted.as_ref()),
        "received": yuan(sum.received.as_ref()),
        "paid": yuan(sum.paid.as_ref()),
        "execution_rate": given(&sum.execution_rate),
        "receipt_rate": given(&sum.receipt_rate),
        "projects": sum.projects,
        "targets": sum.targets,
        "targets_met": sum.targets_met,
        "target_rate": given(&sum.target_rate),
        "score": given(&sum.score),
        "full_score": given(&sum.full_score),
        "score_rate": given(&sum.score_rate),
        "self_score": given(&sum.self_score),
        "findings": {
            "error": sum.findings_error,
            "warning": sum.findings_warning,
            "notice": sum.findings_notice,
        },
        "warnings": { "red": sum.warnings_red, "yellow": sum.warnings_yellow },
        "grades": sum.grades,
    })
}

fn category_json(of: &pb::PortfolioCategory) -> Value {
    json!({
        "category": of.category,
        "funds": of.funds,
        "projects": of.projects,
        "arranged": yuan(of.arranged.as_ref()),
        "paid": yuan(of.paid.as_ref()),
        "execution_rate": given(&of.execution_rate),
        "targets": of.targets,
        "targets_met": of.targets_met,
        "target_rate": given(&of.target_rate),
        "points": of.points,
        "weight": of.weight,
        "point_rate": given(&of.point_rate),
    })
}
