# 检索联合目录

query-too-long = 检索词有{ $length }个字符，最多{ $most }个
share-class-unknown = 没有共享类型{ $value }，只有1、2、3三类
