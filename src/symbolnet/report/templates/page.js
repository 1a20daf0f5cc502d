"use strict";
function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

document.querySelectorAll("table.sortable").forEach((table) => {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = make("button", { type: "button" });
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
  const [x, y] = [a, b].map((text) => (text === "" ? NaN : Number(text)));
  if (isNaN(x) && isNaN(y)) return sign * a.localeCompare(b, undefined, { numeric: true });
  if (isNaN(x)) return 1; // what has no number comes last, either way
  if (isNaN(y)) return -1;
  return sign * (x - y);
}

document.querySelectorAll("table.filterable").forEach((table) => {
  const rows = [...table.tBodies[0].rows];
  if (rows.length < 6) return;
  const region = table.closest(".scroll");
  const bar = make("div", { className: "filter" });
  const label = make("label", { textContent: "Filter rows " });
  const box = make("input", { type: "search", autocomplete: "off", spellcheck: false });
  const told = make("output", { textContent: `${rows.length} rows` });
  told.setAttribute("aria-live", "polite");
  box.setAttribute("aria-label", `Filter rows: ${region.getAttribute("aria-label")}`);
  label.append(box);
  bar.append(label, told);
  region.before(bar);
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = rows.filter((row) => {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      return !row.hidden;
    });
    told.textContent = words.length ? `${shown.length} of ${rows.length} rows` : `${rows.length} rows`;
  });
});

const tip = make("div", { className: "tip", hidden: true });
tip.setAttribute("aria-hidden", "true"); // a focused mark says the same by its label
document.body.append(tip);
document.querySelectorAll("figure.marks > svg").forEach((svg) => {
  const marks = [...svg.querySelectorAll("g.point")];
  if (!marks.length) return;
  const x = (mark) => mark.getBoundingClientRect().x;
  const at = new Map(marks.map((mark) => [mark, x(mark)]));
  marks.sort((a, b) => at.get(a) - at.get(b));
  svg.setAttribute("role", "group");
  marks.forEach((mark, place) => {
    const title = mark.querySelector("title");
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", title.textContent);
    mark.setAttribute("tabindex", place ? "-1" : "0"); // one stop for the tab key, then arrows
    title.remove(); // it would show a second, slower tip
    for (const event of ["pointerenter", "focus"]) mark.addEventListener(event, () => tell(mark));
    for (const event of ["pointerleave", "blur"]) mark.addEventListener(event, hush);
    mark.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
      if (event.key === "Escape") hush();
      if (!(event.key in steps)) return;
      event.preventDefault();
      const next = marks[(place + steps[event.key] + marks.length) % marks.length];
      mark.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus({ preventScroll: true });
    });
  });
  const hint = svg.closest("figure").querySelector(".hint");
  if (hint) hint.hidden = false;
});
function tell(mark) {
  const box = mark.getBoundingClientRect();
  tip.textContent = mark.getAttribute("aria-label");
  tip.hidden = false;
  const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = `${Math.max(8, Math.min(box.x + 12, room)) + scrollX}px`;
  tip.style.top = `${box.y - tip.offsetHeight - 8 + scrollY}px`;
}
function hush() {
  tip.hidden = true;
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
