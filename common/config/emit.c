#include "common/config/emit.h"

#include <string.h>
#include <strings.h>

static void put(struct emitter *emitter, const char *text, size_t length)
{
	if (emitter->error == 0)
		emitter->error = buffer_append(emitter->out, text, length);
}

static void put_text(struct emitter *emitter, const char *text)
{
	put(emitter, text, strlen(text));
}

/* Ends the line before and indents the next. */
static void begin_line(struct emitter *emitter)
{
	if (emitter->form == CONFIG_JSON)
		put_text(emitter, emitter->first ? "\n" : ",\n");
	for (unsigned i = 0; i < emitter->depth; i++)
		put_text(emitter, "  ");
	emitter->first = false;
}

/* In quotes as JSON has it, which YAML reads the same. */
static void put_quoted(struct emitter *emitter, const char *text)
{
	put_text(emitter, "\"");
	while (*text != '\0') {
		size_t plain = strcspn(text, "\"\\");

		put(emitter, text, plain);
		text += plain;
		if (*text != '\0') {
			put_text(emitter, "\\");
			put(emitter, text++, 1);
		}
	}
	put_text(emitter, "\"");
}

/* Would YAML, of this version or that, take it for anything but this text? */
static bool needs_quotes(const char *text)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf" };
	size_t length = strlen(text);

	if (length == 0 || strspn(text, "0123456789.eExXaAbBcCdDfFoO_:+-") == length)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0)
			return true;
	}
	/* a colon is safe where no blank or end follows, and there are no blanks here */
	return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-:") != length ||
		strchr("-:.", text[0]) != NULL || text[length - 1] == ':';
}

static void put_value(struct emitter *emitter, const char *value)
{
	if (emitter->form == CONFIG_YAML && !needs_quotes(value))
		put_text(emitter, value);
	else
		put_quoted(emitter, value);
}

static void put_name(struct emitter *emitter, const char *name, size_t length)
{
	begin_line(emitter);
	put_text(emitter, emitter->form == CONFIG_JSON ? "\"" : "");
	put(emitter, name, length);
	put_text(emitter, emitter->form == CONFIG_JSON ? "\":" : ":");
}

static void end_value(struct emitter *emitter)
{
	if (emitter->form == CONFIG_YAML)
		put_text(emitter, "\n");
}

void emit_begin(struct emitter *emitter, struct buffer *out, enum config_form form)
{
	*emitter = (struct emitter){ .out = out, .form = form, .first = true };
	if (form == CONFIG_JSON) {
		put_text(emitter, "{");
		emitter->depth = 1;
	}
}

int emit_end(struct emitter *emitter)
{
	if (emitter->form == CONFIG_JSON)
		put_text(emitter, emitter->first ? "}\n" : "\n}\n");
	return emitter->error;
}

void emit_open(struct emitter *emitter, const char *name, size_t length)
{
	put_name(emitter, name, length);
	put_text(emitter, emitter->form == CONFIG_JSON ? " {" : "\n");
	emitter->depth++;
	emitter->first = true;
}

void emit_close(struct emitter *emitter)
{
	emitter->depth--;
	if (emitter->form == CONFIG_JSON) {
		emitter->first = true;
		begin_line(emitter);
		put_text(emitter, "}");
	}
	emitter->first = false;
}

void emit_plain(struct emitter *emitter, const char *name, const char *value)
{
	put_name(emitter, name, strlen(name));
	put_text(emitter, " ");
	put_text(emitter, value);
	end_value(emitter);
}

void emit_text(struct emitter *emitter, const char *name, const char *value)
{
	put_name(emitter, name, strlen(name));
	put_text(emitter, " ");
	put_value(emitter, value);
	end_value(emitter);
}

void emit_pair(struct emitter *emitter, const char *name, const char *value)
{
	begin_line(emitter);
	put_value(emitter, name);
	put_text(emitter, ": ");
	put_value(emitter, value);
	end_value(emitter);
}

void emit_texts(struct emitter *emitter, const char *name, const char *const *values, size_t count)
{
	put_name(emitter, name, strlen(name));
	put_text(emitter, emitter->form == CONFIG_JSON ? " [" : "\n");
	emitter->depth++;
	emitter->first = true;
	for (size_t i = 0; i < count; i++) {
		begin_line(emitter);
		put_text(emitter, emitter->form == CONFIG_YAML ? "- " : "");
		put_value(emitter, values[i]);
		end_value(emitter);
	}
	emitter->depth--;
	if (emitter->form == CONFIG_JSON) {
		emitter->first = true;
		begin_line(emitter);
		put_text(emitter, "]");
	}
	emitter->first = false;
}
