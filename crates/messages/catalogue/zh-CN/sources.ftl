# 库表的数据源。

## 名称
source-name-malformed = “{ $text }”不是数据源名称：应为1至{ $most }个小写字母、数字、“-”或“_”，以字母开头
table-address-malformed = “{ $text }”不是数据源中的库表：应写作“数据源:库表”，例如 housing:public.permits
source-not-declared = 节点配置的 [sources] 中没有数据源“{ $name }”；已配置：{ $declared }

## 字段类型
column-type-boolean = 布尔型
column-type-integer = 整数型
column-type-decimal = 十进制数值型
column-type-float = 浮点型
column-type-text = 字符型
column-type-bytes = 二进制
column-type-date = 日期型
column-type-time = 时间型
column-type-timestamp = 日期时间型
column-type-other = 其他

## 数据源配置
source-setting-of-other-kind = 该类数据源无此配置项，可用的有{ $known }
source-password-twice = 与 password_file 同时指定；数据源的口令只能取自其中之一
    .remedy = 请删除 password_file 或 password_env

## 数据源读取
source-kind-sqlite = SQLite 数据库
source-kind-csv = CSV 文件夹
source-kind-parquet = Parquet 文件夹
source-unreadable = 无法读取 { $name }：{ $cause }
    .remedy = 请检查其是否存在、完好、未被其他程序锁定，且节点的运行账户有读取权限
source-table-unknown = 数据源中没有库表“{ $table }”
source-table-of-two-files = 有两个文件对应库表“{ $table }”：{ $first } 和 { $other }
    .remedy = 请将其中之一改名
source-column-unnamed = { $file }：第{ $number }列没有名称
    .remedy = 请为每一列填写名称
source-column-repeated = { $file }：列名“{ $column }”重复
    .remedy = 请使各列名称互不相同
source-csv-without-header = { $file } 没有标题行
    .remedy = 请在首行填写各列名称
source-csv-undecodable = { $file } 第{ $line }行：不是 { $encoding } 编码
    .remedy = 请更正数据源的配置项“encoding”，或将文件另存为该编码
source-csv-record-length = { $file } 第{ $line }行：有{ $found }个字段，标题行为{ $expected }个
    .remedy = 请更正该行；字段内含逗号或换行的，应以引号括起
source-csv-record-too-long = { $file } 第{ $line }行：该行超过{ $most }字节
    .remedy = 请补全该行或之前未闭合的引号
source-value-misfit = 库表“{ $table }”字段“{ $column }”第{ $row }行：实为{ $found }，与字段类型（{ $expected }）不符
    .remedy = 请在数据库中更正该值，或更正字段的类型

## 实际取值
source-found-null = 空值（NULL）
source-found-integer = 整数
source-found-real = 浮点数
source-found-text = 文本
source-found-no-text = 不符合数据库编码的文本
source-found-blob = 二进制数据

## 文件检查
source-check-read-only = 数据库以只读方式打开：无论文件权限如何，节点均不作改动
source-check-tables = 共有{ $count }个库表和视图
source-check-files = 共有{ $count }个库表文件
source-check-empty = 没有库表
    .remedy = 请检查配置中的路径；文件夹中的文件应有该类数据源的扩展名，且不是指向文件夹之外的链接
source-check-sqlite-encoding = 数据库的文本编码为 { $encoding }
source-check-csv-encoding = 标题行的编码为 { $encoding }；其后各行编码不符的，在读取时报告
