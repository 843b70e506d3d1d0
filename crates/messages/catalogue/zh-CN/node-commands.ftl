# 获取

fetched-anew-meanwhile = { $request }其间已重新获取，内容不同
    .remedy = 请重新执行该命令
target-is-folder = { $path }是文件夹，请指定文件名
target-exists = { $path }已存在
    .remedy = 请另选文件名，或加 --force 覆盖
target-unreadable = 无法读取{ $path }：{ $cause }
    .remedy = 请指定本用户可读的位置
target-unwritable = 无法写入{ $path }：{ $cause }
    .remedy = 请指定本用户可写的位置
received-file-unlike-receipt = 节点上的文件与回执不符
    .remedy = 请先不加 --to 和 --if-changed 获取一次，再重新执行

# 共享申请

request-move-refused = 申请{ $request }：协调机构未采纳该项办理：{ $cause }
request-was-rejected = 申请{ $request }不予受理：{ $cause }
share-manner-unknown = { $manner }不是共享方式
    .remedy = 请使用 table、file 或 interface：{ $terms }
request-still-in-state = 已等待{ $seconds }秒，申请{ $request }的状态仍为“{ $state }”；申请仍予保留
    .remedy = 请稍后用“chengji-node request show { $request }”查看；“chengji-node status”显示协调机构是否可连接

# 选择目录条目

no-entry-selected = 未指定目录条目
    .remedy = 请给出资源代码，或用 --department、--class、--under 筛选，或用 --all 选择全部
entries-not-found = 下列目录条目不存在，或不符合筛选条件：{ $codes }
    .remedy = 请用“chengji-node catalogue pending”查看尚未发布的条目
option-value-unknown = { $value }不是{ $option }的取值
    .remedy = 取值范围：{ $terms }

# 导出

option-of-other-files = { $option }仅适用于{ $kinds }文件
    .remedy = 请去掉该选项，或更换文件类型
nothing-to-export = 目录中没有已发布的条目，或没有符合筛选条件的条目
    .remedy = 请先导入条目，或减少筛选条件
