#include "common/ring.h"

const char *ring_gap_reason_name(unsigned reason)
{
	static const char *const names[GAP_REASONS] = {
		"unknown", "reconnect", "closed", "silence", "unreachable", "refused", "subscriber", "widened",
		"supervisor",
	};

	return names[reason < GAP_REASONS ? reason : 0];
}
