//! What `portfolio` says.

texts! {
    fund(): "资金", "fund";
    agency(): "主管部门", "agency";
    year(): "年度", "year";
    grade(): "等级", "grade";
    category(): "支持方向", "category";
    funds(): "资金数", "funds";
    adjusted(): "调整后预算（万元）", "adjusted (10,000 CNY)";
    arranged(): "安排（万元）", "arranged (10,000 CNY)";
    paid(): "支出（万元）", "paid (10,000 CNY)";
    execution(): "执行率", "executed";
    projects(): "项目", "projects";
    targets(): "目标完成", "targets met";
    score(): "得分", "score";
    self_score(): "自评", "self";
    findings(): "错误/警告/提示", "errors/warnings/notices";
    warnings(): "红/黄", "red/yellow";
    total(): "合计", "total";
    unknown(): "未知", "not known";
    no_grade(): "无等级", "no grade";
    none(): "没有这样的资金", "no such fund";
}
