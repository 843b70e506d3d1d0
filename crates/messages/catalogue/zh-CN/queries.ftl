### 库表查询。

## 可查询的库表

query-table-unknown = 没有调用者可以读取的库表 { $table }
    .remedy = 请先列出库表，名称为 granted."城市代码"."资源代码"、granted.request."申请号"、catalogue.entries、catalogue.requests 和 rate.cities
query-table-too-large = 该表超过{ $most }字节
    .remedy = 请检索联合目录或逐页列出，不要读取全表
query-table-not-made = 表的行与字段不符
query-table-unwritable = 查询所用的表不能写入 { $path }：{ $cause }
    .remedy = 请检查节点对数据目录的权限和磁盘空间
granted-file-has-no-columns = { $request } 授权的不是库表
    .remedy = 请改为获取文件
rate-answer-incomplete = 协调机构的答复缺少共享率数据
