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
