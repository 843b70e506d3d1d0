# 检索联合目录

query-too-long = 检索词有{ $length }个字符，上限为{ $most }个
share-class-unknown = { $value }不是共享类型，共享类型为1、2、3
