/* SPDX-License-Identifier: MIT
 *
 * version.h: the version of etch, which traces name; meson.build checks that it
 * is the project's.
 */
#ifndef ETCH_FORMAT_VERSION_H
#define ETCH_FORMAT_VERSION_H

#define ETCH_VERSION "0.1.0"

#endif
