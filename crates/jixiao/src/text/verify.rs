//! What `verify` says.

texts! {
    title(fund): "报告中的数字：{fund}", "Claims: {fund}";
    more(count): "另有 {count} 处", "and {count} more";
    mismatches(): "不符：没有口径能得出的数字", "Mismatches: figures that no reading gives";
    truncated(): "只有截断而非四舍五入才能得出的数字", "Figures that only fit when cut off instead of rounded";
    disagreeing(): "互相矛盾的数字", "Claims that disagree with each other";
    open_parts(): "有部分未陈述", "Parts that are not stated";
    matches(): "相符", "Matches";
    not_computable(): "无法计算", "Not computable";

    place(): "出处", "where";
    quantity(): "量", "quantity";
    stated(): "陈述", "stated";
    reading(): "口径", "reading";
    missing(): "缺少", "what is missing";
    line(line): "第 {line} 行", "line {line}";

    right(): "应为", "would be";
    incomplete(count): "尚无数值的行：{count}", "rows without a value: {count}";
    events(count): "依据 {count} 个事件：", "from {count} events:";
    more_events(count): "另有 {count} 个", "and {count} more";

    same(quantity, figures): "{quantity} 陈述不一：{figures}", "{quantity} is stated differently: {figures}";
    reproduced(figure): "若为 {figure}，则相符", "{figure} would give it";
    part(quantity, would_be): "{quantity} 未陈述，须为 {would_be}", "{quantity} is not stated and would have to be {would_be}";
    unstated(quantity): "{quantity} 未陈述", "{quantity} is not stated";
    computed(figure): "{figure}（计算）", "{figure} (computed)";

    left_out(other, without): "未核对：其他资金的 {other} 行，没有资金的 {without} 行。", "Left out: {other} rows about other funds, {without} without a fund.";
    summary(matched, truncated, mismatched, open): "相符 {matched}，截断 {truncated}，不符 {mismatched}，无法计算 {open}。", "{matched} match, {truncated} truncated, {mismatched} mismatch, {open} not computable.";
    relations(agree, disagree, open): "数字之间：一致 {agree}，矛盾 {disagree}，有部分未陈述 {open}。", "Between claims: {agree} agree, {disagree} disagree, {open} with a part that is not stated.";
    nothing(): "没有可核对的数字：先导入，或用 --claims 给出文件。", "There are no claims to verify: import some, or give a file with --claims.";
}
