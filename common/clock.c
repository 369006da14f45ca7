#include "common/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/hex.h"

int64_t clock_boottime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
}

void clock_stamp(int64_t wall_ms, char *stamp)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm utc;

	memset(stamp, 0, CLOCK_STAMP_SIZE);
	if (gmtime_r(&seconds, &utc) != NULL)
		strftime(stamp, CLOCK_STAMP_SIZE, "%Y%m%dT%H%M%SZ", &utc);
}

void clock_text(int64_t wall_ms, char text[static CLOCK_TEXT_SIZE])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm utc;
	char stamp[32];

	gmtime_r(&seconds, &utc);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, CLOCK_TEXT_SIZE, "%.19s.%03uZ", stamp, (unsigned)(wall_ms % 1000) % 1000);
}

int64_t clock_parse_stamp(const char *stamp)
{
	char again[CLOCK_STAMP_SIZE];
	struct tm utc = { 0 };
	const char *end = strptime(stamp, "%Y%m%dT%H%M%SZ", &utc);
	int64_t wall_ms = end != NULL && *end == '\0' ? (int64_t)timegm(&utc) * 1000 : -1;

	/* strptime takes blanks and short numbers, too */
	if (wall_ms >= 0)
		clock_stamp(wall_ms, again);
	return wall_ms >= 0 && strcmp(stamp, again) == 0 ? wall_ms : -1;
}

void clock_boot_id(unsigned char *boot_id)
{
	char text[64];
	unsigned digits = 0;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? read(fd, text, sizeof(text)) : 0;

	memset(boot_id, 0, BOOT_ID_SIZE);
	for (ssize_t i = 0; i < length && digits < 2 * BOOT_ID_SIZE; i++) {
		int digit = hex_digit(text[i]);

		if (digit >= 0) {
			boot_id[digits / 2] = (unsigned char)(boot_id[digits / 2] << 4 | digit);
			digits++;
		}
	}
	if (fd >= 0)
		close(fd);
}
