// The pages of the operator console, in the order of the menu.
//
// A page is one line here and a module with `mount(root, api, params)`; the module is loaded when the page is first opened.
// `params` is {path, query}: what stands in the address after the page's code, `#/articles/roaming-open?tab=history`.
// mount may return (or resolve with) any of
//   update(params)   the address changed within the page; without it the page is mounted anew
//   isChanged()      something is not saved yet: leaving is asked about first
//   unmount()        stop timers and listeners
// `api` is {get, post, put, remove, upload, account, can(...roles), go(address), title(words), signal, reload(), refreshStatus()};
// `signal` is aborted when the page is left, `reload` mounts it anew. `roles` limits who sees the page in the menu; the service checks again.

export const PAGES = [
  { code: "articles", title: "文章", file: "./operator_articles.js" },
  { code: "releases", title: "发布", file: "./operator_releases.js" },
  { code: "hit-test", title: "命中测试", file: "./operator_hit_test.js" },
  { code: "settings", title: "设置", file: "./operator_settings.js" },
];
