//! Catalogue files made for a test.

use std::fmt::Write as _;
use std::path::Path;

const HEADER: &str = "分类,名称,代码,提供方,提供方代码,摘要,格式,信息项,共享类型,共享条件,共享方式,\
                      是否开放,开放条件,更新周期,发布日期,关联资源代码,行政层级,涉密,安全级别\n";

/// Unconditional entries with the codes 206001/000001 and on.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The serial of the first entry.
    pub first: u32,
    /// How many there are.
    pub count: u32,
    /// Characters of each abstract.
    pub long: usize,
}

impl Sheet {
    /// The code of the entry with this serial.
    pub fn code(serial: u32) -> String {
        format!("206001{serial:06}")
    }

    /// The codes of the first `count` entries.
    pub fn codes(&self, count: u64) -> impl Iterator<Item = String> + use<> {
        let first = self.first;
        let count = u32::try_from(count).unwrap();
        (first..first + count).map(Self::code)
    }

    /// Writes the file.
    pub fn write(&self, path: &Path) {
        let mut text = HEADER.to_owned();
        let filler = "数".repeat(self.long);
        for serial in self.first..self.first + self.count {
            let code = Self::code(serial);
            let _ = writeln!(
                text,
                "2/06/001,测试条目{serial},{code},株洲市民政局,114302000069920125,{filler},\
                 电子表格:csv,名称:C(20),1,,文件,否,,每年,2026-01-01,,市级,否,1"
            );
        }
        std::fs::write(path, text).unwrap();
    }
}
