# 授权的库表范围：字段、行、脱敏方式。

## 行条件
condition-refused = 行条件第{ $line }行第{ $character }个字符：{ $reason }
    .remedy = 请以 =、<>、<、<=、>、>=、IN (…)、BETWEEN … AND …、LIKE '开头%' 或 IS NULL 将字段与值比较，以 AND、OR、NOT 和括号组合
condition-unsupported = 行条件中不能使用“{ $what }”
condition-unreadable = 文本未闭合或不是SQL：{ $cause }
condition-expected = 此处应为{ $wanted }，而非“{ $found }”
condition-ends-early = 行条件不完整，其后应有{ $wanted }
    .remedy = 请补充完整；允许读取全部行的，不填写行条件
condition-and-or = AND、OR 或条件结束
condition-comparison = 比较运算，如 =、IN、BETWEEN、LIKE、IS NULL
condition-column = 字段名称
condition-value = 值
condition-text = 单引号中的文本
condition-null = 任何值都不等于 NULL：请写 IS NULL 或 IS NOT NULL
condition-no-value = “{ $text }”不是值：文本应加单引号，字段之间不能相互比较
condition-pattern = “{ $pattern }”不是“开头”加末尾一个“%”的形式
condition-escape = ESCAPE 后应为“%”和“_”以外的一个字符，而非“{ $text }”
condition-value-unfit = 字段“{ $column }”（{ $column_type }）不能与“{ $value }”比较：{ $expected }
condition-expects-boolean = 应为 TRUE 或 FALSE
condition-expects-number = 应为不超过38位的数，如 -12.5
condition-expects-float = 应为浮点数能够精确表示的数，如 12、0.5、-0.25
condition-expects-text = 应为单引号中的文本
condition-expects-date = 应为 DATE 'YYYY-MM-DD'
condition-expects-timestamp = 不带时区，应为 TIMESTAMP 'YYYY-MM-DD hh:mm:ss'
condition-expects-instant = 带时区，应为 TIMESTAMP 'YYYY-MM-DD hh:mm:ss+08:00'
condition-expects-null = 只能使用 IS NULL
condition-without-order = 字段“{ $column }”的值没有大小之分：只能使用 =、<>、IN 和 IS NULL
condition-of-texts = LIKE 只用于文本，而字段“{ $column }”为{ $column_type }
condition-too-long = 行条件不得超过{ $most }字节，实为{ $bytes }字节
    .remedy = 请缩短条件，或共享只含这些行的视图
condition-too-deep = 行条件的括号和 NOT 嵌套不得超过{ $most }层
    .remedy = 请去掉多余的括号和 NOT

## 范围
scope-column-unknown = 库表中没有字段“{ $column }”
    .remedy = 请按“source show”所列填写，区分大小写；名称含有特殊字符的，加双引号
scope-without-columns = 未准许任何字段
    .remedy = 请至少列明一个字段
scope-schema-changed = 库表的字段已不同于确定范围时的字段
    .remedy = 请与授权核对，变更授权，或恢复库表的结构
scope-columns-gone = 库表的字段已不同于确定范围时的字段；缺少或已改名：{ $missing }
    .remedy = 请与授权核对，变更授权，或恢复库表的结构
scope-column-inexact = 字段“{ $column }”在数据源中的类型无法精确比较
    .remedy = 请不在条件中使用该字段，或共享已转换该字段的视图
scope-column-inseparable = 字段“{ $column }”在数据源中的存储形式无法与其他行的值分开
    .remedy = 请不列入该字段，以 remove 脱敏，或共享已转换该字段的视图
scope-mask-unfit = 字段“{ $column }”（{ $column_type }）不能这样脱敏：{ $mask }
    .remedy = 文本可用 first、last，日期和日期时间可用 year、month、day，数值可用 round，hash 可用于除浮点型外的上述类型，remove 和 constant 可用于任何类型
scope-mask-without-column = 字段“{ $column }”设有脱敏方式，但不在准许的字段之中
    .remedy = 请将其列入字段，或去掉其脱敏方式
scope-mask-twice = 字段“{ $column }”设有两种脱敏方式
    .remedy = 请只保留一种
scope-increment-unfit = 不能依据字段“{ $column }”判断新增行：应为准许读取且未脱敏的整数、十进制数值、文本、日期或日期时间字段
scope-cut-failed = 无法按范围截取数据

## 脱敏方式
mask-unknown = “{ $text }”不是脱敏方式
    .remedy = 请写 remove、first:3、last:4、hash、year、month、day、round:100 或 constant:文本，数字和文本自定
mask-remove = 置空
mask-keep-first = 保留前{ $count }个字符
mask-keep-last = 保留后{ $count }个字符
mask-hash = 授权内散列
mask-year = 仅保留年份
mask-month = 仅保留年月
mask-day = 仅保留日期
mask-round = 向下取整为{ $multiple }的倍数
mask-constant = 替换为{ $value }

## 范围说明
scope-columns = 字段：{ $columns }
scope-masked = { $column }（{ $mask }）
scope-all-rows = 行：全部
scope-rows = 行：{ $condition }
scope-row-limit = 每次读取不超过{ $count }行
scope-increment = 仅限上次读取之后的新增行，依据{ $column }
rows-compared = { $column } { $sign } { $value }
rows-in = { $column }为{ $values }之一
rows-between = { $column }在{ $low }至{ $high }之间
rows-starting-with = { $column }以“{ $prefix }”开头
rows-null = { $column }为空
rows-of-all = 同时满足（{ $parts }）
rows-of-any = 满足其一（{ $parts }）
rows-not = 不满足（{ $part }）

## 范围预览
mask-argument-malformed = “{ $text }”应写作“字段=脱敏方式”，例如 id_number=last:4
scope-without-rows = 字段、行条件、脱敏方式和行数限制用于预览，请加 --rows

# 使用方申请的库表范围。

column-wanted-part = 申请的库表范围
wanted-all-columns = 字段：全部
wanted-masks = 脱敏：{ $masks }
request-asks-for-no-part = { $request } 未申请库表的具体范围
    .remedy = 请用 --columns、--where、--mask、--row-limit 指明授权范围；不指明的，按默认授权范围授权，未设定的授权整个库表
