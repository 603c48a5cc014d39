// The table of all processes.
import { badge, brief, conditions, el, kind, link, problem, setText, since, until, whole } from './say.js';
import { strip } from './strip.js';

const last = (p) => p.verdicts.reduce((a, v) => (v.at && (!a || v.at > a.at) ? v : a), undefined);
const rank = (p) => (conditions.includes(p.condition) ? conditions.indexOf(p.condition) : 0); // a word of a later version is looked at first
const used = (p) => (p.restarts.limit ? p.restarts.used || 0 : p.restarts.count);
const text = (a, b) => a.localeCompare(b, undefined, { numeric: true });

function restarts(p) {
  const r = p.restarts;
  return r.limit ? `${r.used || 0} of ${r.limit} in ${whole(r.per_seconds)}` : `${r.count} in 1h`;
}

function checked(p) {
  const v = last(p);
  return v ? `${whole(since(v.at))} ago` + (v.took_seconds ? `, ${brief(v.took_seconds)}` : '') : '';
}

// columns have a word, how a cell shows a process, and how two are compared. What show returns is compared with what is there, by key.
const columns = [
  { name: 'Process', show: (p) => [p.name, () => [link(p.name)]], order: (a, b) => text(a.name, b.name) },
  { name: 'Health', show: (p) => [p.condition, () => [badge(p.condition)]], order: (a, b) => rank(a) - rank(b) },
  { name: 'State', show: (p) => plain(p.state), order: (a, b) => text(a.state, b.state) },
  { name: 'Since', show: (p) => plain(p.since ? whole(since(p.since)) : ''), order: (a, b) => text(b.since || '', a.since || '') },
  { name: 'Restarts', show: (p) => plain(restarts(p)), order: (a, b) => used(b) - used(a) },
  { name: 'Checked', show: (p) => plain(checked(p)), order: (a, b) => text((last(b) || {}).at || '', (last(a) || {}).at || '') },
  { name: 'Last 24 h', show: (p, letters) => [letters, () => (letters ? [strip(letters)] : [])] },
  { name: 'Why', show: why, order: (a, b) => text(a.reason || '~', b.reason || '~') },
];

const plain = (words) => [words, () => [words]];

function why(p) {
  const paused = p.paused && `paused for ${whole(until(p.paused.until))} yet` + (p.paused.reason ? `: ${p.paused.reason}` : '');
  const parts = [['reason', p.reason], ['follows', p.follows], ['paused', paused]].filter((x) => x[1]);
  for (const v of p.verdicts) for (const w of v.warnings || []) parts.push(['warning', w]);
  return [JSON.stringify(parts), () => parts.map(([name, words]) => el('p', { class: name }, words))];
}

// Table keeps the rows, and how they are sorted and filtered.
export class Table {
  constructor() {
    this.rows = new Map();
    this.processes = [];
    this.letters = {};
    this.sorted = { column: -1, down: false };
    this.only = '';
    this.body = document.getElementById('rows');
    this.filter = document.getElementById('filter');
    this.select = document.getElementById('order');
    this.head();
    this.filter.addEventListener('input', () => this.arrange());
    this.select.addEventListener('change', () => this.sort(Number(this.select.value), false));
  }

  head() {
    const row = document.getElementById('columns');
    this.select.append(el('option', { value: '-1' }, 'problems first'));
    this.heads = columns.map((c, i) => {
      if (!c.order) return el('th', { role: 'columnheader', scope: 'col', class: 'history' }, c.name);
      const button = el('button', { type: 'button' }, c.name);
      button.addEventListener('click', () => this.turn(i));
      this.select.append(el('option', { value: String(i) }, c.name.toLowerCase()));
      return el('th', { role: 'columnheader', scope: 'col' }, button);
    });
    row.append(...this.heads);
  }

  // turn sorts by a column, then the other way round, then as in the beginning.
  turn(i) {
    if (this.sorted.column !== i) this.sort(i, false);
    else if (!this.sorted.down) this.sort(i, true);
    else this.sort(-1, false);
  }

  sort(column, down) {
    this.sorted = { column, down };
    this.select.value = String(column);
    this.heads.forEach((h, i) => {
      if (i === column) h.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else h.removeAttribute('aria-sort');
    });
    this.arrange();
  }

  // show takes in what is known now.
  show(processes, letters) {
    this.processes = processes;
    this.letters = letters;
    const names = new Set(processes.map((p) => p.name));
    for (const [name, row] of this.rows) {
      if (names.has(name)) continue;
      row.element.remove();
      this.rows.delete(name);
    }
    for (const p of processes) this.fill(p);
    document.querySelector('table.cards').classList.toggle('no-history', Object.keys(letters).length === 0);
    this.count();
    this.arrange();
  }

  fill(p) {
    let row = this.rows.get(p.name);
    if (!row) {
      const cells = columns.map((c, i) => el(i ? 'td' : 'th', { role: i ? 'cell' : 'rowheader', scope: i ? undefined : 'row', 'data-name': c.name, class: c.order ? undefined : 'history' }));
      row = { cells, keys: [], element: el('tr', { role: 'row' }, ...cells) };
      this.rows.set(p.name, row);
    }
    columns.forEach((c, i) => {
      const [key, make] = c.show(p, this.letters[p.name]);
      if (row.keys[i] === key && key !== undefined) return;
      row.keys[i] = key;
      row.cells[i].replaceChildren(...make());
    });
    row.element.className = kind(p.condition);
  }

  // count shows how many there are of each condition; each is a button that shows these alone.
  count() {
    const counts = new Map(conditions.map((c) => [c, 0]));
    for (const p of this.processes) counts.set(p.condition, (counts.get(p.condition) || 0) + 1);
    const there = [...counts].filter(([c, n]) => n > 0 || c === this.only);
    const group = document.getElementById('counts');
    const key = JSON.stringify([there, this.only]);
    if (group.shown === key) return;
    group.shown = key;
    const focused = group.contains(document.activeElement) ? document.activeElement.dataset.condition : undefined;
    group.replaceChildren(...there.map(([c, n]) => this.chip(c, n)));
    for (const b of group.children) if (b.dataset.condition === focused) b.focus();
    const said = there.filter(([c]) => problem(c)).map(([c, n]) => `${n} ${c}`).join(', ') || 'no problem';
    setText(document.getElementById('spoken'), `${said}, of ${this.processes.length} processes`);
  }

  chip(condition, n) {
    const b = el('button', { type: 'button', class: 'badge ' + kind(condition), 'aria-pressed': String(this.only === condition), 'data-condition': condition }, `${n} ${condition}`);
    b.addEventListener('click', () => {
      this.only = this.only === condition ? '' : condition;
      this.count();
      this.arrange();
    });
    return b;
  }

  wanted(p) {
    const words = this.filter.value.toLowerCase().trim();
    if (this.only && p.condition !== this.only) return false;
    return !words || [p.name, p.state, p.condition, p.reason, p.follows].some((x) => (x || '').toLowerCase().includes(words));
  }

  // arrange puts the rows into their order. Only what is elsewhere is moved, and the focus stays where it is.
  arrange() {
    const { column, down } = this.sorted;
    const order = column < 0 ? (a, b) => rank(a) - rank(b) : columns[column].order;
    const all = [...this.processes].sort((a, b) => (down ? order(b, a) : order(a, b)));
    const focused = document.activeElement;
    let shown = 0;
    let next = this.body.firstChild;
    for (const p of all) {
      const { element } = this.rows.get(p.name);
      const wanted = this.wanted(p);
      if (element.hidden === wanted) element.hidden = !wanted;
      if (wanted) shown++;
      if (element === next) next = next.nextSibling;
      else this.body.insertBefore(element, next);
    }
    if (focused !== document.activeElement && this.body.contains(focused)) focused.focus({ preventScroll: true });
    document.getElementById('none').hidden = shown > 0;
  }
}
