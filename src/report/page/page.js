// SPDX-License-Identifier: GPL-2.0-or-later
// A finding highlights its trace: the lines, the chains and the jumps of the picture. The page is complete without this.
'use strict';
(() => {
	const all = (selector, root = document) => root.querySelectorAll(selector);
	let current = null;

	function clear() {
		all('.hi').forEach((e) => e.classList.remove('hi'));
		current = null;
	}

	function show(card) {
		clear();
		current = card;
		const input = card.closest('section');
		const lane = input.querySelector(`[data-lane="${card.dataset.lane}"]`);
		const mark = (e) => e && e.classList.add('hi');
		mark(card);
		mark(input.querySelector(`tr[data-finding="${card.id}"]`));
		const words = (s) => (s ? s.split(' ') : []);
		words(card.dataset.lines).forEach((id) => mark(document.getElementById(id)));
		if (lane) {
			words(card.dataset.chains).forEach((c) => all(`[data-chain="${c}"]`, lane).forEach(mark));
			words(card.dataset.calls).forEach((c) => all(`[data-call="${c}"]`, lane).forEach(mark));
		}
	}

	document.addEventListener('click', (event) => {
		if (event.target.closest('.finding a, summary'))
			return;
		const row = event.target.closest('tr[data-finding]');
		const card = row ? document.getElementById(row.dataset.finding) : event.target.closest('.finding');
		if (card) {
			if (current === card && !row)
				clear();
			else
				show(card);
			if (row) {
				event.preventDefault();
				card.scrollIntoView({ block: 'center' });
			}
		} else if (event.target.closest('#theme')) {
			const root = document.documentElement;
			const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
			root.dataset.theme = dark ? 'light' : 'dark';
		}
	});

	// n and p: the next finding, the one before
	document.addEventListener('keydown', (event) => {
		if (event.ctrlKey || event.altKey || event.metaKey || (event.key !== 'n' && event.key !== 'p'))
			return;
		const cards = [...all('.finding')];
		if (!cards.length)
			return;
		const at = cards.indexOf(current), step = event.key === 'n' ? 1 : -1;
		const next = cards[at < 0 ? (step > 0 ? 0 : cards.length - 1) : (at + step + cards.length) % cards.length];
		show(next);
		next.scrollIntoView({ block: 'center' });
	});

	all('.tools').forEach((e) => { e.hidden = false; });
	addEventListener('beforeprint', () => all('details').forEach((e) => { e.open = true; }));
})();
