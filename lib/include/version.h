/* SPDX-License-Identifier: BSD-2-Clause */
/* The product's version, stated once. */
#ifndef AH_VERSION_H
#define AH_VERSION_H

#define AH_VERSION_MAJOR  0
#define AH_VERSION_MINOR  1
#define AH_VERSION_PATCH  0
#define AH_VERSION_STRING "0.1.0"

#endif
