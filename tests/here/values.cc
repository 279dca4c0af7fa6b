/* SPDX-License-Identifier: MIT */
#include "values.inc"
