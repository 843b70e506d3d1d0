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
