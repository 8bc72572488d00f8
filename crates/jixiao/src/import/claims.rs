//! A file of claims on its own: read as the import reads it, checked as the service does, for one fund.

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_scoring::{MAX_CLAIMS, from_proto};
use tonic_types::{FieldViolation, StatusExt};

use super::cells::Cells;
use super::fault::{BadRow, Said};
use super::scoring::CLAIMS;
use super::table::{Format, Row};
use crate::text::error::field_in_chinese;

/// The claims of a file about one fund.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClaimsFile {
    /// The claims, in the order of the file.
    pub claims: Vec<pb::Claim>,
    /// Rows about other funds.
    pub other_funds: usize,
    /// Rows without a fund.
    pub without_fund: usize,
}

/// Reads the claims of a fund out of a file's bytes; every bad row at once, under the file's name.
pub fn read_claims(file: &str, bytes: &[u8], fund: &str) -> Result<ClaimsFile, Vec<BadRow>> {
    const FORMAT: &Format = &CLAIMS;
    let mut faults = Vec::new();
    let mut read = ClaimsFile::default();
    for row in FORMAT.read(bytes, &mut faults) {
        match row.get("fund") {
            "" => read.without_fund += 1,
            other if other != fund => read.other_funds += 1,
            _ => {
                if read.claims.len() == MAX_CLAIMS {
                    faults.push(row.fault("", too_many()));
                }
                read.claims.push(claim(&row, fund, &mut faults));
            }
        }
    }
    if faults.is_empty() {
        return Ok(read);
    }
    faults.sort_by_key(|fault| fault.line);
    let named = faults.into_iter().map(|fault| BadRow { file: file.to_owned(), ..fault });
    Err(named.collect())
}

fn too_many() -> Said {
    Said::new(
        format!("一次至多核对一项资金的 {MAX_CLAIMS} 条，请分成几个文件"),
        format!("at most {MAX_CLAIMS} claims of a fund are verified at once: split the file"),
    )
}

/// The claim of a row, with what the service would say of it at its columns.
fn claim(row: &Row, fund: &str, faults: &mut Vec<BadRow>) -> pb::Claim {
    let mut cells = Cells::new(row);
    let claim = pb::Claim {
        quantity: cells.required("quantity"),
        stated: cells.required("stated"),
        value: cells.text("value"),
        unit: cells.text("unit"),
        place: cells.source(),
    };
    let is_known = |column: &str| cells.faults.iter().any(|fault| fault.column == column);
    let refused = refused(row, fund, &claim).filter(|fault| !is_known(&fault.column)).collect::<Vec<_>>();
    faults.append(&mut cells.faults);
    faults.extend(refused);
    claim
}

fn refused<'r>(row: &'r Row, fund: &str, claim: &pb::Claim) -> impl Iterator<Item = BadRow> + use<'r> {
    // One at a time: an answer about all of them would be cut to what a client takes.
    let (fund, claims) = (format!("funds/{fund}"), vec![claim.clone()]);
    let read = from_proto::verify_claims(&pb::VerifyClaimsRequest { fund, claims, ..Default::default() });
    let bad = read.err().and_then(|status| status.get_details_bad_request());
    bad.into_iter().flat_map(|bad| bad.field_violations).map(
        |FieldViolation { field, reason, description, .. }| {
            let column = match field.strip_prefix("claims[0].").unwrap_or_default() {
                "place" if !row.get("report_line").is_empty() => "report_line",
                "place" => "source",
                column => column,
            };
            let zh = field_in_chinese(&reason, &description).unwrap_or_else(|| description.clone());
            row.fault(column, Said::new(zh, description))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &[u8], expected: &[(u64, &str)]) {
        let faults = read_claims("mine.csv", text, "a").err().unwrap_or_default();
        assert!(faults.iter().all(|fault| fault.file == "mine.csv"));
        let found: Vec<_> = faults.iter().map(|fault| (fault.line, fault.column.as_str())).collect();
        assert_eq!(found, expected, "{faults:?}");
    }

    #[test]
    fn rows_of_other_funds_are_counted_and_left_out() {
        let text = "\u{feff}fund,quantity,stated,unit,report_line,note\r\na,score.total,76.5,分,207,\"two\r\nlines\"\r\n\
                    b,x,not read,,,\r\n,y,,,,\r\n";
        let read = read_claims("mine.csv", text.as_bytes(), "a").unwrap();
        assert_eq!((read.claims.len(), read.other_funds, read.without_fund), (1, 1, 1));
        assert_eq!((read.claims[0].stated.as_str(), read.claims[0].place.as_str()), ("76.5", "line 207"));
    }

    #[test]
    fn a_contradiction_is_said_in_chinese_with_both_figures() {
        let text = "fund,quantity,stated,value\na,x,5000,4000\n";
        let faults = read_claims("mine.csv", text.as_bytes(), "a").unwrap_err();
        assert!(faults[0].reason.zh.starts_with("“4000”与所写的“5000”矛盾"), "{faults:?}");
    }

    #[test]
    fn bad_rows_are_named_by_line_and_column() {
        check(b"", &[(1, "")]);
        check(b"quantity,stated\n", &[(1, "fund")]);
        check(b"fund,quantity,stated,colour\n", &[(1, "colour")]);
        check(b"fund,quantity,stated\na,score.total,1,2\n", &[(2, "")]);
        check(b"fund,quantity,stated\na,score.total,\xff\n", &[(2, "stated")]);
        check(b"fund,quantity,stated\na,score.total,1\0\n", &[(2, "stated")]);
        check(b"fund,quantity,stated\na,,\na,a/b,7\n", &[(2, "quantity"), (2, "stated"), (3, "quantity")]);
        check(
            b"fund,quantity,stated,value,report_line\na,x,many,,\na,x,many,1e3,\na,x,1,,first\n",
            &[(2, "stated"), (3, "value"), (4, "report_line")],
        );
        check(
            "fund,quantity,stated,value,unit\na,x,5000,4000,万元\na,x,\"10,000万\",10000,元\na,x,\"4,000\",4000,万元\n".as_bytes(),
            &[(2, "value"), (3, "unit")],
        );
        check(b"fund,quantity,stated\n\na,x,0.1234567890123456789012345678901\n", &[(3, "stated")]);
        let many = "fund,quantity,stated\n".to_owned() + &"a,x,1\n".repeat(600);
        check(many.as_bytes(), &[(502, "")]);
        // None is left out, however many there are.
        let bad = "fund,quantity,stated\n".to_owned() + &"a,x,many\n".repeat(400);
        check(bad.as_bytes(), &(2..402).map(|line| (line, "stated")).collect::<Vec<_>>());
    }
}
