//! Cells of a row as a request needs them. Keeps which cells it used, for the request's id, and every fault.

use std::collections::BTreeMap;

use jixiao_events::{EntryId, Money, Number};
use jixiao_proto::google::r#type::Money as PbMoney;
use jixiao_proto::jixiao::types::v1::{Approval, ApprovalPart, Names};

use super::fault::{BadRow, Said};
use super::table::Row;

/// The units of money that a file may use, and yuan in one.
const UNITS: [(&str, &str, i64); 3] =
    [("元", "yuan", 1), ("万元", "wan_yuan", 10_000), ("亿元", "yi_yuan", 100_000_000)];

/// One row while a request is made of it.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    pub(super) row: &'a Row,
    pub(super) used: BTreeMap<String, String>,
    pub(super) faults: Vec<BadRow>,
    /// The resource that the row makes, and the column with its id.
    pub(super) own: Option<(String, &'static str)>,
    /// Resources that it names, and the columns that name them.
    pub(super) named: Vec<(String, &'static str)>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(row: &'a Row) -> Self {
        Self { row, used: BTreeMap::new(), faults: Vec::new(), own: None, named: Vec::new() }
    }

    pub(super) fn fault(&mut self, column: &str, reason: Said) {
        self.faults.push(self.row.fault(column, reason));
    }

    /// A cell's text; empty where it is blank.
    pub(super) fn text(&mut self, column: &'static str) -> String {
        let text = self.row.get(column).to_owned();
        if !text.is_empty() {
            self.used.insert(column.to_owned(), text.clone());
        }
        text
    }

    /// A cell that must not be blank.
    pub(super) fn required(&mut self, column: &'static str) -> String {
        let text = self.text(column);
        if text.is_empty() {
            self.fault(column, required());
        }
        text
    }

    /// An id that may be left out.
    pub(super) fn optional_id(&mut self, column: &'static str) -> String {
        let text = self.text(column);
        self.check_id(column, &text);
        text
    }

    /// An id that has to be given.
    pub(super) fn id(&mut self, column: &'static str) -> String {
        let text = self.required(column);
        self.check_id(column, &text);
        text
    }

    /// All ids but those of indicators follow one rule.
    fn check_id(&mut self, column: &'static str, text: &str) {
        if let (false, Err(error)) = (text.is_empty(), text.parse::<EntryId>()) {
            let zh = "不是标识：1 到 63 个 a-z、0-9 和 -，以字母或数字开头";
            self.fault(column, Said::new(format!("“{text}”{zh}"), error.to_string()));
        }
    }

    /// Ids with semicolons between them.
    pub(super) fn ids(&mut self, column: &'static str) -> Vec<String> {
        let ids = self.list(column);
        for id in &ids {
            self.check_id(column, id);
        }
        ids
    }

    /// Texts with semicolons between them.
    pub(super) fn list(&mut self, column: &'static str) -> Vec<String> {
        let text = self.text(column);
        text.split([';', '；']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// The fund's id, and its resource name.
    pub(super) fn fund(&mut self) -> String {
        let fund = self.id("fund");
        let name = format!("funds/{fund}");
        self.named.push((name.clone(), "fund"));
        name
    }

    /// What is evaluated: the fund, or the one of its projects that the column `project` names.
    pub(super) fn evaluated(&mut self) -> String {
        let fund = self.fund();
        let project = self.below(&fund, "projects", "project");
        if project.is_empty() { fund } else { project }
    }

    /// A resource below a fund by the id in a cell; empty where the cell is blank.
    pub(super) fn below(&mut self, fund: &str, collection: &str, column: &'static str) -> String {
        let id = self.optional_id(column);
        if id.is_empty() {
            return id;
        }
        let name = format!("{fund}/{collection}/{id}");
        self.named.push((name.clone(), column));
        name
    }

    /// Resources below a fund by the ids in a cell.
    pub(super) fn all_below(&mut self, fund: &str, collection: &str, column: &'static str) -> Vec<String> {
        let ids = self.ids(column);
        let names: Vec<String> = ids.iter().map(|id| format!("{fund}/{collection}/{id}")).collect();
        self.named.extend(names.iter().map(|name| (name.clone(), column)));
        names
    }

    /// An agency by the id in a cell; empty where the cell is blank.
    pub(super) fn agency(&mut self, column: &'static str) -> String {
        let id = self.optional_id(column);
        if id.is_empty() { id } else { self.named_agency(column, &id) }
    }

    /// Agencies by the ids in a cell.
    pub(super) fn agencies(&mut self, column: &'static str) -> Vec<String> {
        let ids = self.ids(column);
        ids.iter().map(|id| self.named_agency(column, id)).collect()
    }

    fn named_agency(&mut self, column: &'static str, id: &str) -> String {
        let name = format!("agencies/{id}");
        self.named.push((name.clone(), column));
        name
    }

    /// The columns `name_zh` and `name_en`.
    pub(super) fn names(&mut self) -> Names {
        Names { zh: self.required("name_zh"), en: self.text("name_en") }
    }

    /// Where it is stated: the column `source`, and `report_line` as the lines of a report.
    pub(super) fn source(&mut self) -> String {
        let source = self.text("source");
        let lines = self.list("report_line");
        let plain = |line: &String| line.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !lines.iter().all(plain) {
            let reason = Said::new(
                "不是行号：写作 139、67-72 或 263;265",
                "not a line of the report: write 139, 67-72 or 263;265",
            );
            self.fault("report_line", reason);
        }
        let lines = match lines.as_slice() {
            [] => String::new(),
            [line] if !line.contains('-') => format!("line {line}"),
            lines => format!("lines {}", lines.join(", ")),
        };
        let parts = [source, lines];
        parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// One of an enum's values by its name on the wire, less the prefix and in lower case; unspecified where blank.
    pub(super) fn choice<P: TryFrom<i32> + Into<i32> + Copy>(
        &mut self,
        column: &'static str,
        prefix: &str,
        name: fn(&P) -> &'static str,
    ) -> i32 {
        let text = self.text(column);
        if text.is_empty() {
            return 0;
        }
        let values = (1..).map_while(|value| P::try_from(value).ok());
        let word = |value: &P| name(value).strip_prefix(prefix).unwrap_or_default().to_ascii_lowercase();
        if let Some(value) = values.clone().find(|value| word(value) == text) {
            return value.into();
        }
        let known = values.map(|value| word(&value)).collect::<Vec<_>>().join(", ");
        self.fault(column, not_known(&text, &known));
        0
    }

    /// Like [`Cells::choice`], and must not be blank.
    pub(super) fn required_choice<P: TryFrom<i32> + Into<i32> + Copy>(
        &mut self,
        column: &'static str,
        prefix: &str,
        name: fn(&P) -> &'static str,
    ) -> i32 {
        self.required(column);
        self.choice(column, prefix, name)
    }

    /// Yes or no; `None` where the cell is blank.
    pub(super) fn yes_no(&mut self, column: &'static str) -> Option<bool> {
        let text = self.text(column);
        match text.as_str() {
            "" => None,
            "yes" | "是" => Some(true),
            "no" | "否" => Some(false),
            _ => {
                self.fault(column, not_known(&text, "yes, no, 是, 否"));
                None
            }
        }
    }

    /// A whole number that is not below zero; `None` where the cell is blank or wrong.
    pub(super) fn count<T: std::str::FromStr>(&mut self, column: &'static str) -> Option<T> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let count = text.parse().ok().filter(|_| plain);
        if count.is_none() {
            self.fault(
                column,
                Said::new(format!("“{text}”不是整数"), format!("\"{text}\" is not a whole number")),
            );
        }
        count
    }

    /// Money in the unit of a second column; `None` where the cell is blank or one of the two is wrong.
    pub(super) fn money(&mut self, column: &'static str, unit: &'static str) -> Option<PbMoney> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        let number = text.parse::<Number>();
        if let Err(error) = &number {
            self.fault(column, Said::new(format!("“{text}”不是金额，写作 1200.50"), error.to_string()));
        }
        let yuan = self.unit(unit)?;
        let number = number.ok()?.checked_mul(Number::from(yuan));
        let money = number.ok_or(jixiao_events::money::MoneyError::TooLarge).and_then(Money::try_from_yuan);
        match money {
            Ok(money) => {
                let (units, nanos) = money.parts()?;
                Some(PbMoney { currency_code: "CNY".to_owned(), units, nanos })
            }
            Err(error) => {
                let zh = format!("“{text}”超出金额范围，或细于 0.01 元（分）");
                self.fault(column, Said::new(zh, error.to_string()));
                None
            }
        }
    }

    /// Yuan in one of the unit that a column names.
    fn unit(&mut self, column: &'static str) -> Option<i64> {
        let text = self.required(column);
        let unit = UNITS.iter().find(|(zh, en, _)| text == *zh || text == *en);
        if unit.is_none() && !text.is_empty() {
            self.fault(column, not_known(&text, "元, 万元, 亿元, yuan, wan_yuan, yi_yuan"));
        }
        unit.map(|(_, _, yuan)| *yuan)
    }

    /// The place in [`UNITS`] of the unit that a column names, from 1; 0 where it names none.
    pub(super) fn display_unit(&mut self, column: &'static str) -> i32 {
        let yuan = self.unit(column);
        (1..).zip(UNITS).find(|(_, (_, _, of))| yuan == Some(*of)).map_or(0, |(number, _)| number)
    }

    /// The columns `approver`, `approved_on` and `reason`: what is blank is not stated. `None` where all are, unless an
    /// approval has to be given.
    pub(super) fn approval(&mut self, has_to_be_given: bool) -> Option<Approval> {
        let (approver, approved_on, reason) =
            (self.text("approver"), self.text("approved_on"), self.text("reason"));
        let parts = [
            (ApprovalPart::Approver, &approver),
            (ApprovalPart::ApprovedOn, &approved_on),
            (ApprovalPart::Reason, &reason),
        ];
        let not_stated: Vec<i32> =
            parts.iter().filter(|(_, text)| text.is_empty()).map(|(part, _)| i32::from(*part)).collect();
        if not_stated.len() == parts.len() && !has_to_be_given {
            return None;
        }
        Some(Approval { approver, approved_on, reason, not_stated })
    }

    /// A fault where a cell is filled that has no meaning in this row.
    pub(super) fn blank(&mut self, columns: &[&'static str], zh: &str, en: &str) {
        for column in columns {
            if !self.row.get(column).is_empty() {
                self.fault(column, Said::new(zh, en));
            }
        }
    }
}

/// Nothing is there where something has to be.
pub(super) fn required() -> Said {
    Said::new("必须填写", "it must not be blank")
}

/// A word that is none of those known.
pub(super) fn not_known(text: &str, known: &str) -> Said {
    Said::new(format!("“{text}”无效；可用：{known}"), format!("\"{text}\" is none of {known}"))
}
