// A component that is drawn again only when something it is given is another one (Object.is).
import { Component } from "preact";
import { html } from "./html.js";

const isSame = (left, right) => {
	const keys = Object.keys(right);
	return keys.length === Object.keys(left).length && keys.every((key) => Object.is(left[key], right[key]));
};

/** As React's memo, of which preact has no own outside of preact/compat. */
export function memo(Drawn) {
	return class extends Component {
		shouldComponentUpdate(next) {
			return !isSame(this.props, next);
		}
		render(props) {
			return html`<${Drawn} ...${props} />`;
		}
	};
}
