# 办理时限规则与放假通知
jurisdiction-malformed = “{ $text }”不是省或市的行政区划代码，正确的例如230000、230100；000000表示全国
rules-table-wrong = 表中有{ $count }处错误
    .remedy = 请改正以上各行后重新发布；本次未作任何记录
rules-table-empty = 表中没有数据行
rules-rows-too-many = 表有{ $count }行，最多{ $most }行
rules-already-so = { $jurisdiction }的规则与本表一致
    .remedy = 无需重新发布；可用“rules show”查看现行规则
notices-already-so = 日历中已有这些放假通知
    .remedy = 无需重新发布；可用“rules list”查看已发布的内容
rules-dry-run = 未作记录，以上为发布后的变化
rules-counted-stay = 已计算的时限不变；新规则适用于此后开始的事项
rules-moved =
    { $count ->
        [0] 没有时限后延
       *[other] 共有{ $count }个时限后延，显示前{ $shown }个
    }
rules-of-years = { $years }年的放假通知
rules-shown = { $jurisdiction }，{ $on }；该年放假通知：{ $notice }
rules-notice-missing = 尚未发布

# 规则
rule-unconditional-answer = 无条件共享的答复
rule-conditional-answer = 有条件共享的答复
rule-extension-at-most = 答复最长延期
rule-delivery-after-grant = 同意后的提供
rule-correction = 校核的答复
rule-reminder-before = 到期前提醒
rule-catalogue-review = 目录审核
rule-catalogue-change = 目录更新
rule-supplement = 补正
rule-mending-at-most = 限期整改最长期限
rule-consultation = 协商的答复
rule-incident-follow-up = 安全事件停止后的处理
rule-pause-while-incomplete = 补正期间暂停计时（1是，0否）
rule-catalogue-extension-at-most = 目录更新最长延期
rule-demand-answer = 供需对接的答复
rule-disposal-after-end = 共享结束后的数据处置
rule-withdrawal-notice = 撤销后的继续提供
rule-usage-record = 使用记录
rule-superior-approval = 报请共同的上级主管部门批准

# 日志中的内容
fact-rules-set = { $jurisdiction }的办理时限规则，版本{ $version }：{ $rules }
fact-holidays-set = { $year }年放假通知：{ $number }

# 列名
column-jurisdiction = 适用地区
column-rule = 规则
column-working-days = 工作日
column-months = 月数
column-valid-from = 起日
column-valid-until = 止日
rules-kind-holidays = { $year }年放假
rules-built-in = 内置
