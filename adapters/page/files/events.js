// What happened, newest first.
import { el, link, when } from './say.js';

// fill shows events in a list, and nothing anew if they are those that it shows.
export function fill(list, events, withNames) {
  const key = JSON.stringify(events);
  if (list.shown === key) return;
  list.shown = key;
  const sorted = events.map((e, i) => [e, i]).sort(([a, i], [b, j]) => Date.parse(b.at) - Date.parse(a.at) || j - i);
  list.replaceChildren(...sorted.map(([e]) => item(e, withNames)));
}

function item(e, withNames) {
  const level = String(e.level || 'info').toLowerCase();
  const facts = (e.facts || []).map(([key, value]) => el('span', { class: 'fact' }, el('b', {}, key), ' ' + value));
  return el('li', { class: ['warn', 'error'].includes(level) ? level : 'info' },
    when(e.at), el('span', { class: 'level' }, level),
    el('span', { class: 'what' }, withNames && e.process ? link(e.process) : '', withNames && e.process ? ' ' : '', e.message, ...facts));
}
