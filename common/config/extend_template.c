#include "common/config/extend_template.h"

#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static const char blanks[] = " \t\r\n";

const char *const extend_field_names[EXTEND_FIELDS + 1] = {
	[EXTEND_UUID] = ".UUID", [EXTEND_LINK_ID] = ".LinkID", [EXTEND_L3_TRACKING_ID] = ".L3TrackingID",
	[EXTEND_LAYERS_PATH] = ".LayersPath", [EXTEND_VERSION] = ".Version", [EXTEND_STATUS] = ".Status",
	[EXTEND_FINISH_TYPE] = ".FinishType",
	[EXTEND_NETWORK_PROTOCOL] = ".Network.Protocol", [EXTEND_NETWORK_A] = ".Network.A", [EXTEND_NETWORK_B] = ".Network.B",
	[EXTEND_NETWORK_A_NAME] = ".Network.AName", [EXTEND_NETWORK_B_NAME] = ".Network.BName",
	[EXTEND_TRANSPORT_PROTOCOL] = ".Transport.Protocol", [EXTEND_TRANSPORT_A] = ".Transport.A",
	[EXTEND_TRANSPORT_B] = ".Transport.B",
	[EXTEND_CONTEXT_A_TYPE] = ".Context.A.Type", [EXTEND_CONTEXT_A_NAME] = ".Context.A.Name",
	[EXTEND_CONTEXT_A_SET] = ".Context.A.Set",
	[EXTEND_CONTEXT_B_TYPE] = ".Context.B.Type", [EXTEND_CONTEXT_B_NAME] = ".Context.B.Name",
	[EXTEND_CONTEXT_B_SET] = ".Context.B.Set",
	[EXTEND_UPDATE_AB_PACKETS] = ".LastUpdateMetric.ABPackets", [EXTEND_UPDATE_AB_BYTES] = ".LastUpdateMetric.ABBytes",
	[EXTEND_UPDATE_BA_PACKETS] = ".LastUpdateMetric.BAPackets", [EXTEND_UPDATE_BA_BYTES] = ".LastUpdateMetric.BABytes",
	[EXTEND_UPDATE_START] = ".LastUpdateMetric.Start", [EXTEND_UPDATE_LAST] = ".LastUpdateMetric.Last",
	[EXTEND_UPDATE_RTT] = ".LastUpdateMetric.RTT",
	[EXTEND_METRIC_AB_PACKETS] = ".Metric.ABPackets", [EXTEND_METRIC_AB_BYTES] = ".Metric.ABBytes",
	[EXTEND_METRIC_BA_PACKETS] = ".Metric.BAPackets", [EXTEND_METRIC_BA_BYTES] = ".Metric.BABytes",
	[EXTEND_METRIC_START] = ".Metric.Start", [EXTEND_METRIC_LAST] = ".Metric.Last", [EXTEND_METRIC_RTT] = ".Metric.RTT",
	[EXTEND_START] = ".Start", [EXTEND_LAST] = ".Last", [EXTEND_UPDATE_COUNT] = ".UpdateCount",
	[EXTEND_NODE_TYPE] = ".NodeType",
};

bool extend_field_is_number(enum extend_field field)
{
	return field == EXTEND_LINK_ID || field == EXTEND_TRANSPORT_A || field == EXTEND_TRANSPORT_B ||
		(field >= EXTEND_UPDATE_AB_PACKETS && field <= EXTEND_UPDATE_COUNT);
}

bool extend_is_name_byte(char byte)
{
	return byte != '\0' && strchr(LETTERS DIGITS "_.-", byte) != NULL;
}

/* ---- what stands between braces ---- */

/* .Name, .Name.Name …; the first dot may be missing, which is told apart by the table. */
static bool looks_like_field(const char *text, size_t length)
{
	bool begins = true;

	for (size_t i = *text == '.'; i < length; i++) {
		if (text[i] == '\0' || strchr(begins ? LETTERS "_" : LETTERS DIGITS "_.", text[i]) == NULL)
			return false;
		begins = text[i] == '.';
	}
	return length > 0 && !begins;
}

static void find_field(struct extend_piece *piece)
{
	piece->kind = looks_like_field(piece->text, piece->length) ? EXTEND_UNKNOWN : EXTEND_OTHER;
	for (int i = 0; i < EXTEND_FIELDS && piece->kind != EXTEND_OTHER; i++) {
		if (strncmp(extend_field_names[i], piece->text, piece->length) != 0)
			continue;
		if (extend_field_names[i][piece->length] == '\0') {
			piece->kind = EXTEND_FIELD;
			piece->field = (enum extend_field)i;
			return;
		}
		if (extend_field_names[i][piece->length] == '.')
			piece->kind = EXTEND_SECTION;
	}
}

static void trim(struct extend_piece *piece)
{
	size_t before = strspn(piece->text, blanks);

	before = before < piece->length ? before : piece->length;
	piece->text += before;
	piece->length -= before;
	while (piece->length > 0 && strchr(blanks, piece->text[piece->length - 1]) != NULL)
		piece->length--;
}

/* ---- pieces ---- */

static bool is_pair(const char *text, char brace)
{
	return text[0] == brace && text[1] == brace;
}

static size_t text_length(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0' && !is_pair(text + length, '{') && !is_pair(text + length, '}'))
		length++;
	return length;
}

static void take_text(struct extend_reading *reading, struct extend_piece *piece)
{
	for (size_t i = 0; i < piece->length; i++)
		reading->quoted ^= piece->text[i] == '\'' || piece->text[i] == '"';
	reading->at = piece->text + piece->length;
}

bool extend_piece_next(struct extend_reading *reading, struct extend_piece *piece)
{
	const char *end;

	if (*reading->at == '\0')
		return false;
	*piece = (struct extend_piece){ .text = reading->at, .length = text_length(reading->at), .quoted = reading->quoted };
	if (piece->length > 0) {
		take_text(reading, piece);
		return true;
	}
	end = is_pair(reading->at, '{') ? strstr(reading->at + 2, "}}") : NULL;
	if (end == NULL) {
		piece->kind = EXTEND_BROKEN;
		piece->length = 2;
		reading->at += 2;
		return true;
	}
	piece->text += 2;
	piece->length = (size_t)(end - piece->text);
	reading->at = end + 2;
	trim(piece);
	find_field(piece);
	return true;
}
