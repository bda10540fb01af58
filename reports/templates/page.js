"use strict";
// Sorting by column, and everything unfolded on paper. Without scripts the page only loses these two.
const valueOf = (row, column) => {
  const cell = row.cells[column];
  const number = cell.dataset.sort;
  return number === undefined ? null : Number(number);
};
const compare = (column, sign) => (first, second) => {
  const a = valueOf(first, column), b = valueOf(second, column);
  if (a !== null && b !== null) return sign * (a - b);
  if (a !== null || b !== null) return a === null ? 1 : -1;
  return sign * first.cells[column].textContent.localeCompare(second.cells[column].textContent);
};
const sortBy = (table, heading) => {
  const ascending = heading.getAttribute("aria-sort") !== "ascending";
  for (const other of heading.parentNode.cells) other.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const rows = [...table.tBodies[0].rows].sort(compare(heading.cellIndex, ascending ? 1 : -1));
  table.tBodies[0].append(...rows);
};
for (const table of document.querySelectorAll("table[data-sortable]")) {
  for (const button of table.tHead.querySelectorAll("button")) {
    button.addEventListener("click", () => sortBy(table, button.closest("th")));
  }
}
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details:not([open])")];
  for (const part of unfolded) part.open = true;
});
addEventListener("afterprint", () => {
  for (const part of unfolded) part.open = false;
});
