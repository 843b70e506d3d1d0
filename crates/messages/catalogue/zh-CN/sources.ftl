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

## 数据库服务器
source-password-file-unreadable = 无法从 { $path } 读取数据源的口令：{ $cause }
    .remedy = 该文件应为UTF-8文本文件，且仅限本程序所用账号读取
source-password-variable-missing = 存放数据源口令的环境变量 { $name } 未设置，或不是UTF-8文本
    .remedy = 请在启动本程序时设置该变量，或改用口令文件
source-ca-missing = 已要求使用TLS，但未指定用于验证服务器的证书颁发机构
    .remedy = 请将数据源的 ca 设为含有服务器证书颁发机构的PEM文件
source-ca-unusable = { $path } 中的证书颁发机构无法使用：{ $cause }
    .remedy = 请将数据源的 ca 设为含有服务器证书颁发机构的PEM文件
source-ca-empty = 文件中没有证书
source-value-unfit = “{ $table }”第 { $row } 行字段“{ $column }”：{ $reason }
    .remedy = 请更正该值，或改为共享已排除或转换该值的视图
source-value-malformed = 值与服务器声明的类型不符
source-value-not-finite = 值为无穷大或非数值
source-value-out-of-range = 值超出该类型的范围
source-value-no-such-day = 日期不存在（例如零日期 0000-00-00）
source-value-not-text = 文本不是有效的UTF-8
source-value-null = 字段声明为 NOT NULL，但值为空
source-value-too-long = 值超过 { $most } 字节

## PostgreSQL
source-kind-postgresql = PostgreSQL 数据库
postgresql-table-name-malformed = “{ $table }”不是库表名称：应写作“模式.表”，例如 public.permits
    .remedy = 请按数据源库表清单中的写法填写；含有点或双引号的部分须加双引号
postgresql-table-missing = 数据库“{ $database }”中没有库表或视图“{ $table }”
    .remedy = 请按数据源库表清单中的写法填写，区分大小写
postgresql-statement-table-missing = 数据库“{ $database }”中已没有该库表：{ $cause }
    .remedy = 请与数据源的库表清单核对；视图可能引用了已删除的库表
postgresql-table-not-readable = 账号“{ $user }”无权读取“{ $table }”的任何字段
    .remedy = 请库表的所有者将所在模式的 USAGE 权限和库表的 SELECT 权限授予该账号
postgresql-right-missing = 账号“{ $user }”权限不足：{ $cause }
    .remedy = 请库表的所有者将所在模式的 USAGE 权限和库表的 SELECT 权限授予该账号
postgresql-password-refused = 服务器拒绝账号“{ $user }”的口令
    .remedy = 请在数据源配置所指的位置更正口令，下次连接时重新读取
postgresql-login-refused = 服务器拒绝账号“{ $user }”登录：{ $cause }
    .remedy = 请核对账号、口令和服务器的访问规则（pg_hba.conf）
postgresql-database-missing = 服务器上没有数据库“{ $database }”
    .remedy = 请更正数据源配置中的数据库名称
postgresql-unreachable = 无法连接服务器 { $host } 端口 { $port }：{ $cause }
    .remedy = 请检查服务器是否运行、数据源配置中的地址和端口以及两者之间的防火墙
postgresql-tls-failed = 无法与 { $host } 建立TLS连接：{ $cause }
    .remedy = 请在服务器上启用TLS，其证书应与该名称相符，并由数据源的 ca 所指机构颁发
postgresql-connection-lost = 与服务器的连接中断：{ $cause }
    .remedy = 请重试；如再次发生，请查看服务器日志
postgresql-statement-stopped = 服务器终止了语句：已达到 { $seconds } 秒的时限，或被管理员终止
    .remedy = 请在数据源配置中放宽语句时限，或在服务器空闲时读取
postgresql-table-locked = 库表被其他操作锁定：{ $cause }
    .remedy = 请待锁定该库表的操作结束后重试
postgresql-connections-exhausted = 服务器不再接受新的连接：{ $cause }
    .remedy = 请稍后重试，或请管理员提高连接数上限
postgresql-shutting-down = 服务器正在启动或关闭：{ $cause }
    .remedy = 请待服务器恢复运行后重试
postgresql-value-failed = 服务器无法计算某个值（SQLSTATE { $state }），详见服务器日志
    .remedy = 请更正该值，或更正计算该值的视图
postgresql-text-not-convertible = 服务器无法将某个文本转换为UTF-8（SQLSTATE { $state }），详见服务器日志
    .remedy = 请更正该文本，或共享已转换编码的视图；未声明编码（SQL_ASCII）的数据库，其文本须为UTF-8
postgresql-failed = 服务器报告 SQLSTATE { $state }：{ $cause }
postgresql-check-server = PostgreSQL { $version }，数据库“{ $database }”，账号“{ $user }”
postgresql-check-encoding = 数据库编码为 { $encoding }
postgresql-check-no-encoding = 数据库未声明文本编码（{ $encoding }）
    .remedy = 非UTF-8的文本无法读取；请将数据库转换为UTF8编码，或共享已转换编码的视图
postgresql-check-time-zone = 数据库时区为 { $zone }；带时区的日期时间按UTC读取，不带时区的按原值读取
postgresql-check-encrypted = 连接已加密（TLS）
postgresql-check-local = 连接不出本机，未加密
postgresql-check-not-encrypted = 连接未加密
    .remedy = 请在服务器上启用TLS，以 ca 指定其证书颁发机构，并删除配置项 tls = "off"
postgresql-check-superuser = 账号“{ $user }”自身或通过所属角色具有超级用户权限
    .remedy = 请新建仅有 LOGIN 权限的账号（CREATE ROLE），授予数据库的 CONNECT、模式的 USAGE 和待共享库表的 SELECT 权限，并写入数据源配置
postgresql-check-tables = 可读取的库表和视图：{ $count }
postgresql-check-no-tables = 账号“{ $user }”无权读取任何库表
    .remedy = 请库表的所有者将模式的 USAGE 权限和待共享库表的 SELECT 权限授予该账号（GRANT）
postgresql-check-writable = 账号“{ $user }”可修改 { $count } 个库表，例如“{ $first }”；而该账号只需读取
    .remedy = 请库表的所有者从该账号和 PUBLIC 收回 INSERT、UPDATE、DELETE 和 TRUNCATE 权限（REVOKE）
postgresql-check-creating = 账号“{ $user }”可在 { $count } 个模式中创建对象，例如“{ $first }”
    .remedy = 请模式的所有者从该账号和 PUBLIC 收回 CREATE 权限（REVOKE）

## MySQL 和 MariaDB
source-kind-mysql = MySQL 或 MariaDB 数据库
mysql-table-missing = 数据库“{ $database }”中没有库表或视图“{ $table }”
    .remedy = 请按数据源库表清单中的写法填写，区分大小写
mysql-statement-table-missing = 数据库“{ $database }”中已没有该库表：{ $cause }
    .remedy = 请与数据源的库表清单核对；视图可能引用了已删除的库表
mysql-table-not-readable = 账号“{ $user }”无权读取“{ $table }”的任何字段
    .remedy = 请数据库管理员将库表的 SELECT 权限授予该账号（GRANT）
mysql-right-missing = 账号“{ $user }”权限不足：{ $cause }
    .remedy = 请数据库管理员将库表的 SELECT 权限，或视图所用函数的 EXECUTE 权限授予该账号（GRANT）
mysql-view-invalid = 视图无法读取：{ $cause }
    .remedy = 请更正视图，或向视图的定义者授予所需权限
mysql-login-refused = 服务器拒绝账号“{ $user }”登录或其口令有误：{ $cause }
    .remedy = 请更正账号，或在数据源配置所指的位置更正口令；并核对该账号允许登录的主机，以及账号是否被锁定
mysql-database-refused = 服务器上没有账号“{ $user }”可以使用的数据库“{ $database }”
    .remedy = 请更正数据源配置中的数据库名称，或将其中库表的 SELECT 权限授予该账号
mysql-unreachable = 无法连接服务器 { $host } 端口 { $port }：{ $cause }
    .remedy = 请检查服务器是否运行、数据源配置中的地址和端口以及两者之间的防火墙
mysql-tls-failed = 无法与 { $host } 建立TLS连接：{ $cause }
    .remedy = 请在服务器上启用TLS，其证书应与该名称相符，并由数据源的 ca 所指机构颁发
mysql-silent = { $seconds } 秒内没有应答
mysql-driver-not-started = 无法准备与服务器的连接：{ $cause }
    .remedy = 请检查本程序可打开的文件数和线程数上限
mysql-answer-unexpected = 服务器对库表查询的应答格式无法识别
    .remedy = 请确认服务器为 MySQL 5.7 以上或 MariaDB 10.2 以上版本，而非使用相同协议的其他产品
mysql-connection-lost = 与服务器的连接中断：{ $cause }
    .remedy = 请重试；如再次发生，请查看服务器日志
mysql-connection-ended = 服务器正在关闭，或连接被管理员终止：{ $cause }
    .remedy = 请待服务器恢复运行后重试
mysql-statement-stopped = 服务器终止了语句：已达到 { $seconds } 秒的时限，或被管理员终止
    .remedy = 请在数据源配置中放宽语句时限，或在服务器空闲时读取
mysql-table-locked = 库表被其他操作锁定：{ $cause }
    .remedy = 请待锁定该库表的操作结束后重试
mysql-connections-exhausted = 服务器不再接受新的连接：{ $cause }
    .remedy = 请稍后重试，或请管理员提高连接数上限
mysql-failed = 服务器报告错误 { $number }：{ $cause }
    .remedy = 请检查服务器的存储：磁盘及该库表（CHECK TABLE）
mysql-statement-failed = 服务器报告错误 { $number }（SQLSTATE { $state }），其说明可能含有数据内容，不予显示
    .remedy = 请用数据库客户端读取该库表以查看说明，并更正该值，或更正计算该值的视图
mysql-row-too-long = 某一行超过 { $most } 字节
    .remedy = 请共享不含过长字段的视图
mysql-check-server = 服务器 { $version }，数据库“{ $database }”，账号“{ $user }”
mysql-check-encoding = 数据库编码为 { $encoding }，文本按UTF-8读取
mysql-check-doubtful-encoding = 数据库编码为 { $encoding }，该编码不含汉字
    .remedy = 请查看其库表的前几行：以其他编码存入的文本读取后会成为乱码；请将数据库转换为utf8mb4编码，或共享已转换编码的视图
mysql-check-time-zone = 服务器时区为 { $zone }；timestamp 类型按UTC读取，datetime 类型按原值读取
mysql-check-encrypted = 连接已加密（TLS）
mysql-check-local = 连接不出本机，未加密
mysql-check-not-encrypted = 连接未加密
    .remedy = 请在服务器上启用TLS，以 ca 指定其证书颁发机构，并删除配置项 tls = "off"
mysql-check-tables = 库表和视图：{ $count }
mysql-check-no-tables = 账号“{ $user }”对该数据库的库表没有任何权限
    .remedy = 请数据库管理员将待共享库表的 SELECT 权限授予该账号（GRANT）
mysql-check-rights = 账号“{ $user }”除读取外另有权限：{ $rights }
    .remedy = 请为节点新建账号，仅授予待共享库表的 SELECT 权限，并写入数据源配置
mysql-check-reads-all = 账号“{ $user }”可读取所有数据库，包括服务器的账号信息
    .remedy = 请从该账号收回 *.* 的 SELECT 权限（REVOKE），改为授予待共享库表的 SELECT 权限
mysql-check-role = 账号“{ $user }”具有角色，角色的权限未作检查
    .remedy = 请将待共享库表的 SELECT 权限直接授予该账号，并收回角色

## 数据源配置
source-setting-of-other-kind = 该类数据源无此配置项，可用的有{ $known }
source-password-twice = 与 password_file 同时指定；数据源的口令只能取自其中之一
    .remedy = 请删除 password_file 或 password_env

off-peak-malformed = “{ $text }”不是有效的错峰时段：应为两个不同的时刻，如 22:00-06:00
    .remedy = 时和分各写两位数字，自 00:00 至 23:59

## 数据源读取
source-kind-sqlite = SQLite 数据库
source-kind-csv = CSV 文件夹
source-kind-parquet = Parquet 文件夹
table-source-unreadable = 无法读取 { $name }：{ $cause }
    .remedy = 请检查其是否存在、完好、未被其他程序锁定，且节点的运行账户有读取权限
source-table-unknown = 数据源中没有库表“{ $table }”
source-table-of-two-files = 有两个文件对应库表“{ $table }”：{ $first } 和 { $other }
    .remedy = 请将其中之一改名
source-column-unnamed = { $file }：第{ $number }列没有名称
    .remedy = 请为每一列填写名称
source-columns-too-many = { $file } 的列数超过{ $most }
    .remedy = 请检查首行是否为标题行；列数过多的库表，请拆分后共享
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
source-csv-quotation = { $file } 第{ $line }行：引号未闭合，或字段的闭合引号后另有内容
    .remedy = 请在字段末尾闭合引号，字段内的引号应连写两个
source-value-misfit = 库表“{ $table }”字段“{ $column }”第{ $row }行：实为{ $found }，与字段类型（{ $expected }）不符
    .remedy = 请在数据库中更正该值，或更正字段的类型
sqlite-read-stopped = 数据库计算超过 { $seconds } 秒仍未返回数据
    .remedy = 请共享库表，或改用计算量较小的视图

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
## 对数据源的调用
work-sources = 读取数据源
preview-rows-out-of-range = 预览行数应为1至{ $most }，而非{ $rows }
table-too-wide = { $table } 的{ $columns }个字段超出单次答复的长度
    .remedy = 请为所需字段建立视图，共享该视图

## 数据源命令
column-off-peak = 计量时段
column-measuring-waits = 等待计量至
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

## 库表的挂接
source-column-not-measurable = 库表“{ $table }”字段“{ $column }”的类型为 { $found }，无法计量
    .remedy = 请建立不含该字段或转换该字段的视图，共享该视图
source-table-changed-while-read = 库表“{ $table }”在读取期间发生变化
    .remedy = 请在无人更改时重试；更新文件的，请先写入新文件，再以改名方式替换旧文件
table-columns-added = 新增字段（{ $count }个）：{ $columns }
table-columns-removed = 减少字段（{ $count }个）：{ $columns }
table-columns-retyped = 类型不同，或是否允许空值不同的字段（{ $count }个）：{ $columns }
table-columns-reordered = 字段次序不同
mounted-table-changed = 库表 { $table } 的结构在挂接后发生变化：{ $changes }
    .remedy = 请恢复库表结构；或用“chengji-node catalogue items”将其字段与条目比较后重新挂接
mounted-table-named = 库表 { $name }
mounted-table-not-granted = 条目{ $code }挂接的是库表，而授权的是文件
    .remedy = 请重新授权：“chengji-node request grant”按库表授权；变更授权时请用 --columns 列明字段
mounted-table-not-delivered = 提供方已将条目{ $code }原授权的文件改挂为库表
    .remedy = 请联系提供方变更授权后再获取
mount-file-and-table = 同时指定了文件和库表，一个条目只能挂接一个数据源
table-name-invalid = 库表名称“{ $name }”不能登记：{ $fault }
    .remedy = 请建立另行命名的视图，共享该视图
table-name-not-plain = 库表名称“{ $name }”不能登记：含有“/”，或为“.”“..”
    .remedy = 请建立另行命名的视图，共享该视图
fact-table-mounted = 挂接 { $code } 库表 { $table }
column-mount-problem = 问题
note-item-missing = 字段“{ $column }”没有对应的信息项
note-item-surplus = 信息项“{ $item }”没有对应的字段
note-item-other-type = 信息项“{ $item }”为 { $item_type }，字段“{ $column }”为 { $column_type }

## 按部分授权的库表

grant-part-without-table = 条目{ $code }没有挂接库表，文件只能整体授权
    .remedy = 请去掉 --columns、--where、--mask 和 --row-limit，或先挂接库表
grant-terms-too-large = 授权条款占 { $bytes } 字节，最多登记 { $most } 字节
    .remedy = 请减少字段或缩短行条件，或建立字段较少的视图后共享该视图
part-unwritable = 无法将授权的库表部分写入 { $path }：{ $cause }
    .remedy = 请确认节点有权使用其数据目录，且磁盘有剩余空间
part-unreadable = 无法再次读取授权的库表部分：{ $cause }
    .remedy = 请检查数据目录所在磁盘
disk-full-for-part = 数据目录所在磁盘剩余{ $free }字节，其中{ $reserve }字节留给数据库，授权的库表部分有{ $wanted }字节无法容纳
    .remedy = 请清理提供方节点的磁盘，或缩小授权范围
granted-table-changed = { $resource } 对应库表的字段已与授权不符
    .remedy = 请联系提供方按现有字段变更授权后再获取
granted-part-amended = 申请{ $request }授权的库表部分在交付期间发生变更
    .remedy = 请重新获取
## 接收的库表
offer-of-table-without-rows = 授权的是库表，提供方送来的内容却不含行数
    .remedy = 请与提供方城市核对其节点的程序版本
offer-of-file-with-rows = 授权的是文件，提供方送来的却是库表
    .remedy = 请提供方城市对库表另行授权
offer-beyond-row-limit = 提供方拟交付{ $rows }行，超出授权的每次{ $most }行
delivered-columns-missing = 送来的库表缺少已授权的字段（{ $count }个）：{ $columns }
delivered-columns-surplus = 送来的库表含有未授权的字段（{ $count }个）：{ $columns }
delivered-column-repeated = 送来的库表有两个字段名为“{ $column }”
delivered-column-unmasked = 送来的字段“{ $column }”类型为 { $found }，与约定的脱敏方式不符
delivered-rows-surplus = 送来的库表超出所报的{ $rows }行
delivered-rows-missing = 送来的库表只有{ $found }行，少于所报的{ $rows }行
table-stream-incomplete = 库表内容不完整
table-stream-part-too-large = 库表的一个数据块称有{ $bytes }字节，最多读取{ $most }字节
table-stream-part-unexpected = 库表不是未压缩的 Arrow IPC 流（依次为结构、数据、结束标志）
table-stream-type = 字段“{ $column }”类型为 { $found }，交付的库表不应有此类型
table-stream-malformed = 库表格式有误：{ $cause }
table-stream-goes-on = 库表结束之后另有{ $bytes }字节
table-stream-unreadable = 无法回读库表：{ $cause }
table-stream-contradictory = 库表的一个数据块前后矛盾

## 接收库表的格式
table-column-of-parts = 字段“{ $column }”的值由多个部分组成（{ $found }），表格的单元格无法容纳
    .remedy = 请选用 parquet 或 arrow 格式
table-value-unwritable = 第{ $row }行、字段“{ $column }”：值超出其类型的范围
    .remedy = 请选用 parquet 或 arrow 格式
table-not-written = 无法写出库表：{ $cause }
    .remedy = 请指定当前用户可以写入、空间充足的文件；格式没有相应类型的，请改用其他格式
workbook-rows-exceeded = 工作表最多容纳{ $most }行数据，该库表超出此数
    .remedy = 请选用 csv 格式
workbook-columns-exceeded = 工作表最多容纳{ $most }列，该库表有{ $columns }列
    .remedy = 请选用 csv 格式
workbook-text-too-long = 第{ $row }行、字段“{ $column }”：文本超出单元格的{ $most }个字符
    .remedy = 请选用 csv 格式
workbook-to-standard-output = 工作簿不能写到标准输出
    .remedy = 请用 --to 指定文件，或选用 csv 格式
format-of-file = { $request } 是文件，按原样交付；只有库表可以选择格式
    .remedy = 请去掉 --table-format 重新获取
converted-if-changed = 转换后的库表不与已有文件比较，--if-changed 无法判断内容是否变化
    .remedy = 请去掉 --if-changed，或加 --table-format arrow 按原样获取
progress-preparing = 提供方已读取的授权行数

## 对象存储
bucket-url-malformed = 不是存储桶中文件夹的地址
    .remedy = 请写作 s3://存储桶/前缀，例如 s3://housing/tables；访问密钥另有配置项
bucket-endpoint-malformed = 不是对象存储的地址
    .remedy = 只写协议、主机和端口，例如 https://s3.changsha.example:9000；访问密钥另有配置项
bucket-endpoint-not-encrypted = 未加密，且不在本机
    .remedy = 请使用 https；确属专用网络的，设 tls = "off"
bucket-client-unusable = 无法向存储桶 { $bucket } 发出请求：{ $cause }
    .remedy = 请检查数据源配置
bucket-ca-unusable = { $path } 中的证书颁发机构无法使用：{ $cause }
    .remedy = 请将数据源的 ca 设为含有对象存储证书颁发机构的PEM文件
bucket-ca-empty = 文件中没有证书
bucket-unreachable = 对象存储 { $endpoint } 没有应答：{ $cause }
    .remedy = 请检查对象存储是否运行、数据源配置中的地址和证书颁发机构以及两者之间的防火墙
bucket-missing = 对象存储 { $endpoint } 上没有存储桶 { $bucket }
    .remedy = 请更正数据源的 url；endpoint 的主机为存储桶专用的，应以存储桶名称开头
bucket-key-refused = 对象存储拒绝用于存储桶 { $bucket } 的访问密钥（{ $answer }）
    .remedy = 请更正 user 以及数据源配置所指位置的密钥，下次读取时重新载入
bucket-clock-refused = 对象存储 { $endpoint } 因其时钟与本机不一致而拒绝请求
    .remedy = 请同步双方时钟
bucket-right-missing = 访问密钥对 { $object } 没有权限（{ $answer }）
    .remedy = 请存储桶的所有者将存储桶的 s3:ListBucket 权限和对象的 s3:GetObject 权限授予该密钥
bucket-failing = 对象存储 { $endpoint } 出现故障或过于繁忙（{ $answer }）
    .remedy = 请重试；如再次发生，请查看对象存储的日志
bucket-refused = 对象存储拒绝了对 { $object } 的请求（{ $answer }）
    .remedy = 请检查数据源配置中的 region 和 endpoint
bucket-answer-malformed = 对象存储关于 { $object } 的应答无法使用：{ $cause }
    .remedy = 请确认数据源的 endpoint 是兼容S3协议的对象存储
bucket-answer-length = 长度与请求不符
bucket-objects-too-many = 文件夹 { $folder } 中直接存放的对象超过{ $most }个
    .remedy = 请将库表文件放在单独的前缀之下，并写入数据源的 url
bucket-check-reached = 对象存储 { $endpoint } 中的文件夹 { $folder }
bucket-check-encrypted = 连接已加密（TLS），并验证了对象存储的证书
bucket-check-local = 连接不出本机，未加密
bucket-check-not-encrypted = 连接未加密
    .remedy = 请在数据源的 endpoint 中使用 https，以 ca 指定其证书颁发机构，并删除配置项 tls = "off"
bucket-check-writing = 节点只列出和读取对象，不测试访问密钥能否写入；该密钥只需 s3:ListBucket 和 s3:GetObject 权限

## 条目的默认授权范围
column-default-scope = 默认授权范围
default-scope-nothing-said = 未指明库表的范围
    .remedy = 请用 --columns、--where、--mask 或 --row-limit 指明；取消默认授权范围用 --none
default-scope-not-found = 条目 { $code } 没有默认授权范围
default-scope-outdated = 条目 { $code } 的默认授权范围与现挂接的字段不符
    .remedy = 请在授权时指明范围，或重新设定默认授权范围：“chengji-node catalogue default-scope”
default-scope-not-in-force = 与现挂接的字段不符，重新设定或取消之前不据以授权
fact-default-scope-set = 设定{ $code }的默认授权范围，{ $actor }
fact-default-scope-removed = 取消{ $code }的默认授权范围，{ $actor }

## ODBC 数据库
source-kind-odbc = ODBC 数据库
odbc-usage = chengji-odbc 由节点在每次访问 ODBC 数据库时启动，不带参数
odbc-connection-with-password = 含有口令；口令不应写入配置
    .remedy = 请从连接字符串中删除 PWD，改用 password_file 或 password_env 指定口令
odbc-program-not-found = 未安装 ODBC 访问程序“{ $program }”
    .remedy = 请将 chengji-odbc 安装在节点程序旁，或安装在 PATH 所列的文件夹中
odbc-program-not-started = ODBC 访问程序“{ $program }”无法启动：{ $cause }
    .remedy = 请检查节点所用账号是否有权执行该程序
odbc-program-ended = ODBC 访问程序未作答即已退出（{ $status }）：驱动程序出错，或占用的内存超过上限
    .remedy = 请在连接字符串中设置驱动程序边读边取（PostgreSQL 为 UseDeclareFetch=1，MariaDB 为 NO_CACHE=1）；仍然出错的，请更换驱动程序版本
odbc-manager-missing = 未安装 ODBC 驱动程序管理器 libodbc.so.2
    .remedy = 请安装 unixODBC，Debian 系统为 libodbc2 软件包
odbc-silent = 数据库在 { $seconds } 秒内未通过驱动程序作答
    .remedy = 请检查服务器，或在服务器空闲时读取
odbc-answer-unexpected = ODBC 访问程序的应答格式无法识别
    .remedy = 请安装同一版本的各个程序
odbc-unlimited = ODBC 访问程序无法限制自身内存：{ $cause }
    .remedy = 请检查节点运行所受的资源限制
odbc-driver-missing = 无法加载数据库的驱动程序：{ $cause }
    .remedy = 请安装厂商的驱动程序，并按连接字符串中的名称登记在 odbcinst.ini 中，或在连接字符串中以 Driver 指明其文件路径
odbc-login-refused = 数据库拒绝该账号登录或其口令有误：{ $cause }
    .remedy = 请更正账号，或在数据源配置所指的位置更正口令
odbc-unreachable = 无法连接数据库：{ $cause }
    .remedy = 请检查服务器是否运行、连接字符串、账号以及两者之间的防火墙
odbc-text-hidden = 错误 { $number }（SQLSTATE { $state }），其说明含有口令，不予显示
odbc-name-unquotable = 数据库不支持以引号书写名称，语句中无法使用名称“{ $table }”
    .remedy = 请共享名称以 ASCII 字母开头、仅含 ASCII 字母、数字和“_”的视图
odbc-statement-stopped = 数据库终止了语句：已达到 { $seconds } 秒的时限，或被管理员终止
    .remedy = 请调大数据源的 statement_seconds，或在服务器空闲时读取
odbc-statement-refused = 数据库拒绝执行语句：{ $cause }
    .remedy = 请数据库管理员将库表的 SELECT 权限授予该账号；视图可能引用了已不存在的对象
odbc-connection-lost = 与数据库的连接中断：{ $cause }
    .remedy = 请重试；如再次发生，请查看服务器日志
odbc-statement-failed = 数据库报告错误 { $number }（SQLSTATE { $state }），其说明可能含有数据内容，不予显示
    .remedy = 请查看服务器日志；视图含有计算的，请更正视图
odbc-value-unfit = “{ $table }”第 { $row } 行字段“{ $column }”：{ $reason }
    .remedy = 请更正该值，或共享转换或截短该值的视图；由驱动程序假定的长度，可在驱动程序的设置中调整
odbc-check-tested = 数据库为 { $product }，已用 Debian 提供的驱动程序测试
odbc-check-untested = 数据库自报为 { $product }，该数据库未以 ODBC 方式测试：请将前几行与数据库核对
odbc-check-not-judged = 通过 ODBC 不检查账号权限、加密、编码和时区：账号应仅能读取待共享的库表，驱动程序应设置为加密
odbc-check-tables = 库表和视图：{ $count }
odbc-check-no-tables = 该账号没有库表或视图
    .remedy = 请数据库管理员将待共享库表的 SELECT 权限授予该账号，并核对配置项 schema
