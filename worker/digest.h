/* Beginning a digest. */
#ifndef SLUICE_WORKER_DIGEST_H
#define SLUICE_WORKER_DIGEST_H

#include <openssl/evp.h>

#include "common/err.h"

/* digest: new or used before; NULL (there was no memory for it) is an error as well. */
static inline int digest_begin(EVP_MD_CTX *digest, const EVP_MD *type, struct err *err)
{
	if (digest == NULL || EVP_DigestInit_ex(digest, type, NULL) != 1)
		return err_set(err, ERR_NO_MEMORY, "no memory for a digest");
	return 0;
}

#endif
