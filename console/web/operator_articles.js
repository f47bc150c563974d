// 文章: the list, or one article where the address names it.

import { mountArticle } from "./operator_article.js";
import { mountList } from "./operator_article_list.js";

export function mount(root, api, params) {
  return params.path[0] ? mountArticle(root, api, params) : mountList(root, api, params);
}
