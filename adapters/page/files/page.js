// The page: it asks the listener every few seconds, and shows what it says.
import { age, el, heard, now, problem, setText, since, whole } from './say.js';
import { fill } from './events.js';
import { Detail } from './detail.js';
import { Table } from './table.js';

const every = 5000; // ms between two questions
const slowly = 60000; // ms between two questions for the strips, whose steps are minutes, and for settings
const atTimes = 15000; // ms between two questions for samples, of which there is none more often
const oldAfter = 15; // seconds, after which the data are called old
const patience = 10000; // ms for an answer

const byId = (id) => document.getElementById(id);
const table = new Table();
const absent = new Set(); // what this listener does not serve
let status; // the last document
let letters = {};
let lettersAt = -slowly;
let samplesAt = -atTimes;
let settingsAt = -slowly;
let failure = '';
let detail;
let timer;
let asking = false;
let again = false; // somebody has asked for more meanwhile

// ask returns a document, undefined if there is none of this kind.
async function ask(path) {
  const kind = path.split('?')[0];
  if (absent.has(kind)) return undefined;
  const answer = await fetch(path, { signal: AbortSignal.timeout(patience), cache: 'no-store', credentials: 'same-origin' });
  if (answer.status === 404) {
    absent.add(kind);
    return undefined;
  }
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const document = await answer.json();
  if (document.version !== 1) throw new Error(`the listener speaks version ${document.version}, and this page version 1: reload it`);
  return { document, sent: Date.parse(answer.headers.get('Date')) };
}

// extra asks for what the page can do without.
async function extra(path, show) {
  try {
    const got = await ask(path);
    if (got) show(got.document);
  } catch {
    // the status says whether the listener answers
  }
}

async function refresh() {
  clearTimeout(timer);
  again = asking;
  if (asking || document.hidden) return;
  asking = true;
  try {
    const got = await ask('v1/status');
    if (!got) throw new Error('v1/status is not served here');
    status = got.document;
    heard(status.at, got.sent);
    failure = '';
  } catch (e) {
    failure = e.name === 'TimeoutError' ? 'no answer' : e instanceof TypeError ? 'nobody answers' : e.message;
  }
  show();
  if (!failure) await refreshExtras();
  asking = false;
  timer = setTimeout(refresh, again ? 0 : every);
}

async function refreshExtras() {
  const name = chosen();
  if (performance.now() - lettersAt >= slowly) {
    lettersAt = performance.now();
    await extra('v1/history', (d) => { letters = d.processes || {}; show(); });
  }
  if (!name) {
    await extra('v1/events?limit=20', (d) => {
      byId('recent').hidden = d.events.length === 0;
      fill(byId('events'), d.events, true);
    });
    return;
  }
  const process = encodeURIComponent(name);
  const shown = detail;
  await extra(`v1/events?process=${process}&limit=100`, (d) => shown.showEvents(d.events));
  if (performance.now() - samplesAt >= atTimes) {
    samplesAt = performance.now();
    const since = shown.plots.since(now());
    await extra(`v1/history?process=${process}` + (since ? `&since=${since}` : ''), (d) => shown.showSamples(d.samples));
  }
  if (performance.now() - settingsAt >= slowly) {
    settingsAt = performance.now();
    await extra(`v1/settings?process=${process}`, (d) => shown.showSettings(d.watches));
  }
}

// resample asks for samples anew, because others are wanted.
function resample() {
  samplesAt = -atTimes;
  refresh();
}

// chosen is the name of the process that the address of the page names.
function chosen() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return location.hash.slice(1);
  }
}

function show() {
  tell();
  if (!status) return;
  header(status.listener);
  watches(status.watches);
  table.show(status.processes, letters);
  const name = chosen();
  byId('all').hidden = name !== '';
  byId('one').hidden = name === '';
  if (detail && detail.name === name) detail.show(status.processes.find((p) => p.name === name), letters[name]);
  const problems = status.processes.filter((p) => problem(p.condition)).length;
  document.title = (problems ? `(${problems}) ` : '') + (name || status.listener.name || 'Health of processes');
}

function header(l) {
  setText(byId('listener'), l.name || 'supervisor-healthcheck');
  const facts = [['supervisord', l.supervisord], ['file', l.config], ['version', l.program], ['pid', String(l.pid)], ['last tick', l.last_tick ? `${whole(since(l.last_tick))} ago` : 'none yet']];
  byId('facts').replaceChildren(...facts.filter((f) => f[1]).map(([key, value]) => el('div', {}, el('dt', {}, key), el('dd', {}, value))));
}

function watches(all) {
  byId('watches').replaceChildren(...all.map((w) => el('li', {}, el('b', {}, w.name || '(unnamed)'),
    ` ${w.processes} process${w.processes === 1 ? '' : 'es'}` + (w.failing ? `, ${w.failing} failing` : '') + (w.last_round ? `, looked at ${whole(since(w.last_round))} ago` : ''))));
}

// tell says how old the data are, and what is wrong with the listener.
function tell() {
  const trouble = byId('trouble');
  const said = [];
  if (status) setText(byId('age'), `Data ${whole(age())} old`);
  if (failure) said.push(`The listener does not tell anything (${failure}).`);
  if (status && age() > oldAfter) said.push('These data are old.');
  if (status && status.listener.trouble) said.push(`The listener is in trouble: ${status.listener.trouble}.`);
  setText(trouble, said.join(' '));
  trouble.hidden = said.length === 0;
  document.body.classList.toggle('old', Boolean(status) && age() > oldAfter);
}

// route shows the process that the address names, or all.
function route() {
  const name = chosen();
  const before = detail && detail.name;
  detail = name ? new Detail(byId('one'), name, resample) : undefined;
  samplesAt = -atTimes;
  settingsAt = -slowly;
  show();
  if (name) byId('name').focus({ preventScroll: true });
  window.scrollTo(0, 0);
  if (!name && before) focusRow(before);
  refresh();
}

function focusRow(name) {
  const row = table.rows.get(name);
  if (row) row.element.querySelector('a').focus();
}

document.querySelector('.skip').addEventListener('click', (e) => {
  e.preventDefault();
  byId('main').focus();
});
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
window.addEventListener('hashchange', route);
window.addEventListener('resize', () => { if (detail) detail.draw(); });
setInterval(tell, 1000);
route();
