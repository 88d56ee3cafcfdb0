// gradio's menus close when they are left with Tab. gradio answers a key in a menu a frame late, by opening the list:
// after Tab the menu has been left by then, and nothing closes its list any more. So gradio is not told of the keys
// that leave.

const LEAVING = new Set(["Tab", "Shift"]);

export function closeMenusBehindTab() {
  const keep = (event) => {
    if (LEAVING.has(event.key) && event.target.closest?.("[role=combobox]")) event.stopPropagation();
  };
  document.addEventListener("keydown", keep, true);
}
