# 命令行框架：帮助的标题和参数旁的说明

usage-heading = 用法：
commands-heading = 命令：
arguments-heading = 参数：
options-heading = 选项：
usage-options = 选项
usage-command = 命令
usage-see-help = 详见“--help”。
possible-values = [可选值: { $values }]
possible-values-heading = 可选值：
argument-default = [默认: { $value }]
argument-variable = [环境变量: { $variable }]

# 无法识别的命令行

argument-unknown = 没有参数“{ $argument }”
argument-value-missing = “{ $argument }”未填写值
argument-value-unknown = “{ $given }”不是“{ $argument }”的可选值
argument-value-invalid = “{ $argument }”的值“{ $given }”无效：{ $cause }
argument-equals-missing = “{ $argument }”的值须写在等号之后
argument-values-too-many = “{ $argument }”不再接受其他值，如“{ $given }”
argument-values-too-few = “{ $argument }”的值不足
argument-repeated = “{ $argument }”只能出现一次
argument-in-conflict = “{ $argument }”不能与{ $others }同时使用
arguments-in-conflict = “{ $argument }”不能与其他参数同时使用
arguments-missing = 缺少必填参数：{ $arguments }
argument-not-utf8 = 参数不是有效的 UTF-8 文本
arguments-unreadable = 参数无法识别：{ $cause }
command-unknown = 没有命令“{ $command }”
command-missing = 缺少命令
similar-exists = 是否要用“{ $similar }”？
not-whole-number = 须为整数
not-socket-address = 须为 IP 地址和端口，如 127.0.0.1:7430
number-out-of-range = 取值范围为{ $least }至{ $most }，现为{ $number }
number-too-small = 不得小于{ $least }，现为{ $number }

# 错误的报告

failure-message = 错误：{ $message }
failure-violation = { $field }：{ $problem }
failure-remedy = 处理办法：{ $remedy }
failure-code = 代码：{ $code }（{ $title }）
failure-code-of-call = 代码：{ $code }（{ $title }），请求号 { $request }

exit-codes-heading = 退出码：
exit-code-done = 已完成
exit-code-us = 本程序、本机或数据故障
exit-code-usage = 命令行有误
exit-code-caller = 取值有误，或对象不存在
exit-code-policy = 规则或授权不允许
exit-code-peer = 对方或网络故障
exit-code-busy = 繁忙或内容已被更改，请稍后重试

# 输出

output-unwritable = 结果无法写入标准输出：{ $cause }
    .remedy = 请检查标准输出的重定向，然后重新执行命令
program-cannot-start = 程序无法启动线程：{ $cause }
