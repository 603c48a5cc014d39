// The settings that hold for a process, by the watches that look after it.
import { el } from './say.js';

// fill shows the settings of all watches in an element, and nothing anew if they are those that it shows.
export function fill(element, watches) {
  const key = JSON.stringify(watches);
  if (element.shown === key) return;
  element.shown = key;
  element.replaceChildren(...watches.map(watch));
}

function watch(w) {
  const all = [...w.checks.flatMap((c) => c.settings), ...w.policy];
  const written = all.filter((s) => !s.default);
  const others = all.filter((s) => s.default);
  const parts = [el('h4', {}, w.name || '(unnamed)', el('span', { class: 'quiet' }, ` looks after ${w.select}` + (w.depends.length ? `, depends on ${w.depends.join(', ')}` : '')))];
  const bare = w.checks.filter((c) => c.settings.length === 0).map((c) => c.name);
  if (bare.length) parts.push(el('p', { class: 'quiet' }, `Checks without settings to be shown: ${bare.join(', ')}`));
  parts.push(list(written));
  if (others.length) parts.push(el('details', {}, el('summary', {}, `${others.length} more, as they are by default`), list(others)));
  return el('div', { class: 'watch' }, ...parts);
}

function list(all) {
  return el('dl', { class: 'settings' }, ...all.map((s) => el('div', {}, el('dt', {}, s.word), el('dd', {}, s.value))));
}
