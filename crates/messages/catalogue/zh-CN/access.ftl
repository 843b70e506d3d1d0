# 人员与权限
person-not-found = 没有名为“{ $name }”的人员
    .remedy = 请用“person list”查看人员列表
person-exists = { $who }已存在
    .remedy = 请换名，或先移除同名人员
person-removed = { $who }已被移除
    .remedy = 请重新邀请
person-of-another-kind = 不能将{ $rights }授予{ $who }：操作员与审计员须分开
    .remedy = 请先移除该人员，再以新角色邀请
person-changes-own-rights = { $who }不能变更本人的权限
    .remedy = 须由另一位管理员或操作员办理
person-removes-itself = { $who }不能移除本人
    .remedy = 须由另一位管理员或操作员办理
step-broke-off = 操作中断

# 邀请码
invitation-unknown = 邀请码在此无法识别：已撤回，或属于其他程序
invitation-altered = 邀请码已被改动
invitation-used = 邀请码已于{ $at }使用
invitation-expired = 邀请码已于{ $at }过期
invitation-hours-out-of-range = 邀请码有效期应为1至{ $most }小时，不能为{ $hours }小时

# 已签发的证书
certificate-not-issued-here = { $who }的证书不是在此签发的
    .remedy = 请先取得邀请码
certificate-ended = { $who }的证书已失效
    .remedy = 请索取新的邀请码
certificate-renewed-already = { $who }的证书已经换发，后续证书为{ $newer }
    .remedy = 如非本人换发，私钥可能已泄露，请重新邀请
certificates-too-many = { $who }有{ $number }份证书尚未到期
    .remedy = 请待部分证书到期，或重新邀请
certificate-renewed-too-often = { $who }换发过于频繁
certificate-request-for-another = 请求注明的是“{ $named }”，实际为{ $who }

# 成员名单的签名
checkpoint-unsigned = 检查点不是由本城市群颁发机构签名
checkpoint-text-malformed = 已签名检查点的内容格式有误
checkpoint-elsewhere = 应为{ $expected_log }前{ $expected_size }条的检查点，实为{ $log }前{ $size }条的检查点
checkpoint-root-differs = 前{ $size }条的签名根为{ $signed }，而已读条目的根为{ $read }

# 读取邀请码
invitation-malformed = 邀请码须以{ $prefix }开头，且为一行
invitation-damaged = 邀请码已损坏：有字符缺失、错误或多余
invitation-of-another-version = 邀请码出自本程序的其他版本
    .remedy = 请使用邀请方的程序版本

# 对本人的操作
person-invites-itself = { $who }不能邀请本人
    .remedy = 须由另一位管理员或操作员办理

# 角色
role-administrator = 管理员
role-publisher = 目录编制员
role-reviewer = 审核员
role-consumer = 需求申请员
role-approver = 审批员
role-auditor = 审计员
role-operator = 操作员
role-unknown = “{ $text }”不是角色；可用的角色：{ $known }
role-missing = 人员至少须有一个角色
role-alone = 角色{ $role }不能与其他角色兼任
role-without-department = 角色{ $role }不属于部门，不能归属{ $department }
rights-of-department = { $department }的{ $roles }
certificate-serial-malformed = “{ $text }”不是证书序列号，应为32位十六进制数

# 成员状态
membership-active = 正常
membership-suspended = 已暂停
membership-removed = 已移除
membership-status-unknown = “{ $text }”不是成员状态
membership-status-fixed = 成员{ $from_status }，不能变更为{ $status }
    .remedy = 请用“chengji-coordinator member list”查看成员
membership-status-final = 成员已移除，不能变更为{ $status }
    .remedy = 请用“chengji-coordinator member invite”重新邀请该市
member-unknown = { $city }不是本城市群成员
    .remedy = 可由协调机构操作员邀请该市
member-suspended = { $city }自{ $since }起暂停资格：{ $reason }
    .remedy = 可由协调机构操作员恢复该市资格
member-removed = { $city }已于{ $since }移除：{ $reason }
    .remedy = 可由协调机构操作员重新邀请该市
person-not-in-cluster = { $who }不在本城市群人员之列
    .remedy = 可由协调机构操作员重新邀请
certificate-revoked = { $who }的证书{ $serial }已吊销
    .remedy = 请使用最近签发的证书，或索取新的邀请码
roster-too-old = 上次连上协调机构是{ $age }小时前；与其失去联系后，成员名单只在{ $grace }小时内有效
