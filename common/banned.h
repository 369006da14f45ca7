/* Included before everything of ours by the compiler itself (cmake/Warnings.cmake): a call of one of these is an error.
 * strcpy, strcat, sprintf and gets know no size, strtok keeps a hidden state, atoi hides that there was no number, alloca
 * takes any amount of stack, and system() is a shell. The headers that declare them come first: they may name them. */
#ifndef SLUICE_COMMON_BANNED_H
#define SLUICE_COMMON_BANNED_H

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef alloca
#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atoll alloca gets
/* a word that is needed for other things */
#define system(command) system_is_banned

#endif
