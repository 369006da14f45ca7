#include "common/config/yaml_text.h"

static bool line_begins(const unsigned char *text, size_t at)
{
	if (at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r')
		return true;
	/* NEL, LS and PS end a line for libyaml */
	if (at >= 2 && text[at - 2] == 0xc2 && text[at - 1] == 0x85)
		return true;
	return at >= 3 && text[at - 3] == 0xe2 && text[at - 2] == 0x80 && (text[at - 1] & 0xfe) == 0xa8;
}

void yaml_position(const char *text, size_t offset, unsigned *line, unsigned *column)
{
	const unsigned char *bytes = (const unsigned char *)text;

	*line = 1;
	*column = 1;
	for (size_t i = 0; i < offset; i++) {
		bool half = bytes[i] == '\r' && i + 1 < offset && bytes[i + 1] == '\n';

		if (line_begins(bytes, i + 1) && !half) {
			(*line)++;
			*column = 1;
		} else if ((bytes[i] & 0xc0) != 0x80 && !half) {
			(*column)++;
		}
	}
}

bool yaml_refuse_directives(const char *text, size_t length, struct problems *problems)
{
	struct problem problem = { CONFIG_ERROR, "syntax", "", 0, 0, NULL };

	for (size_t i = 0; i < length; i++) {
		if (text[i] != '%' || !line_begins((const unsigned char *)text, i))
			continue;
		yaml_position(text, i, &problem.line, &problem.column);
		problem_add(problems, &problem, "a line cannot begin with %%: directives are not accepted");
		return true;
	}
	return false;
}
