# 不符合流程的办理；处理办法写明由谁办理

entry-move-of-unknown = 不能{ $wanted }：条目不存在
    .remedy = 请由编制员暂存该条目
entry-move-of-draft = 条目为草稿，目前不能{ $wanted }
    .remedy = 请由编制员提交或撤回
entry-move-of-submitted = 条目待审核，目前不能{ $wanted }
    .remedy = 请由审核员审核通过或退回，或由编制员撤回
entry-move-of-returned = 条目已退回，目前不能{ $wanted }
    .remedy = 请由编制员改正，或原样再次提交
entry-move-of-taken-back = 条目已撤回，目前不能{ $wanted }
    .remedy = 请由编制员修订，或再次提交
entry-move-of-published = 条目已发布，目前不能{ $wanted }
    .remedy = 请由编制员修订
entry-move-of-withdrawal-asked = 条目已申请撤销，目前不能{ $wanted }
    .remedy = 请由审核员审核通过或退回，或由编制员撤回申请
entry-move-of-withdrawn = 条目已撤销，不能{ $wanted }
    .remedy = 新资源请使用新代码
entry-revisions-exhausted = 条目的版本号已用尽
review-of-own-work = { $reviewer } 编制或提交了该版本，不得审核该版本
    .remedy = 请由其他审核员审核

# 提交时缺少的内容。所引条款均为《政务数据共享条例》（国务院令第809号）。

submission-incomplete = 条目不能提交：缺少评估、同意或共享条件
    .remedy = 补充后重新导入，或使用 --consent 注明同意文号
submission-without-scope = 有条件共享的资源应当列明共享范围（《政务数据共享条例》第十五条）
    .remedy = 在共享条件中填写可以使用的部门或范围
submission-without-uses = 有条件共享的资源应当列明使用用途（《政务数据共享条例》第十五条）
    .remedy = 填写使用用途，或使用 --uses 为各行统一填写
submission-without-reason = 不予共享的资源应当列明理由（《政务数据共享条例》第十五条）
    .remedy = 填写不予共享理由，或使用 --not-shared-reason 为各行统一填写
submission-without-article = 不予共享的资源应当明确法律、行政法规或国务院决定的具体条款（《政务数据共享条例》第十四条、第十五条）
    .remedy = 在《》后注明条款
submission-without-secrecy-assessment = 提交前应当开展保密风险评估（《政务数据共享条例》第十三条）
    .remedy = 填写评估结论和文号，或使用 --secrecy-assessment 和 --document 为各行统一填写
submission-without-personal-information-assessment = 提交前应当开展个人信息保护影响评估（《政务数据共享条例》第十三条）
    .remedy = 填写评估结论和文号，或使用 --personal-information-assessment 和 --document 为各行统一填写
submission-without-consent = 提交前应当经部门负责人审核同意（《政务数据共享条例》第十三条）
    .remedy = 使用 --consent 注明同意文号，或由负责人本人使用 --consent-own 提交

# 条目须随之更新的变化。

change-of-unpublished = 不能登记变化：条目尚未发布或已撤销
    .remedy = 将变化写入拟发布的版本
change-noted-already = 已登记 { $on } 的变化，更新期限为 { $due }
    .remedy = 由编制员提交同时反映两项变化的版本
change-in-future = { $on } 晚于今天（{ $today }）
    .remedy = 在变化发生之日或之后登记
change-not-noted = 条目没有已登记的变化
    .remedy = 先用“catalogue change-noted”登记
change-not-extensible = 更新期限 { $due } 已过或已延长过
    .remedy = 由编制员提交更新
change-extension-out-of-range = { $days } 个工作日；现行规则最多允许 { $most } 个
    .remedy = 填写不超过 { $most } 的工作日数
extension-without-consent = 延长更新期限须经主管部门同意（《政务数据共享条例》第十七条）
    .remedy = 注明同意文号，或由未登记该变化的主管部门人员同意
