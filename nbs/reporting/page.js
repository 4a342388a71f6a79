// A click on the head of a column sorts its table; Enter does the same.
for (const table of document.querySelectorAll("table.dataframe"))
  for (const head of table.tHead.rows[0].cells) {
    head.tabIndex = 0;
    head.title = "sort by this column";
    const value = (row) => row.cells[head.cellIndex].innerText.trim();
    const number = (text) => (/^[+-]?[.\d]/.test(text) ? parseFloat(text) : NaN);
    const sort = () => {
      const up = head.ariaSort === "descending" ? 1 : -1;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.ariaSort = up > 0 ? "ascending" : "descending";
      table.tBodies[0].append(...[...table.tBodies[0].rows].sort((a, b) => {
        const [x, y] = [a, b].map((row) => number(value(row)));
        if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1; // what is no number comes last
        return up * (isNaN(x) ? value(a).localeCompare(value(b)) : x - y);
      }));
    };
    head.onclick = sort;
    head.onkeydown = (event) => event.key === "Enter" && sort();
  }

// A click or a tap on a figure shows it at its full size in a box that scrolls; another closes it, and Escape, too.
const box = document.createElement("dialog");
box.ariaLabel = "figure at full size";
box.onclick = () => box.close();
document.body.append(box);
for (const image of document.querySelectorAll("figure img")) {
  const enlarge = () => {
    box.replaceChildren(image.cloneNode());
    box.showModal();
  };
  Object.assign(image, { tabIndex: 0, role: "button", title: "show at full size", onclick: enlarge });
  image.onkeydown = (event) => event.key === "Enter" && enlarge();
}
