# 检索索引

cursor-expired = 列表已变更，原位置不再保留
search-folder-unusable = 检索索引目录 { $path } 不可用：{ $cause }
search-index-missing = 检索索引正在建立
    .remedy = 请稍后重试；进度见“status”
search-index-of-another-version = 检索索引由其他版本的程序建立
search-index-unreadable = 检索索引无法读取：{ $cause }
    .remedy = 索引将依目录重新建立，请稍后重试
search-index-unwritable = 检索索引无法写入：{ $cause }
