# SQL查询及其执行程序。

queries-busy = 节点正在执行的查询已达上限
    .remedy = 请稍后重试，或在节点配置的 [query] 一节调大 `at_once`
query-dialog-broken = 与查询程序的通信中断：{ $cause }
query-engine-broken = 查询程序出错：{ $cause }
query-engine-ended = 查询程序因该查询而退出（{ $status }）：占用的内存或时间超过上限
    .remedy = 请减少查询的字段和行数，或在节点配置的 [query] 一节调大 `memory`
query-engine-not-found = 未安装查询程序“{ $program }”
    .remedy = 请将 chengji-query-engine 安装在节点程序旁，或在节点配置的 [query] 一节以 `program` 指明其路径
query-engine-not-started = 查询程序“{ $program }”无法启动：{ $cause }
query-engine-unconfined = 查询程序无法限制自身权限：{ $cause }
query-engine-usage = chengji-query-engine 由节点为每个查询启动，不带参数
query-failed = 查询无法计算：{ $cause }
query-memory = 查询所需内存超过上限
    .remedy = 请减少查询的字段和行数，或在节点配置的 [query] 一节调大 `memory`；较大库表的排序、分组和连接还可以使用磁盘空间，以该节的 `spill` 为限
query-not-reading = 查询只能是一条读取语句：SELECT、WITH、VALUES，或对它们的 EXPLAIN
query-not-understood = 无法理解查询语句：{ $cause }
query-parameters-misnamed = 缺少参数 ${ $number }
    .remedy = 请将参数依次编号为 $1、$2 等，或都写作 ?
query-parameters-number = 查询有{ $wanted }个参数，却给了{ $found }个值
query-parameters-unbound = 查询的参数没有赋值
query-plan-changed = 查询程序输出的字段与计划不符
query-plan-too-long = 查询计划耗时过长
    .remedy = 请简化语句
query-spill-disk-full = 查询的行超出内存，而所用磁盘可用空间为 { $free } 字节，其中 { $reserve } 字节留给数据库
    .remedy = 请清理节点数据目录所在磁盘，减少查询的字段和行数，或在节点配置的 [query] 一节调大 `memory`
query-spill-unreadable = 查询中写入磁盘的行无法读回：{ $cause }
    .remedy = 请检查节点数据目录所在磁盘
query-spill-unwritable = 查询中超出内存的行无法写入磁盘：{ $cause }
    .remedy = 请检查节点数据目录所在磁盘
query-spill-used-up = 查询存放超出内存的行所需磁盘空间超过上限 { $most } 字节
    .remedy = 请减少查询的字段和行数，或在节点配置的 [query] 一节调大 `spill` 或 `memory`
query-table-bare = 库表“{ $table }”的名称缺少模式名
    .remedy = 请写作 catalogue.entries，或 granted."430200"."206007000001"（城市代码、目录代码）
query-table-changed = 库表字段与制定查询计划时不同
    .remedy = 请重新查询
query-table-without-rows = 查询程序未收到库表
query-tables = 一个查询最多涉及{ $most }张库表
query-text-too-long = 语句长{ $bytes }字节，上限为{ $most }字节
query-too-large = 查询的参数值过大
query-overtime = 查询超过{ $seconds }秒
    .remedy = 请减少行数，或在节点配置的 [query] 一节调大 `longest_seconds`

# query 命令。

progress-query = 查询结果行数
query-answer-broken = 无法读取节点对查询的应答：{ $cause }
query-unreadable = 无法从标准输入读取查询语句：{ $cause }
query-without-ticket = 节点未说明查询结果的位置
query-written = 共{ $rows }行，已写入 { $path }
table-format-without-target = --table-format 须与 --to 或 --query 一同使用

## 节点之间移交的单表查询。

table-query-ill-typed = 单表查询中比较或计算的值类型不符
table-query-not-allowed = 单表查询的编码方式与节点所用不符，或含有不得移交的内容
table-query-too-deep = 单表查询的表达式嵌套超过 { $most } 层
table-query-too-long = 单表查询超过 { $most } 字节
table-query-too-many = 单表查询的表达式超过 { $most } 个
table-query-of-another = 查询的库表不是申请{ $request }所授权的库表
table-query-of-another-version = 单表查询的版本为{ $version }，本节点计算的版本为{ $computed }
    .remedy = 请重新查询该库表：届时将改为获取库表
grant-of-fetches-only = 申请{ $request }的授权只准许获取库表：其使用受到计数或限制，或者库表按增量交付
    .remedy = 请先获取库表，再查询已接收的数据
queries-not-computed = 本节点不为其他城市计算查询
    .remedy = 请先获取库表，再查询已接收的数据
too-many-queries = 正在为{ $consumer }计算的查询已有{ $count }个
    .remedy = 请待其中一个结束后再试
query-rows-invalid = 提供方对单表查询的应答已损坏或不完整
    .remedy = 请重新执行查询；仍然失败的，请联系提供城市
query-rows-too-large = 提供方为该查询算得的行超过 { $most } 字节
    .remedy = 请减少查询的字段和行数，或先获取该库表
query-row-too-large = 查询结果的一行超过 { $most } 字节
    .remedy = 请减少查询的字段，或只查询字段值的一部分
