# 证书和密钥文件
identity-file-unusable = { $path } 无法使用：{ $cause }
identity-file-unreadable = { $path } 无法读取：{ $cause }
    .remedy = 请指定存在的 PEM 文件，并允许本程序用户读取
identity-key-exposed = 密钥 { $path } 可被所有者以外的用户使用（权限{ $mode }）
    .remedy = 请执行：chmod 600 { $path }
identity-without-key = 其中没有 PEM 格式的私钥：{ $cause }
    .remedy = 请换用本城市群颁发机构签发的文件
identity-without-certificate = 其中没有证书
    .remedy = 请换用本城市群颁发机构签发的文件
identity-not-pem = 不是 PEM 格式：{ $cause }
    .remedy = 请换用本城市群颁发机构签发的文件
identity-certificate-malformed = 第一份证书无法读取：{ $cause }
    .remedy = 请换用本城市群颁发机构签发的文件
identity-of-another-cluster = 不是由本城市群颁发机构签发：{ $cause }
    .remedy = 请使用相互配套的证书和颁发机构
identity-key-unusable = 私钥无法使用：{ $cause }
    .remedy = 请换用本城市群颁发机构签发的文件
identity-key-of-another = 私钥与证书不配套：{ $cause }
    .remedy = 请使用与证书配套的私钥
identity-not-yet-valid = 尚未生效，自{ $begin }起有效
    .remedy = 请换领新证书（人员凭新邀请码，节点连上协调机构后自动换领），并核对本机时钟
identity-expired = 已于{ $end }到期
    .remedy = 请换领新证书（人员凭新邀请码，节点连上协调机构后自动换领），并核对本机时钟
identity-replaced-by-another = 新证书属于 { $found }，应属于 { $expected }
identity-not-authority = 不是颁发机构证书：{ $cause }
    .remedy = 请换用本城市群颁发机构签发的文件
tls-not-set-up = 无法建立 TLS：{ $cause }

# 证书中的名称
certificate-name-malformed = “{ $uri }”不符合{ $scheme }城市群/身份 的格式
    .remedy = 请使用本城市群颁发机构签发的证书
certificate-cluster-malformed = “{ $uri }”没有城市群名称：{ $scheme }之后应为1至{ $most }个字符（a-z、0-9、“-”、“_”、“.”）
    .remedy = 请使用本城市群颁发机构签发的证书
certificate-names-unreadable = 证书的备用名称无法读取：{ $cause }
    .remedy = 请使用本城市群颁发机构签发的证书
certificate-without-name = 证书的备用名称中没有{ $scheme }开头的 URI
    .remedy = 请使用本城市群颁发机构签发的证书
certificate-names-several = 证书的备用名称中有多个 URI（“{ $first }”“{ $second }”）
    .remedy = 请使用本城市群颁发机构签发的证书
certificate-of-another-cluster = { $who } 属于城市群“{ $found }”，不属于“{ $expected }”
server-of-another-principal = 对方身份为 { $found }，应为 { $expected }
    .remedy = 请更正地址：该地址由另一程序应答
connection-failed = 无法连接 { $address }：{ $cause }
connection-untrusted = 无法与 { $address } 建立可信连接：{ $cause }
connection-without-http2 = { $address } 不支持 HTTP/2
server-of-another-cluster = 对方不属于邀请码所指的城市群
    .remedy = 请向邀请人核对地址

# 连接与地址
server-certificate-of-another = 证书属于 { $found }，而服务属于 { $expected }
    .remedy = 请设置{ $expected }的证书和密钥
address-not-reachable = 其他程序无法访问 { $address }
    .remedy = 请将 { $option } 设为其他程序访问本程序的地址
address-in-use = 无法在 { $address } 监听：{ $cause }
    .remedy = 请停止占用该端口的程序，或更换端口
address-of-another-machine = 无法在 { $address } 监听：{ $cause }
    .remedy = 请改用本机地址
address-not-permitted = 无法在 { $address } 监听：{ $cause }
    .remedy = 请改用1024及以上的端口
address-unusable = 无法在 { $address } 监听：{ $cause }
    .remedy = 请更换监听地址
call-abandoned = 调用方在调用结束之前断开
connections-of-strangers = 在本程序无权限的调用方连接过多
    .remedy = 请稍后再试
connections-too-many = { $caller } 在本程序已有{ $count }个连接，达到上限
    .remedy = 请结束该调用方的其他命令和程序，或稍后再试

# 调用限额
calls-too-fast = 每秒调用次数超过上限
    .remedy = 请等待{ $milliseconds }毫秒，再放慢调用
memory-of-caller = 单个调用方占用内存将超过{ $mebibytes } MiB
    .remedy = 请等待其他调用结束，或减少单次发送的内容（如分块发送文件）；运维人员可调高 limits.memory_per_peer
memory-of-nodes = 各市节点占用内存合计将超过{ $mebibytes } MiB
    .remedy = 请稍后再试；运维人员可调高 limits.memory
memory-of-all = 全部调用方占用内存合计将超过{ $mebibytes } MiB
    .remedy = 请稍后再试；运维人员可调高 limits.memory
memory-of-work = 正在{ $work }的全部调用合计占用内存将超过{ $mebibytes } MiB
    .remedy = 请稍后再试，或减少单次发送的内容；此类调用最多使用 limits.memory 的一半，运维人员可调高该项
turns-taken = 正在{ $work }的调用过多，{ $seconds }秒内没有空闲
    .remedy = 请稍后再试，并减少单次查询的内容
turns-closed = 信号量已关闭
rights-changed = 调用期间，调用方的权限已调整
    .remedy = 请重新调用

# 连接各方
server-any-node = 城市的节点
server-any = 节点或协调机构
callers-of-city = { $city }的全部人员
work-log = 读取日志
work-import = 导入或批量变更条目
work-search = 检索联合目录
work-past-figures = 计算以往时点的数据

# 调用方
caller-of-no-city = { $who } 不属于任何城市
    .remedy = 请使用城市节点或人员的证书
