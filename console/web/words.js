// Names of codes, as staff read them.

export const SKILLS = { billing: "充值账单", plans: "套餐业务", faults: "宽带故障", complaints: "投诉" };
export const ROLES = { agent: "客服", supervisor: "班长", operator: "运营", reviewer: "审核", admin: "管理员" };
export const PRESENCES = { online: "在线", break: "小休", offline: "离线" };
export const BREAKS = ["用餐", "休息", "培训", "会议", "其他"];
export const REASONS = {
  asked: "主动要求", abstained: "连续没答上", anger: "情绪激动", complaint: "投诉", failed_transaction: "办理失败",
  elderly: "长辈优先", dissatisfied: "评价不满意",
};
export const DISPOSITIONS = { solved: "已解决", follow_up: "需要跟进", not_solved: "未解决", no_reply: "客户无回应" };
export const STATES = { bot: "机器人接待", waiting: "排队中", human: "人工接待", rating: "等待评价", closed: "已结束" };
export const CHANNELS = { web: "网页", rest: "接口", wechat: "微信" };

/** 3:07 */
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** 今天 18:00, 明天 9:30, 逾期2小时: when something is due, seen from now. */
export function dueIn(iso) {
  const at = new Date(iso), late = (Date.now() - at) / 60_000;
  if (late >= 0) return late < 60 ? `逾期${Math.max(1, Math.floor(late))}分钟` : late < 1440 ? `逾期${Math.floor(late / 60)}小时` : `逾期${Math.floor(late / 1440)}天`;
  const days = Math.round((new Date(at).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86_400_000);
  const time = at.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  return `${["今天", "明天", "后天"][days] ?? `${at.getMonth() + 1}月${at.getDate()}日`} ${time}`;
}

/** 14:05, with the day when it was not today. */
export function moment(iso) {
  if (!iso) return "";
  const at = new Date(iso), isToday = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  return isToday ? time : `${at.getMonth() + 1}月${at.getDate()}日 ${time}`;
}
