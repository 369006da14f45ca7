#include <stdio.h>

int main(void)
{
	puts("sluiced " SLUICE_VERSION);
	return 0;
}
