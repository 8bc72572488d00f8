//! One way of writing for numbers, titles and annexes that papers print in several.
//!
//! Full width letters and digits are the plain ones, blanks are nothing, and brackets of a kind are one: 锡政发[2014]139号 is
//! 锡政发〔2014〕139号. What is printed is never changed, only compared.

/// The numbers (文号) in a text: one that several offices share has several, with a 、 between them.
pub fn numbers(text: &str) -> Vec<String> {
    let parts = text.split(['、', ',', '，', ';', '；', '/', '／', '\n']);
    let mut numbers: Vec<String> = parts.map(number).filter(|number| !number.is_empty()).collect();
    numbers.sort();
    numbers.dedup();
    numbers
}

/// One number. 第 and the zeros before a serial are left out: 〔2018〕第0047号 is 〔2018〕47号.
fn number(text: &str) -> String {
    let text: String = plain(text).chars().map(|c| bracket(c, ['〔', '〕'])).collect();
    let Some((office, serial)) = text.split_once('〕') else { return text };
    let serial = serial.strip_prefix('第').unwrap_or(serial);
    let significant = serial.trim_start_matches('0');
    let serial = if significant.starts_with(|c: char| c.is_ascii_digit()) { significant } else { serial };
    format!("{office}〕{serial}")
}

/// What a number says after its office: the year and the serial, 〔2014〕139号.
pub fn year_and_serial(number: &str) -> Option<&str> {
    number.find('〔').and_then(|at| number.get(at..))
}

/// A title. Quotation marks are nothing, and what only says that it was handed down is left out: a notice on printing a plan
/// (关于印发…的通知) is cited as the plan.
pub fn title(text: &str) -> String {
    let quotes = ['《', '》', '〈', '〉', '“', '”', '‘', '’', '"', '\'', '「', '」', '『', '』'];
    let text: String = plain(text).chars().filter(|c| !quotes.contains(c)).collect();
    let text: String = text.chars().map(|c| bracket(c, ['（', '）'])).collect();
    let handed_down = ["关于印发", "关于发布", "关于转发", "关于公布"].iter().find_map(|verb| {
        let (_, rest) = text.split_once(verb)?;
        rest.strip_suffix("的通知").filter(|rest| !rest.is_empty())
    });
    handed_down.map_or_else(|| text.clone(), str::to_owned)
}

/// The name of an annex; nothing where it is too long to be one.
pub fn annex(text: &str) -> Option<String> {
    let name = title(text);
    (!name.is_empty() && name.chars().count() <= 100).then_some(name)
}

/// What a sentence says, whatever stands between its words.
pub fn words(text: &str) -> String {
    plain(text).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Plain letters, digits and dashes, and no blanks. A slash stays wide, so that a name is one part of a path.
fn plain(text: &str) -> String {
    let letter = |c: char| match c {
        '/' | '／' => '／',
        '—' | '–' | '－' | '―' | '−' => '-',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).map(letter).collect()
}

fn bracket(c: char, [open, close]: [char; 2]) -> char {
    match c {
        '(' | '[' | '〔' | '【' | '〖' | '﹝' | '（' => open,
        ')' | ']' | '〕' | '】' | '〗' | '﹞' | '）' => close,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_one_way() {
        for (printed, written) in [
            ("锡政发[2014]139号", "锡政发〔2014〕139号"),
            ("锡政发〔2014〕139号", "锡政发〔2014〕139号"),
            ("锡政发［２０１４］１３９号", "锡政发〔2014〕139号"),
            ("锡政发（2014）139 号", "锡政发〔2014〕139号"),
            ("锡政发【2014】第139号", "锡政发〔2014〕139号"),
            ("锡委发〔2018〕0047号", "锡委发〔2018〕47号"),
            ("锡委发〔2018〕0号", "锡委发〔2018〕0号"),
            ("无号", "无号"),
            ("〕", "〕"),
        ] {
            assert_eq!(numbers(printed), [written], "{printed}");
        }
        assert_eq!(
            numbers("锡信〔2016〕31 号、锡财工贸〔2016〕19号"),
            ["锡信〔2016〕31号", "锡财工贸〔2016〕19号"]
        );
        assert_eq!(numbers(" 、"), Vec::<String>::new());
        assert_eq!(year_and_serial("锡政办发〔2014〕139号"), Some("〔2014〕139号"));
        assert_eq!(year_and_serial("无号"), None);
    }

    #[test]
    fn a_title_is_written_one_way() {
        for (printed, written) in [
            ("无锡市“十三五”信息化规划", "无锡市十三五信息化规划"),
            ("《无锡市十三五信息化规划》", "无锡市十三五信息化规划"),
            ("行动计划（2018—2020年）", "行动计划（2018-2020年）"),
            ("行动计划(2018-2020 年)", "行动计划（2018-2020年）"),
            (
                "市政府关于印发智慧无锡建设三年行动纲要（2014-2016年）的通知",
                "智慧无锡建设三年行动纲要（2014-2016年）",
            ),
            ("关于促进智慧城市健康发展的指导意见", "关于促进智慧城市健康发展的指导意见"),
            ("关于印发的通知", "关于印发的通知"),
            ("收/支表", "收／支表"),
        ] {
            assert_eq!(title(printed), written, "{printed}");
        }
        assert_eq!(annex("附表 １").as_deref(), Some("附表1"));
        assert_eq!(annex("（附表1）").as_deref(), Some("（附表1）"));
        assert_eq!((annex(" "), annex(&"长".repeat(101))), (None, None));
    }
}
