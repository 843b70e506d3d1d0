# 目录条目的问题

catalogue-secret-entry = 国家秘密、工作秘密不属于政务数据（《政务数据共享条例》第三条），条目不得进入共享交换，其内容未予保存
    .remedy = 请从文件中移除该条目
catalogue-field-missing = 必填项为空
    .remedy = 请填写
catalogue-value-unknown = 取值不在规定范围内
    .remedy = 取值范围：{ $terms }
catalogue-code-invalid = { $cause }
    .remedy = 请按“分类数字/顺序号”填写，共8至40位数字，如 307012/000001
catalogue-classification-invalid = { $cause }
    .remedy = 请按“类/项/目”或“类/项/目/细目”填写，如 3/07/012、1/01/003/02
catalogue-provider-code-invalid = { $cause }
    .remedy = 请按统一社会信用代码证书填写
catalogue-code-outside-classification = 代码未以其分类{ $classification }的数字开头
    .remedy = 请填写“{ $digits }/顺序号”
catalogue-condition-needless = 无条件共享的资源不应填写共享条件
    .remedy = 请清空，或将共享类型改为“{ $class }”
catalogue-text-of-other-class = 只有共享类型为{ $class }的资源填写此项
    .remedy = 清空该项，或将共享类型改为{ $class }
catalogue-manner-needless = 不予共享的资源不应填写共享方式
    .remedy = 请清空
catalogue-basis-not-cited = 不予共享须列明法律、行政法规或者国务院决定依据
    .remedy = 请用《》写明文件名称，并写明条款
catalogue-open-condition-needless = 不开放的资源不应填写开放条件
    .remedy = 请清空，或将“是否开放”改为“{ $yes }”
catalogue-date-invalid = 日期无效
    .remedy = 请按 YYYY-MM-DD 填写，如 2026-03-18
catalogue-too-many-related-codes = 关联资源共{ $count }个，最多{ $most }个
    .remedy = 请保留最主要的{ $most }个
catalogue-volume-invalid = 应为0至{ $most }的整数
    .remedy = 请只填数字，或留空

# 信息项

catalogue-too-many-items = 信息项共{ $count }个，最多{ $most }个
    .remedy = 请拆分为多个目录条目
catalogue-item-class-missing = 信息项填写了共享条件或共享方式，但未填写共享类型
    .remedy = 请按“名称:类型(长度):共享类型:条件:方式”填写
catalogue-item-manner-needless = 不予共享的信息项不应填写共享方式
    .remedy = 请删去共享方式
catalogue-item-stricter = 信息项“{ $item }”为{ $class }，目录条目应与其最严格的信息项一致
    .remedy = 请将该条目的共享类型改为“{ $term }”，或放宽该信息项
catalogue-item-condition-needless = 无条件共享的信息项不应填写条件
    .remedy = 请删去条件，或将该信息项的共享类型改为“{ $class }”
catalogue-item-condition-missing = 不予共享的条目中，有条件共享的信息项须单独填写条件
    .remedy = 请在共享类型之后填写条件
catalogue-item-basis-not-cited = 信息项不予共享须列明法律、行政法规或者国务院决定依据
    .remedy = 请用《》写明文件名称和条款；条目已列明的可不填
