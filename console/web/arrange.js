// Redrawing without disturbing: what has not changed stays the same element, so that a click, a selection and the focus hold.

/** Return the element kept under a key if it looks just like `made`; otherwise keep `made`. */
export function keep(kept, key, made) {
  const look = made.outerHTML, before = kept.get(key);
  if (before?.look === look) return before.element;
  kept.set(key, { look, element: made });
  return made;
}

/** Make `elements` the children of `parent`, moving only what is not in its place; the focus stays with the same conversation. */
export function arrange(parent, elements) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.conversation : null, wanted = new Set(elements);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  elements.forEach((element, index) => { if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null); });
  if (focused && !parent.contains(document.activeElement)) parent.querySelector(`[data-conversation="${focused}"]`)?.focus();
}
