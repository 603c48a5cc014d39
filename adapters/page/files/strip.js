// A strip of the last 24 hours: what is worse is higher, so that it can be told without colours.
import { svg } from './say.js';

const letters = {
  h: ['healthy', 4], u: ['unhealthy', 8], d: ['down', 10], g: ['given up', 10], s: ['starting', 6], r: ['restarting', 7],
  p: ['stopped', 2], e: ['ended', 2], n: ['unknown', 5],
};

// word is the condition that a letter stands for.
export const word = (letter) => (letters[letter] ? letters[letter][0] : letter);

// runs puts equal neighbours together, as [letter, begin, length].
function runs(text) {
  const all = [];
  for (let i = 0; i < text.length; i++) {
    const last = all[all.length - 1];
    if (last && last[0] === text[i]) last[2]++;
    else all.push([text[i], i, 1]);
  }
  return all;
}

// shares says in words what the strip shows.
function shares(text) {
  const counts = new Map();
  for (const letter of text) {
    if (letters[letter]) counts.set(letter, (counts.get(letter) || 0) + 1);
  }
  const known = [...counts.values()].reduce((a, b) => a + b, 0);
  if (known === 0) return 'no data';
  const share = (count) => (count === known ? 100 : Math.min(99, Math.max(1, Math.round((100 * count) / known))));
  return [...counts].sort((a, b) => b[1] - a[1]).map(([l, count]) => `${word(l)} ${share(count)} %`).join(', ');
}

export function strip(text) {
  const said = 'last 24 h: ' + shares(text);
  const picture = svg('svg', { class: 'strip', viewBox: `0 0 ${Math.max(1, text.length)} 10`, preserveAspectRatio: 'none', role: 'img', 'aria-label': said });
  const tip = svg('title');
  tip.textContent = said;
  picture.append(tip);
  const paths = new Map();
  for (const [letter, begin, length] of runs(text)) {
    if (!letters[letter]) continue;
    const height = letters[letter][1];
    paths.set(letter, (paths.get(letter) || '') + `M${begin} ${10 - height}h${length}v${height}h-${length}z`);
  }
  for (const [letter, d] of paths) picture.append(svg('path', { d, class: 'is-' + word(letter).replace(' ', '-') }));
  return picture;
}
