// The pages of the operator console, in the order of the menu.
//
// A page is one line here and a module with `mount(root, api, params)`; the module is loaded when the page is first opened.
// `params` is {path, query}: what stands in the address after the page's code, `#/articles/roaming-open?tab=history`.
// mount may return (or resolve with) any of
//   update(params)   the address changed within the page; without it the page is mounted anew
//   isChanged()      something is not saved yet: leaving is asked about first
//   isKept()         and that can be found again on this computer
//   unmount()        stop timers and listeners
// `api` is {get, post, put, remove, upload, account, can(...roles), go(address), title(words), signal, reload(), refreshStatus()};
// `signal` is aborted when the page is left, `reload` mounts it anew; once the page is left, `go`, `title` and `reload` do nothing. `roles` limits who sees the page in the menu; the service checks again.

export const WRITERS = ["operator", "reviewer", "admin"]; // a supervisor reads the figures

export const PAGES = [
  { code: "articles", title: "文章", file: "./operator_articles.js", roles: WRITERS },
  { code: "releases", title: "发布", file: "./operator_releases.js", roles: WRITERS },
  { code: "hit-test", title: "命中测试", file: "./operator_hit_test.js", roles: WRITERS },
  { code: "unknown", title: "未知问题", file: "./operator_unknown.js", roles: WRITERS },
  { code: "catalogue", title: "套餐目录", file: "./operator_catalogue.js", roles: WRITERS },
  { code: "import", title: "导入导出", file: "./operator_import.js", roles: WRITERS },
  { code: "figures", title: "数据", file: "./operator_figures.js" },
  { code: "settings", title: "设置", file: "./operator_settings.js", roles: WRITERS },
];
