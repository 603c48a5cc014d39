// One process: what all watches say of it, what was measured, what happened, and the settings that hold for it.
import { badge, brief, el, kind, now, since, until, whole, when } from './say.js';
import { fill } from './events.js';
import { Plots } from './plots.js';
import { fill as fillSettings } from './settings.js';
import { strip } from './strip.js';

// Detail is made once for each process that is looked at.
export class Detail {
  constructor(section, name, changed) {
    this.name = name;
    this.facts = el('div', { class: 'verdict' });
    this.verdicts = el('tbody', { role: 'rowgroup' });
    this.strip = el('div', { class: 'long' });
    this.day = el('section', { hidden: '' }, el('h3', {}, 'Last 24 hours'), this.strip);
    this.plots = new Plots(changed);
    this.events = el('ol', { class: 'events' });
    this.happened = el('section', { hidden: '' }, el('h3', {}, 'What happened'), this.events);
    this.settings = el('div');
    this.effective = el('details', { hidden: '' }, el('summary', {}, 'Effective settings'), this.settings);
    const title = el('h2', { id: 'name', tabindex: '-1' }, name);
    section.replaceChildren(el('p', {}, el('a', { href: '#', class: 'back' }, '← All processes')), title, this.facts,
      el('h3', {}, 'Verdicts'), table(this.verdicts), this.day, this.plots.element, this.happened, this.effective);
  }

  // show shows what the status has of the process, undefined if that is nothing.
  show(p, letters) {
    this.replace(this.facts, p ? about(p) : [el('p', { class: 'reason' }, 'No watch looks after a process of this name.')]);
    this.replace(this.verdicts, p ? p.verdicts.map(verdict) : []);
    this.day.hidden = !letters;
    if (letters && this.letters !== letters) this.strip.replaceChildren(strip(letters));
    this.letters = letters;
  }

  showSamples(samples) {
    if (samples) this.plots.show(samples, now());
  }

  showSettings(watches) {
    this.effective.hidden = watches.length === 0;
    fillSettings(this.settings, watches);
  }

  draw() { this.plots.draw(); }

  showEvents(events) {
    this.plots.mark(events.filter((e) => /^restarted/.test(e.message)).map((e) => Date.parse(e.at)));
    this.happened.hidden = events.length === 0;
    fill(this.events, events, false);
  }

  // replace leaves alone what says the same.
  replace(element, children) {
    const there = [...element.children];
    if (there.length !== children.length || there.some((e, i) => !e.isEqualNode(children[i]))) element.replaceChildren(...children);
  }
}

function about(p) {
  const life = p.pid ? `${p.state}, pid ${p.pid}, up ${whole(p.uptime_seconds || 0)}` : p.state;
  const lines = [el('p', { class: kind(p.condition) }, badge(p.condition), p.since ? ` for ${whole(since(p.since))} ` : ' ', el('span', { class: 'quiet' }, life))];
  if (p.reason) lines.push(el('p', { class: 'reason' }, p.reason));
  if (p.follows) lines.push(el('p', { class: 'follows' }, p.follows));
  if (p.paused) lines.push(el('p', { class: 'paused' }, `paused for ${whole(until(p.paused.until))} yet` + (p.paused.reason ? `: ${p.paused.reason}` : '')));
  lines.push(restarts(p.restarts));
  return lines;
}

function restarts(r) {
  const said = [`${r.count} restart${r.count === 1 ? '' : 's'} in the last hour`];
  if (r.limit) said.push(`${r.used || 0} used of ${r.limit} in ${whole(r.per_seconds)}`);
  const line = el('p', { class: 'quiet' }, said.join(', '));
  if (r.last) line.append(', the last at ', when(r.last));
  return line;
}

const heads = ['Watch', 'Check', 'Health', 'Reason', 'Failing', 'Checked'];

function table(body) {
  const row = el('tr', { role: 'row' }, ...heads.map((h) => el('th', { role: 'columnheader', scope: 'col' }, h)));
  return el('table', { role: 'table', class: 'cards' }, el('thead', { role: 'rowgroup' }, row), body);
}

function verdict(v) {
  const reasons = [['reason', v.reason], ['follows', v.follows], ...(v.warnings || []).map((w) => ['warning', w])];
  const cells = [
    [v.watch], [v.check || ''], [badge(v.at ? v.health : 'unknown')],
    reasons.filter((r) => r[1]).map(([name, text]) => el('p', { class: name }, text)),
    [v.failing ? `${v.failing} in a row` : ''],
    [v.at ? `${whole(since(v.at))} ago` + (v.took_seconds ? `, ${brief(v.took_seconds)}` : '') : 'not yet'],
  ];
  return el('tr', { role: 'row', class: kind(v.health) }, ...cells.map((c, i) => el(i ? 'td' : 'th',
    { role: i ? 'cell' : 'rowheader', scope: i ? undefined : 'row', 'data-name': heads[i], class: heads[i] === 'Reason' ? 'why' : undefined }, ...c)));
}
