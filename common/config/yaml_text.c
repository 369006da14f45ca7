#include "common/config/yaml_text.h"

#include <string.h>

static bool line_begins(const unsigned char *text, size_t at)
{
	if (at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r')
		return true;
	/* NEL, LS and PS end a line for libyaml */
	if (at >= 2 && text[at - 2] == 0xc2 && text[at - 1] == 0x85)
		return true;
	return at >= 3 && text[at - 3] == 0xe2 && text[at - 2] == 0x80 && (text[at - 1] & 0xfe) == 0xa8;
}

/* Takes the byte at i of a text that ends at `end` into account. */
static void count_byte(const unsigned char *bytes, size_t i, size_t end, unsigned *line, unsigned *column)
{
	bool half = bytes[i] == '\r' && i + 1 < end && bytes[i + 1] == '\n';

	if (line_begins(bytes, i + 1) && !half) {
		(*line)++;
		*column = 1;
	} else if ((bytes[i] & 0xc0) != 0x80 && !half) {
		(*column)++;
	}
}

void yaml_position(const char *text, size_t offset, unsigned *line, unsigned *column)
{
	*line = 1;
	*column = 1;
	for (size_t i = 0; i < offset; i++)
		count_byte((const unsigned char *)text, i, offset, line, column);
}

size_t yaml_offset(const char *text, size_t length, unsigned line, unsigned column)
{
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned at_line = 1, at_column = 1;
	size_t i = 0;

	for (; i < length && (at_line < line || (at_line == line && at_column < column)); i++)
		count_byte(bytes, i, length, &at_line, &at_column);
	while (i < length && (bytes[i] & 0xc0) == 0x80)
		i++;
	return i;
}

void yaml_problem_position(const struct problems *problems, const char *text, size_t offset, struct problem *problem)
{
	yaml_position(text, offset, &problem->line, &problem->column);
	problem->line += problems->lines_before;
}

bool yaml_refuse_directives(const char *text, size_t length, struct problems *problems)
{
	struct problem problem = { CONFIG_ERROR, "syntax", "", 0, 0, NULL };

	for (size_t i = 0; i < length; i++) {
		if (text[i] != '%' || !line_begins((const unsigned char *)text, i))
			continue;
		yaml_problem_position(problems, text, i, &problem);
		problem_add(problems, &problem, "a line cannot begin with %%: directives are not accepted");
		return true;
	}
	return false;
}

/* ---- streams of documents ---- */

/* "---" or "...", alone or with a blank behind it. Such a line ends a document wherever it stands, in a quoted text too. */
static bool is_marker(const char *line, const char *end, const char *marker)
{
	if (end - line < 3 || memcmp(line, marker, 3) != 0)
		return false;
	return end - line == 3 || memchr(" \t\r\n", line[3], 4) != NULL;
}

/* Where the next line begins; end: there is none. */
static const char *next_line(const char *text, const char *end)
{
	const char *feed = memchr(text, '\n', (size_t)(end - text));

	return feed != NULL ? feed + 1 : end;
}

size_t yaml_document_length(const char *text, size_t length)
{
	const char *end = text + length, *line = text;

	do {
		if (line > text && is_marker(line, end, "---"))
			return (size_t)(line - text);
		if (is_marker(line, end, "..."))
			return (size_t)(next_line(line, end) - text);
		line = next_line(line, end);
	} while (line < end);
	return length;
}

bool yaml_document_empty(const char *text, size_t length)
{
	const char *end = text + length, *line = text;

	while (line < end) {
		const char *at = line;

		if (is_marker(line, end, "---") || is_marker(line, end, "..."))
			at += 3;
		while (at < end && memchr(" \t\r", *at, 3) != NULL)
			at++;
		if (at < end && *at != '\n' && *at != '#')
			return false;
		line = next_line(at, end);
	}
	return true;
}
