# 代码表通则
tables-wrong = 代码表有{ $count }处错误
    .remedy = 请改正以上各行；可用“tables export”导出程序自带的代码表作为底稿，用“tables check”检查文件夹
table-quotation-open = 引号在本行内未闭合
table-first-line = 首行“{ $found }”不符合“{ $form }”的格式，须注明版本和来源
table-cells-too-many = 单元格{ $found }个，多于列数{ $columns }
table-column-twice = 列“{ $column }”重复
table-column-unknown = 无此列“{ $column }”；应有的列：{ $known }
table-column-missing = 缺少列“{ $column }”；应有的列：{ $known }
table-cell-wrong = { $column }：{ $problem }
table-cell-empty = { $column }为空
table-date-malformed = { $column }为“{ $text }”，应为2026-03-18形式的日期
table-span-reversed = 止日{ $until }早于起日{ $from }
table-rows-overlap = { $key }与第{ $line }行的有效期重叠或重复，前一行须在本行起日之前终止
table-working-days = 工作日
table-deadline-rules = 办理时限
table-divisions = 行政区划代码
table-terms = 取值别名

# 工作日表
table-year-malformed = 年份为“{ $year }”，应为2026形式
table-day-unknown = day 为“{ $day }”，应为 off 或 work
table-day-of-another-year = { $date }不在{ $year }年，也不在上年12月
table-day-not-weekend = { $date }不是周六或周日，不能调为工作日
table-day-statutory = { $date }是法定节假日，不能调为工作日
table-day-twice = { $date }已在第{ $line }行
table-notice-missing = 缺少文号，应填{ $year }年放假通知的文号
table-notice-twice = { $year }年已有第{ $line }行的“{ $first }”，又出现“{ $second }”
table-notice-without-day = { $year }年的通知没有当年日期

# 办理时限表
table-jurisdiction-missing = 缺少适用地区；CN 表示全国
table-jurisdiction-twice = 适用地区为“{ $second }”，第{ $line }行为“{ $first }”；一张表只能有一个适用地区
table-rule-unknown = 无此规则“{ $rule }”；可用的规则：{ $known }
table-working-days-out-of-range = { $rule }的工作日数为“{ $days }”，应为{ $least }至{ $most }的数
table-rule-missing = 缺少规则“{ $rule }”；程序自带的表中有该规则，可用“tables export”导出
table-rule-begins-late = { $rule }在{ $from }之前没有规定，起日请留空
table-rule-ends-early = { $rule }在{ $until }之后没有规定，止日请留空
table-rule-interrupted = { $rule }在{ $until }与{ $from }之间没有规定

# 行政区划代码表
table-level-wrong = 级别为“{ $level }”，{ $code }应为{ $right }
table-successor-missing = 后继代码{ $successor }不在表中，请补充或更正
table-successor-itself = 后继代码{ $code }与本代码相同
table-successor-without-end = { $code }有后继代码{ $successor }，须填止日
division-ended = 区划代码{ $code }（{ $name }）已停用（区划代码表{ $version }）
division-ended-on = 区划代码{ $code }（{ $name }）已于{ $until }停用（区划代码表{ $version }）
division-succeeded = { $ended }，后继代码为{ $successor }（{ $name }）
division-not-yet = 区划代码{ $code }（{ $name }）尚未启用（区划代码表{ $version }）
division-not-until = 区划代码{ $code }（{ $name }）自{ $from }起启用（区划代码表{ $version }）
division-unknown = 区划代码表{ $version }中没有代码{ $code }，请核对，或用 tables 配置加载新表

# 取值别名表
table-vocabulary-unknown = 无此取值集“{ $vocabulary }”；可用的取值集：{ $known }
table-value-unknown = { $vocabulary }中没有取值“{ $value }”；可用的取值：{ $known }
table-name-twice = “{ $name }”已在第{ $line }行
table-secret-means-yes = 涉密的别名只能表示“是”
table-name-understood = “{ $name }”已可识别为“{ $value }”，请删去本行
