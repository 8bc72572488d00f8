//! Portfolios over gRPC: funds side by side, and rolled up.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use jixiao_edge::{Fields, Listing, Passing, Shape, asked, said};
use jixiao_eventlog::{Moment, Query};
use jixiao_events::FundId;
use jixiao_events::portfolio::CategorySum;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::types::v1::FundKind;
use tonic::{Code, Response, Status};

use super::reader::Reader;
use super::{Answer, Page, Scoring, States, page_of, rows_of};
use crate::domain::state::{Evaluation, LoadedScheme, ScoringState, rows, warnings_key};
use crate::from_proto;
use crate::to_proto::portfolio::{self as shown, Summary};

/// The most funds, and the most categories of funds, that one answer rolls up.
const MOST: usize = 50_000;

/// Where the rows of funds, and the sums of their categories, are.
const FUNDS: &str = "portfolio/";
const CATEGORIES: &str = "category/";

/// The schemes that funds are evaluated by, each read once.
type Schemes = BTreeMap<(String, u32), Option<LoadedScheme>>;

impl Scoring {
    pub(super) async fn portfolio(
        &self,
        request: pb::ListPortfolioRequest,
    ) -> Answer<pb::ListPortfolioResponse> {
        let mut fields = Fields::new();
        let name = format!("portfolio\0{}", request.category);
        let list = Listing::<pb::PortfolioFund>::open_as(&mut fields, &request, &name, Shape::default());
        let category = fields.text("category", &request.category, from_proto::CATEGORY);
        let (list,) = fields.all((list,))?;
        let moment = asked(&self.log, &request).await?;
        let mut query = list.read(Query::new(), FUNDS);
        if category.is_some() {
            // Which funds have it is known only when all have been looked at.
            query = Query::new().whole(FUNDS, list.after(), MOST).whole(CATEGORIES, None, MOST);
        }
        let reader = Reader::facts(&self.log, moment).await?;
        let (states, page) = seen(&reader, moment, query).await?;
        let of_category = match &category {
            Some(category) => Some(by_fund(whole(page_of(&states, CATEGORIES))?, category)),
            None => None,
        };
        let schemes = schemes(&reader, &page).await?;
        let rows = page
            .rows
            .iter()
            .map(|(key, state)| (key.clone(), row(key, state, &schemes, of_category.as_ref())));
        let (funds, next_page_token) = list.page(list.choose(rows, page.more)?);
        Ok(Response::new(pb::ListPortfolioResponse { funds, next_page_token, position: states.position }))
    }

    pub(super) async fn summary(
        &self,
        request: pb::SummarizePortfolioRequest,
    ) -> Answer<pb::SummarizePortfolioResponse> {
        let mut fields = Fields::new();
        let passing =
            Passing::<pb::PortfolioFund>::read(&mut fields, "filter", &request.filter, Shape::default());
        let category = fields.text("category", &request.category, from_proto::CATEGORY);
        let (passing,) = fields.all((passing,))?;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::facts(&self.log, moment).await?;
        let query = Query::new().whole(FUNDS, None, MOST).whole(CATEGORIES, None, MOST);
        let (states, funds) = seen(&reader, moment, query).await?;
        let (funds, categories) = (whole(&funds)?, whole(page_of(&states, CATEGORIES))?);
        let of_category = category.as_ref().map(|category| by_fund(categories, category));
        let schemes = schemes(&reader, funds).await?;
        // What an agency spends in a year has the money of its special funds in it.
        let of_every_kind = passing.names("kind");
        let mut summary = Summary::default();
        let mut passed = BTreeSet::new();
        for (key, state) in &funds.rows {
            let (Some(fund), Some(shown)) = (fund_of(key), row(key, state, &schemes, of_category.as_ref()))
            else {
                continue;
            };
            let is_meant = of_every_kind || shown.kind() == FundKind::SpecialFund;
            if is_meant && passing.passes(&shown) {
                summary.add(&shown);
                passed.insert(fund);
            }
        }
        for (key, state) in &categories.rows {
            let is_passed = category_of(key).is_some_and(|fund| passed.contains(fund));
            let Some(sum) = state.as_category().filter(|_| is_passed) else { continue };
            if category.as_ref().is_none_or(|category| *category == sum.category) {
                summary.add_category(sum);
            }
        }
        Ok(Response::new(summary.answer(states.position)))
    }
}

/// What a query asks for, and its funds as they were at the moment: what is computed of them is computed anew.
async fn seen(reader: &Reader<'_>, moment: Moment, query: Query) -> Result<(States, Page), Status> {
    let mut states = reader.read(query.clone()).await?;
    let mut page = page_of(&states, FUNDS).clone();
    if !moment.is_now() {
        for (key, state) in &mut page.rows {
            let Some(fund) = fund_of(key).and_then(|fund| fund.parse::<FundId>().ok()) else { continue };
            let Some(row) = state.as_portfolio() else { continue };
            reader.compute(&fund).await?;
            let query = Query::new().key(warnings_key(&fund)).whole(rows("sum", &fund), None, MOST);
            let computed = reader.read(query.whole(rows("findings", &fund), None, MOST)).await?;
            let sums = rows_of(&computed, &fund, "sum").iter().filter_map(|(_, state)| state.as_sum());
            let findings = rows_of(&computed, &fund, "findings").iter();
            let findings = findings.filter_map(|(_, state)| state.as_findings()).flat_map(BTreeMap::values);
            let warnings = computed.get(&warnings_key(&fund)).and_then(ScoringState::as_warnings);
            let warnings = warnings.into_iter().flatten().map(|(monitor, warning)| (monitor, warning.level));
            let row = row.clone().computed(sums.map(AsRef::as_ref), findings.map(AsRef::as_ref), warnings);
            *state = ScoringState::Portfolio(Box::new(row));
        }
        states = reader.read(query).await?;
    }
    Ok((states, page))
}

/// The schemes that the funds of a page are evaluated by.
async fn schemes(reader: &Reader<'_>, page: &Page) -> Result<Schemes, Status> {
    let mut schemes = Schemes::new();
    let rows = page.rows.iter().filter_map(|(_, state)| state.as_portfolio());
    for open in rows.filter_map(|row| row.evaluation.as_ref()) {
        if let Entry::Vacant(new) = schemes.entry(named(open)) {
            new.insert(reader.version(open).await?);
        }
    }
    Ok(schemes)
}

fn named(open: &Evaluation) -> (String, u32) {
    (open.scheme.to_string(), open.version)
}

/// The fund of a row.
fn fund_of(key: &str) -> Option<&str> {
    key.strip_prefix(FUNDS)
}

/// The fund of a category's sums.
fn category_of(key: &str) -> Option<&str> {
    key.strip_prefix(CATEGORIES)?.split('/').next()
}

/// A fund as it is shown; nothing while the registry's word of it has not come, and where it has none of the category.
fn row(
    key: &str,
    state: &ScoringState,
    schemes: &Schemes,
    of_category: Option<&BTreeMap<&str, &CategorySum>>,
) -> Option<pb::PortfolioFund> {
    let (fund, row) = (fund_of(key)?, state.as_portfolio()?);
    let category = match of_category {
        None => None,
        Some(of_category) => Some(*of_category.get(fund)?),
    };
    let loaded = row.evaluation.as_ref().and_then(|open| schemes.get(&named(open))?.as_ref());
    shown::fund(fund, row, loaded, category)
}

/// The sums of one category, by fund.
fn by_fund<'s>(page: &'s Page, category: &str) -> BTreeMap<&'s str, &'s CategorySum> {
    let of_it = page.rows.iter().filter_map(|(key, state)| Some((category_of(key)?, state.as_category()?)));
    of_it.filter(|(_, sum)| sum.category == category).collect()
}

/// A page that has to be all that there is.
fn whole(page: &Page) -> Result<&Page, Status> {
    if !page.more {
        return Ok(page);
    }
    let text = format!(
        "the portfolio has more than {MOST} funds or categories of funds: page through ListPortfolio without `category`"
    );
    let zh = format!("资金或其支持方向超过 {MOST} 个：请分页读取 ListPortfolio（不带 category）。");
    Err(said(Code::FailedPrecondition, "LIST_TOO_LONG", text, zh))
}
