# 密钥
key-unusable = 密钥 { $path } 无法使用：{ $cause }
key-needs-passphrase = 密钥已加密，需要口令
    .remedy = 请设置 passphrase_file
key-passphrase-wrong = 口令有误
    .remedy = 请更正 passphrase_file 的内容
key-not-encryptable = 密钥无法加密：{ $cause }
key-or-certificate-not-made = 无法生成密钥或证书：{ $cause }
key-not-ed25519 = 日志签名须用 Ed25519 密钥
passphrase-file-empty = 口令文件 { $path } 为空
signature-of-another-key = 签名未使用该密钥
signing-request-unusable = 证书签名请求无法使用：{ $cause }
signing-request-too-large = 超过{ $most }字节

# 证书
certificate-unreadable = 证书无法读取
certificate-malformed = 证书格式有误：{ $cause }
certificate-unusable = 证书 { $path } 无法使用：{ $cause }
certificate-of-another-key = 与密钥不配套
    .remedy = 请指定相互配套的证书和密钥
certificate-expired = 已于{ $end }到期
certificate-end-not-a-time = 证书的到期时间有误：{ $cause }
certificate-name-unusable = “{ $name }”不能作为证书中的名称
certificate-of-another-authority = 证书附带的颁发机构不是本城市群的颁发机构
certificate-of-another-principal = 收到的是 { $found } 的证书，应为 { $expected } 的证书
certificate-renewal-unproved = 证明未用该证书的密钥签名

# 颁发机构
authority-not-one = 不是颁发机构证书
    .remedy = 请申请可签发下级颁发机构证书的中间证书
authority-without-room = 路径长度为0，不能签发各市颁发机构的证书
    .remedy = 请申请可签发下级颁发机构证书的中间证书
authority-cannot-certify = 密钥用途不含证书签发
    .remedy = 请申请可签发下级颁发机构证书的中间证书
authority-exists = { $path } 已存在
    .remedy = 请另选文件夹：更换颁发机构会使已签发的证书全部失效
city-authority-of-another-key = 本市颁发机构的证书与密钥不符
cluster-name-malformed = “{ $name }”不是有效的城市群名称
    .remedy = 请用1至{ $most }个字符：a-z、0-9、“-”、“_”、“.”

# 领取证书
identity-not-lockable = 无法锁定 { $path }：{ $cause }
    .remedy = 请确认本用户在该处可写，且文件系统支持文件锁
identity-of-another = { $path } 已属于 { $cluster } 的 { $who }
    .remedy = 请移开该文件夹，或将 CHENGJI_HOME 设为其他文件夹
