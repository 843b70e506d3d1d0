# 加入城市群与启动

invitation-not-for-node = 该邀请码用于 { $subject }，不能用于城市节点
    .remedy = 人员的邀请码请用“person join”
settings-exist = { $path } 已存在
    .remedy = 请另选文件夹，或用“serve”启动程序
path-invalid = 路径 { $path } 无效：{ $cause }
certificate-of-another-party = 证书 { $file } 属于 { $principal }，与配置中的城市{ $city }不符
    .remedy = 请指定本市节点的证书，或改正配置项“city”
reflection-unavailable = gRPC 反射不可用：{ $cause }

# 访问权限

person-not-of-city = { $principal } 不在本市人员和应用系统之列
    .remedy = 请向本市管理员索取邀请码
person-removed-from-city = { $principal } 已被本市移除：{ $reason }
    .remedy = 请向本市管理员索取新的邀请码
operator-role-in-city = 运维员是城市群的角色，不是城市的角色
    .remedy = 请联系协调机构运维员邀请
node-certifies-people-only = 节点只为本市人员签发证书，不为其他节点签发
roster-not-received = 本节点尚未收到成员名单

# 与协调机构的联系

coordinator-out-of-reach = 自{ $since }起无法连接协调机构：{ $cause }
    .remedy = 请稍后再试；其间仍可使用本市目录和已获授权的资源
coordinator-never-reached = 从未连接上协调机构：{ $cause }
    .remedy = 请检查配置项“coordinator”和网络；其间仍可使用本市目录
log-not-followed-here = 本程序未跟随 { $log } 的日志

# 日志恢复后的交付

deliveries-await-reading = { $city }暂缓交付：其日志已从备份恢复，此后尚未读完协调机构的日志
deliveries-await-confirmation = { $city }暂缓交付：其日志正在确认
deliveries-await-missing-log = { $city }暂缓交付：其他各方已知的日志多于其现有日志
deliveries-await-restored-log = { $city }暂缓交付：其日志已从备份恢复，尚无任何一方确认
