#include "supervisor/store/json_object.h"

int json_object_of(struct store *store, const char *what, const char *text, const char **object, struct arena *arena,
	struct err *err)
{
	struct query query = query_begin(store, SQL_JSON_OBJECT, arena);
	int row;

	query_text(&query, text);
	row = query_row(&query, err);
	if (row == 1 && query_is_null(&query, 0))
		row = err_set(err, ERR_INVALID, "%s is not a JSON object", what);
	else if (row == 1)
		*object = query_get_text(&query, 0);
	return query_end(&query, row, err);
}
