/**
 * The only script of the report: sorts tables by a click on a head, filters columns by name and verdict, opens the part
 * that a link leads to. Without it the page says all the same.
 */
export const SCRIPT = `'use strict';
const all = (query, root = document) => [...root.querySelectorAll(query)];
const followers = all('table.follow').map((table) => [...table.tBodies[0].rows]);
const sections = all('section.column');

for (const table of all('table.sortable')) {
  const body = table.tBodies[0];
  const heads = all('thead th', table);
  heads.forEach((head, place) => {
    const isNumber = head.classList.contains('n');
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const sorted = head.getAttribute('aria-sort');
      const up = sorted ? sorted === 'descending' : !isNumber;
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const keyOf = (row) => {
        const text = row.cells[place].textContent.trim();
        if (!isNumber) return text;
        const found = text.replace(/,/g, '').match(/-?\\d[\\d.]*(e-?\\d+)?/g);
        return found ? Number(found[found.length - 1]) : NaN;
      };
      const rows = [...body.rows].map((row) => [keyOf(row), row]);
      rows.sort(([a], [b]) => {
        if (!isNumber) return (up ? 1 : -1) * (a < b ? -1 : a > b ? 1 : 0);
        if (a !== a || b !== b) return (a !== a) - (b !== b);
        return up ? a - b : b - a;
      });
      body.append(...rows.map(([, row]) => row));
    });
  });
}

const filter = document.querySelector('.filter');
if (filter) {
  const [name, which, told] = [all('input', filter)[0], all('select', filter)[0], all('output', filter)[0]];
  const apply = () => {
    const wanted = name.value.trim().toLowerCase();
    let shown = 0;
    followers[0].forEach((row, index) => {
      const column = row.cells[0].textContent;
      const ofKind = which.value === '' || (which.value === 'drift' ? row.classList.contains('drift') : column.startsWith(which.value));
      const hidden = !(ofKind && column.toLowerCase().includes(wanted));
      shown += hidden ? 0 : 1;
      for (const rows of followers) if (rows[index]) rows[index].hidden = hidden;
      if (sections[index]) sections[index].hidden = hidden;
    });
    told.textContent = shown + ' of ' + followers[0].length + ' columns';
  };
  name.addEventListener('input', apply);
  which.addEventListener('change', apply);
  filter.hidden = false;
  apply();
}

const open = () => {
  const section = document.getElementById(location.hash.slice(1));
  const details = section && section.querySelector('details');
  if (details) details.open = true;
};
addEventListener('hashchange', open);
open();
`;
