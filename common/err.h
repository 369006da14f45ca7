/* Errors: a negative code to act on and a message for a person.
 *
 * A function that can fail returns 0 or one of these codes and fills its last parameter, set once where it happens
 * and prefixed on the way up. It is logged only where it is handled. */
#ifndef SLUICE_COMMON_ERR_H
#define SLUICE_COMMON_ERR_H

enum err_code {
	ERR_NONE = 0,
	ERR_NO_MEMORY = -1,
	ERR_IO = -2,          /* a system call failed */
	ERR_NO_SPACE = -3,    /* disk or quota full: may work later */
	ERR_INVALID = -4,     /* input that does not fit its grammar or type */
	ERR_CONFIG = -5,      /* a configuration that cannot work */
	ERR_LIMIT = -6,       /* larger than a stated limit */
	ERR_CORRUPT = -7,     /* our own data, damaged */
	ERR_AGAIN = -8,       /* not now: nothing was changed */
	ERR_CLOSED = -9,      /* the other side has ended */
	ERR_DENIED = -10,     /* credentials refused */
	ERR_BUSY = -11,       /* in use by somebody else */
	ERR_NOT_FOUND = -12,
	ERR_PROTOCOL = -13,   /* the peer broke the protocol */
	ERR_TLS = -14,
	ERR_LAPPED = -15,     /* the ring's writer overtook the reader */
	ERR_UNSUPPORTED = -16,
	ERR_TIMEOUT = -17,
};

enum { ERR_MESSAGE_SIZE = 480 };

struct err {
	int code;             /* enum err_code */
	int system;           /* errno that caused it, or 0 */
	unsigned line;        /* position in an input, 1-based; 0: none */
	unsigned column;
	char message[ERR_MESSAGE_SIZE];
};

/* Sets code and message (printf format; longer text is cut) and returns code. err may be NULL. */
int err_set(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, with ": strerror(system)" appended; the code follows from system (ENOSPC and EDQUOT: ERR_NO_SPACE,
 * ENOMEM: ERR_NO_MEMORY, ENOENT: ERR_NOT_FOUND, everything else ERR_IO). */
int err_sys(struct err *err, int system, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "text: " before the message that is there; returns err's code. */
int err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A stable word for a code, such as "no_space". Never NULL. */
const char *err_name(int code);

#endif
