# 统计月报 PDF，由专门程序排版

report-pdf-usage = chengji-report-pdf 从标准输入读取“report month”输出的 JSON 格式月报，排版成 PDF 写到标准输出。本程序没有参数；{ $variable }可指定字体文件夹，代替系统字体。
report-pdf-no-chinese-font = 本机没有字体包含以下字符：{ $characters }
    .remedy = 请安装中文字体，如 Debian 软件包 fonts-noto-cjk 或 fonts-wqy-microhei
report-pdf-no-font = 本机没有字体包含以下字符：{ $characters }
    .remedy = 请安装包含这些字符的字体，如 Debian 软件包 fonts-dejavu-core
report-pdf-limits = 无法限制排版程序的时间和内存：{ $cause }
report-pdf-input = 无法从标准输入读取月报：{ $cause }
report-pdf-failed = 月报无法排版：{ $cause }

report-pdf-not-found = 本机没有生成 PDF 的程序{ $program }
    .remedy = 请将{ $program }安装到本程序所在文件夹或 PATH 中的文件夹，或用{ $variable }指定其文件
report-pdf-not-started = { $program }无法启动：{ $cause }
    .remedy = 请检查该文件及其权限
report-pdf-refused = PDF 无法生成：{ $cause }
    .remedy = { $remedy }
report-pdf-too-long = { $program }在 { $seconds } 秒内未生成 PDF，已被终止
    .remedy = 请检查其等待的内容，如其他机器上的字体文件夹
report-pdf-too-large = { $program }的输出超过 { $most } MiB，已被终止
    .remedy = 请检查该程序是否与本版本一致；或改按单个城市或部门统计
report-pdf-ended = { $program }未生成 PDF 即已结束：{ $status }
    .remedy = 处理器时间超过一分钟或内存超过 2 GiB 时，该程序会被终止；请改按单个城市或部门统计
