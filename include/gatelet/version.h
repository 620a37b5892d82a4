/* Versions: GATELET_API_VERSION counts additions to the interface; nothing is ever removed within one soname. */
#ifndef GATELET_VERSION_H
#define GATELET_VERSION_H

#include "gatelet/base.h"

#define GATELET_API_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

/* The library's release, such as "0.1.0", and the interface it was built with. Static. Threads: any. Since: 1 */
GATELET_API const char* gatelet_version(void);
GATELET_API uint32_t gatelet_api_version(void);

#ifdef __cplusplus
}
#endif
#endif
