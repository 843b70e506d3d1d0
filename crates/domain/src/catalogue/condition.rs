//! Check that the condition of class 2 is specific: that it names a user, a purpose or a part of the data.
//! The approval of some office is none of these.

use chengji_messages::msg;

use super::comparison::{bare, is_made_of};
use super::{Entry, FieldProblem, ShareClass};
use crate::field::Field;

/// Words of conditions that name neither a user, nor a purpose, nor a part of the data.
const SCOPELESS: &[&str] = &[
    "有条件",
    "条件",
    "共享",
    "使用",
    "利用",
    "调用",
    "获取",
    "提供",
    "提供方",
    "提供单位",
    "数据",
    "资源",
    "信息",
    "本",
    "该",
    "本单位",
    "单位",
    "部门",
    "主管部门",
    "主管",
    "责任部门",
    "申请",
    "提出",
    "提交",
    "书面",
    "线下",
    "线上",
    "依申请",
    "审批",
    "审核",
    "审查",
    "批准",
    "核准",
    "同意",
    "授权",
    "许可",
    "通过",
    "协商",
    "确认",
    "备案",
    "登记",
    "工作需要",
    "实际",
    "情况",
    "需要",
    "需求",
    "要求",
    "规定",
    "相关",
    "有关",
    "程序",
    "流程",
    "手续",
    "因",
    "按",
    "按需",
    "依",
    "依据",
    "根据",
    "依法",
    "须",
    "需",
    "经",
    "经过",
    "由",
    "向",
    "后",
    "方可",
    "可",
    "可以",
    "予以",
    "给予",
    "进行",
    "无",
    "暂无",
    "其他",
    "其它",
    "另行",
    "详见",
    "面议",
    "的",
    "并",
    "和",
    "或",
    "才能",
];

/// Last characters of the names of approving offices.
const OFFICES: &[&str] = &[
    "局",
    "委",
    "委员会",
    "办",
    "办公室",
    "厅",
    "部",
    "中心",
    "部门",
    "单位",
    "政府",
    "机构",
];

/// Words for approval.
const APPROVALS: &[&str] = &[
    "审批", "审核", "审查", "批准", "核准", "同意", "授权", "许可",
];

/// Characters that occur in conditions but not in the name of an office.
const OF_SCOPES: &[char] = &[
    '用', '限', '供', '仅', '查', '由', '向', '经', '可', '与', '和', '或',
];

/// Maximum length of the name of an office, in characters.
const MAX_LENGTH: usize = 20;

/// Returns a warning about a condition that is not specific.
pub(super) fn condition(entry: &Entry) -> Option<FieldProblem> {
    if entry.share_class() != ShareClass::Conditional {
        return None;
    }
    let condition = entry.share_condition();
    is_made_of(&bare(condition), SCOPELESS, approver).then(|| {
        FieldProblem::new(
            Field::ShareCondition,
            condition,
            msg::WarningConditionScopeless,
        )
    })
}

/// Returns the length in bytes of an office's name at the beginning of this text, if its approval follows, as
/// in 市民政局审批.
fn approver(text: &str) -> Option<usize> {
    let name = text.char_indices().take(MAX_LENGTH);
    let name = name.take_while(|(_, c)| !OF_SCOPES.contains(c));
    let mut ends = name.map(|(at, c)| at + c.len_utf8());
    ends.find(|end| {
        let (name, rest) = text.split_at(*end);
        OFFICES.iter().any(|office| name.ends_with(office))
            && APPROVALS.iter().any(|approval| rest.starts_with(approval))
    })
}
