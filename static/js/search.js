// "/" moves to the search field, wherever nobody is typing. Switched off, the field does not bear data-find.
"use strict";

(() => {
  const field = document.querySelector("input[data-find]");
  if (!field) {
    return;
  }
  const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";

  document.addEventListener("keydown", (event) => {
    const hasModifier = event.ctrlKey || event.altKey || event.metaKey;
    if (event.key !== "/" || event.code === "NumpadDivide" || hasModifier || event.isComposing || event.defaultPrevented) {
      return;
    }
    if (event.target instanceof Element && event.target.closest(TYPING)) {
      return;
    }
    event.preventDefault();
    field.focus();
    field.select();
  });
})();
