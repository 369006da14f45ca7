/* A worker's start: whose memory is this, and what becomes of it (docs/durability.md "Stages' memory"). */
#include "worker/state_layout.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/random.h"

static uint64_t page_align(uint64_t bytes)
{
	return (bytes + STATE_PAGE - 1) & ~(uint64_t)(STATE_PAGE - 1);
}

static int place_regions(struct state *state, struct err *err)
{
	uint64_t offset = STATE_PAGE + page_align(state_undo_size(state));

	state->regions_offset = offset;
	for (int i = 0; i < state->region_count; i++) {
		state->regions[i].offset = offset;
		offset += page_align((uint64_t)state->regions[i].slot_size * state->regions[i].slots);
	}
	state->total = offset;
	if (offset > STATE_MAPPED_MAX)
		return err_set(err, ERR_LIMIT, "the stages claim %" PRIu64 " bytes of memory", offset);
	return 0;
}

static int read_header(const struct state *state, struct state_header *header, off_t *size, struct err *err)
{
	struct stat status;
	ssize_t got;

	*header = (struct state_header) { 0 };
	if (fstat(state->fd, &status) != 0)
		return err_sys(err, errno, "look at the stages' memory");
	*size = status.st_size;
	got = pread(state->fd, header, sizeof(*header), 0);
	if (got < 0)
		return err_sys(err, errno, "read the stages' memory");
	if (got < (ssize_t)sizeof(*header))
		*header = (struct state_header) { 0 };
	return 0;
}

static bool header_is_of(const struct state_header *header, const struct state *state, uint64_t commit_number,
	uint64_t generation)
{
	return header->magic == STATE_MAGIC && header->version == STATE_VERSION && generation != 0 &&
		header->generation == generation && header->layout == state_layout(state) &&
		(header->mark == commit_number || header->mark + 1 == commit_number);
}

static int map_memory(struct state *state, struct err *err)
{
	char *map = mmap(NULL, state->total, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, state->fd, 0);

	if (map == MAP_FAILED)
		return err_sys(err, errno, "map the stages' memory (%" PRIu64 " bytes)", state->total);
	state->map = map;
	return 0;
}

/* Empties the memory and maps it. The new generation comes first: killed on the way, the memory is no record's. */
static int start_empty(struct state *state, struct err *err)
{
	const struct state_header header = { .generation = random_u64() };

	if (pwrite(state->fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return err_sys(err, errno, "write the stages' memory");
	if (ftruncate(state->fd, sizeof(header)) != 0 || ftruncate(state->fd, (off_t)state->total) != 0)
		return err_sys(err, errno, "size the stages' memory to %" PRIu64 " bytes", state->total);
	if (state->map != NULL)
		munmap(state->map, state->total);
	state->map = NULL;
	return map_memory(state, err);
}

/* The generation, which makes the memory count, is the last. */
static void complete_header(struct state *state, uint64_t commit_number, uint64_t generation)
{
	struct state_header *header = state_header(state);

	header->magic = STATE_MAGIC;
	header->version = STATE_VERSION;
	header->layout = state_layout(state);
	header->undo_bytes = 0;
	header->mark = commit_number;
	state_kill_barrier();
	header->generation = generation;
	state_kill_barrier();
}

static int start_from_snapshot(struct state *state, uint64_t commit_number, uint64_t generation, int dirfd,
	enum state_origin *origin, struct err *err)
{
	int result = start_empty(state, err);

	if (result != 0)
		return result;
	*origin = STATE_LOADED;
	if (generation != 0 && state_snapshot_load(state, commit_number, generation, dirfd, NULL) == 0) {
		complete_header(state, commit_number, generation);
		return 0;
	}
	*origin = STATE_EMPTY;
	result = start_empty(state, err);       /* what a bad snapshot has left in it */
	if (result == 0)
		complete_header(state, commit_number, state_generation(state));
	return result;
}

/* The memory is this record's as far as its header tells. False: its undo log is not what it should be. */
static bool take_over(struct state *state, uint64_t commit_number, enum state_origin *origin)
{
	*origin = STATE_KEPT;
	if (state_header(state)->mark != commit_number)
		return true;
	if (!state_undo_valid(state))
		return false;
	state_roll_back(state);
	*origin = STATE_ROLLED_BACK;
	return true;
}

int state_open(struct state *state, uint64_t commit_number, uint64_t generation, int dirfd, enum state_origin *origin,
	struct err *err)
{
	struct state_header header;
	bool ours;
	off_t size = 0;
	int result = place_regions(state, err);

	if (result == 0)
		result = read_header(state, &header, &size, err);
	if (result != 0)
		return result;
	ours = size == (off_t)state->total && header_is_of(&header, state, commit_number, generation);
	if (ours)
		result = map_memory(state, err);
	if (result == 0 && !(ours && take_over(state, commit_number, origin)))
		result = start_from_snapshot(state, commit_number, generation, dirfd, origin, err);
	if (result == 0)
		state_begin(state, commit_number);
	return result;
}
