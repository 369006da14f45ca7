/* The stages' memory of a killed process. */
#include "support_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A dead process changes nothing any more, but the code under test goes on for a while with failing files: what it then
 * does to the memory is taken back. */
void world_remember_state(void *owner)
{
	struct world *world = owner;
	struct stat stat;

	assert_int_equal(fstat(world->fixture.state_fd, &stat), 0);
	free(world->state_at_death);
	world->state_size = (size_t)stat.st_size;
	world->state_at_death = malloc(world->state_size + 1);
	assert_int_equal(pread(world->fixture.state_fd, world->state_at_death, world->state_size, 0), stat.st_size);
}

void world_restore_state(struct world *world)
{
	if (world->state_at_death == NULL)
		return;
	assert_int_equal(pwrite(world->fixture.state_fd, world->state_at_death, world->state_size, 0), world->state_size);
	free(world->state_at_death);
	world->state_at_death = NULL;
}
