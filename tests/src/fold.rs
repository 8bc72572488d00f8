//! What the judge folds from each log: the plainest state that its answers can be compared with.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::judge::{Event, decimal, voided};

/// A field's text, empty where there is none.
pub(crate) fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

/// An amount with two decimals in fen.
fn fen(amount: &Value) -> i64 {
    let amount = decimal(amount) * Decimal::ONE_HUNDRED;
    i64::try_from(amount).unwrap_or_default()
}

/// Account kinds by book. What one account of a book gains another of the same book gives.
const BOOKS: [&[&str]; 4] = [
    &["appropriation", "available", "committed", "requested", "paid", "refunded"],
    &["treasury", "cash", "paid_out"],
    &["appropriated", "holding"],
    &["before_split", "share"],
];

/// Account kinds that grow by credits.
const CREDIT: [&str; 4] = ["appropriation", "treasury", "appropriated", "before_split"];

/// Money by fund.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Debits less credits by fund, holder and kind.
    accounts: BTreeMap<(String, String, String), i64>,
    /// Totals by fund and name.
    pub(crate) totals: BTreeMap<(String, String), i64>,
}

impl Ledger {
    pub(crate) fn fold(log: &[Event], objections: &mut Vec<String>) -> Self {
        let mut ledger = Self::default();
        for event in log {
            let payload = &event.payload;
            let mut before = BTreeMap::new();
            for posting in payload["postings"].as_array().into_iter().flatten() {
                let amount = fen(&posting["amount"]);
                let kinds = ["debit", "credit"].map(|side| text(&posting[side], "kind"));
                let one_book = BOOKS.iter().any(|book| kinds.iter().all(|kind| book.contains(kind)));
                if amount <= 0 || !one_book {
                    objections.push(format!("ledger {}: no posting: {posting}", event.position()));
                }
                for (side, sign) in [("debit", 1), ("credit", -1)] {
                    let key = account(payload, &posting[side]);
                    let balance = ledger.accounts.entry(key.clone()).or_default();
                    before.entry(key).or_insert(*balance);
                    *balance += sign * amount;
                }
            }
            for (key, was) in before {
                let is = ledger.accounts[&key];
                // What the treasury paid is recorded whatever it does, and flagged.
                let flagged = event.kind() == "payment_made" && payload["over_limit"].is_string();
                let limited = match key.2.as_str() {
                    "committed" | "requested" => true,
                    "available" => is < was && !flagged,
                    _ => false,
                };
                if limited && is < 0 {
                    objections.push(format!("ledger {}: {key:?} is overdrawn: {is} fen", event.position()));
                }
            }
            ledger.total(event);
        }
        let mut scoped: BTreeMap<(String, String), i64> = BTreeMap::new();
        for ((fund, holder, kind), balance) in &ledger.accounts {
            let whole = *holder == format!("funds/{fund}");
            if kind == "committed" || kind == "requested" || (kind == "available" && whole) {
                *scoped.entry((fund.clone(), kind.clone())).or_default() += balance;
            }
        }
        ledger.totals.extend(scoped);
        ledger.totals.retain(|_, total| *total != 0);
        ledger
    }

    fn total(&mut self, event: &Event) {
        let payload = &event.payload;
        let (kind, sign) = match event.kind() {
            "entry_reversed" => (text(payload, "kind"), -1),
            "budget_approved" => ("original_budget", 1),
            "budget_adjusted" => (text(payload, "direction"), 1),
            "budget_transferred" => ("transfer", 1),
            "budget_allocated" => ("allocation", 1),
            "money_received" => ("receipt", 1),
            "payment_made" => ("payment", 1),
            "money_refunded" => ("refund", 1),
            "unspent_explained" => ("unspent_explanation", 1),
            _ => return,
        };
        let name = match kind {
            "original_budget" => "original",
            "increase" => "increases",
            "decrease" => "decreases",
            "transfer" => "transferred",
            "allocation" => "allocated",
            "receipt" => "received",
            "payment" => "paid",
            "refund" => "refunded",
            "unspent_explanation" => "unspent_explained",
            _ => return,
        };
        let key = (text(payload, "fund").to_owned(), name.to_owned());
        *self.totals.entry(key).or_default() += sign * fen(&payload["amount"]);
    }

    /// Balances on their normal side, without those that are nothing.
    pub(crate) fn balances(&self) -> BTreeMap<(String, String, String), i64> {
        let moved = self.accounts.iter().filter(|(_, balance)| **balance != 0);
        let normal = |kind: &str| if CREDIT.contains(&kind) { -1 } else { 1 };
        moved.map(|(key, balance)| (key.clone(), balance * normal(&key.2))).collect()
    }

    fn of(&self, fund: &str, name: &str) -> i64 {
        self.totals.get(&(fund.to_owned(), name.to_owned())).copied().unwrap_or_default()
    }
}

/// An account's fund, its holder's resource name and its kind.
fn account(entry: &Value, account: &Value) -> (String, String, String) {
    let fund = text(entry, "fund");
    let holder = &account["holder"];
    let name = match text(holder, "of") {
        "project" => format!("funds/{fund}/projects/{}", text(holder, "project")),
        "group" => format!("funds/{fund}/groups/{}", text(holder, "group")),
        "agency" => format!("agencies/{}", text(holder, "agency")),
        _ => format!("funds/{fund}"),
    };
    (fund.to_owned(), name, text(account, "kind").to_owned())
}

/// Projects and counts by fund.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    /// States by fund and project.
    pub(crate) projects: BTreeMap<(String, String), String>,
    /// Counts by fund and name, as an evaluation names them.
    counts: BTreeMap<(String, &'static str), i64>,
}

impl Registry {
    pub(crate) fn fold(log: &[Event]) -> Self {
        let mut registry = Self::default();
        for event in log {
            let payload = &event.payload;
            let fund = text(payload, "fund").to_owned();
            let project = (fund.clone(), text(payload, "project").to_owned());
            let (count, change) = match event.kind() {
                "project_registered" => {
                    registry.projects.insert(project, text(payload, "state").to_owned());
                    ("projects", i64::from(payload["membership"] == "in_fund"))
                }
                "project_state_changed" => {
                    registry.projects.insert(project, text(payload, "to").to_owned());
                    ("projects", -i64::from(payload["leaves_fund"] == true))
                }
                "filing_recorded" | "filing_count_stated" => {
                    let accepted = payload["kind"] == "acceptance";
                    let name = if accepted { "acceptances_not_filed" } else { "contracts_not_filed" };
                    (name, payload["not_filed_change"].as_i64().unwrap_or_default())
                }
                _ => continue,
            };
            *registry.counts.entry((fund, count)).or_default() += change;
        }
        registry
    }
}

/// The newest event of each target, by fund, target and input: `target`, `actual`.
#[derive(Debug, Default)]
pub(crate) struct Targets(BTreeMap<(String, String, &'static str), String>);

impl Targets {
    pub(crate) fn fold(log: &[Event]) -> Self {
        let mut targets = Self::default();
        for event in log {
            let input = match event.kind() {
                "target_set" | "target_revised" => "target",
                "actual_recorded" => "actual",
                _ => continue,
            };
            let target = &event.payload["target"];
            let key = (text(target, "fund").to_owned(), text(target, "target").to_owned(), input);
            targets.0.insert(key, event.id().to_owned());
        }
        targets
    }
}

/// Evaluations by fund.
#[derive(Debug, Default)]
pub(crate) struct Evaluations(BTreeMap<String, Evaluation>);

#[derive(Debug, Default)]
struct Evaluation {
    indicators: BTreeMap<String, Value>,
    sums: BTreeMap<String, Value>,
}

impl Evaluations {
    pub(crate) fn fold(log: &[Event], objections: &mut Vec<String>) -> Self {
        let mut evaluations = Self::default();
        let voided = voided(log);
        let counts =
            |event: &&Event| event.kind() == "evaluation_changed" && !voided.contains(&event.position());
        for event in log.iter().filter(counts) {
            let change = &event.payload;
            // A project that is evaluated by itself is a part of its own: FUND:PROJECT.
            let project = change["project"].as_str().map(|project| format!(":{project}"));
            let of = text(change, "fund").to_owned() + &project.unwrap_or_default();
            let evaluation = evaluations.0.entry(of).or_default();
            let rows = |list: &str| change[list].as_array().cloned().unwrap_or_default();
            for row in rows("indicators") {
                evaluation.indicators.insert(text(&row, "indicator").to_owned(), row);
            }
            for row in rows("sums") {
                evaluation.sums.insert(text(&row, "node").to_owned(), row);
            }
            let gone = |map: &mut BTreeMap<String, Value>, list: &str| {
                map.retain(|id, _| !rows(list).iter().any(|removed| removed == id));
            };
            gone(&mut evaluation.indicators, "removed");
            gone(&mut evaluation.sums, "removed_sums");
        }
        for (fund, evaluation) in &evaluations.0 {
            for (node, sum) in &evaluation.sums {
                evaluation.check_sum(fund, node, sum, objections);
            }
        }
        evaluations
    }

    /// Every indicator rests on the newest facts of the other logs.
    pub(crate) fn newest(
        &self,
        ledger: &Ledger,
        registry: &Registry,
        targets: &Targets,
        objections: &mut Vec<String>,
    ) {
        // What a project's own rest on is its own money and counts, which the folds here do not keep.
        for (fund, evaluation) in self.0.iter().filter(|(of, _)| !of.contains(':')) {
            for (id, indicator) in &evaluation.indicators {
                for input in indicator["inputs"].as_array().into_iter().flatten() {
                    let quantity = text(input, "quantity");
                    let value = decimal(&input["value"]);
                    let money = MONEY.iter().find(|(_, _, input)| *input == quantity);
                    let count = COUNTS.iter().find(|(_, input)| *input == quantity);
                    let stale = if let Some((total, ..)) = money {
                        value != Decimal::new(ledger.of(fund, total), 2)
                    } else if let Some((name, _)) = count {
                        let counted = registry.counts.get(&(fund.clone(), *name));
                        counted.copied().map(Decimal::from) != input["value"].as_str().map(|_| value)
                    } else if let Some(name) = ["target", "actual"].into_iter().find(|name| *name == quantity)
                    {
                        let target = id.rsplit('.').next().unwrap_or_default().to_owned();
                        targets.0.get(&(fund.clone(), target, name)).map(String::as_str)
                            != input["event"]["id"].as_str()
                    } else {
                        false
                    };
                    if stale {
                        objections
                            .push(format!("evaluation of {fund}: {id} rests on another {quantity}: {input}"));
                    }
                }
            }
        }
    }

    /// The canonical answers say what was folded, and what the other logs say.
    pub(crate) fn compare(
        &self,
        answers: &BTreeMap<String, Value>,
        ledger: &Ledger,
        registry: &Registry,
        objections: &mut Vec<String>,
    ) {
        let none = Evaluation::default();
        for (fund, answer) in answers {
            let evaluation = self.0.get(fund).unwrap_or(&none);
            for (total, field, _) in MONEY {
                let said = decimal(&answer["budget"][field]);
                if said != Decimal::new(ledger.of(fund, total), 2) {
                    objections.push(format!("evaluation of {fund}: {field} is {said}, not the ledger's"));
                }
            }
            for (name, _) in COUNTS {
                let counted = registry.counts.get(&(fund.clone(), name)).copied().unwrap_or_default();
                if answer[name].as_i64() != Some(counted) {
                    objections
                        .push(format!("evaluation of {fund}: {name} is {}, not {counted}", answer[name]));
                }
            }
            let mut differ = |list: &str, id: &str, folded: &BTreeMap<String, Value>, fields: &[&str]| {
                let rows = answer[list].as_array().cloned().unwrap_or_default();
                let ids = rows.iter().map(|row| text(row, id)).collect::<std::collections::BTreeSet<_>>();
                if !ids.into_iter().eq(folded.keys().map(String::as_str)) {
                    objections.push(format!("evaluation of {fund}: other {list} were answered than folded"));
                }
                for row in rows {
                    let Some(folded) = folded.get(text(&row, id)) else { continue };
                    for field in fields {
                        let (folded, said) = (written(field, &folded[*field]), written(field, &row[*field]));
                        if folded != said {
                            let at = text(&row, id);
                            objections.push(format!(
                                "evaluation of {fund}: {field} of {at}: folded {folded}, answered {said}"
                            ));
                        }
                    }
                }
            };
            let fields = ["weight", "self_score", "score", "status", "rule", "measured"];
            differ("indicators", "indicator", &evaluation.indicators, &fields);
            differ("sums", "node", &evaluation.sums, &SUMMED);
        }
    }
}

/// A value as both sides write it: absent is empty, a status without its prefix.
fn written(field: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    if field == "status" { text.trim_start_matches("INDICATOR_STATUS_").to_ascii_lowercase() } else { text }
}

/// Sums of money: the ledger's total, the canonical field, the quantity of an input.
const MONEY: [(&str, &str, &str); 7] = [
    ("original", "original", "budget.original"),
    ("increases", "increase", "budget.adjustment_increase"),
    ("decreases", "decrease", "budget.adjustment_decrease"),
    ("received", "received", "budget.received"),
    ("paid", "paid", "budget.expenditure"),
    ("refunded", "refunded", "budget.refunded"),
    ("unspent_explained", "unspent_explained", "budget.unspent_explained"),
];

/// Counts: the canonical field, the quantity of an input.
const COUNTS: [(&str, &str); 3] = [
    ("projects", "projects.total"),
    ("contracts_not_filed", "filings.contract_filing.not_filed"),
    ("acceptances_not_filed", "filings.acceptance.not_filed"),
];

/// What a sum sums up.
const SUMMED: [&str; 8] =
    ["filled_weight", "self_score", "score", "indicators", "self_missing", "not_scored", "met", "self_full"];

impl Evaluation {
    /// A sum is the sum of the indicators below it.
    fn check_sum(&self, fund: &str, node: &str, sum: &Value, objections: &mut Vec<String>) {
        let below =
            |id: &str| node == "total" || id.strip_prefix(node).is_some_and(|rest| rest.starts_with('.'));
        let parts = || self.indicators.iter().filter(|(id, _)| below(id)).map(|(_, part)| part);
        let added = |field: &str| parts().map(|part| decimal(&part[field])).sum::<Decimal>();
        let counted =
            |which: &dyn Fn(&Value) -> bool| Decimal::from(parts().filter(|part| which(part)).count());
        let is_full = |part: &Value| {
            part["self_score"].is_string() && decimal(&part["self_score"]) >= decimal(&part["weight"])
        };
        let expected = [
            added("weight"),
            added("self_score"),
            added("score"),
            counted(&|_| true),
            counted(&|part| part["self_score"].is_null()),
            counted(&|part| part["score"].is_null()),
            counted(&|part| part["status"] == "met"),
            counted(&is_full),
        ];
        for (field, expected) in SUMMED.into_iter().zip(expected) {
            let said = sum[field].as_u64().map_or_else(|| decimal(&sum[field]), Decimal::from);
            if said != expected {
                objections.push(format!(
                    "evaluation of {fund}: {field} of {node} is {said}, its parts give {expected}"
                ));
            }
        }
    }
}
