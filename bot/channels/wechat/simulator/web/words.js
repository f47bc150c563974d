// What the page says; what stands in index.html is said there.

export const WORDS = {
  account: "云通移动", typing: "对方正在输入…",
  nobody: "还没有用户。点一下，模拟一位用户关注公众号。", left: "这位用户已取消关注，公众号不能再给他发消息。",
  toMenu: "切换到菜单", toKeyboard: "切换到键盘",
  following: "已关注", unfollowed: "未关注",
  passive: "回调内回复", push: "客服消息",
  voice: "语音", location: "位置", link: "链接", image: "图片",
  failed: (why) => `没有成功：${why}`,
  offline: "模拟器没有响应，正在重试……",
};

export const QUOTA = {
  title: "公众号现在还能主动发",
  message: ["用户发消息后 48 小时内", 5], touch: ["点菜单、关注、扫码后 1 分钟内", 3],
  none: "现在不能主动发消息：要等用户发消息、点菜单或扫码。",
  count: (remaining, all) => `${remaining} / ${all} 条`,
  until: (time) => `至 ${time}`,
};

export const EXTRAS = {
  image: "图片", voice: "语音", location: "位置", link: "链接",
  askVoice: "微信识别出的文字（留空：没有识别结果）", askLocation: "地点名称", askLink: "网页地址",
  place: "上海市黄浦区人民大道", page: "网页",
};

export const TOOLS = {
  scan: "扫带参数的二维码", askScan: "二维码的场景值", unfollow: "取消关注",
  minute: "时间快进 1 分钟", days: "时间快进 48 小时",
  expire: "access_token 全部过期", duplicate: "下一条回调推送两次", drop: "下一次回复丢失",
  hold: "下一条回调晚到 3 秒", limited: "下一次发送返回 45015", reset: "全部清空",
  done: "好了",
};

export const OUTCOMES = {
  replied: "收到回复", acknowledged: "收到 success", timed_out: "超过 5 秒", refused: "返回的状态码不是 200",
  unreachable: "连不上", malformed: "回复不合规", dropped: "回复丢失（故障）",
  line: (outcome, detail, attempt, copy, took) =>
    `${outcome}${detail ? `（${detail}）` : ""} · ${took}${attempt > 1 ? ` · 第${attempt}次` : ""}${copy ? " · 重复推送" : ""}`,
  none: "还没有",
};
