// Elements with text, and times in words. Names and reasons are data: they become text, never markup.

export function el(name, attributes = {}, ...inside) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) e.setAttribute(key, value);
  }
  e.append(...inside.filter((x) => x !== undefined && x !== ''));
  return e;
}

export function svg(name, attributes = {}, ...inside) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.append(...inside);
  return e;
}

// setText leaves alone what is right, so that a selection stays and nothing is read out again.
export function setText(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

// The time of the listener, whose clock may differ from ours: that of its last document, and what has passed since.
const clock = { at: Date.now(), heard: performance.now(), old: 0 };

// heard notes that a document of this time came in; sent is the time of the answer, which is later if the listener stands still.
export function heard(at, sent) {
  clock.at = Date.parse(at);
  clock.old = Math.max(0, sent - clock.at) || 0;
  clock.heard = performance.now();
}

// age is how old the last document is, in seconds.
export const age = () => (performance.now() - clock.heard + clock.old) / 1000;

export const now = () => clock.at + age() * 1000;

// since is the time in seconds that has passed from a time of a document.
export const since = (at) => Math.max(0, (now() - Date.parse(at)) / 1000);

// until is the time in seconds that is left.
export const until = (at) => Math.max(0, (Date.parse(at) - now()) / 1000);

// whole says a duration with its two largest units: 3m20s, 2h, 1d4h.
export function whole(seconds) {
  const total = Math.max(0, Math.floor(seconds));
  const units = [['d', 86400], ['h', 3600], ['m', 60], ['s', 1]];
  const first = Math.max(0, units.findIndex(([, size]) => total >= size));
  let left = total;
  let said = '';
  for (const [unit, size] of units.slice(first, first + 2)) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) said += count + unit;
  }
  return said || '0s';
}

// brief says how long a check took.
export function brief(seconds) {
  if (!(seconds > 0)) return '';
  if (seconds < 0.001) return '<1ms';
  return seconds < 1 ? Math.round(seconds * 1000) + 'ms' : seconds.toFixed(seconds < 10 ? 2 : 1) + 's';
}

// bytes says a size, in units of 1024 as settings have it.
export function bytes(n) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let i = 0;
  while (Math.abs(n) >= 1024 && i < units.length - 1) { n /= 1024; i++; }
  return Number(n.toPrecision(n < 1000 ? 3 : 4)) + units[i];
}

// when is an element with the time of day, and the day if it is not today.
export function when(at) {
  const time = new Date(at);
  const same = time.toDateString() === new Date(now()).toDateString();
  const day = same ? '' : time.toLocaleDateString(undefined, { month: 'short', day: 'numeric' }) + ' ';
  return el('time', { datetime: at, title: time.toLocaleString() }, day + time.toLocaleTimeString(undefined, { hourCycle: 'h23' }));
}

// worst first: the order of the table, and what counts as a problem.
export const conditions = ['given up', 'down', 'unhealthy', 'restarting', 'unknown', 'starting', 'healthy', 'stopped', 'ended'];
export const problem = (condition) => ['given up', 'down', 'unhealthy'].includes(condition);

// kind is the class of a condition; a word of a later version has none.
export const kind = (condition) => (conditions.includes(condition) ? 'is-' + condition.replace(' ', '-') : 'is-unknown');

export const badge = (condition) => el('span', { class: 'badge ' + kind(condition) }, condition);

export const link = (name) => el('a', { href: '#' + encodeURIComponent(name) }, name);
