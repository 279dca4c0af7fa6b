/* SPDX-License-Identifier: MIT */
#include TRACE_TCG
