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

## 对数据源的调用
work-sources = 读取数据源
preview-rows-out-of-range = 预览行数应为1至{ $most }，而非{ $rows }
table-too-wide = { $table } 的{ $columns }个字段超出单次答复的长度
    .remedy = 请为所需字段建立视图，共享该视图

## 数据源命令
column-column-type = 对应类型
column-comment = 注释
column-cut = 已截短
column-difference = 差异
column-item = 信息项
column-item-type = 信息项类型
column-max-length = 长度
column-native-type = 数据源中的类型
column-nullable = 可为空值
column-observation = 检查情况
column-row = 行
column-table-column = 字段
column-type = 类型
column-view = 视图
severity-information = 信息
source-reached = 数据源可以连接
sources-none = 节点配置中没有数据源
table-fingerprint = 库表结构指纹：{ $fingerprint }
value-null = （空值）

## 信息项与字段
item-difference-missing = 缺少信息项
item-difference-surplus = 没有对应字段
item-difference-type = 类型不符
item-difference-length = 长度不符
items-drafted = 已根据 { $table } 生成{ $count }个信息项：请填写第一行的其他各列，然后导入
items-match = { $code } 的信息项与 { $table } 的字段一致
items-differ = { $code } 的信息项与 { $table } 的字段有{ $count }处不一致
