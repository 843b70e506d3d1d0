# 配置项的说明，用于《配置项》一页。英文以源代码为准；此处按配置项给出中文。
# 标识为 help-settings-程序[-小节]；两个程序共有的为 help-settings[-小节]。属性为配置项名称，小节本身的说明为消息的正文。

## 两个程序共有

help-settings =
    .listen = 监听地址。
    .backups = 备份文件夹；未指定时为数据目录旁的 `backups`。
    .tables = 代码表文件夹，其中的 `divisions.csv`、`terms.csv` 整表替换同名的内置代码表。`tables export` 导出内置代码表，`tables check` 检查该文件夹；启动时读取。
    .metrics = Prometheus 指标（`/metrics`）和探针（`/healthz`、`/readyz`）的监听地址，明文 HTTP，无认证；未指定时不提供。应只允许监控系统访问。
    .log_format = 运行日志的格式。

help-settings-limits = 服务对调用方的资源限制，各项均可省略。
    .max_message = 单个消息的最大长度。
    .max_connections = 连接总数上限，含正在握手的；超出的连接立即关闭。
    .max_connections_per_peer = 同一身份的连接数上限，也是同一地址同时握手数的上限。
    .max_newcomers_per_address = 同一地址没有证书的连接数上限（用于加入和换发证书），也是其他某一城市全部人员合计的连接数上限。
    .calls_per_second = 同一身份全部连接合计每秒的调用次数，瞬时可达四倍。
    .newcomer_calls_per_second = 没有证书的同一地址，或其他某一城市全部人员合计，每秒的调用次数。
    .denials_at_once = 同一调用方，或其他某一城市全部人员合计，短时间内说明原因并记入审计记录的拒绝次数，每秒恢复 2 次。超出部分仅答复调用过于频繁。
    .handshake_timeout = TLS 握手的时限。
    .call_timeout = 一问一答的调用的时限；不适用于流式调用。
    .idle_timeout = 没有调用的连接的保留时间。
    .concurrent_streams = 一个连接上同时进行的调用数上限。
    .header_list = 一次调用的头部的最大长度。
    .pending_resets = 一个连接上，对方在调用得到处理之前可撤回的次数；超出则断开连接。
    .idle_frames_per_second = 一个连接上每秒不属于调用的 HTTP/2 帧数（ping、设置、窗口、空数据），瞬时可达四倍，每发送 16 KiB 另加一帧。没有证书的调用方和其他城市的人员为十分之一。超出则断开连接。
    .keepalive_interval = 连接没有活动迹象超过此时间即发送探测。收到数据，或已满的套接字缓冲区腾出空间，均为活动迹象。
    .keepalive_timeout = 探测之后等待活动迹象的时间，期满断开连接。
    .stream_window = 一次调用的流量控制窗口，即对方可预先发送的字节数。
    .connection_window = 一个连接上全部调用合计的流量控制窗口。
    .frame = 接收的 HTTP/2 帧的最大长度。
    .send_buffer = 一个答复为接收缓慢的一方缓存的字节数。
    .memory = 全部调用方的消息和导入合计占用的内存，各市节点和在本程序没有权限的调用方合计使用其中四分之三，导入和批量变更合计使用其中一半。超出的调用以 LIMIT_EXCEEDED 失败。
    .memory_per_peer = 同一身份全部连接的消息和导入合计占用的内存。

## 节点

help-settings-node =
    .city = 本市的行政区划代码（GB/T 2260）。数据目录始终属于该市。
    .endpoint = 协调机构、其他城市的节点和本市人员访问本节点的地址，写入本市人员的邀请码。地址变更由节点自动报告协调机构。
    .data = 数据库文件夹：目录、申请、回执、本市日志、本市人员及其证书、审计记录。由 `join` 创建；数据库不存在时 `serve` 不启动。
    .identity = 节点的私钥和证书，一个 PEM 文件（权限 600）。换发证书时程序替换该文件，须对其所在文件夹有写权限。
    .ca = 城市群颁发机构的证书，PEM。
    .people = 本市颁发机构的文件夹，为本市人员签发证书：`people-ca.pem` 和 `people-ca-key.pem`（权限 600）。须另行备份并保密。
    .coordinator = 协调机构的地址。
    .grace_hours = 与协调机构失去联系时成员名单的有效时间。期满后拒绝其他城市的节点以及运维员、审计员，直至恢复联系；本市人员不受影响。
    .automatic_grants_per_day = 每天对同一城市自动授权（无条件共享的资源）的件数上限，其余申请由人员办理。
    .compare_interval = 在后台将协调机构日志的副本与协调机构的原件逐条比对的间隔。
    .mount_roots = 可挂接文件所在的文件夹，以解析链接后的位置为准。其他位置的文件不能挂接，也不能交付。
    .received = 存放所获取文件的文件夹；未指定时为数据目录中的 `received`。
    .log_filter = 运行日志的筛选条件：级别，或 `info,chengji_node=debug` 形式的列表。

help-settings-node-measuring = 定期计量挂接的文件：有变动的，以及按目录更新周期即将失效的（周期过半至四分之三时）。每次一个文件。
    .every_minutes = 两轮计量的间隔；0 表示不计量，每 15 分钟只检查文件是否存在。

help-settings-node-receiving = 所获取文件占用的磁盘空间。`status` 显示使用情况。
    .file_limit = 单个文件的最大长度；未指定时不限。
    .received_limit = 全部所获取文件的合计长度上限，含未完成的；未指定时不限。
    .disk_reserve = 获取文件时为数据库留出的磁盘空间；未指定时为 1 GiB，磁盘不足 20 GiB 时为其 5%。
    .keep_unfinished_days = 未完成的获取自最后收到数据起的保留时间。已无法继续的（例如授权已终止）在下次启动时或一天之内删除。

help-settings-node-query = 以 SQL 查询已获授权的库表、联合目录、本市的申请和共享率，经节点地址上的 Arrow Flight SQL 提供。每次查询在单独的进程中运行。
    .enabled = 为 false 时不计算查询，包括本市的和其他城市移交的。
    .memory = 单次查询的内存上限。排序、分组和连接超出内存的部分存于磁盘，以 `spill` 为限；仍不足的查询失败，节点不受影响。
    .spill = 单次查询存放超出内存的行所用磁盘空间的上限，为数据目录中一个没有名称的文件。0 表示不使用磁盘，超出内存的查询失败。始终留出 `[receiving]` 的 `disk_reserve` 所定的空间，未指定时为 1 GiB。
    .longest_seconds = 单次查询的时间上限，含由其引起的获取。
    .at_once = 同时运行的查询数上限，本市的和其他城市移交的分别计算，其余等待。其他城市移交的，每个城市最多占一半，至少一个。
    .keep_hours = 查询使用已接收库表的时间；超过后向提供方询问是否有变化。0 表示每次查询都询问。
    .fetch_up_to = 首次查询时整体获取的库表大小上限；更大的且从未获取过的库表，在授权和提供方节点准许时，由提供方计算查询的条件、字段和行数限制。
    .program = 运行查询的程序；未指定时为本程序所在文件夹或系统路径中的 `chengji-query-engine`。

help-settings-node-retention = 清除不需长期保留的内容。超过保留期的每天清除一次，不可恢复；此前的备份中仍有。`log retention --dry-run` 统计将清除的内容。
    .keep_reviews_days = 条目已发布版本之前的审核内容的保留时间：理由、人员、从未发布的版本。审核中的条目不清除。未指定时长期保留；依照共享记录的法定保存期，不少于三年。

help-settings-node-consent = 第二人对提出申请、授权、拒绝、延期、终止和变更共享的同意。
    .manner = `exchange`：每次调用先提请，由第二人另行调用同意。`paper`：每次调用注明同意文件的文号。
    .paper_accepted = 在系统内同意之外，是否也接受同意文件的文号。
    .standing_required = 自动授权是否须有该条目的常设同意；没有的，其申请由人员办理。

help-settings-node-requests = 申请与部门的关系。
    .bureau_answers = 本市规定可由数据局答复的为 true，未限定部门的审批员可代条目所属部门答复，记录中注明该部门；为 false 时，只能受该部门人员委托代理答复。

help-settings-node-notifications = 对人员的通知：Webhook 和邮件。
    .secrets = Webhook 密钥的文件夹，每人一个以其名称命名的子文件夹，其中每个密钥一个文件（权限 600），只有本人可在订阅时指明；内容为用于事件签名的 `whsec_` 及 24 至 64 字节的 Base64 编码，或含令牌的群机器人地址。未指定时不启用 Webhook。
    .private_targets = 除公共网络外，Webhook 可以到达的网段，如 `10.20.0.0/16`。其他内部、回环和链路本地地址一律拒绝；只有到这些网段的 Webhook 可以使用不加密的 HTTP。
    .authorities = 验证 Webhook 服务器和邮件服务器的颁发机构证书（PEM）；未指定时采用系统的 `/etc/ssl/certs/ca-certificates.crt`。
    .retry_days = 对一个事件重试送达的时间；期满仍未送达的不再发送，另行列出。
    .daily_hour = 每日邮件的发送时间：北京时间该整点之后。
    .mail_server = 邮件服务器；未指定时不启用邮件。
    .mail_security = 与邮件服务器的连接：自始使用 TLS，经 STARTTLS 使用 TLS，或不加密。
    .mail_sender = 发件人地址；使用邮件服务器时必填。
    .mail_user = 节点登录邮件服务器的用户名；未指定时不登录。
    .mail_password_file = 存放登录口令的文件（首行，权限 600）。

help-settings-node-sources = 库表的数据源，可有多个，各以名称区分：1 至 32 个小写字母、数字、`-` 或 `_`，以字母开头。节点只读取数据源；启动时无法访问的，使用时再次尝试。
    .kind = 数据源类别：SQLite 数据库、CSV 文件夹、Parquet 文件夹、PostgreSQL 数据库，MySQL、MariaDB 数据库，或通过 ODBC 访问的其他数据库。
    .path = SQLite 数据库文件，其中的表和视图均为库表。
    .folder = CSV 或 Parquet 文件在本机所在的文件夹。直接位于其中、扩展名为 `.csv` 或 `.parquet`、非隐藏且不是指向文件夹之外的链接的文件，各为一个库表，以不含扩展名的文件名命名。CSV 文件首行为各列名称；各列均为字符型，空字段为空值（NULL）。
    .url = CSV 或 Parquet 文件在兼容 S3 协议的对象存储中所在的文件夹，即存储桶和前缀，与 `folder` 择一。直接位于前缀之下的对象即其中的文件。
    .endpoint = 对象存储的地址。主机以存储桶名称开头的，按此类存储的要求发出请求（虚拟主机方式）；否则存储桶写在路径中。
    .region = 签署请求所用的区域；未指定时为 `us-east-1`，自建的对象存储大多采用。
    .encoding = CSV 文件的编码；未指定时为 `utf-8`。
    .host = 数据库服务器的主机。
    .port = 数据库服务器的端口；未指定时，PostgreSQL 为 5432，MySQL 和 MariaDB 为 3306。
    .database = 该服务器上的数据库名称。
    .user = 节点登录该服务器的用户名；对象存储为访问密钥的标识（access key ID）。只需读取所共享库表的权限，不应有其他权限；对象存储只需列出存储桶（`s3:ListBucket`）和读取对象（`s3:GetObject`）的权限。
    .password_file = 存放登录口令或访问密钥（secret access key）的文件，不含其他内容（权限 600）。
    .password_env = 存放登录口令或访问密钥的环境变量，与口令文件择一。
    .tls = 与服务器的连接是否使用 TLS；未指定时为 `required`，须能验证服务器证书。本机的对象存储，其地址仍可用 `http`。
    .ca = 验证服务器的颁发机构证书（PEM）；使用 TLS 时必填，对象存储未指定的，按系统的颁发机构验证。
    .connection = ODBC 数据库的连接字符串，按驱动程序厂商的文档书写，不含口令。登录用户 `user` 及其口令以 `UID` 和 `PWD` 附加其后。
    .schema = ODBC 数据库中库表所属的模式，库表名称不再含模式名；未指定时为所有模式的库表。
    .statement_seconds = 一条语句在服务器上的时限；未指定时为 300。
    .off_peak = 错峰时段：节点自行计量该数据源库表的时段，按北京时间；未指定时不限时段。可以跨越零点。工作人员要求的计量立即进行。

## 协调机构

help-settings-coordinator =
    .cluster = 城市群名称，即证书中的名称（`spiffe://CLUSTER/…`），由 `init --cluster` 指定。数据库始终属于该城市群。
    .address = 各市、运维员和审计员访问协调机构的地址，写入邀请码。
    .data = 数据库文件夹：联合目录、申请、各市日志的副本、协调机构自身的日志、成员、人员、证书、审计记录。由 `init` 创建；数据库不存在时 `serve` 不启动。
    .authority = 城市群颁发机构的文件夹：`ca.pem` 和 `ca-key.pem`（权限 600）。协调机构用它签发证书、签署成员名单。须另行备份并保密。
    .passphrase_file = 存放 `ca-key.pem` 口令的文件（首行，权限 600），适用于加密的私钥。
    .compare_interval = 在后台将各市日志的副本与该市的原件逐条比对的间隔。
    .headline = 共享率得分采用的单位；报告同时列出三种单位的数据。
    .log_filter = 运行日志的筛选条件：级别，或 `info,chengji_coordinator=debug` 形式的列表。

help-settings-coordinator-disputes = 城市间的争议。
    .common_superior = 协调机构属于各市共同的上级主管部门的为 true，由其自行协调处理争议；否则每件争议须先提请该部门，再登记该部门或人民政府的处理结果。
    .negotiation_required = 各市属于同一主管部门之下、提出争议之前须先协商的为 true，没有协商记录的争议不予采纳；此前已提出的，`request list` 予以标出。

help-settings-coordinator-probes = 抽查：协调机构指定其他城市读取无条件共享的资源，清点并与提供方登记的内容核对。
    .enabled = 是否下达抽查。由城市群决定；各节点均须升级到支持抽查的版本。
    .every_days = 同一条目两次抽查的间隔天数。
    .per_day = 每天下达抽查的最多件数。到期条目更多的，随机选取。
    .days = 抽查的期限，自下达次日起的天数。
    .max_bytes = 抽查的文件的最大字节数；库表按各值合计的字节数。

help-settings-coordinator-quotas = 每个城市的限额，各项均可省略。限额用尽时，在当前位置暂停读取该市日志，限额恢复后继续；`city list` 和该市的 `status` 显示是哪一项。数据库丢失后，应调高限额，直至重新读完各市日志。
    .entries_per_day = 每天的日志条目数，可集中到达。
    .bytes_per_day = 每天的日志字节数，可集中到达。
    .requests_per_minute = 每分钟的申请、校核、需求和回流事项件数，可集中到达。
    .requests_per_day = 每天的申请、校核、需求和回流事项件数。
    .quarantined_per_day = 每天因无法处理而隔离的条目数。
    .catalogue_entries = 在册的已发布目录条数，含已撤销的。用尽时在下一次发布之前暂停读取，直至调高。
    .catalogue_bytes = 在册的已发布目录字节数。用尽时在下一次发布之前暂停读取，直至调高。
