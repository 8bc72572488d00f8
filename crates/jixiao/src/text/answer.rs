//! What `answer` says, and of answers in lists.

texts! {
    answered(name, kind, recorded):
        "已记录答复（{kind}）：{name}，{recorded}（UTC）",
        "Recorded ({kind}): {name} at {recorded} (UTC)";
    explained(): "说明", "explained";
    accepted(): "认可", "accepted";
    to_be_rectified(): "待整改", "to be rectified";
    not_given(): "未说明", "not given";
    until(deadline): "期限 {deadline}", "by {deadline}";
    by(actor, on): "{actor} 答于 {on}", "given by {actor} on {on}";
    before_revision(): "此后问题有变化", "before the finding was revised";
    said(about, text): "答复（{about}）：{text}", "answer ({about}): {text}";
}
