/* SPDX-License-Identifier: BSD-2-Clause */
/* Where foreign modules are known to differ from what the suite demands; see p11suite.h.
 */
#ifndef AH_TEST_P11SUITE_DEVIATIONS_H
#define AH_TEST_P11SUITE_DEVIATIONS_H

struct deviation {
    const char *module; /* part of the module's path */
    const char *where;  /* shell pattern over topic_case/row */
    const char *why;
};
extern const struct deviation deviations[]; /* ends with a row of NULL */

#endif
