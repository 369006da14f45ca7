/* Adding up what ended processes used. */
#ifndef SLUICE_SUPERVISOR_USAGE_H
#define SLUICE_SUPERVISOR_USAGE_H

#include <sys/resource.h>
#include <sys/time.h>

/* Adds user and system time of `more`; the peak of resident memory is the larger one. */
static inline void usage_add(struct rusage *sum, const struct rusage *more)
{
	timeradd(&sum->ru_utime, &more->ru_utime, &sum->ru_utime);
	timeradd(&sum->ru_stime, &more->ru_stime, &sum->ru_stime);
	if (more->ru_maxrss > sum->ru_maxrss)
		sum->ru_maxrss = more->ru_maxrss;
}

/* User and system time in microseconds. */
static inline long long usage_cpu_us(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000LL + usage->ru_utime.tv_usec +
		usage->ru_stime.tv_usec;
}

#endif
