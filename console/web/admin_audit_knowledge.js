// The lines of the audit log about articles, releases, the catalogue and files.

import { CANARY, LIMITS, SHARES } from "./operator_release_words.js";
import { FIELDS } from "./operator_words.js";

export const KINDS = {
  "article.created": "新建文章", "article.changed": "修改文章", "article.deleted": "删除文章", "article.undeleted": "取消删除文章", "article.restored": "恢复文章旧版本", "article.imported": "导入文章", "articles.exported": "导出文章",
  "release.made": "发起发布测试", "release.requested": "请审核发布", "release.published": "发布", "release.overridden": "强制发布", "release.canary_started": "开始灰度", "release.canary_ended": "结束灰度", "release.rolled_back": "退回", "release.discarded": "放弃待发布版本",
  "offering.changed": "修改套餐", "offering.deleted": "撤回套餐修改", "offering.imported": "导入套餐", "catalogue.exported": "导出套餐目录", "import.started": "上传导入文件", "import.applied": "确认导入", "import.dropped": "取消导入", "import.reread": "改列的对应",
  "test.saved": "保存测试题", "test.imported": "导入测试题", "test.removed": "删除测试题", "question.confirmed": "确认客户问题",
  "unknown.accepted": "采纳未知问题", "unknown.drafted": "从未知问题写文章", "unknown.ignored": "忽略未知问题", "unknown.reopened": "重新打开未知问题", "unknown.merged": "合并未知问题",
};
const FORMS = { yaml: "YAML", csv: "CSV", xlsx: "Excel", json: "TMF620 JSON" };

/** Return `said(words, ...details)` of a line that is one of these; null where it is not. */
export function sentence({ what, subject, detail }, said) {
  const article = `文章“${detail.title ?? subject}”`, release = detail.number ? `第${detail.number}版` : "一个版本", reason = detail.reason && `原因：${detail.reason}`;
  switch (what) {
    case "article.created": return said(`写了新${article}`);
    case "article.changed": return said(`修改了${article}`, fields(detail), detail.note && `说明：${detail.note}`);
    case "article.deleted": return said(`删除了${article}（发布后撤下）`);
    case "article.undeleted": return said(`取消了对${article}的删除`);
    case "article.restored": return said(`把${article}恢复成版本 ${detail.note}`, fields(detail));
    case "article.imported": return said(`导入了文章：新增${detail.created}篇，修改${detail.updated}篇`, detail.note);
    case "articles.exported": return said(`导出了${detail.what === "live" ? "线上" : "全部"}文章（${FORMS[detail.format] ?? detail.format}）`);
    case "release.made": return said(`发起了${release}的测试：${detail.changes}篇改动${detail.catalogue ? "，新的套餐目录" : ""}${detail.model ? "，新的检索模型" : ""}`);
    case "release.requested": return said(`请审核发布${release}`, detail.note);
    case "release.published": return said(`发布了${release}（${detail.changes}篇改动）`);
    case "release.overridden": return said(`强制发布了${release}（${detail.changes}篇改动，测试没通过）`, reason);
    case "release.canary_started": return said(`开始灰度${release}：${detail.percent}%的会话，${detail.minutes}分钟，到时间${detail.then === "full" ? "自动全部发布" : "退回"}`, reason);
    case "release.canary_ended": return said(`结束了${release}的灰度：${detail.to === "full" ? "全部发布" : "退回"}`);
    case "release.rolled_back": return said(`从第${detail.from}版退回到第${detail.to}版`);
    case "release.discarded": return said(`放弃了${release}`);
    case "offering.changed": return said(`修改了套餐“${detail.name}”`);
    case "offering.deleted": return said(`撤回了对套餐“${detail.name}”的修改`);
    case "offering.imported": return said(`导入了套餐：${detail.count}个有变化`, detail.note);
    case "catalogue.exported": return said(`导出了套餐目录（${FORMS[detail.format] ?? detail.format}）`);
    case "import.started": return said(`上传了文件“${detail.filename}”${detail.apply ? "并导入" : "，先看结果"}`);
    case "import.dropped": return said("取消了一次导入，什么都没有写入");
    case "import.reread": return said("改了导入文件里列的对应，重新读了一遍");
    case "import.applied": return said(`确认导入${detail.rest ? "没有问题的部分" : "整个文件"}`);
    case "test.saved": return said(`保存了测试题“${detail.question}”`, detail.article_id ? `应当答：${detail.article_id}` : "应当答不上");
    case "test.imported": return said(`导入了${detail.count}道测试题`);
    case "test.removed": return said(`删除了测试题“${detail.question}”`);
    case "question.confirmed": return said(`确认了客户问题“${detail.question}”由文章 ${subject} 回答`);
    case "unknown.accepted": return said(`把未知问题“${detail.group}”加到了文章“${detail.title ?? detail.article}”`, (detail.phrases ?? []).join("；"));
    case "unknown.drafted": return said(`从未知问题“${detail.group}”写了新文章“${detail.title}”`);
    case "unknown.ignored": return said(`忽略了未知问题“${detail.group}”`, detail.reason);
    case "unknown.reopened": return said(`重新打开了未知问题“${detail.group}”`);
    case "unknown.merged": return said(`合并了一组未知问题到“${detail.group}”`);
    default: return null;
  }
}

const fields = ({ fields: names }) => names?.length > 0 && `改了：${names.map((name) => FIELDS[name] ?? name).join("、")}`;

/** What was changed of the gate's limits and the canary, a line each. */
export const limits = ({ before, after }) => Object.entries({ ...LIMITS, ...CANARY }).flatMap(([name, [title]]) => {
  const shown = (value) => (SHARES.includes(name) ? Number((value * 100).toFixed(2)) : value);
  return before[name] === after[name] ? [] : [`${title}：${shown(before[name])} → ${shown(after[name])}`];
});
