# 检索联合目录

query-too-long = 检索词有{ $length }个字符，上限为{ $most }个
query-too-many-words = 查询有{ $words }个词，最多{ $most }个
wanted-items-too-many = 所需信息项有{ $count }个，最多{ $most }个
wanted-item-too-long = 所需信息项的名称有{ $length }个字符，上限为{ $most }个
facet-theme = 主题
facet-value-unknown = “{ $value }”不是“{ $facet }”的取值
facet-values-too-many = 按“{ $facet }”筛选的取值有{ $count }个，最多{ $most }个
facet-missing = 未指明筛选项
facet-twice = 按“{ $facet }”重复筛选
