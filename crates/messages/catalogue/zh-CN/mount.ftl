# 挂接
nothing-mounted = 条目{ $code }未挂接数据
    .remedy = 请用“chengji-node catalogue mount 代码 路径”挂接文件
nothing-mounted-at-provider = 提供方未挂接条目{ $code }的数据
    .remedy = 请联系提供方挂接文件后再获取
mount-changed-meanwhile = 计量期间，条目{ $code }已改挂其他数据源
mount-measured-meanwhile = 读取期间，条目{ $code }的库表已重新计量，且内容不同
mount-without-roots = 本节点未设置挂接目录，不能挂接
    .remedy = 请在配置项“mount_roots”中指定文件夹并重新启动节点
mount-outside-roots = { $path }（按链接指向）不在挂接目录内
    .remedy = 请将文件放入以下挂接目录之一：{ $roots }
mount-path-invalid = “{ $path }”不是路径
mount-path-too-long = 路径超过{ $most }字节
mount-reading-closed = 节点正在停止，不再读取文件
mount-reading-ended = 已取消读取 { $path }
mount-code-twice = 代码{ $code }出现在{ $count }行（{ $lines }）
    .remedy = 同一代码只保留一行

# 数据源
source-unreadable = { $path } 无法读取：{ $cause }
    .remedy = 请恢复该文件并确保节点可读，或改挂其他文件
source-not-a-file = { $path } 不是普通文件
    .remedy = 请恢复该文件并确保节点可读，或改挂其他文件
source-changed-while-read = { $path } 在读取期间发生变化
source-name-not-utf8 = { $path } 的文件名不是 UTF-8 文本
    .remedy = 请重命名文件
source-name-invalid = 文件名“{ $name }”不能登记：{ $fault }
    .remedy = 请重命名文件
source-path-not-utf8 = 路径 { $path } 不是 UTF-8 文本
    .remedy = 请重命名文件或其文件夹
source-of-resource-unavailable = { $resource } 的数据源无法读取，原因见提供方的运行日志
source-of-resource-changed = { $resource } 的数据源在读取期间发生变化

# 批量挂接
mount-without-start = 批量挂接须先发 start，再发 pairs
mount-too-many-pairs = 一次最多挂接{ $most }个文件，名称共{ $size } MiB
    .remedy = 请拆分后分次挂接
mount-fits-several = 该文件对应多个条目：{ $codes }
    .remedy = 请在表格中写明对应的条目（--from）
mount-several-fit = 该条目对应{ $count }个文件：{ $files }
    .remedy = 请使用只匹配其中一个文件的文件名模式，或在表格中写明（--from）
mount-several-fit-and-more = 该条目对应{ $count }个文件：{ $files }等
    .remedy = 请使用只匹配其中一个文件的文件名模式，或在表格中写明（--from）
mount-path-unreadable = { $path } 无法查看：{ $why }
    .remedy = 请确保节点可读，或予以忽略
mount-cause = { $cause }
mount-folders-too-deep = 文件夹嵌套超过{ $most }层
mount-name-not-utf8 = 其中的名称“{ $name }”不是 UTF-8 文本
mount-too-many-files = 挂接目录中的文件和文件夹超过{ $most }个
    .remedy = 请缩小挂接目录，或在表格中写明文件与代码（--from）

# 文件名格式
pattern-invalid = “{ $pattern }”不是有效的文件名模式：{ $why }
    .remedy = 请写挂接目录下的路径，如 {"{"}code{"}"}.csv、{"{"}class{"}"}/{"{"}serial{"}"}*.csv 或 **/{"{"}name{"}"}.xlsx
pattern-length = 应为1至{ $most }个字符
pattern-not-below-root = 应为挂接目录下的路径
pattern-names-no-entry = 须以 {"{"}code{"}"}、{"{"}class{"}"} 加 {"{"}serial{"}"} 或 {"{"}name{"}"} 之一标识条目，且只标识一次
pattern-too-many-stars = 星号超过{ $most }个
pattern-brace-open = {"{"} 没有配对的 {"}"}
pattern-part-unknown = 无法识别 {"{"}{ $part }{"}"}
pattern-too-ambiguous = { $path } 与文件名模式的匹配方式过多
    .remedy = 请减少文件名模式中的星号
