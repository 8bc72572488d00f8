//! A file of claims on its own: read as the import reads it, checked as the service does, for one fund.

use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic_types::StatusExt;

use super::cells::Cells;
use super::fault::{BadRow, Said};
use super::scoring::CLAIMS;
use super::table::{Format, Row};

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
    let mut rows: Vec<Row> = Vec::new();
    for row in FORMAT.read(bytes, &mut faults) {
        match row.get("fund") {
            "" => read.without_fund += 1,
            other if other != fund => read.other_funds += 1,
            _ => {
                read.claims.push(claim(&row, &mut faults));
                rows.push(row);
            }
        }
    }
    faults.extend(refused(fund, &read.claims, &rows, &faults));
    if faults.is_empty() {
        return Ok(read);
    }
    faults.sort_by_key(|fault| fault.line);
    let named = faults.into_iter().map(|fault| BadRow { file: file.to_owned(), ..fault });
    Err(named.collect())
}

fn claim(row: &Row, faults: &mut Vec<BadRow>) -> pb::Claim {
    let mut cells = Cells::new(row);
    let claim = pb::Claim {
        quantity: cells.required("quantity"),
        stated: cells.required("stated"),
        value: cells.text("value"),
        unit: cells.text("unit"),
        place: cells.source(),
    };
    faults.append(&mut cells.faults);
    claim
}

/// What the service would say of the claims, at their rows and columns.
fn refused(fund: &str, claims: &[pb::Claim], rows: &[Row], known: &[BadRow]) -> Vec<BadRow> {
    let fund = format!("funds/{fund}");
    let request = pb::VerifyClaimsRequest { fund, claims: claims.to_vec(), ..Default::default() };
    let Err(status) = jixiao_scoring::from_proto::verify_claims(request) else {
        return Vec::new();
    };
    let details = status.get_error_details();
    let violations = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    let fault = |violation: tonic_types::FieldViolation| {
        let said = Said::new(violation.description.clone(), violation.description);
        let place = violation.field.strip_prefix("claims[").and_then(|rest| rest.split_once("]."));
        match place.and_then(|(at, field)| Some((rows.get(at.parse::<usize>().ok()?)?, field))) {
            Some((row, "place")) => row.fault("source", said),
            Some((row, field)) => row.fault(field, said),
            None => BadRow { file: String::new(), line: 0, column: String::new(), reason: said },
        }
    };
    let is_known =
        |fault: &BadRow| known.iter().any(|other| (other.line, &other.column) == (fault.line, &fault.column));
    violations.into_iter().map(fault).filter(|fault| !is_known(fault)).collect()
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
        check(b"fund,quantity,stated\n\na,x,0.1234567890123456789012345678901\n", &[(3, "stated")]);
        let many = "fund,quantity,stated\n".to_owned() + &"a,x,1\n".repeat(501);
        check(many.as_bytes(), &[(0, "")]);
    }
}
