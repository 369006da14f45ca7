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

/* The civil date of a day since the epoch, by whole eras of 400 years that begin on 1 March. */
static void date_of_day(uint32_t day, uint32_t *year, uint32_t *month, uint32_t *of_month)
{
	uint32_t shifted = day + 719468;      /* since 1 March of the year 0 */
	uint32_t era = shifted / 146097, in_era = shifted % 146097;
	uint32_t year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	uint32_t in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint32_t from_march = (5 * in_year + 2) / 153;

	*of_month = in_year - (153 * from_march + 2) / 5 + 1;
	*month = from_march < 10 ? from_march + 3 : from_march - 9;
	*year = era * 400 + year_of_era + (*month <= 2);
}

static void put_two(char *to, uint32_t value)
{
	to[0] = (char)('0' + value / 10);
	to[1] = (char)('0' + value % 10);
}

char *clock_put_second(char *to, int64_t wall_ms)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	int64_t clamped = wall_ms < 0 ? 0 : wall_ms > CLOCK_LAST_MS ? CLOCK_LAST_MS : wall_ms;
	uint64_t seconds = (uint64_t)clamped / 1000;
	uint32_t of_day = (uint32_t)(seconds % 86400), year, month, of_month;

	date_of_day((uint32_t)(seconds / 86400), &year, &month, &of_month);
	memcpy(to, form, CLOCK_SECOND_LENGTH);
	put_two(to, year / 100);
	put_two(to + 2, year % 100);
	put_two(to + 5, month);
	put_two(to + 8, of_month);
	put_two(to + 11, of_day / 3600);
	put_two(to + 14, of_day / 60 % 60);
	put_two(to + 17, of_day % 60);
	return to + CLOCK_SECOND_LENGTH;
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
