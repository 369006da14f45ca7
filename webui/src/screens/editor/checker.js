// Checks as one types: some time after the last key, one at a time, and the latest text wins.

/** run(input) → a promise; told(result) of the latest input only, begun() when one is under way. → {ask(input), stop()} */
export function createChecker({ run, told, begun, delayMs = 300 }) {
	let timer = null;
	let isRunning = false;
	let next = null; // {input} that waits for the one that runs
	let latest = 0;

	async function go(input, number) {
		isRunning = true;
		const result = await run(input).catch((problem) => ({ problem }));
		isRunning = false;
		if (number === latest) told(result);
		if (next) {
			const { input: waiting, number: its } = next;
			next = null;
			go(waiting, its);
		}
	}

	return {
		ask(input) {
			clearTimeout(timer);
			const number = ++latest;
			begun();
			timer = setTimeout(() => {
				if (isRunning) next = { input, number };
				else go(input, number);
			}, delayMs);
		},
		stop() {
			clearTimeout(timer);
			latest++;
			next = null;
		},
	};
}
