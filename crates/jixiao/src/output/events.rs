//! Events for people, wherever they are listed.

use jixiao_proto::jixiao::scoring::v1::EventRef;

use super::{Column, Table, width};
use crate::language::Language;
use crate::text::command as text;

/// Events as lines of at most `limit` columns: log, type, business date, who sent it, when it was recorded, id. Where that
/// is too much for one line, the id stands below.
pub fn event_lines<'e>(
    events: impl IntoIterator<Item = &'e EventRef>,
    with_head: bool,
    limit: usize,
    language: Language,
) -> Vec<String> {
    let columns = [Column::Word, Column::Text, Column::Word, Column::Text, Column::Word, Column::Word];
    let head = [
        text::log(language),
        text::kind(language),
        text::effective(language),
        text::actor(language),
        text::recorded(language),
        text::event_id(language),
    ];
    let mut table = Table::new(&columns).within(usize::MAX);
    if with_head {
        table = table.head(head);
    }
    let mut ids = Vec::new();
    for event in events {
        let EventRef { log, id, r#type, effective, actor, recorded_time } = event;
        let recorded = seconds(recorded_time);
        table.row([log, r#type, effective, actor, &recorded, id].map(String::clone));
        ids.push(id);
    }
    let lines = table.lines();
    if lines.iter().all(|line| width(line) <= limit) {
        return lines;
    }
    let mut blocks = table.without_last().within(limit).blocks().collect::<Vec<_>>().into_iter();
    let head = blocks.next().unwrap_or_default();
    let rows = blocks.zip(ids).flat_map(|(row, id)| row.into_iter().chain([format!("  {id}")]));
    head.into_iter().chain(rows).collect()
}

/// A recorded time to the second, without its T and Z.
pub fn seconds(recorded_time: &str) -> String {
    recorded_time.chars().take(19).collect::<String>().replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> EventRef {
        EventRef {
            log: "targets".to_owned(),
            id: "0b4dbe0d-7d3c-5a3e-8e0b-0d2a7f0f4c11".to_owned(),
            r#type: "actual_recorded".to_owned(),
            effective: "2019-12-31".to_owned(),
            actor: "zhang.wei".to_owned(),
            recorded_time: "2026-11-24T10:00:00.123456Z".to_owned(),
        }
    }

    #[test]
    fn an_event_is_told_in_one_line_where_there_is_room_and_else_in_two() {
        let wide = event_lines(&[event()], false, usize::MAX, Language::English);
        let told = "targets  actual_recorded  2019-12-31  zhang.wei  2026-11-24 10:00:00";
        assert_eq!(wide, [format!("{told}  {}", event().id)]);
        let narrow = event_lines(&[event()], false, 80, Language::English);
        assert_eq!(narrow, [told.to_owned(), format!("  {}", event().id)]);
        for language in [Language::Chinese, Language::English] {
            let headed = event_lines(&[event()], true, 80, language);
            assert!(headed.len() == 4 && headed.iter().all(|line| width(line) <= 80), "{headed:#?}");
        }
    }

    #[test]
    fn what_is_not_known_of_an_event_takes_no_room() {
        let event = EventRef { log: "targets".into(), id: "a-1".into(), ..Default::default() };
        assert_eq!(event_lines(&[event], false, 80, Language::English), ["targets  a-1"]);
    }
}
