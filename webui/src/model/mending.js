// Which problems a button mends, and what that says.
import { isApplicable } from "./problems.js";

function labelOf(problem) {
	if (problem.code === "unused") return "Take it out";
	return problem.code === "unknown_key" && problem.suggestion.includes(".")
		? `Move to ${problem.suggestion}`
		: `Use ${problem.suggestion}`;
}

const mendable = (problem) => {
	const canMend = isApplicable(problem) || (problem.code === "unused" && problem.inConfig && problem.keys.length > 0);
	return canMend ? { ...problem, canMend, mendLabel: labelOf(problem) } : problem;
};

export const withMending = (check) => ({
	...check,
	problems: check.problems.map(mendable),
	warnings: check.warnings.map(mendable),
});
