# 办理时限规则与放假通知
jurisdiction-malformed = “{ $text }”不是省或市的行政区划代码，正确的例如230000、230100；000000表示全国
rules-table-wrong = 表中有{ $count }处错误
    .remedy = 请改正以上各行后重新发布；本次未作任何记录
rules-table-empty = 表中没有数据行
rules-rows-too-many = 表有{ $count }行，最多{ $most }行
rules-already-so = { $jurisdiction }的规则与本表一致
    .remedy = 无需重新发布；可用“rules show --jurisdiction { $jurisdiction }”查看
notices-already-so = 日历中已有这些放假通知
    .remedy = 无需重新发布；可用“rules list”查看已发布的规则
rules-dry-run = 未作记录，以下为发布后的变化
rules-counted-stay = 已计算的期限不变；新时限适用于此后开始的事项
rules-moved-cut = 共有{ $count }个期限后延，以下为前{ $shown }个
rules-moved-none = 没有期限变动
log-entry-not-rules = 记录{ $seq }不是关于规则的记录

# 日志中的内容
fact-rules-set = { $jurisdiction }的办理时限规则，版本{ $version }：{ $rules }
fact-holidays-set = { $year }年放假通知：{ $number }

# 列名
column-jurisdiction = 适用地区
column-working-days = 工作日
column-before = 原时限
column-valid-from = 起日
column-valid-until = 止日
column-notice = 文号
column-rule = 规则
rules-kind-rules = 办理时限
rules-kind-holidays = 放假通知
rules-above = 依上级规定
rules-built-in = 内置
