# 配置
settings-wrong = 配置有{ $count }处错误
settings-file-wrong = 配置文件 { $path } 有{ $count }处错误
settings-unreadable = 配置无法读取：{ $cause }
settings-flags-unreadable = 命令行选项无法作为配置读取：{ $cause }
settings-file-missing = 文件 { $path } 不存在
    .remedy = 请参照随程序提供的示例按 TOML 格式编写，或指定其他文件
settings-file-unreadable = 文件 { $path } 无法读取：{ $cause }
    .remedy = 请改为本用户可读的 UTF-8 文本文件
settings-file-not-toml = 文件 { $path } 不符合 TOML 格式
settings-variable-not-text = 环境变量{ $name }不是 UTF-8 文本
setting-missing = 缺少该项
setting-missing-variable = 缺少该项，也可由环境变量{ $variable }提供
setting-unknown = 无此配置项，可用的有{ $known }
setting-value-unknown = “{ $found }”不在可选值之列：{ $known }
setting-value-wrong = 取值有误：{ $cause }
setting-out-of-range = { $found }，应为{ $least }至{ $most }
setting-too-small = { $found }，应不小于{ $least }
setting-empty = 内容为空
setting-folder-missing = { $path } 不是文件夹

# 文件
file-exists = { $path } 已存在
    .remedy = 请另选位置，或先移开该文件
file-unwritable = 无法写入 { $path }：{ $cause }
    .remedy = 请指定本用户可写的位置
file-disk-full = 无法写入 { $path }：{ $cause }
folder-blocked = 无法建立文件夹 { $path }
    .remedy = 请移开该处或上级的同名文件，或另选文件夹

# 代码表文件
tables-folder-unreadable = 无法作为文件夹读取：{ $cause }
tables-file-unknown = 无此代码表，代码表有{ $known }
tables-file-unreadable = 无法读取：{ $cause }
tables-file-too-large = 共{ $bytes }字节，上限为{ $most }字节
tables-file-not-utf8 = 不是 UTF-8 编码，请另存为“CSV UTF-8”

# 进程
log-filter-invalid = “{ $filter }”不是有效的运行日志筛选条件：{ $cause }
    .remedy = 请填写级别（如 info），或列表（如 info,h2=warn）
log-set-up-already = 运行日志已设置：{ $cause }
signal-unavailable = 无法监听信号{ $signal }：{ $cause }
core-dumps-unavoidable = 无法关闭内核转储：{ $cause }
    .remedy = 请在允许 prctl 和 setrlimit 的环境中运行
metrics-address-unusable = 无法在 { $address } 提供监控指标：{ $cause }
    .remedy = 请为监控指标另设地址，或停止占用该地址的程序
metrics-failed = 监控指标无法启动：{ $cause }
job-broke-off = 后台任务已中断：{ $cause }
caller-gone = 调用方已断开
