// A configuration as YAML. With the library `yaml`: loaded when it is needed.
import { Document, visit } from "yaml";

const isSecret = ({ items }) => items.length === 1 && items[0].key.value === "set" && items[0].value?.value === true;

/** value: of JSON. A secret, {set: true}, stays on its line. */
export function yamlOf(value) {
	// as 1.1 reads it, too: what either would take for something else than a text is in quotes
	const document = new Document(value, { version: "1.1" });
	visit(document, {
		Map(_, map) {
			if (isSecret(map)) map.flow = true;
		},
	});
	return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
