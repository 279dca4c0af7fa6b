/* SPDX-License-Identifier: MIT
 *
 * The name by which sources of QEMU include the run-time interface.
 */
#include <etch/control.h>
