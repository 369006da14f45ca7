/* Time. Intervals and expiry run on CLOCK_BOOTTIME; the wall clock only names things (durability.md, "Time"). */
#ifndef SLUICE_COMMON_CLOCK_H
#define SLUICE_COMMON_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_MS 1000000LL
#define NS_PER_S 1000000000LL

/* Nanoseconds on CLOCK_BOOTTIME: grows while the machine sleeps, never jumps. */
int64_t clock_boottime_ns(void);
/* Milliseconds since the epoch, wall clock. */
int64_t clock_wall_ms(void);

enum { CLOCK_STAMP_SIZE = 17 };
/* "20060102T150405Z" of wall_ms, UTC, into stamp[CLOCK_STAMP_SIZE]. */
void clock_stamp(int64_t wall_ms, char *stamp);
/* The time that clock_stamp has written; -1: it is no stamp. */
int64_t clock_parse_stamp(const char *stamp);

enum { CLOCK_TEXT_SIZE = 25 };
/* "2006-01-02T15:04:05.000Z" of wall_ms, UTC: as lines of the log begin, so that they sort by time. */
void clock_text(int64_t wall_ms, char text[static CLOCK_TEXT_SIZE]);

enum { CLOCK_SECOND_LENGTH = 20 };
/* Writes "2006-01-02T15:04:05Z" of wall_ms, UTC, without a NUL; returns the place behind it. Fast: for each record. What is
 * before 1970 or after 9999 (CLOCK_LAST_MS) becomes the nearest that is not. */
char *clock_put_second(char *to, int64_t wall_ms);
#define CLOCK_LAST_MS 253402300799999LL

enum { BOOT_ID_SIZE = 16 };
/* The kernel's boot id as 16 bytes; zeros when it cannot be read. */
void clock_boot_id(unsigned char *boot_id);

#endif
