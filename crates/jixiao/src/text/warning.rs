//! What `warnings` says.

texts! {
    title(fund, on): "监控：{fund}，日期 {on}", "Monitoring: {fund}, on {on}";
    no_day(): "未到", "no day yet";
    not_monitored(): "评价方案没有监控内容", "the scheme watches nothing within the year";
    level(): "状况", "level";
    monitor(): "监控", "watched";
    since(): "预警时间（UTC）", "warns since (UTC)";
    says(): "数字", "figures";
    green(): "绿", "green";
    yellow(): "黄", "yellow";
    red(): "红", "red";
    no_value(): "无值", "no value";
    raised(level): "提出（{level}）", "raised ({level})";
    changed(was, level): "变化（{was} 变为 {level}）", "changed ({was} to {level})";
    cleared(level): "消除（原为{level}）", "cleared (was {level})";
    by_date(on): "日期到 {on}", "the day {on} came";
    by_event(log, kind): "{log} 的事件 {kind}", "{kind} in {log}";
    no_changes(): "没有预警的记录", "no warnings are recorded";
    money_progress(): "支付进度", "money";
    target_progress(): "目标进度", "targets";
    gap(): "相差百分点", "gap in points";
    elapsed(): "时间进度", "time";
    pace(): "进度与时间之比", "progress to time";
    checkpoint(): "检查点", "checkpoint";
    yellow_below(): "黄色低于", "yellow below";
    red_below(): "红色低于", "red below";
    yellow_above(): "黄色超过", "yellow above";
    red_above(): "红色超过", "red above";
}
