"use strict";
document.querySelectorAll("table.sortable").forEach((table) => {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => compare(key(a), key(b), up ? 1 : -1));
      table.tBodies[0].append(...rows);
    });
  });
});
function compare(a, b, sign) {
  const [x, y] = [parseFloat(a), parseFloat(b)];
  if (isNaN(x) && isNaN(y)) return sign * a.localeCompare(b);
  if (isNaN(x)) return 1; // what has no number comes last, either way
  if (isNaN(y)) return -1;
  return sign * (x - y);
}
document.querySelectorAll("button.copy").forEach((button) => {
  button.hidden = false;
  const name = button.textContent;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.from);
    let done = true;
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      done = false;
      source.closest("details").open = true;
      getSelection().selectAllChildren(source);
    }
    button.textContent = done ? "Copied" : "Selected: press Ctrl+C";
    setTimeout(() => { button.textContent = name; }, 2000);
  });
});
