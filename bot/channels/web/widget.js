// One script tag puts the widget on any page:
//   <script src="https://service.example/widget.js" data-title="云通移动客服" defer></script>
// data-title, data-size="large" and data-open are optional.
(() => {
  const script = document.currentScript;
  const base = new URL(script.src).origin;
  const mount = () => {
    if (document.querySelector("tongda-widget")) return;
    const element = document.createElement("tongda-widget");
    element.setAttribute("base", base);
    if (script.dataset.title) element.setAttribute("title-text", script.dataset.title);
    if (script.dataset.size) element.setAttribute("size", script.dataset.size);
    if ("open" in script.dataset) element.setAttribute("open", "");
    document.body.append(element);
  };
  import(base + "/widget/main.js").then(() => (document.body ? mount() : addEventListener("DOMContentLoaded", mount)));
})();
