# 代码表通则
tables-wrong = 代码表有{ $count }处错误
    .remedy = 请改正以上各行；可用“tables export”导出程序自带的代码表作为底稿，用“tables check”检查文件夹
table-quotation-open = 引号在本行内未闭合
table-first-line = 首行为“{ $found }”，格式应为“{ $form }”
table-cells-too-many = 单元格有{ $found }个，而列数为{ $columns }
table-column-twice = 列“{ $column }”重复
table-column-unknown = 无此列“{ $column }”，列为{ $known }
table-column-missing = 缺少列“{ $column }”，列为{ $known }
table-cell-wrong = { $column }：{ $problem }
table-cell-empty = { $column }为空
table-date-malformed = { $column }为“{ $text }”，应为2026-03-18形式的日期
table-span-reversed = 止日（valid_until）{ $until }早于起日（valid_from）{ $from }
table-rows-overlap = { $key }与第{ $line }行的有效期重叠，请使该行在本行起日之前终止
table-divisions = 行政区划代码
table-terms = 取值别名

# 工作日表
table-year-malformed = 年份（year）为“{ $year }”，应为2026形式
table-day-unknown = day 列为“{ $day }”，应为 off 或 work
table-day-of-another-year = { $date }既不在{ $year }年，也不在上年12月
table-day-not-weekend = { $date }不是周六或周日，不能调为工作日
table-day-statutory = { $date }是法定节假日，不能调为工作日
table-day-twice = { $date }已在第{ $line }行
table-notice-missing = 文号（notice）为空，请填写{ $year }年放假安排通知的文号
table-notice-twice = { $year }年又出现通知“{ $second }”，而第{ $line }行为“{ $first }”
table-notice-without-day = { $year }年的通知没有{ $year }年的日期

# 办理时限表
table-jurisdiction-missing = 适用地区（jurisdiction）为空；000000 表示全国
table-jurisdiction-twice = 适用地区（jurisdiction）为“{ $second }”，而第{ $line }行为“{ $first }”；一张表只有一个适用地区
table-rule-unknown = 规则（rule）“{ $rule }”不存在，可用的规则为{ $known }
table-working-days-out-of-range = { $rule }的工作日数（working_days）为“{ $days }”，应为{ $least }至{ $most }的数
table-months-out-of-range = { $rule }以月计，其数（working_days）为“{ $months }”，应写作{ $least }m至{ $most }m
table-rule-missing = 规则“{ $rule }”没有相应的行
table-rule-begins-late = { $rule }在{ $from }之前没有规定，起日（valid_from）请留空
table-rule-ends-early = { $rule }在{ $until }之后没有规定，止日（valid_until）请留空
table-rule-interrupted = { $rule }在{ $until }与{ $from }之间没有规定

# 行政区划代码表
table-level-wrong = 级别（level）为“{ $level }”，{ $code }应为{ $right }
table-successor-missing = 后继代码（successor）{ $successor }没有单独的行，请补充或更正
table-successor-itself = 后继代码（successor）{ $code }与本代码相同
table-successor-without-end = { $code }有后继代码{ $successor }，但没有终止，请填写止日（valid_until）
division-ended = 区划代码{ $code }（{ $name }）已停用（区划代码表{ $version }）
division-ended-on = 区划代码{ $code }（{ $name }）已于{ $until }停用（区划代码表{ $version }）
division-succeeded = { $ended }，后继代码为{ $successor }（{ $name }）
division-not-yet = 区划代码{ $code }（{ $name }）尚未启用（区划代码表{ $version }）
division-not-until = 区划代码{ $code }（{ $name }）自{ $from }起启用（区划代码表{ $version }）
division-unknown = 区划代码表{ $version }中没有代码{ $code }，请核对，或用配置项“tables”加载新表

# 取值别名表
table-vocabulary-unknown = 取值集（vocabulary）“{ $vocabulary }”不存在，可用的取值集为{ $known }
table-value-unknown = 取值（value）“{ $value }”不属于{ $vocabulary }，可用的取值为{ $known }
table-name-twice = “{ $name }”已在第{ $line }行
table-secret-means-yes = 涉密（secret）取值的别名只能表示“是”
table-name-understood = “{ $name }”已可识别为{ $value }，请删去本行
