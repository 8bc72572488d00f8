//! Keys of states, as all services write them: `KIND/FUND/…`.

/// The kinds whose second part is no fund.
const OF_NO_FUND: [&str; 5] = ["agency", "scheme", "scheme-version", "transfer", "feed"];

/// The fund that a key belongs to: its second part, unless its kind belongs to no fund.
pub fn fund_of(key: &str) -> Option<&str> {
    let mut parts = key.split('/');
    let kind = parts.next()?;
    let fund = parts.next().filter(|fund| !fund.is_empty())?;
    (!OF_NO_FUND.contains(&kind)).then_some(fund)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fund_is_the_second_part() {
        assert_eq!(fund_of("project/smart-city-2019/p-01"), Some("smart-city-2019"));
        assert_eq!(fund_of("fund/smart-city-2019"), Some("smart-city-2019"));
        for key in ["agency/finance-bureau", "scheme/wuxi/1", "feed/ledger", "turnover", "fund/", ""] {
            assert_eq!(fund_of(key), None, "{key}");
        }
    }
}
