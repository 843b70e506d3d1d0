# 人员与权限
person-not-found = 没有名为“{ $name }”的人员
    .remedy = 请用“person list”查看人员
person-exists = { $who } 已存在
    .remedy = 请换名，或先移除同名人员
person-removed = { $who } 已被移除
    .remedy = 请重新邀请该人员
person-of-another-kind = 不能将{ $rights }授予 { $who }：运维员与审计员须由不同人员担任
    .remedy = 请先移除该人员，再以另一角色邀请
person-changes-own-rights = { $who } 不能调整本人的权限
    .remedy = 请由另一位管理员或运维员办理
person-removes-itself = { $who } 不能移除本人
    .remedy = 请由另一位管理员或运维员办理
step-broke-off = 操作已中断

# 邀请码
invitation-unknown = 无法识别该邀请码：已撤回，或属于其他程序
invitation-altered = 邀请码已被篡改
invitation-used = 邀请码已于{ $at }使用
invitation-expired = 邀请码已于{ $at }过期
invitation-hours-out-of-range = 邀请码有效期为1至{ $most }小时，不能为{ $hours }小时

# 已签发的证书
certificate-not-issued-here = { $who } 的证书不是由本程序签发
    .remedy = 请索取邀请码
certificate-ended = { $who } 的证书已过期
    .remedy = 请索取新的邀请码
certificate-renewed-already = { $who } 的证书已换发，新证书为{ $newer }
    .remedy = 如非本方换发，私钥可能已泄露，请索取新的邀请码
certificates-too-many = { $who } 有{ $number }份未过期的证书
    .remedy = 请待部分证书过期，或索取新的邀请码
certificate-renewed-too-often = { $who } 换发证书过于频繁
certificate-request-for-another = 证书申请中的名称为“{ $named }”，应为 { $who }

# 成员名单的签名
checkpoint-unsigned = 检查点未经本城市群颁发机构签名
checkpoint-text-malformed = 已签名检查点的内容格式有误
checkpoint-elsewhere = 应为{ $expected_log }前{ $expected_size }条的检查点，实为 { $log } 前{ $size }条的检查点
checkpoint-root-differs = 前{ $size }条的签名根为{ $signed }，已读条目的根为{ $read }

# 读取邀请码
invitation-malformed = 邀请码为一行文字，以{ $prefix }开头
invitation-damaged = 邀请码已损坏：有字符缺失、错误或多余
invitation-of-another-version = 邀请码由本程序的其他版本生成
    .remedy = 请使用与签发邀请码的程序一致的版本

# 对本人的操作
person-invites-itself = { $who } 不能邀请本人
    .remedy = 请由另一位管理员或运维员办理

# 角色
role-administrator = 管理员
role-publisher = 目录编制员
role-reviewer = 审核员
role-consumer = 需求申请员
role-approver = 审批员
role-auditor = 审计员
role-operator = 运维员
role-consenter = 负责人
role-authority = 主管部门
role-unknown = “{ $text }”不是角色，可用的角色为{ $known }
role-missing = 人员至少应有一个角色
role-alone = 角色{ $role }不能兼任其他角色
role-without-department = 角色{ $role }不按部门设置，不能限定于{ $department }
rights-of-department = { $department }的{ $roles }
certificate-serial-malformed = “{ $text }”不是证书序列号，应为32位十六进制数

# 成员状态
membership-active = 正常
membership-suspended = 已暂停
membership-removed = 已移除
membership-status-unknown = “{ $text }”不是有效的成员状态
membership-status-fixed = 成员状态不能由{ $from_status }变更为{ $status }
    .remedy = 请用“chengji-coordinator member list”查看成员
membership-status-final = 成员已移除，状态不能变更为{ $status }
    .remedy = 请用“chengji-coordinator member invite”重新邀请该市
member-unknown = { $city }不是本城市群成员
    .remedy = 请核对城市代码；协调机构运维员可用“member list”查看成员，用“member invite”邀请该市
member-suspended = { $city }的成员资格自{ $since }起暂停：{ $reason }
    .remedy = 请联系协调机构运维员恢复该市的成员资格
member-removed = { $city }已于{ $since }移出城市群：{ $reason }
    .remedy = 请核对城市代码；协调机构运维员可用“member list”查看成员，用“member invite”重新邀请该市
person-not-in-cluster = { $who } 不在本城市群的人员之列
    .remedy = 请向协调机构运维员索取新的邀请码
certificate-revoked = { $who } 的证书{ $serial }已吊销
    .remedy = 请使用最近签发的证书，或索取新的邀请码
roster-too-old = 上次连上协调机构是在{ $age }小时前；联系不上协调机构时，成员名单的有效期为{ $grace }小时
audit-chain-broken = 第{ $number }号拒绝记录与其前一条不相衔接：有审计记录被改动或删除
    .remedy = 与备份核对，并查明何人可访问数据目录
