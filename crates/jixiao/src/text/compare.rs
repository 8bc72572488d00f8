//! What `compare` says.

texts! {
    heading(fund, from, to): "比较 {fund}：{from} → {to}", "{fund}: {from} → {to}";
    now(): "现在", "now";
    as_of(date): "截至 {date}", "as of {date}";
    known_at(time): "按 {time} 所知", "as known at {time}";
    as_of_known_at(date, time): "截至 {date}（按 {time} 所知）", "as of {date}, as known at {time}";
    none_open(moment): "{moment}：尚未开始评价。", "{moment}: no evaluation was open.";
    no_difference(): "各项指标没有差异。", "No indicator differs.";
    before(): "之前", "before";
    after(): "之后", "after";
    change(): "变化", "change";
    yuan(): "（元）", ", in yuan";
    by_units(): "（自评）", ", self-scored";
    grade(): "等级", "Grade";
    measured(): "测得值", "measured";
    nothing(): "无", "none";
    no_part(): "不在评价中", "no part of it";
    others(): "不改变任何指标的其他事件", "Other events, which change no indicator";
    came(): "计入的事件", "events that came";
    left_out(): "不再计入的事件", "events that no longer count";
    more_events(count): "另有 {count} 个事件（--all 列出更多）", "{count} more events (--all lists more)";
    bad_moment(argument, text): "{argument} 的 \"{text}\" 不是时刻：请写日期（2019-10-28、2019-10、2019）、时间（2026-11-24T18:00:00+08:00）、两者以逗号分隔，或 now", "{argument}: \"{text}\" is no moment: write a date (2019-10-28, 2019-10, 2019), a time (2026-11-24T18:00:00+08:00), both with a comma between them, or now";
}
