# 表格的列名和字段名

column-problem = 问题
column-remedy = 处理办法
column-severity = 级别
column-subject = 对象
severity-critical = 严重
severity-warning = 警告
